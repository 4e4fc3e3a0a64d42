/** Small workflows, in which one and two faults can be put everywhere. */
import type { Case } from "../generator/case.ts"
import { plan, type Plan } from "../generator/plan.ts"

const caseOf = (plan: Plan): Case => ({
  plan,
  names: "unique",
  input: { _tag: "S", n: 0, fuel: 0 },
  script: { moves: [], outcomes: [] },
  salt: 0
})

/** Small workflows by what they are about. */
export const small = {
  "two steps": caseOf(plan("AndThen", 0, plan("RunIO"), plan("RunIO"))),
  "a step that is tried again": {
    ...caseOf(plan("RunIO", 1)),
    script: { moves: [], outcomes: [{ dies: 1, then: "Succeed", k: 1 }] }
  },
  "a signal": caseOf(plan("AndThen", 0, plan("HandleSignal", 1), plan("RunIO"))),
  "a timer": caseOf(plan("AndThen", 0, plan("RunIO"), plan("Await", 1))),
  "branches side by side": caseOf(plan("Parallel", 2, plan("RunIO"), plan("RunIO"))),
  "a signal against a timer": caseOf(plan("InterruptWith", 5, plan("HandleSignal"), plan("RunIO"))),
  "a child": caseOf(plan("AndThen", 0, plan("RunIO"), plan("Child")))
} satisfies Readonly<Record<string, Case>>
