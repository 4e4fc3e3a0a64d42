/**
 * A week's sleep, through which no process has to live: a trial that greets today and reminds in a week.
 *
 * A timer's due time is journaled when it starts. Whichever process is there when that time has come carries on, and
 * one that comes too late does so at once. What was done before the restart is not done again.
 */
import { Context, Effect, Layer, Ref, Schema } from "effect"
import { WIO, Workflow } from "@waymark/core"
import { Engine } from "@waymark/interpreter"

export class Trial extends Schema.TaggedClass<Trial>()("Trial", { customer: Schema.String }) {}
export class Reminded extends Schema.TaggedClass<Reminded>()("Reminded", { customer: Schema.String }) {}

export class Mail extends Context.Service<
  Mail,
  {
    readonly send: (text: string) => Effect.Effect<void>
    readonly sent: Effect.Effect<ReadonlyArray<string>>
  }
>()("derecho-tour/Mail") {
  static readonly layer = Layer.effect(
    Mail,
    Effect.gen(function* () {
      const sent = yield* Ref.make<ReadonlyArray<string>>([])
      return { send: (text) => Ref.update(sent, (texts) => [...texts, text]), sent: Ref.get(sent) }
    })
  )
}

const greet = WIO.runIO("greet", {
  event: Schema.Void,
  run: ({ customer }: Trial) => Mail.use((mail) => mail.send(`welcome, ${customer}`)),
  apply: (trial) => trial
})

const remind = WIO.runIO("remind", {
  event: Schema.Void,
  run: ({ customer }: Trial) => Mail.use((mail) => mail.send(`your week is over, ${customer}`)),
  apply: ({ customer }) => new Reminded({ customer })
})

export const Trying = Workflow.make("Trying", {
  version: 1,
  input: Trial,
  state: Schema.Union([Trial, Reminded]),
  body: greet.pipe(WIO.andThen(WIO.await<Trial>("a week", { for: "7 days" })), WIO.andThen(remind))
})

/** The life of a process: an engine that is there for as long as its work. */
const life = <A, E>(work: Effect.Effect<A, E, Engine>) => Effect.provide(work, Engine.layer({ workflows: [Trying] }))

/** Two processes on one journal, and days between them without any. */
export const program = Effect.gen(function* () {
  yield* life(
    Effect.gen(function* () {
      const engine = yield* Engine
      yield* engine.start(Trying, { id: "trial-1", input: new Trial({ customer: "ann" }) })
      yield* Effect.sleep("1 day")
    })
  )
  const before = yield* Mail.use((mail) => mail.sent)
  yield* Effect.sleep("3 days")
  const reminded = yield* life(Effect.flatMap(Engine, (engine) => engine.result(Trying, "trial-1")))
  return { before, reminded, after: yield* Mail.use((mail) => mail.sent) }
})

export const layer = Mail.layer
