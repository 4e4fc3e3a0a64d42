/** State machines recover: at every append, and from every snapshot, they come to the same. */
import { Effect, Result } from "effect"
import { Asl, TaskToken } from "@waymark/asl"
import { Lint } from "@waymark/interpreter"
import { checkRecovery } from "@waymark/interpreter/testing"
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { definition, services } from "./support/generator.ts"
import { chain, machineOf, TASK } from "./support/machines.ts"

it("a generated machine has no problems, nor as a workflow", () => {
  fc.assert(
    fc.property(definition, (given) => {
      const parsed = Asl.parse(given, { name: "generated" })
      expect(Result.isFailure(parsed) ? parsed.failure.problems : []).toEqual([])
      expect(Result.isSuccess(parsed) ? Lint.check(parsed.success) : []).toEqual([])
    })
  )
})

it("a generated machine comes to the same wherever its process dies", async () => {
  let crashes = 0
  await fc.assert(
    fc.asyncProperty(definition, async (given) => {
      const machine = () => machineOf(given, { name: "generated" })
      const report = await Effect.runPromise(checkRecovery(machine, { input: {}, services: services(), limit: 8 }))
      crashes += report.crashes
    }),
    { numRuns: 15 }
  )
  expect(crashes).toBeGreaterThan(100)
}, 120_000)

it("so does one that waits for a token, is told that somebody is at it, and times out", async () => {
  const resource = `${TASK.Resource}.waitForTaskToken`
  const task = { Type: "Task", Resource: resource, Parameters: { "token.$": "$$.Task.Token" } }
  const given = chain({
    Ask: { ...task, HeartbeatSeconds: 60, ResultPath: "$.asked" },
    Again: {
      ...task,
      TimeoutSeconds: 30,
      Catch: [{ ErrorEquals: ["States.Timeout"], Next: "Late", ResultPath: "$.late" }]
    },
    Late: { Type: "Pass" }
  })
  const token = TaskToken.make({ instance: "test", state: "Ask" }, "00000000-0000-4000-8000-000000000000")
  const signal = TaskToken.signalOf("Ask")
  const report = await Effect.runPromise(
    checkRecovery(() => machineOf(given), {
      input: { n: 1 },
      services: services(resource),
      signals: [
        { signal, payload: TaskToken.heartbeat(token) },
        { signal, payload: TaskToken.success(token, "yes") }
      ]
    })
  )
  expect(report.crashes).toBeGreaterThan(10)
})
