/** R2 to R4, and that old executions stay values: recovery is a fold and nothing else. */
import * as Result from "effect/Result"
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import * as Pending from "../../Pending.ts"
import type { Machine, Running } from "../drive.ts"
import type { Call } from "../generator/build.ts"
import { namesOf, workflow, type Case, type Generated } from "../generator/case.ts"
import { describePending, lines, observe, show } from "../observe.ts"
import { broken, pure, run, same, timeless } from "./law.ts"

/** What became of something that must succeed. */
export const succeeded = <A>(what: string, result: Result.Result<A, unknown>): A =>
  Result.isSuccess(result) ? result.success : broken(`${what}: ${String(result.failure)}`)

const recovered = (machine: Machine, flow: Generated, events: Iterable<Event>): Running =>
  succeeded("recovery", machine.recover(flow, events))

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
  same("live and recovered", observe(executions.at(-1) as Running, queries), once)
}

/** R4: replay in chunks, at every split, is replay at once. */
export const replayInChunks = (generated: Case, subject = pure): void => {
  const { machine } = subject
  const { journal, workflow: flow } = run(generated, subject)
  const { queries } = namesOf(generated)
  const whole = observe(recovered(machine, flow, journal), queries)
  let oneByOne = recovered(machine, flow, journal.slice(0, 1))
  for (let split = 1; split < journal.length; split++) {
    const head = recovered(machine, flow, journal.slice(0, split))
    same(`${split} events at once and one by one`, observe(head, queries), observe(oneByOne, queries))
    const tail = succeeded("evolveAll", machine.evolveAll(head, journal.slice(split)))
    same(`split at ${split}`, whole, observe(tail, queries))
    oneByOne = succeeded("evolve", machine.evolve(oneByOne, journal[split] as Event))
  }
  same("one by one", whole, observe(oneByOne, queries))
}

const byKey = (pending: ReadonlyArray<Pending.Pending>): ReadonlyMap<string, Pending.Pending> =>
  new Map(pending.map((one) => [Pending.key(one.step), one]))

const without = (all: Iterable<string>, others: { readonly has: (key: string) => boolean }): string =>
  [...all]
    .filter((key) => !others.has(key))
    .sort()
    .join(" ")

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
    } else if (before !== undefined && event.kind !== "ended" && is.has(own)) {
      broken(`event ${position} ("${event.kind}") leaves ${own} pending`)
    }
    before = after
  }
}

/** `diff` of any two executions of a run, as far apart as they are, is what only one of them waits for. */
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
    }
  }
}

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
      }
      machine.step(old, { _tag: "Tick", now: Infinity }, { at: 1 })
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
