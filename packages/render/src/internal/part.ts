/**
 * What a part of a workflow becomes in a picture, and the strokes it is drawn with.
 *
 * Each part says where it is entered, where it is left, and which failures leave it; whoever holds several parts joins
 * those ends with edges. So no part needs to know what is around it.
 */
import type { Node } from "@waymark/core"
import type * as Picture from "../Picture.ts"
import * as Failures from "./failures.ts"
import * as ids from "./ids.ts"
import * as Rope from "./rope.ts"
import * as words from "./words.ts"

/** A drawn node that can end in typed failures. */
export interface Raised {
  readonly from: string
  readonly failures: Failures.Failures
}

/** What is known of the states that come to a node and leave it. */
export interface States {
  /** The types that it takes. */
  readonly takes?: ReadonlyArray<string> | undefined
  /** The types that it gives. */
  readonly gives?: ReadonlyArray<string> | undefined
  /** It gives what it takes. */
  readonly keeps?: boolean
}

/** What is drawn, in order; groups and lanes as brackets around what they hold. */
export type Drawn =
  | {
      readonly _tag: "Node"
      readonly node: Omit<Picture.Node, "group" | "lane" | "child" | "mark">
      readonly states: States
    }
  | { readonly _tag: "Open"; readonly group: Omit<Picture.Group, "group" | "lane" | "child" | "mark"> }
  | { readonly _tag: "Lane"; readonly lane: Omit<Picture.Lane, "group" | "lane" | "child"> }
  | { readonly _tag: "Close" }

/** Where a part is left. */
export interface Exit {
  readonly from: string
  /** What leaving it there is called. */
  readonly label?: string
}

export interface Part {
  /** The node that an edge into this part leads to. */
  readonly entry: string
  /** From where it goes on: nowhere where it always fails. */
  readonly exits: Rope.Rope<Exit>
  /** The failures that nothing inside handles. */
  readonly raised: Rope.Rope<Raised>
  readonly drawn: Rope.Rope<Drawn>
  readonly edges: Rope.Rope<Picture.Edge>
}

export type Parts = ReadonlyArray<Node.Folded<Part>>

/** What is noted at a node or group, if anything is. */
export const noted = (note: ReadonlyArray<string>): { readonly note?: string } =>
  note.length === 0 ? {} : { note: words.printable(note.join("\n")) }

/** Which way something reads, if that is said. */
export const directed = (direction: Picture.Direction | undefined): { readonly direction?: Picture.Direction } =>
  direction === undefined ? {} : { direction }

const close: Drawn = Object.freeze({ _tag: "Close" })

export const drawNode = (
  id: string,
  address: string,
  kind: Picture.Kind,
  label: string,
  states: States = {}
): Rope.Rope<Drawn> => Rope.of({ _tag: "Node", node: { id, address, kind, label: words.printable(label) }, states })

export const drawLane = (
  lane: Omit<Picture.Lane, "group" | "lane" | "child">,
  inside: Rope.Rope<Drawn>
): Rope.Rope<Drawn> =>
  Rope.concat<Drawn>([
    Rope.of({ _tag: "Lane", lane: { ...lane, label: words.printable(lane.label) } }),
    inside,
    Rope.of(close)
  ])

export const drawGroup = (
  id: string,
  address: string,
  kind: Picture.GroupKind,
  label: string,
  inside: Rope.Rope<Drawn>,
  more: Pick<Picture.Group, "note" | "direction" | "ways"> = {}
): Rope.Rope<Drawn> =>
  Rope.concat<Drawn>([
    Rope.of({ _tag: "Open", group: { id, address, kind, label: words.printable(label), ...more } }),
    inside,
    Rope.of(close)
  ])

export const edge = (
  from: string,
  to: string,
  kind: Picture.EdgeKind = "next",
  label?: string,
  state?: string
): Rope.Rope<Picture.Edge> =>
  Rope.of(
    Object.freeze({
      from,
      to,
      kind,
      label: label === undefined ? undefined : words.printable(label),
      ...(state !== undefined && { state: words.printable(state) })
    })
  )

/** Joins the loose ends of a part to what comes after it. */
export const lead = (exits: Rope.Rope<Exit>, to: string): Rope.Rope<Picture.Edge> =>
  Rope.concat(Rope.toArray(exits).map(({ from, label }) => edge(from, to, "next", label)))

export const leaf = (
  kind: Picture.Kind,
  address: string,
  label: string,
  failures?: Failures.Failures,
  states?: States
): Part => {
  const id = ids.node(address)
  return {
    entry: id,
    exits: kind === "fail" || kind === "continued" ? Rope.empty : Rope.of({ from: id }),
    raised: failures === undefined || Failures.isNone(failures) ? Rope.empty : Rope.of({ from: id, failures }),
    drawn: drawNode(id, address, kind, label, states),
    edges: Rope.empty
  }
}

/** Draws an edge for each failure that may be handled by `tags`, and keeps what passes them by. */
export const handle = (
  raised: Rope.Rope<Raised>,
  tags: ReadonlyArray<string> | undefined,
  to: string
): { readonly edges: Rope.Rope<Picture.Edge>; readonly passed: Rope.Rope<Raised> } => {
  const edges: Array<Rope.Rope<Picture.Edge>> = []
  const passed: Array<Rope.Rope<Raised>> = []
  for (const { failures, from } of Rope.toArray(raised)) {
    const [handled, others] = Failures.split(failures, tags)
    if (!Failures.isNone(handled)) edges.push(edge(from, to, "failure", Failures.words(handled)))
    if (!Failures.isNone(others)) passed.push(Rope.of({ from, failures: others }))
  }
  return { edges: Rope.concat(edges), passed: Rope.concat(passed) }
}

/** The parts of a node, which `Node.children` gives in this order. */
export const only = (parts: Parts): Part => (parts[0] as Node.Folded<Part>).value
export const both = (parts: Parts): readonly [Part, Part] => [only(parts), (parts[1] as Node.Folded<Part>).value]
