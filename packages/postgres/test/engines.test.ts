import { Signal, WIO, Workflow } from "@waymark/core"
import { Engine, Journal } from "@waymark/interpreter"
import { PgJournal } from "@waymark/postgres"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { freshDatabase } from "./support/database.ts"

const url = await freshDatabase()

const Approve = Signal.make("approve", { payload: Schema.String, reply: Schema.String })

const Approval = Workflow.make("Approval", {
  version: 1,
  input: Schema.String,
  state: Schema.String,
  body: WIO.handleSignal(Approve, {
    event: Schema.String,
    handle: (_: string, by) => Effect.succeed(by),
    apply: (what, by) => `${what}, approved by ${by}`,
    reply: (_, by) => `thanks, ${by}`
  })
})

/** A journal that is told nothing by other processes: every notification gets lost. */
const deaf = Layer.effect(
  Journal,
  Effect.map(Journal, (journal) => ({ ...journal, listen: () => Effect.never }))
).pipe(Layer.provide(PgJournal.layer({ url })))

type Processes = { readonly journal: Layer.Layer<Journal, unknown>; readonly poll: "1 hour" | "50 millis" }

/** Starts an instance from a process that hosts nothing, signals it, and waits for its end, which another one brings about. */
const fromElsewhere = (id: string, { journal, poll }: Processes) => {
  const process = <A, E>(workflows: ReadonlyArray<typeof Approval>, body: Effect.Effect<A, E, Engine>) =>
    body.pipe(Effect.provide(Engine.layer({ workflows, poll, lease: "1 minute" }).pipe(Layer.provide(journal))))
  const caller = Effect.gen(function* () {
    const engine = yield* Engine
    const approval = yield* engine.start(Approval, { id, input: "lunch" })
    const reply = yield* engine.signal(id, Approve, "ann")
    return { reply, result: yield* approval.result }
  })
  return Effect.runPromise(
    Effect.raceFirst(process([], caller), process([Approval], Effect.never)).pipe(Effect.timeout("30 seconds"))
  )
}

const expected = { reply: "thanks, ann", result: "lunch, approved by ann" }

describe("engines of several processes on one database", () => {
  it("hear of each other's starts, signals, replies and ends, without looking", async () => {
    // The host listens a moment after it has begun: what was started before is found as it begins.
    for (let round = 0; round < 3; round++) {
      expect(await fromElsewhere(`heard-${round}`, { journal: PgJournal.layer({ url }), poll: "1 hour" })).toEqual(
        expected
      )
    }
  })

  it("find all that by looking, where notifications get lost", async () => {
    expect(await fromElsewhere("unheard", { journal: deaf, poll: "50 millis" })).toEqual(expected)
  })
})
