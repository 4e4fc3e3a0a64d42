/** R1, R6 and R15: what a crash may cost, and that runs end. */
import * as Option from "effect/Option"
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import type { Append, Crash } from "../drive.ts"
import { namesOf, type Case } from "../generator/case.ts"
import { lines, observe, outcome, starts } from "../observe.ts"
import { broken, pure, run, same } from "./law.ts"
import { succeeded } from "./replay.ts"

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

/** Which append an event came in. */
const groupsOf = ({ events }: Append): ReadonlyArray<ReadonlyArray<Event>> => {
  const groups: Array<Array<Event>> = []
  for (const event of events) {
    // One append of a tick may fire several timers: each has its own group of what it opened.
    const opens = event.kind === "due" || event.kind === "ended"
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
      const cut = succeeded("recovery", machine.recover(workflow, journal.slice(0, first.seq + kept)))
      const { events, execution } = succeeded("settling", machine.settle(cut, { at: first.at }))
      same(`settled after ${first.seq + kept} events: event`, lines(group.slice(kept)), lines(events))
      const whole = succeeded("recovery", machine.recover(workflow, journal.slice(0, first.seq + group.length)))
      const { queries } = namesOf(generated)
      same("settled and recovered", observe(whole, queries), observe(execution, queries))
    }
  }
}

/** An effect starts only once the durable journal waits for it: no next effect before the last event is flushed. */
export const flushBeforeEffect = (generated: Case, subject = pure): void => {
  const { journal, trace, workflow } = run(generated, subject)
  for (const { attempt, durable, key, step } of trace) {
    const known = succeeded("recovery", subject.machine.recover(workflow, journal.slice(0, durable)))
    const waits = Execution.pending(known).some(
      (pending) => pending._tag === "RunIO" && pending.idempotencyKey === key && pending.attempt === attempt
    )
    if (!waits)
      broken(`attempt ${attempt} of ${step} (${key}) started, and the ${durable} durable events do not wait for it`)
  }
}

/** R15: with faults off, to serve what is pending ends every run. Of cases without faults. */
export const everyRunEnds = (generated: Case, subject = pure): void => {
  const { executions, journal, result } = run(generated, subject)
  if (Option.isNone(result)) broken(`after ${journal.length} events it still waits`)
  const last = executions.at(-1)
  if (last === undefined) return broken("nothing was appended")
  if (Execution.pending(last).length > 0) broken("it has ended and something is pending")
  if (journal.at(-1)?.kind !== "ended") broken(`its last event is "${journal.at(-1)?.kind}"`)
}
