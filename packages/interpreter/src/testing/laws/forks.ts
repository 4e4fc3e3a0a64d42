/** A7 and A8: the order of branches makes no difference, and who has won is on record. */
import { WIO } from "@waymark/core"
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import * as Pending from "../../Pending.ts"
import type { Machine, Run, Running } from "../drive.ts"
import { mapped, type Plan } from "../generator/plan.ts"
import type { Script } from "../generator/script.ts"
import type { Part } from "../generator/site.ts"
import { burn, step, summary, type State } from "../generator/state.ts"
import { observe, outcome, starts } from "../observe.ts"
import { parts, type Triple } from "./algebra.ts"
import { lateCompletionsAreRefused } from "./journal.ts"
import { pure, recovered, same } from "./law.ts"

/** The plan without what fails. */
const unfailing = (whole: Plan): Plan =>
  mapped(whole, (plan) => {
    if (plan.tag === "Fail") return { ...plan, tag: "Pure" }
    // Of a timeout, one that goes on.
    return plan.tag === "Timeout" ? { ...plan, k: plan.k % 2 === 0 ? 4 : 5 } : plan
  })

/** The script without what goes wrong, and without operators and cancellations, whose order is the branches'. */
const calm = ({ moves }: Script): Script => ({
  moves: moves.filter(({ _tag }) => _tag === "Serve" || _tag === "Signal" || _tag === "Tick"),
  outcomes: []
})

const byKey = (a: Pending.Pending, b: Pending.Pending): number => (Pending.key(a.step) < Pending.key(b.step) ? -1 : 1)

const orders: ReadonlyArray<readonly ["a" | "b" | "c", "a" | "b" | "c", "a" | "b" | "c"]> = [
  ["a", "c", "b"],
  ["b", "a", "c"],
  ["b", "c", "a"],
  ["c", "a", "b"],
  ["c", "b", "a"]
]

/** The events of one branch of the fork that a run begins with. */
const ofBranch = (journal: ReadonlyArray<Event>, key: string): ReadonlyArray<string> =>
  journal.flatMap(({ kind, ordinal, path, payload, step: name }) =>
    path === `0:${key}` || path.startsWith(`0:${key}/`) ? [JSON.stringify([kind, path, ordinal, name, payload])] : []
  )

/** A7: to declare the branches of a parallel in another order changes neither what they do nor what comes of it. */
export const parallelCommutes = (given: Triple, subject = pure): void => {
  const { first, script, second, third } = given
  const plans = { first: unfailing(first), second: unfailing(second), third: unfailing(third) }
  const triple: Triple = { ...given, ...plans, names: "unique", script: calm(script) }
  const { run, ...branches } = parts(triple, subject, "inside")
  const of = (keys: ReadonlyArray<"a" | "b" | "c">): Run => {
    const options = {
      fork: (state: State) => ({ a: step(state, 1), b: step(state, 2), c: step(state, 3) }),
      join: (outs: unknown, state: State) => step(summary(outs), state.n)
    }
    const body = WIO.parallel(Object.fromEntries(keys.map((key) => [key, branches[key]])), options as never)
    return run(body as never as Part, { order: byKey })
  }
  const declared = of(["a", "b", "c"])
  const permuted = of(orders[given.salt % orders.length] as (typeof orders)[number])
  same("result", outcome(declared), outcome(permuted))
  for (const key of ["a", "b", "c"]) {
    same(`branch ${key}: event`, ofBranch(declared.journal, key), ofBranch(permuted.journal, key))
  }
  same("events in all", `${declared.journal.length}`, `${permuted.journal.length}`)
  same("effects", starts(declared.trace).toSorted(), starts(permuted.trace).toSorted())
}

const everyPrefixIsLive = (machine: Machine, { executions, journal, workflow }: Run): void => {
  const look = (execution: Running) => observe(execution)
  for (const live of executions) {
    const length = Execution.length(live)
    same(`${length} events`, look(live), look(recovered(machine, workflow, journal.slice(0, length))))
  }
}

/** A8: who won a race is on record, round by round: any replay comes to the same, and who lost comes too late. */
export const racesAreDecidedOnce = (triple: Triple, subject = pure): void => {
  const { a, b, c, run } = parts(triple, subject, "inside")
  const racing = triple.salt % 2 === 0 ? WIO.race : WIO.raceFirst
  const again = ({ fuel }: State) => fuel > 0
  const round = racing({ a, b, c }).pipe(WIO.map(burn))
  const seen = run(WIO.loop("rounds", round, { while: again }) as Part)
  everyPrefixIsLive(subject.machine, seen)
  lateCompletionsAreRefused(seen, subject)
}
