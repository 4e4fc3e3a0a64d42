/** Recovery checked over generated workflows: those that race with nothing pass, whatever nodes they have. */
import { Effect, Layer } from "effect"
import { checkRecovery, Generator, RunRests, type RecoveryReport } from "@waymark/interpreter/testing"
import * as fc from "fast-check"
import { expect, it } from "vitest"

/** What comes of these depends on who is first, or on a sender; what the last two record is another thing each time. */
const without = [
  "HandleSignal",
  "InterruptWith",
  "Timeout",
  "Race",
  "Compensate",
  "Child",
  "SignalTo",
  "SideEffect"
] as const

const calm = Generator.cases({ size: 10, duplicates: false, without }).map((generated) => ({
  ...generated,
  // How far a branch has come when another one fails, or ends it early, is a race too.
  plan: Generator.mapped(generated.plan, (plan) => {
    if (plan.tag === "Parallel") return { ...plan, k: 2 + (plan.k % 2) }
    return plan.tag === "ForEach" ? { ...plan, k: 3 + (plan.k % 3) } : plan
  })
}))

it("a generated workflow comes to the same whenever it is killed", () => {
  const reports: Array<RecoveryReport> = []
  return fc
    .assert(
      fc.asyncProperty(calm, async (generated) => {
        const workflow = Generator.workflow(generated)
        const checked = checkRecovery(workflow, {
          input: generated.input,
          services: () =>
            Layer.succeed(
              Generator.World,
              Generator.world(generated.script.outcomes, () => 0)
            ),
          limit: 6
        })
        // Where a step is given up nobody decides what becomes of it.
        const report = await Effect.runPromise(
          Effect.catchIf(
            checked,
            (error) => error instanceof RunRests,
            () => Effect.succeed(undefined)
          )
        )
        if (report !== undefined) reports.push(report)
      }),
      { numRuns: 40 }
    )
    .then(() => {
      expect(reports.length).toBeGreaterThan(20)
      expect(reports.some(({ repeated }) => repeated > 0)).toBe(true)
    })
})
