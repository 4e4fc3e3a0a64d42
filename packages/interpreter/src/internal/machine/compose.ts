/** The state that an observer sees: of a fork, the record of its branches' states; of a failure, the state it was reached in. */
import { Failure, Product } from "@waymark/core"
import { isHandler, type ForkLeaf, type Frame, type Leaf, type Origin, type Thread } from "./thread.ts"
import * as Trie from "./trie.ts"

/** A handler starts from a `Failure`; seen from outside, it rests in the state that was reached. */
export const visible = (state: unknown): unknown => {
  let seen = state
  while (Failure.is(seen)) seen = seen.state
  return seen
}

/** Where the errors of failures came from: kept beside them, since a handler may put them anywhere. */
const origins = new WeakMap<object, Origin>()

export const rememberOrigin = (failure: object, origin: Origin): void => {
  origins.set(failure, origin)
}
export const originOf = (failure: object): Origin | undefined => origins.get(failure)

/** The record of a fork; items that wait for a place rest in what they will start from. */
const product = ({ keys, starts }: ForkLeaf, states: ReadonlyArray<unknown>): unknown =>
  Product.make(
    Object.fromEntries(keys.names.map((key, index) => [key, index < states.length ? states[index] : starts?.[index]]))
  )

/** A state at the top of a stack, as it is seen from a frame below: an embedded workflow shows what it is told to. */
export const through = (stack: Frame | undefined, to: Frame | undefined, state: unknown): unknown => {
  let seen = state
  for (let frame = stack; frame !== undefined && frame !== to; frame = frame.next) {
    if (isHandler(frame)) seen = visible(seen)
    else if (frame.memory?._tag === "Outer" && frame.site.node._tag === "Embed") {
      seen = frame.site.node.state(frame.memory.state, visible(seen))
    }
  }
  return seen
}

/** Whether the record of a fork is shown as it is, with nothing around that shows something else in its place. */
export const showsRecord = (stack: Frame | undefined): boolean => {
  for (let frame = stack; frame !== undefined; frame = frame.next) if (frame.memory?._tag === "Outer") return false
  return true
}

/** The state at a leaf, seen from inside. Nested forks are composed without recursion. */
export const stateOf = (leaf: Leaf): unknown => {
  if (leaf._tag !== "Fork") return leaf.state
  if (leaf.record !== undefined) return leaf.record
  interface Visit {
    readonly fork: ForkLeaf
    readonly states: Array<unknown>
  }
  const stack: Array<Visit> = [{ fork: leaf, states: [] }]
  for (;;) {
    const top = stack[stack.length - 1] as Visit
    if (top.states.length < top.fork.threads.size) {
      const { leaf: next, stack: frames } = Trie.get(top.fork.threads, top.states.length) as Thread
      if (next._tag === "Fork" && next.record === undefined) stack.push({ fork: next, states: [] })
      else top.states.push(visible(through(frames, undefined, next._tag === "Fork" ? next.record : next.state)))
      continue
    }
    top.fork.record = product(top.fork, top.states)
    stack.pop()
    if (stack.length === 0) return leaf.record
  }
}

/** The state that the part at a frame of the thread sees: within a handler that may be the handler's own `Failure`. */
export const seenFrom = ({ leaf, stack }: Thread, part: Frame): unknown => through(stack, part, stateOf(leaf))

/** The state of a thread as whoever is outside sees it. */
export const shown = ({ leaf, stack }: Thread): unknown => visible(through(stack, undefined, stateOf(leaf)))

/** What a fork's record shows of one of its branches. */
export const shownOf = ({ starts, threads }: ForkLeaf, branch: number): unknown => {
  const thread = Trie.get(threads, branch)
  return thread === undefined ? starts?.[branch] : shown(thread)
}
