/** What has to be so after every simulation, whatever went wrong in it: the promises and the laws, of what was seen. */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import * as Path from "../../internal/machine/path.ts"
import { isTerminal, type Instance } from "../../Journal.ts"
import type { Run } from "../drive.ts"
import { mapped, parts, type Plan, type Tag } from "../generator/plan.ts"
import { isBegun } from "../generator/play.ts"
import { lawsOfRuns } from "../laws/index.ts"
import { LawBroken } from "../laws/law.ts"
import { outcome, show } from "../observe.ts"
import * as Single from "../single.ts"
import type { Start } from "./ledger.ts"
import { calm, describeFault, type Trial } from "./schedule.ts"
import { INSTANCE, simulate, type Simulated, type Subject } from "./simulate.ts"

/** Something that must not be: which invariant is broken, what was seen, and in which trial. */
export interface Violation {
  readonly invariant: string
  readonly seen: string
  readonly trial: Trial
}

type Report = (invariant: string, seen: string) => void

/** A run of an instance, as its journal has it. */
interface Told {
  readonly row: Instance
  readonly run: number
  readonly events: ReadonlyArray<Event>
}

const runsOf = ({ truth }: Simulated, id: string): ReadonlyArray<Told> => {
  const row = truth.row(id)
  if (row === undefined) return []
  return Array.from({ length: row.run + 1 }, (_, run) => ({ row, run, events: truth.events(id, run) }))
}

const epochOf = ({ id }: Event): number => Number(id.split(".")[2])

/** The laws of runs, which only look at the journal here. */
const laws = ({ workflow }: Simulated, { events }: Told, report: Report): void => {
  const definition = events[0]?.instance === INSTANCE ? workflow : undefined
  const run = {
    workflow,
    journal: events,
    appends: events.map((event) => ({ epoch: epochOf(event), events: [event], effects: [] })),
    status: "running",
    result: Option.none(),
    trace: [],
    executions: [],
    rejections: [],
    signals: new Map(),
    lost: []
  } satisfies Run
  for (const [name, law] of Object.entries(lawsOfRuns)) {
    try {
      law(run)
    } catch (cause) {
      if (!(cause instanceof LawBroken)) throw cause
      report(name, cause.message)
    }
  }
  if (definition === undefined) return
  const recovered = Execution.recover(definition, events)
  if (Result.isFailure(recovered)) report("R10 the journal is that of one worker", recovered.failure.message)
}

/** Which attempts of effects each prefix of a journal waits for. */
const waitedFor = ({ workflow }: Simulated, { events }: Told): ReadonlyArray<ReadonlySet<string>> => {
  const [first, ...rest] = events
  const begun = first === undefined ? undefined : Execution.recover(workflow, [first])
  if (begun === undefined || Result.isFailure(begun)) return []
  const all: Array<ReadonlySet<string>> = [new Set()]
  let execution = begun.success
  const look = (): void => {
    const waiting = Execution.pending(execution).flatMap((one) =>
      isBegun(one) && one.notBefore !== Infinity ? [`${one.idempotencyKey}, ${one.attempt}`] : []
    )
    all.push(new Set(waiting))
  }
  look()
  for (const event of rest) {
    const next = Execution.evolve(execution, event)
    if (Result.isFailure(next)) break
    execution = next.success
    look()
  }
  return all
}

const keyOf = ({ instance, ordinal, path, run }: Event): string => Path.idempotencyKey(instance, run, path, ordinal)

const ends: ReadonlySet<Event["kind"]> = new Set(["completed", "failed"])

/**
 * Promises 1 and 2, R5 and R6: an effect starts only where what its process may know of the journal waits for it, and its
 * end is not in there. A process may know what was written up to its own epoch: one that was taken over and does not know
 * it yet may start what it was about to start, and can write nothing.
 */
const effects = (simulated: Simulated, told: Told, report: Report): void => {
  const starts = simulated.ledger.starts.filter(({ instance, run }) => instance === INSTANCE && run === told.run)
  if (starts.length === 0) return
  const waiting = waitedFor(simulated, told)
  const repeated = new Map<string, number>()
  for (const start of starts) {
    const { attempt, durable, epochs, key, process, step } = start
    const what = `attempt ${attempt} of ${step} (${key}) started in ${process.name} at ${start.at}`
    const isWarranted = (epoch: number): boolean => {
      const known = told.events.slice(0, durable).filter((event) => epochOf(event) <= epoch)
      if (known.some((event) => ends.has(event.kind) && keyOf(event) === key)) return false
      return waiting.slice(0, known.length + 1).some((one) => one.has(`${key}, ${attempt}`))
    }
    if (!epochs.some(isWarranted)) {
      const ended = told.events.slice(0, durable).find((event) => ends.has(event.kind) && keyOf(event) === key)
      if (ended === undefined) report("promise 2: no effect before the flush", `${what} with ${durable} events durable`)
      else report("R5 completed effects never start again", `${what}, and event ${ended.seq} is its end`)
    }
    const name = `${process.name}: ${key}, ${attempt}`
    repeated.set(name, (repeated.get(name) ?? 0) + 1)
  }
  for (const start of starts) {
    const { attempt, key, process } = start
    const times = repeated.get(`${process.name}: ${key}, ${attempt}`) ?? 0
    const given = simulated.truth.epochs(process, INSTANCE).length
    // An operator who has a step tried again gives it all its attempts anew.
    const anew = told.events.filter((event) => event.kind === "resolved" && keyOf(event) === key).length
    if (times > given * (1 + anew)) {
      report("R6 a crash repeats what was in flight", `${key}, ${attempt} started ${times} times in ${process.name}`)
      return
    }
  }
  outcomes(told, starts, report)
}

/** How long what is due may wait at the most where nothing goes wrong, in milliseconds: for whoever has the instance, or takes it over. */
const LATE = 1_000

/** What makes an instance or an attempt wait for others. */
const scarcities = ["resident", "concurrency", "steps"] as const

/**
 * Timers fire and attempts start when they are due, whatever else the instance is busy with: nothing is recorded after a timer should have fired. Not looked at is
 * what may have to wait, for an operator or for a place.
 */
const punctuality = (
  simulated: Simulated,
  { events, row, run }: Told,
  { engine = {} }: Subject,
  report: Report
): void => {
  const { injected, ledger, trial, workflow } = simulated
  const isCalm = Object.keys(injected).every((kind) => kind === "Join") && trial.schedule.asks.length === 0
  const [first, ...rest] = events
  if (!isCalm || first === undefined || scarcities.some((name) => name in engine)) return
  const begun = Execution.recover(workflow, [first])
  if (Result.isFailure(begun)) return
  let execution = begun.success
  // A timer may be due before it is there.
  let since = first.at
  for (const event of rest) {
    const { at, attempt = 0, kind, payload, step } = event
    const timer = Execution.timerAt(execution)
    const late = timer === undefined ? 0 : at - Math.max(timer, since)
    if (late > LATE) report("what is due happens", `event ${event.seq} was recorded ${late} ms after a timer was due`)
    const { next = null } = kind === "attempt" ? (payload as { readonly next: number | null }) : {}
    if (next !== null) {
      const key = keyOf(event)
      const start = ledger.starts.find(
        (one) => one.instance === row.id && one.run === run && one.key === key && one.attempt === attempt + 1
      )
      if (start !== undefined && start.at - next > LATE) {
        const what = `attempt ${start.attempt} of "${step}" (${key})`
        report("what is due happens", `${what} has started ${start.at - next} ms late`)
      }
    }
    const evolved = Execution.evolve(execution, event)
    if (Result.isFailure(evolved)) return
    execution = evolved.success
    if (Execution.timerAt(execution) !== timer) since = at
  }
}

/** What is on record is what an effect came to. */
const outcomes = (told: Told, starts: ReadonlyArray<Start>, report: Report): void => {
  for (const event of told.events) {
    if (!ends.has(event.kind)) continue
    const key = keyOf(event)
    const own = starts.filter((start) => start.key === key)
    const { n } = event.payload as { readonly n?: string | number }
    if (own.length === 0 || n === undefined) continue
    if (own.some(({ ended }) => ended !== undefined && `${ended.value}` === `${n}`)) continue
    report("promise 1: what is recorded has happened", `event ${event.seq} of ${key} says ${n}, no effect came to that`)
  }
}

/** R11 and promise 4: what came in is consumed once, refused, or pending; nothing is lost, and the answer is always the same. */
const signals = ({ client, truth }: Simulated, report: Report): void => {
  for (const { send } of truth.signals.values()) {
    const row = truth.row(send.instance)
    const sent = truth.ask((store) => Single.sent(store, send.instance, send.id))
    const inbox = truth.ask((store) => Single.inbox(store, send.instance))
    const events = Array.from({ length: (row?.run ?? 0) + 1 }, (_, run) => truth.events(send.instance, run)).flat()
    const consumed = events.filter(
      ({ kind, payload }) => kind === "signal" && (payload as { readonly id: string }).id === send.id
    )
    const what = `signal ${send.id} (${send.name})`
    const isPending = inbox.some(({ id }) => id === send.id)
    const isControl = send.name.startsWith("waymark/")
    switch (sent._tag) {
      case "Settled": {
        const times = sent.outcome._tag === "Consumed" && !isControl ? 1 : 0
        if (consumed.length !== times || isPending) {
          const how = isPending ? " and is pending" : ""
          report(
            "R11 signals are accounted for",
            `${what} is ${sent.outcome._tag}, is in ${consumed.length} events${how}`
          )
        }
        break
      }
      case "Pending":
        if (consumed.length > 0 || !isPending) {
          report("R11 signals are accounted for", `${what} is pending, is in ${consumed.length} events`)
        }
        break
      case "Closed":
        if (consumed.length > 0)
          report("R11 signals are accounted for", `${what} is closed, and event ${consumed[0]?.seq} has it`)
        break
      default:
        report("R11 signals are accounted for", `${what} was accepted, and is ${sent._tag}`)
    }
  }
  for (const [id, answers] of client.answers) {
    // Whoever asks after the end is told so, where it was not dealt with before.
    const said = new Set(answers.filter((answer) => !answer.includes("InstanceClosed")))
    if (said.size > 1) report("promise 4: the same reply each time", `signal ${id}: ${[...said].join(" and ")}`)
  }
}

/** R15: whatever waits for nothing has ended, in the row as in the journal. */
const liveness = ({ client, isOver, kernel, seen, truth }: Simulated, report: Report): void => {
  // It was stopped where something was seen to be wrong.
  if (seen.length > 0) return
  if (!isOver) {
    const row = truth.row(INSTANCE)
    const where = row === undefined ? "it was never created" : `it is ${row.status} after ${row.length} events`
    return report("R15 with faults off every run ends", `${where}, ${kernel.now} ms and ${kernel.steps} turns`)
  }
  const row = truth.row(INSTANCE)
  if (row !== undefined && isTerminal(row.status) && client.results.length === 0) {
    report("R15 with faults off every run ends", "it has ended, and nobody is told how")
  }
}

const ended = (told: Told | undefined, { workflow }: Simulated): Pick<Run, "result" | "status"> | undefined => {
  const recovered = told && Execution.recover(workflow, told.events)
  if (recovered === undefined || Result.isFailure(recovered)) return undefined
  return { status: Execution.status(recovered.success), result: Execution.result(recovered.success) }
}

/** Everybody is told the end that is on record. */
const results = (simulated: Simulated, last: Told | undefined, report: Report): void => {
  const end = ended(last, simulated)
  if (end === undefined || last === undefined) return
  if (end.status !== last.row.status) {
    report("the row is that of the journal", `the row says ${last.row.status}, the journal ${end.status}`)
  }
  const said = new Set(simulated.client.results)
  if (said.size > 1) report("R10 one result", [...said].join(" and "))
  if (Option.isNone(end.result)) return
  const result = Result.match(end.result.value, {
    onFailure: (error) => show({ error: Object.fromEntries(Object.entries(error)) }),
    onSuccess: (value) => show({ value })
  })
  for (const answer of said) if (answer !== result) report("R10 one result", `${answer}, and the journal has ${result}`)
}

/** What comes of these is a matter of who is first, or another thing each time. */
const restless: ReadonlySet<Tag> = new Set([
  "InterruptWith",
  "Timeout",
  "Race",
  "Compensate",
  "Child",
  "SideEffect",
  "ContinueAsNew"
])

/** Whether a plan comes to the same, however long its parts take. */
export const isSteady = (plan: Plan): boolean =>
  parts(plan).every(({ plan: { k, tag } }) => {
    if (tag === "Parallel") return k === 2 || k === 3
    // How far a branch has come when another one fails, or ends it early, is a race.
    return tag === "ForEach" ? k >= 3 : !restless.has(tag)
  })

/** The plan with what is a matter of who is first taken out. */
export const steadied = (plan: Plan): Plan =>
  mapped(plan, ({ k, parts, tag }) => {
    if (tag === "Parallel") return { tag, k: 2 + (k % 2), parts }
    if (tag === "ForEach") return { tag, k: 3 + (k % 3), parts }
    if (!restless.has(tag)) return { tag, k, parts }
    return parts[0] ?? { tag: "RunIO", k, parts: [] }
  })

/** The facts of a journal, without what says when, how often and in which order. */
const facts = (events: ReadonlyArray<Event>): ReadonlyArray<string> =>
  events
    .filter(({ kind }) => kind !== "attempt" && kind !== "due")
    .map(({ kind, ordinal, path, payload, step }) => {
      const { id: _, ...rest } = (typeof payload === "object" && payload !== null ? payload : { payload }) as {
        readonly id?: unknown
      }
      return show([path, ordinal, kind, step, kind === "signal" ? rest : payload])
    })
    .sort()

const undisturbed = new WeakMap<Trial["case"], Simulated>()

/** R1: what does not race comes to the same end, by the same journal, as if nothing had gone wrong. */
const equivalence = (simulated: Simulated, last: Told | undefined, subject: Subject, report: Report): void => {
  const { trial } = simulated
  // What comes of another definition than the case's nobody knows here.
  if (subject.workflow !== undefined) return
  if (last === undefined || trial.schedule.asks.length > 0 || !isSteady(trial.case.plan)) return
  let expected = undisturbed.get(trial.case)
  if (expected === undefined) {
    const { mutant: _, ...rest } = subject
    expected = simulate({ case: trial.case, schedule: calm }, rest)
    undisturbed.set(trial.case, expected)
  }
  const [before, now] = [ended(runsOf(expected, INSTANCE).at(-1), expected), ended(last, simulated)]
  if (before === undefined || now === undefined) return
  if (outcome(before) !== outcome(now)) {
    report("R1 crash equivalence", `it comes to ${outcome(now)}, undisturbed to ${outcome(before)}`)
    return
  }
  const calmly = facts(runsOf(expected, INSTANCE).at(-1)?.events ?? [])
  const seen = facts(last.events)
  const [more, less] = [seen.filter((fact) => !calmly.includes(fact)), calmly.filter((fact) => !seen.includes(fact))]
  if (more.length > 0 || less.length > 0 || seen.length !== calmly.length) {
    report("R1 crash equivalence", `its journal has ${more.join(" ")} and not ${less.join(" ")}`)
  }
}

/** Whoever lives and is well is not taken over: neither because others join, nor because clocks differ. */
const peace = ({ injected, trial, truth }: Simulated, report: Report): void => {
  if (Object.keys(injected).some((kind) => kind !== "Join" && kind !== "Skew")) return
  for (const id of truth.instances.keys()) {
    const epoch = truth.row(id)?.epoch ?? 1
    if (epoch > 1 + truth.givenBack(id))
      report("R10 nobody alive is taken over", `${id} is at epoch ${epoch}, of ${trial.schedule.workers} processes`)
  }
}

/** What is wrong with a simulation. */
export const violations = (simulated: Simulated, subject: Subject = {}): ReadonlyArray<Violation> => {
  const found: Array<Violation> = simulated.seen.map((one) => ({ ...one, trial: simulated.trial }))
  const report: Report = (invariant, seen) => void found.push({ invariant, seen, trial: simulated.trial })
  liveness(simulated, report)
  const own = runsOf(simulated, INSTANCE)
  for (const told of own) {
    laws(simulated, told, report)
    effects(simulated, told, report)
    punctuality(simulated, told, subject, report)
  }
  for (const id of simulated.truth.instances.keys()) {
    if (id !== INSTANCE) for (const told of runsOf(simulated, id)) laws(simulated, told, report)
  }
  signals(simulated, report)
  const last = own.at(-1)
  results(simulated, last, report)
  if (simulated.isOver) equivalence(simulated, last, subject, report)
  peace(simulated, report)
  return found
}

/** A violation, as a text that says how to see it again. */
export const describe = ({ invariant, seen, trial }: Violation): string =>
  [
    `${invariant}: ${seen}`,
    `  seed ${trial.schedule.seed}: ${trial.schedule.faults.map(describeFault).join("; ") || "no faults"}`,
    `  ${JSON.stringify(trial)}`
  ].join("\n")
