/**
 * A poller that goes on for months: it looks once an hour whether a job is done, and begins a fresh journal now and
 * then.
 *
 * For workflows without an end in sight. `WIO.loop` keeps memory constant, `WIO.continueAsNew` the journal short: the
 * same instance under the same id, its waiting callers and undelivered signals included, starts its next run with the
 * input it is given.
 */
import { Context, Effect, Layer, Ref, Schema } from "effect"
import { WIO, Workflow } from "@waymark/core"
import { Engine } from "@waymark/interpreter"

export class Watch extends Schema.TaggedClass<Watch>()("Watch", { job: Schema.String, polls: Schema.Int }) {}
export class DayOver extends Schema.TaggedClass<DayOver>()("DayOver", { watch: Watch }) {}
export class Done extends Schema.TaggedClass<Done>()("Done", { polls: Schema.Int, outcome: Schema.String }) {}

export class Jobs extends Context.Service<Jobs, { readonly outcome: (job: string) => Effect.Effect<string | null> }>()(
  "derecho-tour/Jobs"
) {
  /** The job is done when it is asked about for the 60th time. */
  static readonly layer = Layer.effect(
    Jobs,
    Effect.map(Ref.make(0), (asked) => ({
      outcome: (job) =>
        Effect.map(
          Ref.updateAndGet(asked, (n) => n + 1),
          (n) => (n < 60 ? null : `${job} is done`)
        )
    }))
  )
}

const poll = WIO.runIO("poll", {
  event: Schema.NullOr(Schema.String),
  run: ({ job }: Watch) => Jobs.use((jobs) => jobs.outcome(job)),
  apply: ({ job, polls }, outcome) =>
    outcome === null ? new Watch({ job, polls: polls + 1 }) : new Done({ polls: polls + 1, outcome })
})

const wait = WIO.await<Watch>("an hour", { for: "1 hour" }).pipe(
  WIO.map((watch) => (watch.polls % 24 === 0 ? new DayOver({ watch }) : watch))
)

/** A day of polls, or less. */
const day = WIO.loop(
  "a day",
  poll.pipe(WIO.andThen(WIO.match("done?", { Watch: wait, Done: WIO.pure((done: Done) => done) }))),
  { while: (state) => state._tag === "Watch" }
)

export const Watching = Workflow.make("Watching", {
  version: 1,
  input: Watch,
  state: Schema.Union([Watch, DayOver, Done]),
  body: day.pipe(
    WIO.andThen(
      WIO.match("another day?", {
        DayOver: WIO.continueAsNew(({ watch }: DayOver) => watch),
        Done: WIO.pure((done: Done) => done)
      })
    )
  )
})

export const program = Effect.gen(function* () {
  const engine = yield* Engine
  const watching = yield* engine.start(Watching, { id: "watch-1", input: new Watch({ job: "backup", polls: 0 }) })
  const done = yield* watching.result // follows it from run to run
  const { run, length } = yield* watching.status
  return { done, run, length }
})

export const layer = Engine.layer({ workflows: [Watching] }).pipe(Layer.provide(Jobs.layer))
