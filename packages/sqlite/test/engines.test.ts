import { Signal, WIO, Workflow } from "@waymark/core"
import type { Journal } from "@waymark/interpreter"
import { Engine } from "@waymark/interpreter"
import { SqliteJournal } from "@waymark/sqlite"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as path from "node:path"
import { describe, expect, it } from "vitest"
import { temporaryDirectory } from "./support/directory.ts"

const Approve = Signal.make("approve", { payload: Schema.String, reply: Schema.String })

const Approval = Workflow.make("Approval", {
  version: 1,
  input: Schema.String,
  state: Schema.String,
  attributes: (what) => ({ what }),
  body: WIO.handleSignal(Approve, {
    event: Schema.String,
    handle: (_: string, by: string) => Effect.succeed(by),
    apply: (what, by) => `${what}, approved by ${by}`,
    reply: (_, by) => `thanks, ${by}`
  })
})

const filename = () => path.join(temporaryDirectory(), "waymark.db")

/** Runs something with an engine on a file, which is open only meanwhile. Nobody looks by himself: all is told. */
const on = <A, E>(file: string, body: Effect.Effect<A, E, Engine | Journal>) => {
  const journal = SqliteJournal.layer({ filename: file })
  const engine = Engine.layer({ workflows: [Approval], poll: "1 hour", lease: "1 minute" })
  return Effect.runPromise(
    body.pipe(Effect.provide(Layer.provideMerge(engine, journal)), Effect.timeout("30 seconds"), Effect.orDie)
  )
}

describe("engines on a journal file", () => {
  it("hear of each other in one process, without looking", async () => {
    const ask = Effect.gen(function* () {
      const engine = yield* Engine
      const approval = yield* engine.start(Approval, { id: "lunch", input: "lunch" })
      const reply = yield* engine.signal("lunch", Approve, "ann")
      return { reply, result: yield* approval.result }
    })
    // It hosts nothing, and shares the file with one that does.
    const elsewhere = Engine.layer({ workflows: [], poll: "1 hour", lease: "1 minute" })
    expect(await on(filename(), Effect.provide(ask, elsewhere))).toEqual({
      reply: "thanks, ann",
      result: "lunch, approved by ann"
    })
  })

  it("go on with what waits for a signal after a restart, and find it by its attributes", async () => {
    const file = filename()
    const ids = Array.from({ length: 50 }, (_, index) => `meal-${index}`)
    await on(
      file,
      Effect.gen(function* () {
        const engine = yield* Engine
        yield* Effect.forEach(ids, (id) => engine.start(Approval, { id, input: id }), { concurrency: 10 })
      })
    )
    const found = await on(
      file,
      Effect.gen(function* () {
        const engine = yield* Engine
        const waiting = yield* engine.list({ attributes: { what: "meal-7" } })
        const replies = yield* Effect.forEach(ids, (id) => engine.signal(id, Approve, id), { concurrency: 10 })
        const result = yield* engine.result(Approval, "meal-7")
        return { waiting, replies, result, over: yield* engine.list({ attributes: { what: result } }) }
      })
    )
    expect(found).toMatchObject({
      waiting: { instances: [{ id: "meal-7", status: "waiting" }] },
      replies: ids.map((id) => `thanks, ${id}`),
      result: "meal-7, approved by meal-7",
      over: { instances: [{ id: "meal-7", status: "completed" }] }
    })
  })
})
