/** Schedules: what goes wrong in a simulation, and when, as plain data that prints and shrinks. */
import * as fc from "fast-check"
import { cases } from "../generator/arbitrary.ts"
import type { Case } from "../generator/case.ts"
import type { Operation } from "../operations.ts"

/** What may become of a call of the journal. */
export const outcomes = [
  /** The process dies before the call reaches the journal. */
  "crash-before",
  /** It is done, and the process dies before it hears of it. */
  "crash-after",
  /** It fails, nothing is done, and trying again helps. */
  "fail",
  /** The journal refuses it, nothing is done, and trying again may not help. */
  "refuse",
  /** The connection is cut: nothing was done. */
  "unknown-lost",
  /** The connection is cut: it was done. */
  "unknown-committed",
  /** The connection is cut: it is done later, when the caller has tried again. */
  "unknown-late",
  /** It takes longer than a lease lasts. */
  "slow",
  /** It is done, and its process is shut down; another one begins at once. */
  "suspend",
  /** Of an append: somebody else has claimed the instance just before. */
  "fenced",
  /** Of an append: the journal says that it holds other events. */
  "conflict"
] as const
/** What may become of a call of the journal. */
export type Outcome = (typeof outcomes)[number]

/** One thing that goes wrong. Times are milliseconds from the beginning; workers are counted modulo how many there are. */
export type Fault =
  /** The call of an operation with this number, counted over all processes from 0. */
  | { readonly _tag: "Call"; readonly operation: Operation; readonly index: number; readonly outcome: Outcome }
  /** The journal is out of reach. */
  | { readonly _tag: "Down"; readonly at: number; readonly millis: number }
  /** A process dies; another one begins so much later. */
  | { readonly _tag: "Kill"; readonly at: number; readonly worker: number; readonly millis: number }
  /** A process does nothing for so long, and then goes on where it was. */
  | { readonly _tag: "Freeze"; readonly at: number; readonly worker: number; readonly millis: number }
  /** A process is asked to end; another one begins so much later. */
  | { readonly _tag: "Shutdown"; readonly at: number; readonly worker: number; readonly millis: number }
  /** One process more. */
  | { readonly _tag: "Join"; readonly at: number }
  /** The clock of a process is so far ahead from then on, or behind. */
  | { readonly _tag: "Skew"; readonly at: number; readonly worker: number; readonly millis: number }

/** What an operator asks, and when. */
export interface Ask {
  readonly at: number
  readonly what: "cancel" | "terminate" | "retry"
}

/** What happens in a simulation beside the workflow itself. */
export interface Schedule {
  /** Chooses what goes next, and whatever else is left to chance. */
  readonly seed: number
  /** How many processes begin. */
  readonly workers: number
  /** How long a call of the journal is under way at the most, in milliseconds. */
  readonly pace: number
  /** How long effects take: no time, little, sometimes longer than a lease lasts, or often. */
  readonly effects: "instant" | "quick" | "mixed" | "long"
  readonly faults: ReadonlyArray<Fault>
  /** What becomes of every append that no fault is about. */
  readonly everyAppend?: Outcome
  readonly asks: ReadonlyArray<Ask>
  /** Whether clients send early, twice, through several processes, and what is refused. */
  readonly busy: boolean
}

/** A workflow, and what happens to it: all that a simulation depends on. */
export interface Trial {
  readonly case: Case
  readonly schedule: Schedule
}

/** A schedule in which nothing goes wrong. */
export const calm: Schedule = {
  seed: 0,
  workers: 1,
  pace: 0,
  effects: "instant",
  faults: [],
  asks: [],
  busy: false
}

/** Calls of some operations are rare, and those of appends matter most. */
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 16, arbitrary: fc.constant("append" as const) },
  {
    weight: 6,
    arbitrary: fc.constantFrom<Operation>(
      "create",
      "claim",
      "renew",
      "reap",
      "held",
      "upcoming",
      "retire",
      "release",
      "read",
      "send",
      "wake",
      "sent",
      "attention",
      "watch",
      "find",
      "now",
      "note"
    )
  }
)

const at = fc.oneof(
  { weight: 4, arbitrary: fc.nat(60) },
  { weight: 2, arbitrary: fc.nat(1_000) },
  { weight: 1, arbitrary: fc.nat(60_000) }
)
const worker = fc.nat(3)
const wait = fc.oneof(fc.nat(100), fc.nat(60_000))

/** One fault. */
export const fault: fc.Arbitrary<Fault> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      _tag: fc.constant("Call" as const),
      operation,
      index: fc.oneof({ weight: 3, arbitrary: fc.nat(6) }, { weight: 1, arbitrary: fc.nat(40) }),
      outcome: fc.constantFrom(...outcomes)
    })
  },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant("Down" as const), at, millis: wait }) },
  { weight: 3, arbitrary: fc.record({ _tag: fc.constant("Kill" as const), at, worker, millis: wait }) },
  { weight: 3, arbitrary: fc.record({ _tag: fc.constant("Freeze" as const), at, worker, millis: wait }) },
  { weight: 2, arbitrary: fc.record({ _tag: fc.constant("Shutdown" as const), at, worker, millis: wait }) },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant("Join" as const), at }) },
  {
    weight: 1,
    arbitrary: fc.record({
      _tag: fc.constant("Skew" as const),
      at,
      worker,
      millis: fc.integer({ min: -600_000, max: 600_000 })
    })
  }
)

const ask: fc.Arbitrary<Ask> = fc.record({
  at,
  what: fc.constantFrom("cancel" as const, "retry" as const, "cancel" as const, "terminate" as const)
})

/** Schedules with so many faults at the most, and so many requests of an operator. */
export const schedules = ({ atMost = 6, asks = 1 } = {}): fc.Arbitrary<Schedule> =>
  fc
    .record(
      {
        seed: fc.nat(2 ** 31 - 1),
        workers: fc.constantFrom(1, 2, 2, 3),
        pace: fc.constantFrom(0, 0, 2, 20),
        effects: fc.constantFrom("instant" as const, "quick" as const, "mixed" as const),
        faults: fc.array(fault, { maxLength: atMost, size: "max" }),
        asks: fc.oneof(
          { weight: 4, arbitrary: fc.constant<ReadonlyArray<Ask>>([]) },
          { weight: 1, arbitrary: fc.array(ask, { maxLength: asks }) }
        ),
        busy: fc.boolean(),
        everyAppend: fc.constantFrom("crash-after" as const, "suspend" as const)
      },
      { requiredKeys: ["seed", "workers", "pace", "effects", "faults", "asks", "busy"] }
    )
    .chain((schedule) => {
      const { everyAppend: _, ...rest } = schedule
      // Seldom: it makes most other faults impossible.
      return fc.constantFrom(schedule, rest, rest, rest, rest, rest)
    })

/** Generated workflows under generated schedules. */
export const trials = (
  options: Parameters<typeof cases>[0] & Parameters<typeof schedules>[0] = {}
): fc.Arbitrary<Trial> =>
  fc.record({ case: cases({ size: 12, duplicates: false, ...options }), schedule: schedules(options) })

/** A fault in a few words. */
export const describeFault = (fault: Fault): string => {
  switch (fault._tag) {
    case "Call":
      return `${fault.outcome} at ${fault.operation} ${fault.index}`
    case "Down":
      return `the journal is out of reach at ${fault.at} ms for ${fault.millis} ms`
    case "Join":
      return `one process more at ${fault.at} ms`
    case "Skew":
      return `the clock of process ${fault.worker} is ${fault.millis} ms ahead from ${fault.at} ms on`
    case "Freeze":
      return `process ${fault.worker} is frozen at ${fault.at} ms for ${fault.millis} ms`
    case "Kill":
    case "Shutdown":
      return `${fault._tag.toLowerCase()} of process ${fault.worker} at ${fault.at} ms, another one ${fault.millis} ms later`
  }
}
