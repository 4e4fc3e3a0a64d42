/** R2 to R4, and that old executions stay values: recovery is a fold and nothing else. */
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import * as Pending from "../../Pending.ts"
import type { Running } from "../drive.ts"
import { namesOf, workflow, type Case } from "../generator/case.ts"
import type { Call } from "../generator/site.ts"
import { describePending, lines, observe, show } from "../observe.ts"
import { broken, equivalent, pure, recovered, run, same, seesAll, succeeded, timeless } from "./law.ts"

/** R2: replay runs no effect, reads no clock and no randomness, and owes the journal nothing. */
export const replayIsPure = (generated: Case, subject = pure): void => {
  const { journal } = run(generated, subject)
  const calls: Array<Call> = []
  const watched = workflow(generated, { watch: (call) => calls.push(call) })
  const frozen = Object.freeze(structuredClone(journal))
  const execution = timeless(() => recovered(subject.machine, watched, frozen))
  const forbidden = calls.filter((call) => call === "run" || call === "handle" || call === "reply" || call === "answer")
  if (forbidden.length > 0) broken(`replay called ${forbidden.join(", ")}`)
  same("replay changed the journal: event", lines(journal), lines(frozen))
  const owed = succeeded("settling", subject.machine.settle(execution, { at: 0 }))
  if (owed.events.length > 0) broken(`replay would append ${lines(owed.events).join("\n")}`)
}

/** R3: to replay twice is to replay once, and what was live is what is recovered. */
export const replayIsIdempotent = (generated: Case, subject = pure): void => {
  const { executions, journal, workflow: flow } = run(generated, subject)
  const { queries } = namesOf(generated)
  const once = observe(recovered(subject.machine, flow, journal), queries)
  same("replayed twice", once, observe(recovered(subject.machine, flow, journal), queries))
  const anew = workflow(generated)
  same("replayed by another process", once, observe(recovered(subject.machine, anew, journal), queries))
  for (const live of executions) {
    const prefix = journal.slice(0, Execution.length(live))
    const replayed = recovered(subject.machine, flow, prefix)
    const seen = seesAll(prefix)
    same(`${prefix.length} events, live and recovered`, observe(live, queries, seen), observe(replayed, queries, seen))
  }
}

/** R4: replay in chunks, at every split, is replay at once. */
export const replayInChunks = (generated: Case, subject = pure): void => {
  const { machine } = subject
  const { journal, workflow: flow } = run(generated, subject)
  const { queries } = namesOf(generated)
  const seen = seesAll(journal)
  const look = (execution: Running) => observe(execution, queries, seen)
  const whole = look(recovered(machine, flow, journal))
  let oneByOne = recovered(machine, flow, journal.slice(0, 1))
  for (let split = 1; split < journal.length; split++) {
    const head = recovered(machine, flow, journal.slice(0, split))
    same(`${split} events at once and one by one`, look(head), look(oneByOne))
    const tail = succeeded("evolveAll", machine.evolveAll(head, journal.slice(split)))
    same(`split at ${split}`, whole, look(tail))
    oneByOne = succeeded("evolve", machine.evolve(oneByOne, journal[split] as Event))
  }
  same("one by one", whole, look(oneByOne))
}

const byKey = (pending: ReadonlyArray<Pending.Pending>): ReadonlyMap<string, Pending.Pending> =>
  new Map(pending.map((one) => [Pending.key(one.step), one]))

const without = (all: Iterable<string>, others: { readonly has: (key: string) => boolean }): string =>
  [...all]
    .filter((key) => !others.has(key))
    .sort()
    .join(" ")

/**
 * R4: an execution that others were made of gives the same as one that is new: whatever they share, such as the generator of
 * a `gen`, is run anew where it has moved on.
 */
export const usedExecutionsAreAsGood = (generated: Case, subject = pure): void => {
  const { machine } = subject
  const twice = ((execution, command, moment) => {
    machine.step(execution, command, moment)
    return machine.step(execution, command, moment)
  }) as typeof machine.step
  const once = run(generated, subject)
  equivalent(once, run(generated, { ...subject, machine: { ...machine, step: twice } }))
  const { journal, workflow: flow } = once
  const { queries } = namesOf(generated)
  let execution = recovered(machine, flow, journal.slice(0, 1))
  for (const event of journal.slice(1)) {
    const expected = observe(succeeded("evolve", machine.evolve(execution, event)), queries)
    execution = succeeded("evolve", machine.evolve(execution, event))
    same(`event ${event.seq} a second time`, expected, observe(execution, queries))
  }
}

/** Events after which the step that they name may still be waited for. */
const stays: ReadonlySet<string> = new Set([
  "version",
  "child-started",
  "cancel-requested",
  "resolved",
  "ended",
  "continued"
])

/** R4: what is pending only changes by what an event completes or opens, and `diff` says what. */
export const pendingChangesByEvents = (generated: Case, subject = pure): void => {
  const { machine } = subject
  const { journal, workflow: flow } = run(generated, subject)
  const closedForGood = new Set<string>()
  let before: Running | undefined
  for (const [position, event] of journal.entries()) {
    const after =
      before === undefined ? recovered(machine, flow, [event]) : succeeded("evolve", machine.evolve(before, event))
    const [was, is] = [byKey(before === undefined ? [] : Execution.pending(before)), byKey(Execution.pending(after))]
    const { closed, opened } = Execution.diff(before, after)
    const said = { closed: new Set(closed.map(Pending.key)), opened: byKey(opened) }
    same(`closed by event ${position}`, without(was.keys(), is), without(said.closed, said.opened))
    same(`opened by event ${position}`, without(is.keys(), was), without(said.opened.keys(), said.closed))
    const own = Pending.key({ ...event, name: event.step })
    for (const [key, pending] of is) {
      if (closedForGood.has(key)) broken(`event ${position} opens ${key}, which was closed before`)
      const known = was.get(key)
      if (known === undefined || key === own) continue
      if (said.opened.has(key)) broken(`event ${position} at ${own} touches ${key}`)
      same(`${key} at event ${position} of ${own}`, show(describePending(known)), show(describePending(pending)))
    }
    for (const key of was.keys()) if (!is.has(key)) closedForGood.add(key)
    if (event.kind === "attempt" || event.kind === "due") {
      same(`pending over "${event.kind}"`, [...was.keys()], [...is.keys()])
    } else if (before !== undefined && !stays.has(event.kind) && is.has(own)) {
      broken(`event ${position} ("${event.kind}") leaves ${own} pending`)
    }
    before = after
  }
}

/** `diff` of any two executions of a run, as far apart as they are, is what only one of them waits for, and `opened` a half of it. */
export const diffOfAnyTwo = (generated: Case, subject = pure): void => {
  const { executions } = run(generated, subject)
  for (const [index, before] of executions.entries()) {
    for (const after of executions.slice(index)) {
      const [was, is] = [byKey(Execution.pending(before)), byKey(Execution.pending(after))]
      const { closed, opened } = Execution.diff(before, after)
      const said = { closed: new Set(closed.map(Pending.key)), opened: byKey(opened) }
      const place = `from ${Execution.length(before)} to ${Execution.length(after)} events`
      same(`closed ${place}`, without(was.keys(), is), without(said.closed, said.opened))
      same(`opened ${place}`, without(is.keys(), was), without(said.opened.keys(), said.closed))
      const alone = Execution.opened(before, after)
      same(`opened ${place}, alone`, alone.map(shownPending), opened.map(shownPending))
    }
  }
}

const shownPending = (pending: Pending.Pending): string => show(describePending(pending))

/** Executions are values: whatever is done with one, it stays what it was, and gives the same again. */
export const executionsAreValues = (generated: Case, subject = pure): void => {
  const { machine } = subject
  const { executions, journal, workflow: flow } = run(generated, subject)
  const { queries } = namesOf(generated)
  for (const live of executions) {
    const length = Execution.length(live)
    const rest = journal.slice(length)
    const fromJournal = recovered(machine, flow, journal.slice(0, length))
    for (const old of [live, fromJournal]) {
      const was = observe(old, queries)
      const unchanged = (by: string) => same(`event ${length}: after ${by}`, was, observe(old, queries))
      // The events come one at a time, so that the old value is also looked at while another is made of it.
      const watched = function* () {
        for (const event of rest) {
          yield event
          unchanged(`"${event.kind}" at ${event.seq} of a chunk`)
        }
      }
      succeeded("evolveAll", machine.evolveAll(old, watched()))
      const [next] = rest
      const after = next === undefined ? undefined : observe(succeeded("evolve", machine.evolve(old, next)), queries)
      for (const { step } of Execution.pending(old)) {
        // Whatever these lead to: other futures of the same value.
        machine.step(old, { _tag: "Succeed", step, event: { n: 1 } }, { at: 1 })
        machine.step(old, { _tag: "Fail", step, error: { _tag: "Oops", n: 1 } }, { at: 1 })
        machine.step(old, { _tag: "Attempt", step, error: "none", next: null }, { at: 1 })
        machine.step(old, { _tag: "Handled", step, event: { n: 1 }, id: "other" }, { at: 1 })
        machine.step(old, { _tag: "ChildStarted", step }, { at: 1 })
        machine.step(old, { _tag: "ChildEnded", step, outcome: { outcome: "cancelled", reason: "other" } }, { at: 1 })
        machine.step(old, { _tag: "Sent", step, undelivered: undefined }, { at: 1 })
        machine.step(old, { _tag: "Retry", step }, { at: 1 })
      }
      machine.step(old, { _tag: "Tick", now: Infinity }, { at: 1 })
      machine.step(old, { _tag: "Cancel", reason: "other" }, { at: 1 })
      machine.step(old, { _tag: "Terminate", reason: "other" }, { at: 1 })
      unchanged("other futures")
      if (next === undefined || after === undefined) continue
      same(
        `event ${length} after other futures`,
        after,
        observe(succeeded("evolve", machine.evolve(old, next)), queries)
      )
    }
  }
}
