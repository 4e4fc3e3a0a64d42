import { Effect, Schema } from "effect"
import { Signal, WIO, Workflow } from "@waymark/core"
import { it } from "vitest"
import { boot, run } from "../support/engine.ts"
const Add = Signal.make("add", { payload: Schema.Number, reply: Schema.String })
const add = WIO.handleSignal(Add, {
  event: Schema.Number,
  handle: (_: number, amount) => Effect.succeed(amount),
  apply: (sum, amount) => sum + amount,
  reply: (sum, amount) => `${sum} and ${amount}`
})
const sum = Workflow.make("Sum", { version: 1, input: Schema.Number, state: Schema.Number, body: WIO.loop("sum", add, { while: (n) => n < 10 }) })
it("x", () => run((journal) => Effect.gen(function* () {
  const log: any = (name: string) => (...a: any[]) => Effect.sync(() => console.log(name, JSON.stringify(a)))
  const j = { ...journal, send: (s: any) => Effect.tap(journal.send(s), (r) => log("send")(s.id, r)),
    sent: (a: any, b: any) => Effect.tap(journal.sent(a,b), (r) => log("sent")(b, r)),
    append: (b: any) => Effect.tap(journal.append(b), (r) => log("append")(b[0].settled, b[0].status, r)) ,
    release: (o: any, b: any) => Effect.tap(journal.release(o,b), (r) => log("release")(b)) ,
    claim: (b: any) => Effect.tap(journal.claim(b), (r) => log("claim")(b.id, r.length)) }
  const first = yield* boot(j, [sum])
  const handle = yield* first.engine.start(sum, { id: "s-1", input: 0 })
  console.log(yield* handle.signal(Add, 5, { id: "five" }))
  yield* first.close
  const { engine } = yield* boot(j, [sum])
  const again = engine.handle(sum, "s-1")
  console.log(yield* again.signal(Add, 5, { id: "five" }))
  console.log(yield* Effect.exit(again.signal(Add, 7)))
})))
