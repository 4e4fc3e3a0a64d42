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
  /** What it has yielded so far, in short: where it differs, it goes another way. */
  readonly digest: number
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
): { readonly iterator: Iterator<unknown, unknown, unknown>; readonly yielded: Yielded; readonly digest: number } => {
  const iterator = call(activation)
  let yielded = iterator.next(undefined)
  let digest = digested(0, yielded)
  for (const state of inOrder(results)) {
    if (yielded.done === true) throw new Diverged(REPLAY)
    yielded = iterator.next(state)
    digest = digested(digest, yielded)
  }
  return { iterator, yielded, digest }
}

/** A digest, and the part that was yielded next. */
const digested = (digest: number, { done, value }: Yielded): number => {
  const node = done === true ? undefined : (value as { readonly node?: Partial<Node.RunIO> } | undefined)?.node
  const text = `${node?._tag} ${node?.name}`
  let next = digest
  for (let index = 0; index < text.length; index++) next = (Math.imul(next, 31) + text.charCodeAt(index)) | 0
  return next
}

/** The function of a generator does not do the same each time, or is another one by now. */
export class Diverged extends Error {}

const REPLAY =
  "WIO.gen: run anew with what is on record, its function takes another way: between the yields it must do the same each time"

/** Begins a generator. */
export const begin = (
  site: Site,
  node: Node.Gen,
  input: unknown
): { readonly at: Generated; readonly yielded: Yielded } => {
  const activation: Activation = { site, node, input }
  const { digest, iterator, yielded } = replay(activation, undefined)
  const cell: Cell = { iterator, position: 0 }
  return { at: placed(activation, undefined, 0, digest, cell), yielded }
}

const placed = (
  activation: Activation,
  results: Results | undefined,
  position: number,
  digest: number,
  cell: Cell
): Generated => ({
  _tag: "Generated",
  activation,
  results,
  position,
  digest,
  cell
})

/** Gives a generator the state that its part came to. */
export const resume = (
  { activation, cell, digest, position, results }: Generated,
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
    return { at: placed(activation, given, position + 1, digested(digest, yielded), cell), yielded }
  }
  const anew = replay(activation, given)
  if (anew.digest !== digested(digest, anew.yielded)) throw new Diverged(REPLAY)
  const { iterator, yielded } = anew
  return { at: placed(activation, given, position + 1, anew.digest, { iterator, position: position + 1 }), yielded }
}

/** A place in a generator found again from what is on record, and what was yielded there. */
export const restore = (
  activation: Activation,
  states: ReadonlyArray<unknown>
): { readonly at: Generated; readonly yielded: Yielded } => {
  let results: Results | undefined
  for (const state of states) results = { state, next: results }
  const { digest, iterator, yielded } = replay(activation, results)
  const cell: Cell = { iterator, position: states.length }
  return { at: placed(activation, results, states.length, digest, cell), yielded }
}

/** The states that a place has been given, in their order. */
export const statesOf = ({ results }: Generated): ReadonlyArray<unknown> => inOrder(results)
