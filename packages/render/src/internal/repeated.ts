/**
 * Equal siblings drawn once: parts of one group or lane that have the same shape and the same neighbours. The first one stays, and
 * each of its nodes stands for those in its place in the others. Names that differ in their numbers alone count as equal.
 */
import type { Edge, Group, Node, Picture } from "../Picture.ts"
import { together } from "./marks.ts"
import { around, nesting, within, type Item, type Nesting } from "./nesting.ts"

const numberless = (text: string): string => text.replaceAll(/\d+/g, "#")

/** What equal texts have in common. */
const common = ([first = "", ...others]: ReadonlyArray<string>): string =>
  others.every((text) => text === first) ? first : numberless(first)

/** Branches and roads are told apart by their names, which are on the edges that lead there too. */
const isNamed = ({ _tag, value }: Item): boolean =>
  _tag !== "Node" && (value.kind === "branch" || value.kind === "road")

/** A picture while it is made smaller. */
interface Sketch extends Nesting {
  readonly edges: Map<number, Edge>
  /** The edges at a node or group. */
  readonly edgesAt: ReadonlyMap<string, ReadonlyArray<number>>
}

const sketch = (picture: Picture): Sketch => {
  const edgesAt = new Map<string, Array<number>>()
  for (const [i, { from, to }] of picture.edges.entries()) {
    for (const end of from === to ? [from] : [from, to]) {
      const known = edgesAt.get(end)
      if (known === undefined) edgesAt.set(end, [i])
      else known.push(i)
    }
  }
  return { ...nesting(picture), edges: new Map(picture.edges.entries()), edgesAt }
}

/** What an item looks like to its siblings: where two are the same, so is all that is in them, place by place. */
interface Look {
  readonly key: string
  readonly ids: ReadonlyArray<string>
  /** Its edges, in an order that equal items share. */
  readonly edges: ReadonlyArray<number>
}

const lookOf = (sketch: Sketch, top: string): Look => {
  const { edges, edgesAt, items } = sketch
  const ids = within(sketch, top)
  const places = new Map(ids.map((id, i) => [id, i]))
  const named = items.get(top) as Item
  const shapes = ids.map((id) => {
    const item = items.get(id) as Item
    const { kind, label } = item.value
    return [
      item._tag,
      kind,
      item._tag === "Lane" ? undefined : item.value.note,
      item._tag === "Lane" ? undefined : item.value.ways,
      id === top && isNamed(item) ? "" : numberless(label),
      id === top ? -1 : places.get(around(item))
    ]
  })
  const found = [...new Set(ids.flatMap((id) => edgesAt.get(id) ?? []))].flatMap((i) => {
    const edge = edges.get(i)
    if (edge === undefined) return []
    const { from, kind, label, to } = edge
    const said = label === undefined || label === named.value.label ? "" : numberless(label)
    return [{ i, key: JSON.stringify([places.get(from) ?? from, places.get(to) ?? to, kind, said]) }]
  })
  found.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.i - b.i))
  return {
    key: JSON.stringify([shapes, found.map(({ key }) => key)]),
    ids,
    edges: found.map(({ i }) => i)
  }
}

const held = (node: Node): ReadonlyArray<Node> => (node.frame === undefined ? (node.holds ?? [node]) : [node])

const markedAs = <A extends Node | Group>(first: A, label: string, holds: ReadonlyArray<A>): A =>
  Object.freeze<A>({ ...first, label, mark: together(holds), holds: Object.freeze(holds) })

/** One item for several in the same place. */
const merged = (items: ReadonlyArray<Item>, label: string): Item => {
  const first = items[0] as Item
  switch (first._tag) {
    case "Node": {
      const { frame: _, ...value } = first.value
      return {
        _tag: "Node",
        value: markedAs(
          value,
          label,
          items.flatMap((item) => held(item.value as Node))
        )
      }
    }
    case "Group":
      return {
        _tag: "Group",
        value: markedAs(
          first.value,
          label,
          items.flatMap(({ value }) => (value as Group).holds ?? [value as Group])
        )
      }
    case "Lane":
      return { _tag: "Lane", value: Object.freeze({ ...first.value, label }) }
  }
}

/** Lets the first of equal siblings stand for all. */
const merge = ({ edges, items }: Sketch, looks: ReadonlyArray<Look>): void => {
  const [first, ...others] = looks as readonly [Look, ...ReadonlyArray<Look>]
  const top = items.get(first.ids[0] as string) as Item
  const before = top.value.label
  for (const [place, id] of first.ids.entries()) {
    const alike = looks.map(({ ids }) => items.get(ids[place] as string) as Item)
    const label = common(alike.map(({ value }) => value.label))
    const said =
      place > 0
        ? label
        : top._tag === "Node"
          ? `${label}\n${looks.length} alike`
          : `${before} and ${others.length} more`
    items.set(id, merged(alike, said))
  }
  for (const [place, i] of first.edges.entries()) {
    const alike = looks.map((look) => edges.get(look.edges[place] as number) as Edge)
    const { label, state, ...edge } = alike[0] as Edge
    edges.set(
      i,
      Object.freeze({
        ...edge,
        label:
          label === undefined || label !== before
            ? label && common(alike.map((a) => a.label ?? ""))
            : items.get(first.ids[0] as string)?.value.label,
        ...(state !== undefined && alike.every((a) => a.state === state) && { state })
      })
    )
  }
  for (const other of others) {
    for (const id of other.ids) items.delete(id)
    for (const i of other.edges) edges.delete(i)
  }
}

const bucketed = <A>(
  values: ReadonlyArray<A>,
  keyOf: (value: A) => string,
  atLeast: number
): ReadonlyArray<ReadonlyArray<A>> => {
  const buckets = new Map<string, Array<A>>()
  for (const value of values) {
    const key = keyOf(value)
    const bucket = buckets.get(key)
    if (bucket === undefined) buckets.set(key, [value])
    else bucket.push(value)
  }
  return [...buckets.values()].filter(({ length }) => length >= atLeast)
}

/** The frames from the innermost outwards, and what is around them all. */
const outwards = (sketch: Sketch): ReadonlyArray<string> =>
  within(sketch, "")
    .filter((id) => sketch.parts.has(id))
    .toReversed()

export const repeated = (picture: Picture, atLeast: number): Picture => {
  const drawn = sketch(picture)
  const { edges, items, parts } = drawn
  for (const frame of outwards(drawn)) {
    const siblings = parts.get(frame) ?? []
    // At a glance first: only what has siblings of its kind is looked at closely.
    const kinds = bucketed(
      siblings,
      (id) => {
        const item = items.get(id) as Item
        return JSON.stringify([item._tag, item.value.kind, isNamed(item) ? "" : numberless(item.value.label)])
      },
      atLeast
    )
    for (const alike of kinds) {
      for (const looks of bucketed(
        alike.map((id) => lookOf(drawn, id)),
        ({ key }) => key,
        atLeast
      ))
        merge(drawn, looks)
    }
    parts.set(
      frame,
      siblings.filter((id) => items.has(id))
    )
  }
  const left = <A extends { readonly id: string }>(all: ReadonlyArray<A>): ReadonlyArray<A> =>
    Object.freeze(all.flatMap(({ id }) => (items.has(id) ? [items.get(id)?.value as unknown as A] : [])))
  return Object.freeze({
    ...picture,
    nodes: left(picture.nodes),
    edges: Object.freeze(picture.edges.flatMap((_, i) => edges.get(i) ?? [])),
    groups: left(picture.groups),
    lanes: left(picture.lanes ?? [])
  })
}
