import { it } from "vitest"
import { WIO } from "@waymark/core"
import { Execution, Command } from "@waymark/interpreter"
import { flow, io, interruptedBy, on, wait, Story, Lines, type Part } from "./support/log.ts"
import { Result } from "effect"
it("wrap inside", () => {
  const old = io("a").pipe(interruptedBy(wait("deadline", 10)))
  const story = Story.of(old)
  const now = io("a").pipe(interruptedBy(on("stop")), interruptedBy(wait("deadline", 10)))
  const r = Execution.recover(flow(now), story.journal)
  console.log(Result.isFailure(r) ? r.failure.message : "ok")
})
it("nested deadlines", () => {
  for (const n of [1000, 2000, 4000, 8000]) {
    let part: Part = io("a"); for (let i = 0; i < n; i++) part = part.pipe(interruptedBy(wait("d" + i, 10 + i)))
    const t = performance.now(); const s = Story.of(part); console.log(n, performance.now() - t)
    const t2 = performance.now(); Execution.recover(s.workflow, s.journal); console.log("recover", performance.now() - t2)
  }
})
it("parallel timers", () => {
  for (const n of [10000, 40000]) {
    const keys = Array.from({ length: n }, (_, i) => "b" + i)
    const part = WIO.parallel(Object.fromEntries(keys.map((k, i) => [k, wait("w" + i, 10 + i)])), { fork: () => Object.fromEntries(keys.map(k => [k, []])), join: () => [] }) as never
    const t = performance.now(); const s = Story.of(part); console.log(n, performance.now() - t)
    const t2 = performance.now(); s.tick(1e9); console.log("tick", performance.now() - t2)
  }
})
it("query throws", () => {
  const s = Story.of(io("a").pipe(WIO.query(Lines, (): never => { throw new Error("bug") })))
  try { console.log(Execution.query(s.execution, Lines)) } catch (e) { console.log("threw", String(e)) }
})
