/**
 * A generator in execution, as a value. The generator itself can't be copied, so a value holds what was yielded so far and
 * shares the iterator with the others: whoever stands where the iterator does takes it, everybody else runs it anew.
 */
import type { Node } from "@waymark/core"
import type { Site } from "./site.ts"

/** A generator that was called once, with what. */
export interface Activation {
  readonly site: Site
  readonly node: Node.Gen
  readonly input: unknown
}

/** The states that its parts gave back, the latest first. */
export interface Results {
  readonly state: unknown
  readonly next: Results | undefined
}

interface Cell {
  iterator: Iterator<unknown, unknown, unknown> | undefined
  /** How many results the iterator was given. */
  position: number
}

/** A place in a generator: after so many results. */
export interface Generated {
  readonly _tag: "Generated"
  readonly activation: Activation
  readonly results: Results | undefined
  readonly position: number
  readonly cell: Cell
}

type Yielded = IteratorResult<unknown, unknown>

const call = ({ input, node }: Activation): Iterator<unknown, unknown, unknown> => {
  const iterator: unknown = node.body(input)
  if (typeof (iterator as { readonly next?: unknown } | undefined)?.next !== "function") {
    throw new TypeError("WIO.gen: its function is no generator: write function*")
  }
  return iterator as Iterator<unknown, unknown, unknown>
}

/** The states in the order in which they were given. */
const inOrder = (results: Results | undefined): ReadonlyArray<unknown> => {
  const states: Array<unknown> = []
  for (let result = results; result !== undefined; result = result.next) states.push(result.state)
  return states.toReversed()
}

/** Runs a generator from its beginning to after the given results. */
const replay = (
  activation: Activation,
  results: Results | undefined
): { readonly iterator: Iterator<unknown, unknown, unknown>; readonly yielded: Yielded } => {
  const iterator = call(activation)
  let yielded = iterator.next(undefined)
  for (const state of inOrder(results)) {
    if (yielded.done === true) throw new Error(REPLAY)
    yielded = iterator.next(state)
  }
  return { iterator, yielded }
}

const REPLAY =
  "WIO.gen: run anew with what is on record, its function takes another way: between the yields it must do the same each time"

/** Begins a generator. */
export const begin = (
  site: Site,
  node: Node.Gen,
  input: unknown
): { readonly at: Generated; readonly yielded: Yielded } => {
  const activation: Activation = { site, node, input }
  const { iterator, yielded } = replay(activation, undefined)
  const cell: Cell = { iterator, position: 0 }
  return { at: placed(activation, undefined, 0, cell), yielded }
}

const placed = (activation: Activation, results: Results | undefined, position: number, cell: Cell): Generated => ({
  _tag: "Generated",
  activation,
  results,
  position,
  cell
})

/** Gives a generator the state that its part came to. */
export const resume = (
  { activation, cell, position, results }: Generated,
  state: unknown
): { readonly at: Generated; readonly yielded: Yielded } => {
  const given: Results = { state, next: results }
  const { iterator: waiting } = cell
  if (waiting !== undefined && cell.position === position) {
    // Taken first: if the function throws, nobody finds an iterator that is no longer where it says.
    cell.iterator = undefined
    const yielded = waiting.next(state)
    cell.iterator = waiting
    cell.position = position + 1
    return { at: placed(activation, given, position + 1, cell), yielded }
  }
  const { iterator, yielded } = replay(activation, given)
  return { at: placed(activation, given, position + 1, { iterator, position: position + 1 }), yielded }
}

/** A place in a generator found again from what is on record, and what was yielded there. */
export const restore = (
  activation: Activation,
  states: ReadonlyArray<unknown>
): { readonly at: Generated; readonly yielded: Yielded } => {
  let results: Results | undefined
  for (const state of states) results = { state, next: results }
  const { iterator, yielded } = replay(activation, results)
  const cell: Cell = { iterator, position: states.length }
  return { at: placed(activation, results, states.length, cell), yielded }
}

/** The states that a place has been given, in their order. */
export const statesOf = ({ results }: Generated): ReadonlyArray<unknown> => inOrder(results)
