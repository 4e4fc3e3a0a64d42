/** Nodes that record nothing: changes of the state, choices, sequences, repetitions, failures and their handlers. */
import { Codec, Failure, Goto, Node, NoSuchState, NotWritten } from "@waymark/core"
import { Cut, Raised } from "./ends.ts"
import type { Here } from "./here.ts"
import { visible } from "./seen.ts"
import type { Meaning, Walk } from "./thread.ts"

export const pure: Meaning<Node.Pure> = function* ({ f }, state, here): Walk {
  return f(state, here.thread.run.info)
}

export const fail: Meaning<Node.Fail> = function* ({ f }, state): Walk {
  throw new Raised(state, f(state))
}

export const draft: Meaning<Node.Draft> = function* ({ name }): Walk {
  throw new NotWritten({ step: name })
}

/** Nodes one after the other. */
export const sequence = function* (nodes: ReadonlyArray<Node.Node>, state: unknown, here: Here): Walk {
  let given = state
  for (const node of nodes) given = yield* here.run(node, given)
  return given
}

export const andThen: Meaning<Node.AndThen> = ({ first, second }, state, here) => sequence([first, second], state, here)

export const answerQuery: Meaning<Node.AnswerQuery> = ({ body }, state, here) => here.run(body, state)

export const flatMap: Meaning<Node.FlatMap> = ({ f }, state, here) => here.in("FlatMap").run(f(state), state)

export const branch: Meaning<Node.Branch> = ({ cases, otherwise }, state, here) =>
  here.run(cases.find(({ when }) => when(state))?.then ?? otherwise, state)

export const match: Meaning<Node.Match> = ({ cases, name }, state, here) => {
  const road = cases[Codec.tagOf(state) ?? ""]
  if (road === undefined) throw new Error(`match "${name}" has no case for this state`)
  return here.run(road, state)
}

export const loop: Meaning<Node.Loop> = function* ({ again, body }, state, here): Walk {
  let given = state
  do given = yield* here.run(body, given)
  while (again(given))
  return given
}

export const machine: Meaning<Node.Machine> = function* ({ initial, name, states }, state, here): Walk {
  let next: unknown = Goto.goto(initial, state)
  while (Goto.is(next)) {
    const body = states[next.to]
    if (body === undefined) throw new NoSuchState({ machine: name, to: next.to, states: Object.keys(states) })
    next = yield* here.run(body, next.state)
  }
  return next
}

export const gen: Meaning<Node.Gen> = function* ({ body }, state, here): Walk {
  const inside = here.in("Gen")
  const iterator = body(state)
  let next = iterator.next(undefined)
  while (next.done !== true)
    next = iterator.next(yield* inside.run(Node.of(next.value.node as never), next.value.state))
  return next.value
}

/** Runs a node whose states are seen otherwise from outside, where it is left early too. */
const showing = function* (inside: Here, show: (state: unknown) => unknown, node: Node.Node, state: unknown): Walk {
  try {
    return yield* inside.run(node, state)
  } catch (end) {
    if (end instanceof Raised || end instanceof Cut) end.state = show(end.state)
    throw end
  }
}

export const embed: Meaning<Node.Embed> = function* (node, state, here): Walk {
  const show = (inner: unknown) => node.state(state, visible(inner))
  const out = yield* showing(here.in("Embed", show), show, node.body, node.in(state))
  return node.out(state, out)
}

const handles = ({ tags }: Node.Catch, error: unknown): boolean =>
  tags === undefined || tags.includes(Codec.tagOf(error) ?? "")

export const catch_: Meaning<Node.Catch> = function* (node, state, here): Walk {
  try {
    return yield* here.run(node.body, state)
  } catch (end) {
    if (!(end instanceof Raised) || !handles(node, end.error)) throw end
    return yield* showing(here.in("Handler", visible), visible, node.handler, Failure.make(end.state, end.error))
  }
}
