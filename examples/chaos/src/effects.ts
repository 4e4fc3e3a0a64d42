/**
 * What the workflows of chaos do to the world, as a service: each attempt of a step leaves a row in a ledger that is none
 * of Waymark's tables. Workers have one that writes to their store (`ledger.ts`); the verdict reads it.
 */
import { Context, Effect, Schema } from "effect"
import { Step } from "@waymark/core"

/** What a step records: what it came to, and which row of the ledger it was. */
export const Done = Schema.Struct({ by: Schema.String, value: Schema.String })
/** What a step records. */
export type Done = typeof Done.Type

/** A business failure, with the row of the ledger that it comes from. */
export class Declined extends Schema.TaggedError<Declined>()("Declined", {
  by: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return this.reason
  }
}

/** How an attempt ends, as its row says it. */
export type Ending = "done" | "failed" | "declined"

/**
 * The ledger. `begin` writes the row of an attempt and is the effect itself: where it is to be seen that the attempt's
 * outcome was on record before, the effect has run once too often. `end` is written before the step tells anybody.
 */
export class Ledger extends Context.Service<
  Ledger,
  {
    readonly begin: (row: string, info: Step.Info) => Effect.Effect<void>
    readonly end: (row: string, how: Ending) => Effect.Effect<void>
    /** How long the work between the two takes. */
    readonly work: (info: Step.Info) => Effect.Effect<void>
  }
>()("chaos/Ledger") {}

/** One attempt: its row is begun, it takes its time, its row is ended. */
const attempt = <A, E>(
  judge: (row: string, info: Step.Info) => readonly [Ending, Effect.Effect<A, E>]
): Effect.Effect<A, E, Ledger> =>
  Effect.gen(function* () {
    const ledger = yield* Ledger
    const info = yield* Step.info
    const row = globalThis.crypto.randomUUID()
    yield* ledger.begin(row, info)
    yield* ledger.work(info)
    const [how, outcome] = judge(row, info)
    yield* ledger.end(row, how)
    return yield* outcome
  })

/** An effect that comes to `value`, after so many attempts that die. The message of those names their row. */
export const effect = (value: string, faulty = 0): Effect.Effect<Done, never, Ledger> =>
  attempt((row, info) =>
    info.attempt <= faulty ? ["failed", Effect.die(new Error(row))] : ["done", Effect.succeed<Done>({ by: row, value })]
  )

/** An effect that is refused for a reason. */
export const decline = (reason: string): Effect.Effect<Done, Declined, Ledger> =>
  attempt((row) => ["declined", Effect.fail(new Declined({ by: row, reason }))])
