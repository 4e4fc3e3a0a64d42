/** A library that exports workflows: everything that is inferred here has to have a name outside of Waymark, too. */
import { Effect, Layer, Schema } from "effect"
import { Query, Signal, WIO, Workflow } from "@waymark/core"
import { Engine, Execution, Journal } from "@waymark/interpreter"
import { checkRecovery, Journals, Stub, TestRun } from "@waymark/interpreter/testing"
import { PgJournal } from "@waymark/postgres"
import { Mermaid, Picture } from "@waymark/render"
import { SqliteJournal } from "@waymark/sqlite"

class Start extends Schema.TaggedClass<Start>()("Start", { n: Schema.Number }) {}
class End extends Schema.TaggedClass<End>()("End", { n: Schema.Number }) {}
class Oops extends Schema.TaggedError<Oops>()("Oops", {}) {}

export const Go = Signal.make("go", { payload: Schema.Number, reply: Schema.Number, error: Oops })
export const Now = Query.make("now", { reply: Schema.Unknown })
export const step = WIO.runIO("step", {
  event: Schema.Number,
  error: Oops,
  run: ({ n }: Start) => Effect.succeed(n),
  apply: (_, n) => new End({ n })
})
export const go = WIO.handleSignal(Go, {
  event: Schema.Number,
  handle: (_: Start, n) => Effect.succeed(n),
  apply: (state) => state,
  reply: (_, n) => n
})
export const wait = WIO.await<Start>("wait", { for: "1 day" })
export const tooLate = WIO.await<Start | End>("too late", { for: "1 week" }).pipe(WIO.map(() => new End({ n: 0 })))
export const safe = step.pipe(
  WIO.catchTag(
    "Oops",
    WIO.pure((_: WIO.Failure<unknown, Oops>) => new End({ n: 0 }))
  ),
  WIO.interruptWith(tooLate)
)
export const chosen = WIO.branch("large?", { large: { when: ({ n }: Start) => n > 9, then: safe } }, safe)
export const matched = WIO.match("kind", { Start: chosen, End: WIO.pure((end: End) => end) })
export const looped = WIO.loop("again", wait, { while: ({ n }) => n < 0 })
export const computed = looped.pipe(WIO.flatMap(() => matched))
export const plain = WIO.parallel({ a: computed, b: go })
export const forked = WIO.parallel({ a: computed, b: go }, { fork: (start: Start) => ({ a: start, b: start }) })
export const joined = WIO.parallel(
  { a: computed, b: go },
  { fork: (start: Start) => ({ a: start, b: start }), join: ({ a }) => a }
).pipe(WIO.query(Now, (state) => state))
export const Both = Workflow.make("Both", { version: 1, input: Start, state: Schema.Union([Start, End]), body: joined })

export const begun = Execution.start(Both, new Start({ n: 1 }), { id: "b-1", at: 0 })
export const pending = Execution.pending(begun.execution)
export const picture = Picture.make(Both)
export const chart = Mermaid.render(Both)
export const embedded = SqliteJournal.layer({ filename: "both.db" })
export const server = PgJournal.layer({ url: "postgres://localhost/both" })
export const engine = Engine.layer({ workflows: [Both] }).pipe(Layer.provide(embedded))
export const program = Effect.gen(function* () {
  const handle = yield* (yield* Engine).start(Both, { id: "b-1", input: new Start({ n: 1 }) })
  return { handle, status: yield* handle.status, result: yield* handle.result }
})

export const stub = Stub.attempts(Stub.die("lost"), Stub.succeed(3))
export const run = TestRun.make(Both, { input: new Start({ n: 1 }), stubs: { step: stub } })
export const played = TestRun.toEnd(Both, { input: new Start({ n: 1 }), signals: [{ signal: Go, payload: 3 }] })
export const checked = checkRecovery(Both, { input: new Start({ n: 1 }), signals: [{ signal: Go, payload: 3 }] })
export const replayed = Journals.replay(Both, {})
export const imported = (json: unknown) => Journal.use((journal) => Journals.import(journal, json))
