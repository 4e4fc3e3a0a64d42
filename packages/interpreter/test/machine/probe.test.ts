import { it } from "vitest"
import { WIO, Workflow } from "@waymark/core"
import { Command, Execution } from "@waymark/interpreter"
import { Schema, Effect } from "effect"
it("product at end", () => {
  const w = WIO.await<number>("wait", { for: 10 })
  const flow = Workflow.make("P", { version: 1, input: Schema.Struct({ a: Schema.Number, b: Schema.Number }), state: Schema.Number, body: WIO.parallel({ a: w, b: w }) })
  const { execution } = Execution.start(flow, { a: 1, b: 2 }, { id: "x", at: 0 })
  console.log(Execution.step(execution, Command.tick(10), { at: 10 }))
})
it("failure seen inside a handler", () => {
  const risky = WIO.fail((n: number) => ({ _tag: "E", n }) as const)
  const handler = WIO.await<WIO.Failure<number, { _tag: "E"; n: number }>>("wait", { for: 1000 }).pipe(
    WIO.interruptWith(WIO.await<WIO.Failure<number, { _tag: "E"; n: number }>>("dl", { for: 10 })),
    WIO.map((f) => f.error.n)
  )
  const flow = Workflow.make("P", { version: 1, input: Schema.Number, state: Schema.Number, body: risky.pipe(WIO.catch(handler)) })
  const { execution } = Execution.start(flow, 1, { id: "x", at: 0 })
  console.log(Execution.step(execution, Command.tick(10), { at: 10 }))
})
