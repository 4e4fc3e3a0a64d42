/** The state that an observer sees: of a fork, the record of its branches' states; of a failure, the state it was reached in. */
import { Failure, Product } from "@waymark/core"
import { isHandler, type ForkLeaf, type Frame, type Leaf, type Thread } from "./thread.ts"
import * as Trie from "./trie.ts"

/** A handler starts from a `Failure`; seen from outside, it rests in the state that was reached. */
export const visible = (state: unknown): unknown => {
  let seen = state
  while (Failure.is(seen)) seen = seen.state
  return seen
}

/** Forks never change, so the record of one is composed once. */
const composed = new WeakMap<ForkLeaf, unknown>()

const product = (fork: ForkLeaf, states: ReadonlyArray<unknown>): unknown =>
  Product.make(Object.fromEntries(fork.node.branches.map(({ key }, index) => [key, states[index]])))

/** The visible state at a leaf. Nested forks are composed without recursion. */
export const stateOf = (leaf: Leaf): unknown => {
  if (leaf._tag !== "Fork") return visible(leaf.state)
  const known = composed.get(leaf)
  if (known !== undefined) return known
  interface Visit {
    readonly fork: ForkLeaf
    readonly states: Array<unknown>
  }
  const stack: Array<Visit> = [{ fork: leaf, states: [] }]
  for (;;) {
    const top = stack[stack.length - 1] as Visit
    if (top.states.length < top.fork.threads.size) {
      const { leaf: next } = Trie.get(top.fork.threads, top.states.length) as Thread
      const done = next._tag === "Fork" ? composed.get(next) : visible(next.state)
      if (next._tag === "Fork" && done === undefined) stack.push({ fork: next, states: [] })
      else top.states.push(done)
      continue
    }
    const record = product(top.fork, top.states)
    composed.set(top.fork, record)
    stack.pop()
    const parent = stack[stack.length - 1]
    if (parent === undefined) return record
    parent.states.push(record)
  }
}

/** The state that the part at a frame of the thread sees: within a handler that may be the handler's own `Failure`. */
export const seenFrom = ({ leaf, stack }: Thread, part: Frame): unknown => {
  if (leaf._tag === "Fork" || !Failure.is(leaf.state)) return stateOf(leaf)
  for (let frame = stack; frame !== undefined && frame !== part; frame = frame.next) {
    if (isHandler(frame)) return stateOf(leaf)
  }
  return leaf.state
}
