/** R5, R7, R8, R11 and R14: what every journal looks like. Laws of a `Run`, whoever made it; and what the machine refuses. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Command from "../../Command.ts"
import * as Event from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import * as Path from "../../internal/machine/path.ts"
import * as Pending from "../../Pending.ts"
import type { Run, Running } from "../drive.ts"
import type { Case } from "../generator/case.ts"
import { isBegun, late } from "../generator/play.ts"
import { show } from "../observe.ts"
import { broken, isLast, pure, run, same } from "./law.ts"

/** R5: an effect whose completion is durable never starts again. */
export const completedEffectsNeverStart = ({ journal, trace }: Pick<Run, "journal" | "trace">): void => {
  const ended = new Map<string, number>()
  for (const { instance, kind, ordinal, path, run, seq } of journal) {
    if (kind === "completed" || kind === "failed" || kind === "child-started" || kind === "sent")
      ended.set(Path.idempotencyKey(instance, run, path, ordinal), seq)
  }
  for (const { attempt, durable, key, step } of trace) {
    const seq = ended.get(key)
    if (seq !== undefined && seq < durable) {
      broken(`attempt ${attempt} of ${step} (${key}) started with its end durable as event ${seq}`)
    }
  }
}

/** R7: sequence numbers are dense, event ids unique, epochs never go down. */
export const sequenceIsDense = ({ appends, journal }: Pick<Run, "appends" | "journal">): void => {
  for (const [index, { seq }] of journal.entries()) {
    if (seq !== index) broken(`event ${seq} stands at ${index}`)
  }
  const ids = new Set(journal.map(({ id }) => id))
  if (ids.size !== journal.length) broken(`${journal.length} events have ${ids.size} ids`)
  const epochs = appends.map(({ epoch }) => epoch)
  if (epochs.some((epoch, index) => epoch < (epochs[index - 1] ?? 0))) broken(`the epochs are ${epochs.join(", ")}`)
}

/** R8: no event after the terminal one. */
export const nothingAfterTheEnd = ({ journal }: Pick<Run, "journal">): void => {
  const end = journal.findIndex(isLast)
  if (end !== -1 && end !== journal.length - 1) broken(`event ${end} is the end, event ${end + 1} comes after it`)
}

/** R12, promise 5: a timer fires once, and not before the due time that is on record. */
export const timersNeverFireEarly = ({ journal }: Pick<Run, "journal">): void => {
  const due = new Map<string, number>()
  for (const { at, kind, ordinal, path, payload, seq, step } of journal) {
    const key = Pending.key({ path, ordinal, name: step })
    if (kind === "due") due.set(key, (payload as { readonly at: number }).at)
    if (kind !== "fired") continue
    const recorded = due.get(key)
    if (recorded === undefined) broken(`event ${seq}: ${key} fires with no due time on record`)
    else if (at < recorded) broken(`event ${seq}: ${key} fires at ${at}, and is due at ${recorded}`)
  }
}

/** Promise 4: a signal is consumed once, told by its id. */
export const signalsAreConsumedOnce = ({ journal }: Pick<Run, "journal">): void => {
  const consumed = new Map<string, number>()
  for (const { kind, payload, seq } of journal) {
    if (kind !== "signal") continue
    const { id } = payload as { readonly id: string }
    if (consumed.has(id)) broken(`events ${consumed.get(id)} and ${seq} both consume signal ${id}`)
    consumed.set(id, seq)
  }
}

/** R11: the signals that came in are those that were consumed, and those that were not accepted: none is lost or made up. */
export const signalsAreAccountedFor = (generated: Case, subject = pure): void => {
  const { journal, signals } = run(generated, subject)
  const consumed = journal.flatMap(({ kind, payload }) =>
    kind === "signal" ? [(payload as { readonly id: string }).id] : []
  )
  const accepted = [...signals].flatMap(([id, isAccepted]) => (isAccepted ? [id] : []))
  same("signals consumed", accepted.toSorted(), consumed.toSorted())
}

const roundTrip = { decode: Schema.decodeUnknownSync(Event.Event), encode: Schema.encodeUnknownSync(Event.Event) }

/** R14: an event that was written is the event that is read. */
export const eventsSurviveStorage = ({ journal }: Pick<Run, "journal">): void => {
  for (const event of journal) {
    same(`event ${event.seq} as JSON`, show(event), show(JSON.parse(JSON.stringify(event))))
    same(`event ${event.seq} by its schema`, show(event), show(roundTrip.decode(roundTrip.encode(event))))
  }
}

const ends: ReadonlySet<string> = new Set("completed failed signal fired child-ended sent checkpoint".split(" "))

/** Promise 1: every step ends once, under an identity and a key that no other step of the run has. */
export const identitiesAreDistinct = ({ executions, journal }: Pick<Run, "executions" | "journal">): void => {
  const ended = new Map<string, number>()
  for (const { kind, ordinal, path, seq, step } of journal) {
    if (!ends.has(kind)) continue
    const key = Pending.key({ path, ordinal, name: step })
    if (ended.has(key)) broken(`events ${ended.get(key)} and ${seq} both end ${key}`)
    ended.set(key, seq)
  }
  const steps = new Map<string, string>()
  const gone = new Set<string>()
  let before: ReadonlySet<string> = new Set()
  for (const execution of executions) {
    const now = new Set<string>()
    for (const pending of Execution.pending(execution)) {
      if (!isBegun(pending) && pending._tag !== "Child") continue
      const { idempotencyKey, step } = pending
      if (now.has(idempotencyKey) || gone.has(idempotencyKey)) broken(`${idempotencyKey} is given twice`)
      now.add(idempotencyKey)
      const identity = Pending.key(step)
      const known = steps.get(idempotencyKey)
      if (known !== undefined && known !== identity) broken(`${idempotencyKey} is given to ${known} and ${identity}`)
      steps.set(idempotencyKey, identity)
    }
    for (const key of before) if (!now.has(key)) gone.add(key)
    before = now
  }
}

/** What is said of a step that is not waited for any more is refused, and leaves everything as it was. */
export const lateCompletionsAreRefused = ({ executions, status }: Run, { machine } = pure): void => {
  const known = new Map<string, Pending.Pending>()
  for (const [index, execution] of executions.entries()) {
    const live = new Set<string>()
    for (const pending of Execution.pending(execution)) {
      live.add(Pending.key(pending.step))
      known.set(Pending.key(pending.step), pending)
    }
    const isOver = index === executions.length - 1 && status !== "stuck"
    for (const [key, pending] of known) {
      if (live.has(key)) continue
      const told = machine.step(execution, late(pending), { at: 1 })
      if (Result.isSuccess(told))
        return broken(`${key} is accepted, too late, after ${Execution.length(execution)} events`)
      const { rejection } = told.failure
      if (rejection !== (isOver ? "Ended" : "NotWaiting")) broken(`${key}, too late, is rejected as ${rejection}`)
    }
  }
}

const expectCorrupt = (what: string, result: Result.Result<Running, Execution.RecoveryError>): void => {
  if (Result.isSuccess(result)) broken(`${what} was accepted`)
  else if (result.failure._tag !== "JournalCorrupt")
    broken(`${what} gives ${result.failure._tag}: ${result.failure.message}`)
}

/** R7: a journal with a gap, a repetition or a swap is refused as corrupt. */
export const damagedSequenceIsRefused = (generated: Case, subject = pure): void => {
  const { journal, workflow } = run(generated, subject)
  const recover = (events: ReadonlyArray<Event.Event>) => subject.machine.recover(workflow, events)
  expectCorrupt("an empty journal", recover([]))
  for (const [index, event] of journal.entries()) {
    if (index < journal.length - 1) expectCorrupt(`a gap at ${index}`, recover(journal.toSpliced(index, 1)))
    expectCorrupt(`event ${index} twice`, recover(journal.toSpliced(index, 0, event)))
    const next = journal[index + 1]
    if (next !== undefined) {
      expectCorrupt(`events ${index} and ${index + 1} swapped`, recover(journal.toSpliced(index, 2, next, event)))
    }
  }
}

/** R8: after the end, every further event is corruption, and every command is told that it has ended. */
export const endIsFinal = (generated: Case, { drive, machine } = pure): void => {
  const { executions, journal } = run(generated, { drive, machine })
  const last = executions.at(-1)
  const end = journal.at(-1)
  if (last === undefined || end === undefined || !isLast(end)) return
  for (const event of journal) {
    expectCorrupt(`"${event.kind}" after the end`, machine.evolve(last, { ...event, seq: journal.length }))
    const step = { path: event.path, ordinal: event.ordinal, name: event.step }
    for (const command of [
      Command.succeed(step, { n: 1 }),
      Command.fail(step, { _tag: "Oops", n: 1 }),
      Command.attempt(step, { error: null, next: null }),
      Command.handled(step, { n: 1 }, { id: "late" }),
      Command.childStarted(step),
      Command.sent(step),
      Command.retry(step),
      Command.cancel("late"),
      Command.terminate("late")
    ]) {
      const told = machine.step(last, command, { at: 1 })
      if (Result.isSuccess(told)) broken(`${command._tag} is accepted after the end`)
      else if (told.failure.rejection !== "Ended") broken(`${command._tag} after the end is ${told.failure.rejection}`)
    }
  }
  const ticked = machine.step(last, Command.tick(Infinity), { at: 1 })
  if (Result.isFailure(ticked) || ticked.success.events.length > 0) broken("a timer fires after the end")
}
