/**
 * From a workflow to its picture, in one fold.
 *
 * Each part says where it is entered, where it is left, and which failures leave it; whoever holds several parts joins
 * those ends with edges. So no part needs to know what is around it.
 */
import { Node, type Workflow } from "@waymark/core"
import type * as Picture from "../Picture.ts"
import * as Failures from "./failures.ts"
import * as ids from "./ids.ts"
import * as Rope from "./rope.ts"
import * as words from "./words.ts"

/** A drawn node that can end in typed failures. */
interface Raised {
  readonly from: string
  readonly failures: Failures.Failures
}

/** What is drawn, in order; groups as brackets around what they hold. */
type Drawn =
  | { readonly _tag: "Node"; readonly node: Omit<Picture.Node, "group" | "mark"> }
  | { readonly _tag: "Open"; readonly group: Omit<Picture.Group, "group"> }
  | { readonly _tag: "Close" }

interface Part {
  /** The node that an edge into this part leads to. */
  readonly entry: string
  /** The nodes from which it goes on: none where it always fails. */
  readonly exits: Rope.Rope<string>
  /** The failures that nothing inside handles. */
  readonly raised: Rope.Rope<Raised>
  readonly drawn: Rope.Rope<Drawn>
  readonly edges: Rope.Rope<Picture.Edge>
}

type Parts = ReadonlyArray<Node.Folded<Part>>

const close: Drawn = Object.freeze({ _tag: "Close" })

const drawNode = (id: string, address: string, kind: Picture.Kind, label: string): Rope.Rope<Drawn> =>
  Rope.of({ _tag: "Node", node: { id, address, kind, label: words.printable(label) } })

const drawGroup = (
  id: string,
  address: string,
  kind: Picture.GroupKind,
  label: string,
  inside: Rope.Rope<Drawn>
): Rope.Rope<Drawn> =>
  Rope.concat<Drawn>([
    Rope.of({ _tag: "Open", group: { id, address, kind, label: words.printable(label) } }),
    inside,
    Rope.of(close)
  ])

const edge = (from: string, to: string, kind: Picture.EdgeKind = "next", label?: string): Rope.Rope<Picture.Edge> =>
  Rope.of(Object.freeze({ from, to, kind, label: label === undefined ? undefined : words.printable(label) }))

/** Joins the loose ends of a part to what comes after it. */
const lead = (exits: Rope.Rope<string>, to: string): Rope.Rope<Picture.Edge> =>
  Rope.concat(Rope.toArray(exits).map((from) => edge(from, to)))

const leaf = (kind: Picture.Kind, address: string, label: string, failures?: Failures.Failures): Part => {
  const id = ids.node(address)
  return {
    entry: id,
    exits: kind === "fail" ? Rope.empty : Rope.of(id),
    raised: failures === undefined || Failures.isNone(failures) ? Rope.empty : Rope.of({ from: id, failures }),
    drawn: drawNode(id, address, kind, label),
    edges: Rope.empty
  }
}

/** A diamond and its roads. */
const roads = (address: string, label: string, labels: ReadonlyArray<string>, parts: Parts): Part => {
  const id = ids.node(address)
  const values = parts.map(({ value }) => value)
  return {
    entry: id,
    exits: Rope.concat(values.map(({ exits }) => exits)),
    raised: Rope.concat(values.map(({ raised }) => raised)),
    drawn: Rope.concat([drawNode(id, address, "choice", label), ...values.map(({ drawn }) => drawn)]),
    edges: Rope.concat(values.flatMap((part, i) => [edge(id, part.entry, "next", labels[i]), part.edges]))
  }
}

/** Draws an edge for each failure that may be handled by `tags`, and keeps what passes them by. */
const handle = (
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
const only = (parts: Parts): Part => (parts[0] as Node.Folded<Part>).value
const both = (parts: Parts): readonly [Part, Part] => [only(parts), (parts[1] as Node.Folded<Part>).value]

const algebra: Node.Algebra<Part> = {
  Pure: ({ name }, _, address) => leaf("pure", address, name ?? ""),
  Fail: ({ name }, _, address) => leaf("fail", address, name ?? "fail", Failures.unknown),
  RunIO: (node, _, address) => leaf("step", address, words.step(node), Failures.ofSchema(node.error.schema)),
  HandleSignal: ({ name }, _, address) => leaf("signal", address, name),
  Await: (node, _, address) => leaf("timer", address, words.timer(node)),
  FlatMap: (_node, _, address) => leaf("dynamic", address, "decided at run time", Failures.unknown),

  AndThen: (_, parts) => {
    const values = parts.map(({ value }) => value)
    const last = values[values.length - 1] as Part
    return {
      entry: only(parts).entry,
      exits: last.exits,
      raised: Rope.concat(values.map(({ raised }) => raised)),
      drawn: Rope.concat(values.map(({ drawn }) => drawn)),
      edges: Rope.concat(
        values.flatMap((part, i) => {
          const next = values[i + 1]
          return next === undefined ? [part.edges] : [part.edges, lead(part.exits, next.entry)]
        })
      )
    }
  },

  Match: ({ cases, name }, parts, address) => roads(address, name, Object.keys(cases), parts),
  Branch: ({ cases, name }, parts, address) =>
    roads(address, name, [...cases.map(({ label }) => label), "otherwise"], parts),

  Loop: ({ name }, parts, address) => {
    const body = only(parts)
    const id = ids.node(address)
    // A body that always fails is never asked whether to go round again.
    const ends = !Rope.isEmpty(body.exits)
    const again = ends ? drawNode(id, address, "again", "again?") : Rope.empty
    return {
      entry: body.entry,
      exits: ends ? Rope.of(id) : Rope.empty,
      raised: body.raised,
      drawn: drawGroup(ids.group(address), address, "loop", name, Rope.concat([body.drawn, again])),
      edges: Rope.concat([body.edges, lead(body.exits, id), ends ? edge(id, body.entry, "again", "again") : Rope.empty])
    }
  },

  Parallel: (node, parts, address) => {
    const fork = ids.node(address)
    const join = ids.join(address)
    const values = parts.map(({ value }) => value)
    const ends = values.every(({ exits }) => !Rope.isEmpty(exits))
    const branches = node.branches.map(({ key }, i) => {
      const { slot, value } = parts[i] as Node.Folded<Part>
      const at = Node.address(address, slot)
      return drawGroup(ids.branch(at), at, "branch", key, value.drawn)
    })
    return {
      entry: fork,
      exits: ends ? Rope.of(join) : Rope.empty,
      raised: Rope.concat(values.map(({ raised }) => raised)),
      drawn: Rope.concat([
        drawNode(fork, address, "fork", ""),
        ...branches,
        // Where one branch always fails, the others have nothing to come together for.
        ends ? drawNode(join, address, "join", "") : Rope.empty
      ]),
      edges: Rope.concat([
        ...values.flatMap((part) => [edge(fork, part.entry), part.edges, ends ? lead(part.exits, join) : Rope.empty]),
        values.length === 0 ? edge(fork, join) : Rope.empty
      ])
    }
  },

  Catch: ({ tags }, parts) => {
    const [body, handler] = both(parts)
    const { edges, passed } = handle(body.raised, tags, handler.entry)
    return {
      entry: body.entry,
      exits: Rope.concat([body.exits, handler.exits]),
      raised: Rope.concat([passed, handler.raised]),
      drawn: Rope.concat([body.drawn, handler.drawn]),
      edges: Rope.concat([body.edges, edges, handler.edges])
    }
  },

  InterruptWith: (node, parts, address) => {
    const [body, interruption] = both(parts)
    const id = ids.group(address)
    const trigger = Node.nameOf(Node.items(node.interruption)[0] as Node.Node)
    return {
      entry: body.entry,
      exits: Rope.concat([body.exits, interruption.exits]),
      raised: Rope.concat([body.raised, interruption.raised]),
      drawn: Rope.concat([drawGroup(id, address, "interruptible", "interruptible", body.drawn), interruption.drawn]),
      edges: Rope.concat([body.edges, edge(id, interruption.entry, "interruption", trigger), interruption.edges])
    }
  },

  AnswerQuery: ({ query }, parts, address) => {
    const body = only(parts)
    return { ...body, drawn: drawGroup(ids.group(address), address, "query", `answers ${query.name}`, body.drawn) }
  }
}

/** Tells each node and group which group it is in. */
const place = (drawn: Rope.Rope<Drawn>): Pick<Picture.Picture, "groups" | "nodes"> => {
  const nodes: Array<Picture.Node> = []
  const groups: Array<Picture.Group> = []
  const open: Array<string> = []
  for (const item of Rope.toArray(drawn)) {
    const group = open[open.length - 1]
    if (item._tag === "Node") nodes.push(Object.freeze({ ...item.node, group, mark: undefined }))
    else if (item._tag === "Close") open.pop()
    else {
      groups.push(Object.freeze({ ...item.group, group }))
      open.push(item.group.id)
    }
  }
  return { nodes: Object.freeze(nodes), groups: Object.freeze(groups) }
}

/** The failures that a workflow may end with: where its schema is clear about them, no others are drawn. */
const declared = (workflow: Workflow.Any): ReadonlyArray<string> | undefined => {
  const failures = Failures.ofSchema(workflow.error.schema)
  return failures.others ? undefined : failures.tags
}

export const drawn = (workflow: Workflow.Any): Picture.Picture => {
  const body = Node.fold(workflow.body, algebra)
  const { edges: failures } = handle(body.raised, declared(workflow), ids.failed)
  const marker = (id: string, kind: Picture.Kind, label: string, there: boolean) =>
    there ? drawNode(id, "", kind, label) : Rope.empty
  return Object.freeze({
    ...place(
      Rope.concat([
        drawNode(ids.start, "", "start", workflow.name),
        body.drawn,
        marker(ids.completed, "completed", "completed", !Rope.isEmpty(body.exits)),
        marker(ids.failed, "failed", "failed", !Rope.isEmpty(failures))
      ])
    ),
    edges: Object.freeze(
      Rope.toArray(Rope.concat([edge(ids.start, body.entry), body.edges, lead(body.exits, ids.completed), failures]))
    )
  })
}
