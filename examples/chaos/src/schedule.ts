/**
 * What is going to happen, drawn from a seed before anything does: which instances are started when and which signals
 * they are sent, and which faults hit whom. The same seed gives the same schedule; the moments are repeated as far as
 * moments of real processes can be.
 */
import { Effect, Random } from "effect"
import { type Cut, cuts } from "./proxy.ts"
import type { Signal, Start } from "./requests.ts"
import type { Restart } from "./server.ts"
import type { Root } from "./workflows.ts"

// ---- faults -----------------------------------------------------------------------------------------------------

/** What can be done to a run, by the names that the command line takes. */
export const kinds = ["kill", "freeze", "stop", "cut", "restart"] as const
/** `kill` is kill -9, `stop` a shutdown in good order, `restart` is that of Postgres. */
export type Kind = (typeof kinds)[number]

/** One fault, `at` so many milliseconds after the beginning. `slot` is the worker that it hits. */
export type Fault =
  | { readonly _tag: "kill" | "stop"; readonly at: number; readonly slot: number; readonly pause: number }
  | { readonly _tag: "freeze"; readonly at: number; readonly slot: number; readonly length: number }
  | { readonly _tag: "cut"; readonly at: number; readonly slot: number; readonly cut: Cut }
  | { readonly _tag: "restart"; readonly at: number; readonly how: Restart }

export interface FaultOptions {
  readonly kinds: ReadonlySet<Kind>
  /** How many workers there are. */
  readonly processes: number
  /** All times are in milliseconds. Faults begin within this time. */
  readonly duration: number
  /** The time between two faults of processes, on average. */
  readonly every: number
  /** The time between two restarts of Postgres. */
  readonly restartEvery: number
  readonly lease: number
}

/** Draws the faults, in the order of their moments. */
export const faults = (options: FaultOptions): Effect.Effect<ReadonlyArray<Fault>> =>
  Effect.gen(function* () {
    const { duration, every, kinds, lease, processes, restartEvery } = options
    const drawn: Array<Fault> = []
    const slot = Random.nextIntBetween(0, processes - 1)

    const ofProcesses = (["kill", "freeze", "stop"] as const).filter((kind) => kinds.has(kind))
    for (let at = yield* wait(every); ofProcesses.length > 0 && at < duration; at += yield* wait(every)) {
      const kind = yield* choose(ofProcesses)
      const hit = yield* slot
      drawn.push(
        kind === "freeze"
          ? { _tag: kind, at, slot: hit, length: lease * (yield* Random.nextBetween(1.2, 2)) }
          : { _tag: kind, at, slot: hit, pause: yield* Random.nextBetween(0, 1_000) }
      )
    }
    // Connections are cut more often than processes die; the last slot is the client's.
    const cutting = every / 3
    for (let at = yield* wait(cutting); kinds.has("cut") && at < duration; at += yield* wait(cutting)) {
      drawn.push({ _tag: "cut", at, slot: yield* Random.nextIntBetween(0, processes), cut: yield* choose(cuts) })
    }
    for (let at = restartEvery / 2; kinds.has("restart") && at < duration; at += restartEvery) {
      drawn.push({ _tag: "restart", at, how: yield* choose(["fast", "immediate"] as const) })
    }
    return drawn.sort((a, b) => a.at - b.at)
  })

/** Between a third of the average and five thirds. */
const wait = (average: number): Effect.Effect<number> => Random.nextBetween(average / 3, (average * 5) / 3)

const choose = <A>(from: ReadonlyArray<A>): Effect.Effect<A> =>
  Effect.map(Random.nextIntBetween(0, from.length - 1), (index) => from[index] as A)

// ---- cases ------------------------------------------------------------------------------------------------------

/** A signal that is sent some time after the start, so many times at once, and once more later on. */
export interface Sending {
  readonly after: number
  readonly copies: number
  readonly again: boolean
  readonly signal: Signal
  /** The answer that it has to have, where only one is right. */
  readonly expected: string | null
}

/** One instance: its start, and what it is sent, one after the other. */
export interface Case {
  readonly at: number
  readonly start: Start
  readonly sendings: ReadonlyArray<Sending>
  /** Whether its result is asked for in the end. */
  readonly watched: boolean
}

const order: ReadonlyArray<Root> = ["order", "trip", "bundle", "watch"]

/** Draws the instances: so many, started within a time. */
export const cases = (instances: number, within: number): Effect.Effect<ReadonlyArray<Case>> =>
  Effect.forEach(
    Array.from({ length: instances }, (_, n) => n),
    (n) =>
      Effect.gen(function* () {
        const root = order[n % order.length] as Root
        const id = `${root}-${n}`
        const start: Start = { _tag: "Start", id, root, n, faulty: yield* Random.nextIntBetween(0, 2) }
        const sendings = root === "order" ? yield* approvals(id) : root === "watch" ? [yield* closing(id)] : []
        return { at: (within * n) / instances, start, sendings, watched: n % 25 < 4 }
      })
  )

const approvals = (id: string): Effect.Effect<ReadonlyArray<Sending>> =>
  Effect.gen(function* () {
    const sends: Array<Sending> = []
    const sending = function* (by: string, name: string, expected: string | null) {
      const signal: Signal = { _tag: "Signal", id, name: "approve", by, signal: `${id}/${name}` }
      const [after, copies, again] = [
        yield* Random.nextBetween(0, 1_500),
        yield* Random.nextIntBetween(1, 3),
        yield* Random.nextBoolean
      ]
      sends.push({ after, copies, again, signal, expected })
    }
    if ((yield* Random.next) < 0.3) yield* sending("self", "self", "refused:self")
    yield* sending("ann", "yes", `consumed:${id} by ann`)
    // A second approval, of another id: nobody waits for it any more, so it is closed with its instance.
    if ((yield* Random.next) < 0.3) yield* sending("ann", "late", "closed")
    return sends
  })

const closing = (id: string): Effect.Effect<Sending> =>
  Effect.gen(function* () {
    const signal: Signal = { _tag: "Signal", id, name: "close", by: "ann", signal: `${id}/close` }
    return {
      // Mostly before anybody waits for it: runs pass until then.
      after: yield* Random.nextBetween(0, 3_000),
      copies: yield* Random.nextIntBetween(1, 3),
      again: yield* Random.nextBoolean,
      signal,
      expected: `consumed:${id} by ann`
    }
  })
