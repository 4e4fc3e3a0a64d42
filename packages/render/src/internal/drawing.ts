/** From a workflow to its picture, in one fold. */
import { Node, type Workflow } from "@waymark/core"
import type * as Picture from "../Picture.ts"
import { inside } from "./diagram/inside.ts"
import * as Failures from "./failures.ts"
import { forEach, parallel, race } from "./forks.ts"
import * as ids from "./ids.ts"
import { both, drawGroup, drawLane, drawNode, edge, handle, lead, leaf, only, type Part, type Parts } from "./part.ts"
import { place } from "./place.ts"
import * as Remarks from "./remarks.ts"
import * as Rope from "./rope.ts"
import * as types from "./types.ts"
import * as words from "./words.ts"
import { isBeside, ways } from "./ways.ts"

/** A part that is not on the way: its drawing as a lane of its own. */
const laned = (kind: Picture.LaneKind, label: string, parts: Parts, position: number, address: string, of?: string) => {
  const { slot, value } = parts[position] as Node.Folded<Part>
  const at = Node.address(address, slot)
  return drawLane({ id: ids.lane(at), address: at, kind, label, ...(of !== undefined && { of }) }, value.drawn)
}

/** A diamond and its roads. `tags` are those of the states that go along them, where these decide. */
const roads = (
  address: string,
  label: string,
  labels: ReadonlyArray<string>,
  parts: Parts,
  tags?: ReadonlyArray<string>
): Part => {
  const id = ids.node(address)
  const values = parts.map(({ value }) => value)
  return {
    entry: id,
    exits: Rope.concat(values.map(({ exits }) => exits)),
    raised: Rope.concat(values.map(({ raised }) => raised)),
    drawn: Rope.concat([
      drawNode(id, address, "choice", label, { keeps: true, takes: tags }),
      ...parts.map((_, i) => laned("road", labels[i] ?? "", parts, i, address, id))
    ]),
    edges: Rope.concat(values.flatMap((part, i) => [edge(id, part.entry, "next", labels[i], tags?.[i]), part.edges]))
  }
}

/** A frame around a part. */
const framed = (kind: Picture.GroupKind, label: string, parts: Parts, address: string): Part => {
  const body = only(parts)
  return { ...body, drawn: drawGroup(ids.group(address), address, kind, label, body.drawn) }
}

/** A part, and beside it what undoes it or is done when it is given up: that cannot fail, and leads nowhere. */
const beside = (
  kind: "compensation" | "cancellation",
  label: string,
  frame: readonly [kind: Picture.GroupKind, label: string],
  parts: Parts,
  address: string
): Part => {
  const [body, other] = both(parts)
  // Around a lone node, be it with the workflow that it starts, a frame would say nothing more.
  const isLone = Rope.isOne(body.drawn) || parts[0]?.node._tag === "Child"
  const id = ids.group(address)
  // What never comes to its end is never undone.
  const isReached = kind === "cancellation" || !Rope.isEmpty(body.exits)
  return {
    ...body,
    drawn: Rope.concat([
      isLone ? body.drawn : drawGroup(id, address, ...frame, body.drawn),
      kind === "compensation"
        ? laned("undo", "undo", parts, 1, address)
        : laned("cancellation", "if cancelled", parts, 1, address)
    ]),
    edges: Rope.concat([
      body.edges,
      isReached ? edge(isLone ? body.entry : id, other.entry, kind, label) : Rope.empty,
      other.edges
    ])
  }
}

/** Whoever does not wait for a child does not hear how it ends. */
const ofChild = ({ awaited, stopped, workflow }: Node.Child): Failures.Failures =>
  awaited
    ? Failures.union([Failures.ofSchema(workflow.error.schema), Failures.ofSchema(stopped.schema)])
    : Failures.none

/** Deeper, children within children are single nodes: workflows that start each other would be drawn in every order. */
const deepest = 3

/** What a part is drawn in. */
export interface Around {
  /** How many children it is in. */
  readonly deep: number
  /** The names of the workflows that are drawn by now, in the order of the fold: each is drawn once, so that breadth has a bound. */
  readonly drawn: Set<string>
}

/** A child, and beside it the workflow that it starts. What comes of that is said of the child itself: by how it is left, and its failures. */
const childWith = (node: Node.Child, address: string, { deep, drawn }: Around): Part => {
  const { workflow } = node
  const self = leaf("child", address, words.child(node), ofChild(node))
  if (drawn.has(workflow.name) || deep >= deepest) return self
  drawn.add(workflow.name)
  const at = Node.address(address, "workflow")
  const body = Node.fold(workflow.body, algebraIn({ deep: deep + 1, drawn }), at)
  const label = `workflow ${workflow.name}`
  const lane = drawLane({ id: ids.lane(at), address: at, kind: "child", label, of: self.entry }, body.drawn)
  return {
    ...self,
    drawn: Rope.concat([self.drawn, drawGroup(ids.group(address), address, "child", label, lane)]),
    edges: Rope.concat([edge(self.entry, body.entry, "start", "starts"), body.edges])
  }
}

const others: Omit<Node.Algebra<Part>, "Child"> = {
  Pure: ({ name }, _, address) => leaf("pure", address, name ?? ""),
  Fail: ({ name }, _, address) => leaf("fail", address, name ?? "fail", Failures.unknown),
  RunIO: (node, _, address) => leaf("step", address, words.step(node), Failures.ofSchema(node.error.schema)),
  HandleSignal: (node, _, address) => leaf("signal", address, words.signal(node)),
  Await: (node, _, address) => leaf("timer", address, words.timer(node), undefined, { keeps: true }),
  FlatMap: (_node, _, address) => leaf("dynamic", address, "decided at run time", Failures.unknown),
  Gen: ({ name }, _, address) => leaf("dynamic", address, name ?? "decided at run time", Failures.unknown),
  SignalTo: (node, _, address) =>
    leaf("send", address, words.send(node), Failures.ofSchema(node.error.schema), { keeps: true }),
  Checkpoint: ({ name, state }, _, address) => {
    const states = types.members(state.schema)
    return leaf("checkpoint", address, `checkpoint: ${name}`, undefined, { takes: states, gives: states })
  },
  ContinueAsNew: (_node, _, address) => leaf("continued", address, "continue as new"),
  Draft: ({ name }, _, address) => leaf("draft", address, name),

  AndThen: (_, parts) => {
    const nodes = parts.map(({ node }) => node)
    const values = parts.filter((_, i) => !isBeside(nodes, i)).map(({ value }) => value)
    const last = values[values.length - 1] as Part
    return {
      entry: (values[0] as Part).entry,
      // What follows a part that never comes to its end is not reached.
      exits: values.some(({ exits }) => Rope.isEmpty(exits)) ? Rope.empty : last.exits,
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

  Match: ({ cases, name }, parts, address) => roads(address, name, Object.keys(cases), parts, Object.keys(cases)),
  Branch: ({ cases, name }, parts, address) =>
    roads(address, name, [...cases.map(({ label }) => label), "otherwise"], parts),

  Version: ({ name }, parts, address) => roads(address, name, ["before the change", "after the change"], parts),

  Loop: ({ name }, parts, address) => {
    const body = only(parts)
    const id = ids.node(address)
    // A body that always fails is never asked whether to go round again.
    const ends = !Rope.isEmpty(body.exits)
    const again = ends ? drawNode(id, address, "again", "again?", { keeps: true }) : Rope.empty
    return {
      entry: body.entry,
      exits: ends ? Rope.of({ from: id }) : Rope.empty,
      raised: body.raised,
      drawn: drawGroup(ids.group(address), address, "loop", name, Rope.concat([body.drawn, again])),
      edges: Rope.concat([body.edges, lead(body.exits, id), ends ? edge(id, body.entry, "again", "again") : Rope.empty])
    }
  },

  Machine: (node, parts, address) => {
    if (node.ways !== undefined) return ways(node, node.ways, parts, address)
    const { initial, name, states } = node
    const id = ids.node(address)
    const values = parts.map(({ value }) => value)
    const names = Object.keys(states)
    const exits = Rope.concat(values.map((state) => state.exits))
    // A state is left by a value that says where to: which ones it may name is not known before it runs.
    const ends = !Rope.isEmpty(exits)
    const groups = parts.map(({ slot, value }, i) => {
      const at = Node.address(address, slot)
      return drawGroup(ids.branch(at), at, "state", names[i] as string, value.drawn)
    })
    const goto = ends ? drawNode(id, address, "goto", "where to?") : Rope.empty
    return {
      entry: (values[names.indexOf(initial)] as Part).entry,
      exits: ends ? Rope.of({ from: id }) : Rope.empty,
      raised: Rope.concat(values.map(({ raised }) => raised)),
      drawn: drawGroup(ids.group(address), address, "machine", name, Rope.concat([...groups, goto])),
      edges: Rope.concat([
        ...values.map(({ edges }) => edges),
        lead(exits, id),
        ends ? Rope.concat(values.map(({ entry }, i) => edge(id, entry, "goto", names[i]))) : Rope.empty
      ])
    }
  },

  Parallel: parallel,
  ForEach: forEach,
  Race: race,

  Catch: ({ tags }, parts, address) => {
    const [body, handler] = both(parts)
    const { edges, passed } = handle(body.raised, tags, handler.entry)
    const handled = Rope.toArray(body.raised).map(({ failures }) => Failures.split(failures, tags)[0])
    const label = `on ${Failures.words(Failures.union(handled))}`
    return {
      entry: body.entry,
      exits: Rope.concat([body.exits, handler.exits]),
      raised: Rope.concat([passed, handler.raised]),
      drawn: Rope.concat([body.drawn, laned("handler", label, parts, 1, address)]),
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
      drawn: Rope.concat([
        drawGroup(id, address, "interruptible", "interruptible", body.drawn),
        laned("interruption", "if interrupted", parts, 1, address)
      ]),
      edges: Rope.concat([body.edges, edge(id, interruption.entry, "interruption", trigger), interruption.edges])
    }
  },

  Saga: (_, parts, address) => framed("saga", "saga", parts, address),
  Compensate: (_, parts, address) => beside("compensation", "undo", ["compensated", "compensated"], parts, address),
  OnCancel: (_, parts, address) => beside("cancellation", "cancelled", ["cancellable", "cancellable"], parts, address),
  Uncancellable: (_, parts, address) => framed("uncancellable", "uncancellable", parts, address),
  Embed: ({ name = "embedded" }, parts, address) => framed("embedded", name, parts, address),
  AnswerQuery: ({ query }, parts, address) => framed("query", `answers ${query.name}`, parts, address)
}

/** Draws any part of a workflow, for one fold. */
export const algebraIn = (around: Around): Node.Algebra<Part> => ({
  ...others,
  Child: (node, _, address) => childWith(node, address, around)
})

/** The failures that a workflow may end with: where its schema is clear about them, no others are drawn. */
const declared = (workflow: Workflow.Any): ReadonlyArray<string> | undefined => {
  const failures = Failures.ofSchema(workflow.error.schema)
  return failures.others ? undefined : failures.tags
}

export const drawn = (workflow: Workflow.Any): Picture.Picture => {
  const body = Node.fold(workflow.body, algebraIn({ deep: 0, drawn: new Set([workflow.name]) }))
  const { edges: failures } = handle(body.raised, declared(workflow), ids.failed)
  const marker = (id: string, kind: Picture.Kind, label: string, there: boolean) =>
    there ? drawNode(id, "", kind, label) : Rope.empty
  const input = types.members(workflow.input.schema)
  const [only, ...others] = inside({ node: workflow.body, at: "" }).items
  const direction = only === undefined || others.length > 0 ? undefined : Remarks.directionOf(only.node)
  const placed = place(
    Rope.concat([
      drawNode(ids.start, "", "start", workflow.name, { gives: input }),
      body.drawn,
      marker(ids.completed, "completed", "completed", !Rope.isEmpty(body.exits)),
      marker(ids.failed, "failed", "failed", !Rope.isEmpty(failures))
    ]),
    Rope.concat([edge(ids.start, body.entry), body.edges, lead(body.exits, ids.completed), failures]),
    types.members(workflow.state.schema)
  )
  return direction === undefined ? placed : Object.freeze({ ...placed, direction })
}
