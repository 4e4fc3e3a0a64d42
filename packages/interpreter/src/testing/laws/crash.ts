/** R1, R6 and R15: what a crash may cost, and that runs end. */
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import type { Append, Crash } from "../drive.ts"
import { namesOf, type Case } from "../generator/case.ts"
import { mapped } from "../generator/plan.ts"
import { isBegun } from "../generator/play.ts"
import { lines, observe, outcome, starts } from "../observe.ts"
import { broken, isLast, pure, recovered, run, same, seesAll, succeeded } from "./law.ts"

/** R1 and R6: whenever the process dies, before an append or after it, recovery reaches the same end. */
export const crashEquivalence = (generated: Case, subject = pure): void => {
  const calm = run(generated, subject)
  for (const [append, { effects }] of calm.appends.entries()) {
    for (const when of ["before", "after"] as const satisfies ReadonlyArray<Crash["when"]>) {
      const crashed = run(generated, subject, { crash: { append, when } })
      const place = `died ${when} append ${append}:`
      same(`${place} event`, lines(calm.journal), lines(crashed.journal))
      same(`${place} result`, outcome(calm), outcome(crashed))
      const reached = calm.appends.slice(0, append + 1).flatMap((before) => before.effects)
      const twice = when === "before" ? effects : []
      const rest = calm.appends.slice(append + 1).flatMap((after) => after.effects)
      same(`${place} effect`, starts([...reached, ...twice, ...rest]), starts(crashed.trace))
    }
  }
}

/** Without the time as a value: whoever asks anew after a crash is told another. */
const untimed = (generated: Case): Case => ({
  ...generated,
  plan: mapped(generated.plan, (plan) => (plan.tag === "SideEffect" && plan.k % 4 === 1 ? { ...plan, k: 0 } : plan))
})

/** R6: of many effects at once, a crash repeats those that were in flight, and no other. */
export const onlyInFlightRepeats = (given: Case, subject = pure): void => {
  const generated = untimed(given)
  const calm = run(generated, subject, { eager: true })
  const append = generated.salt % calm.appends.length
  for (const when of ["before", "after"] as const) {
    const crashed = run(generated, subject, { eager: true, crash: { append, when } })
    const place = `died ${when} append ${append}:`
    same(`${place} result`, outcome(calm), outcome(crashed))
    const more = starts(crashed.trace).slice()
    for (const start of [...starts(calm.trace), ...crashed.lost]) {
      const index = more.indexOf(start)
      if (index !== -1) more.splice(index, 1)
    }
    if (more.length > 0) broken(`${place} started again, and not in flight: ${more.join(", ")}`)
  }
}

/** Which append an event came in. */
const owed: ReadonlySet<string> = new Set(["version", "checkpoint", "due", "continued", "ended"])

const groupsOf = ({ events }: Append): ReadonlyArray<ReadonlyArray<Event>> => {
  const groups: Array<Array<Event>> = []
  for (const event of events) {
    // One append of a tick may fire several timers: each has its own group of what it opened.
    const opens = owed.has(event.kind)
    if (opens && groups.length > 0) groups.at(-1)?.push(event)
    else groups.push([event])
  }
  return groups
}

/** A journal cut inside an atomic group, by a store that broke its promise, is completed by `settle` as it was. */
export const cutGroupsAreSettled = (generated: Case, { drive, machine } = pure): void => {
  const { appends, journal, workflow } = run(generated, { drive, machine })
  for (const group of appends.flatMap(groupsOf)) {
    for (let kept = 1; kept < group.length; kept++) {
      const [first] = group as [Event]
      const cut = recovered(machine, workflow, journal.slice(0, first.seq + kept))
      const { events, execution } = succeeded("settling", machine.settle(cut, { at: first.at }))
      same(`settled after ${first.seq + kept} events: event`, lines(group.slice(kept)), lines(events))
      const prefix = journal.slice(0, first.seq + group.length)
      const { queries } = namesOf(generated)
      const [whole, seen] = [recovered(machine, workflow, prefix), seesAll(prefix)]
      same("settled and recovered", observe(whole, queries, seen), observe(execution, queries, seen))
    }
  }
}

/** An effect starts only once the durable journal waits for it: no next effect before the last event is flushed. */
export const flushBeforeEffect = (generated: Case, subject = pure): void => {
  const { journal, trace, workflow } = run(generated, subject)
  for (const { attempt, durable, key, step } of trace) {
    const known = recovered(subject.machine, workflow, journal.slice(0, durable))
    const waits = Execution.pending(known).some(
      (pending) => isBegun(pending) && pending.idempotencyKey === key && pending.attempt === attempt
    )
    if (!waits)
      broken(`attempt ${attempt} of ${step} (${key}) started, and the ${durable} durable events do not wait for it`)
  }
}

const finals: ReadonlySet<string> = new Set(["completed", "failed", "cancelled", "terminated", "continued"])

/** R15: with faults off, to serve what is pending ends every run. Of cases without faults. */
export const everyRunEnds = (generated: Case, subject = pure): void => {
  const { executions, journal, status } = run(generated, subject)
  if (!finals.has(status)) broken(`after ${journal.length} events it is ${status}`)
  const last = executions.at(-1)
  if (last === undefined) return broken("nothing was appended")
  if (Execution.pending(last).length > 0) broken("it has ended and something is pending")
  const end = journal.at(-1)
  if (end === undefined || !isLast(end)) broken(`its last event is "${end?.kind}"`)
}
