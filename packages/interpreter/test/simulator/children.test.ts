/** Parents and children that take their time, in the simulator: whatever goes wrong, a parent is told of the end. */
import { WIO } from "@waymark/core"
import { Generator, Simulator } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import { call, caseOf, fine, only } from "../support/simulator.ts"

const { plan } = Generator

const child = Generator.workflowOf(
  Generator.build(plan("AndThen", 0, plan("RunIO"), plan("Await", 3), plan("RunIO")), { prefix: "child" }),
  1,
  "Child"
)

/** Two children side by side, and a step when both have ended. */
const parent = Generator.workflowOf(
  WIO.andThen(
    WIO.parallel(
      Object.fromEntries(
        ["one", "other"].map((name) => [
          name,
          WIO.child(child, {
            name,
            input: (state: Generator.State) => state,
            apply: (state: Generator.State, end: Generator.State) => Generator.step(state, end.n)
          }).pipe(
            WIO.catchTag("ChildStopped", WIO.pure((state) => Generator.step(Generator.summary(state), 1)) as never)
          )
        ])
      ) as never,
      {
        fork: (state: Generator.State) => ({ one: state, other: state }),
        join: (states: unknown) => Generator.summary(states)
      } as never
    ) as never,
    Generator.build(plan("RunIO"))
  )
)

const subject: Simulator.Subject = { hosted: () => parent, workflow: parent, others: [child] }
const given = caseOf(plan("Pure"))

describe("a parent of children that take their time", () => {
  it("is told of their end after every fault at every call of the journal", () => {
    const operations = ["append", "create", "claim", "send", "read", "find"] as const
    const searched = Simulator.exhaust(given, { faults: 1, operations }, subject)
    expect(searched.violations.map(Simulator.describe)).toEqual([])
    expect(searched.trials).toBeGreaterThan(100)
  })

  it("is told of their end whatever goes wrong, in several processes", () => {
    const searched = Simulator.explore({ seed: 1, trials: 60, faults: false }, subject)
    expect(searched.violations.map(Simulator.describe)).toEqual([])
  })

  it("is told of their end by processes that keep hardly anything in memory", () => {
    const scarce: Simulator.Subject = { ...subject, engine: { resident: 1, idle: 1 } }
    const searched = Simulator.explore({ seed: 2, trials: 60, faults: false }, scarce)
    expect(searched.violations.map(Simulator.describe)).toEqual([])
  })

  // What two others have come to waits for it, and neither may have the other one wait anew.
  it("waits for one that cannot be created just now, and lets time pass (a shrunk case)", () => {
    const children = plan("ForEach", 0, plan("ForEach", 0, plan("Child", 1)))
    const schedule = only({ faults: [call("create", 1, "fail")] })
    fine({
      case: { ...caseOf(plan("Parallel", 4, plan("Pure"), children)), input: { _tag: "S", n: 1, fuel: 2 } },
      schedule
    })
  })
})
