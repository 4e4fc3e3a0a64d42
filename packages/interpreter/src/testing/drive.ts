/**
 * Drives the pure machine through a script: performs what it asks for, one thing at a time, and keeps the journal.
 *
 * It is an engine in small. Laws only look at the `Run` it gives, so whoever drives an engine of their own to a `Run`
 * can hold it to the same laws.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Command from "../Command.ts"
import type { CommandRejected, WorkflowCancelled, WorkflowTerminated } from "../Errors.ts"
import type { Event } from "../Event.ts"
import * as Execution from "../Execution.ts"
import * as Pending from "../Pending.ts"
import type { Status } from "../Status.ts"
import {
  begin,
  decided,
  ending,
  isBegun,
  isStuck,
  late,
  startOf,
  type Attempted,
  type Played
} from "./generator/play.ts"
import type { Move, Script } from "./generator/script.ts"
import { signal, type Generated } from "./generator/site.ts"
import type { Problem, State } from "./generator/state.ts"
import { make as makeWorld, type Entry, type World } from "./generator/world.ts"

/** What moves an execution: `Execution` itself, or something that is to be caught being otherwise. */
export type Machine = Pick<
  typeof Execution,
  "tryStart" | "step" | "settle" | "evolve" | "evolveAll" | "recover" | "trySnapshot" | "restore"
>

/** An execution of a generated workflow. */
export type Running = Execution.Execution<State, Problem, World, State>

/** Events that became durable together, the effects that were started for them, and under which epoch. */
export interface Append {
  readonly epoch: number
  readonly events: ReadonlyArray<Event>
  readonly effects: ReadonlyArray<Entry>
}

/** All that is to be seen of a run. */
export interface Run {
  readonly workflow: Generated
  readonly journal: ReadonlyArray<Event>
  readonly appends: ReadonlyArray<Append>
  readonly status: Status
  readonly result: Option.Option<Result.Result<State, Problem | WorkflowCancelled | WorkflowTerminated>>
  /** Every start of an effect, in order. */
  readonly trace: ReadonlyArray<Entry>
  /** The execution after each append. */
  readonly executions: ReadonlyArray<Running>
  readonly rejections: ReadonlyArray<CommandRejected>
  /** The ids of the signals that were sent, and whether each was accepted. */
  readonly signals: ReadonlyMap<string, boolean>
  /** The starts of effects whose outcome was lost when the process died. */
  readonly lost: ReadonlyArray<string>
}

/** The process dies at an append, with it durable or not. Appends are counted from 0, the start. */
export interface Crash {
  readonly append: number
  readonly when: "before" | "after"
}

/** What a drive is given. */
export interface Drive {
  readonly workflow: Generated
  readonly input: State
  readonly script: Script
  /** The names that the script's signals choose from, beside one that nobody waits for. */
  readonly signals?: ReadonlyArray<string>
  readonly crash?: Crash
  readonly machine?: Machine
  /** What effects are performed by. */
  readonly world?: typeof makeWorld
  /** Whether effects are begun as soon as they may, many at once, or when they are served. Default: when served. */
  readonly eager?: boolean
  /** The order in which indexes count what is pending. Default: as it is given. */
  readonly order?: (a: Pending.Pending, b: Pending.Pending) => number
}

const INSTANCE = "generated"
const BEGIN = 1
const ENDLESS = 20_000

const isOver = (execution: Running): boolean =>
  Option.isSome(Execution.result(execution)) || Execution.status(execution) === "continued"

/**
 * Drives a workflow until it has ended, or until all that it still waits for was given up.
 *
 * @throws Error where it neither ends nor is stuck: then the workflow, or the machine, breaks R15.
 *
 * @example
 * ```ts
 * import { drive, Generator } from "@waymark/interpreter/testing"
 *
 * const { plan } = Generator
 * const body = Generator.build(plan("AndThen", 0, plan("RunIO"), plan("Await", 1)))
 * const run = drive({
 *   workflow: Generator.workflowOf(body),
 *   input: { _tag: "S", n: 0, fuel: 0 },
 *   script: { moves: [], outcomes: [] },
 *   crash: { append: 1, when: "before" }
 * })
 * export const kinds = run.journal.map(({ kind }) => kind) // started, completed, due, fired, ended
 * export const effects = run.trace.length // 2: the step that was in flight ran again
 * ```
 */
export const drive = (options: Drive): Run => {
  const { crash, eager = false, input, machine = Execution, order, script, signals = [], workflow } = options
  const journal: Array<Event> = []
  const appends: Array<Append> = []
  const executions: Array<Running> = []
  const rejections: Array<CommandRejected> = []
  const accepted = new Map<string, boolean>()
  const world = (options.world ?? makeWorld)(script.outcomes, () => journal.length)
  /** What was begun and has not led to an event. */
  const inFlight = new Map<string, Played>()
  /** Every step that was ever waited for. */
  const known = new Map<string, Pending.Pending<World>>()
  let lost: ReadonlyArray<string> = []
  let now = BEGIN
  let epoch = 0

  type Moved = Result.Result<Execution.Step<Running>, CommandRejected>

  const tell = (execution: Running, command: Command.Command): Moved =>
    machine.step(execution, command, { at: now, epoch })

  const pendingOf = (execution: Running): ReadonlyArray<Pending.Pending<World>> => {
    const pending = Execution.pending(execution)
    return order === undefined ? pending : pending.toSorted(order)
  }

  const begun = (pending: Attempted): Played => {
    const start = startOf(pending)
    const played = inFlight.get(start) ?? begin(pending, INSTANCE, world, now)
    inFlight.set(start, played)
    return played
  }

  const send = (execution: Running, name: string, n: number, to: string | undefined, id: string): Moved => {
    const payload = { n }
    const told = tell(execution, Command.signal(signal(name), payload, to === undefined ? { id } : { id, to }))
    if (Result.isSuccess(told)) return told
    const { rejection } = told.failure
    if (rejection !== "NeedsEffect" && rejection !== "Ambiguous") return told
    rejections.push(told.failure)
    const [waiting] = Execution.waiting(execution, name, to)
    return waiting === undefined ? told : (handle(execution, waiting, n, id) ?? told)
  }

  const handle = (execution: Running, waiting: Pending.Pending, n: number, id: string): Moved | undefined => {
    if (waiting._tag !== "Signal") return undefined
    const exit = Effect.runSyncExit(waiting.handle({ n }) as Effect.Effect<unknown, unknown>)
    return Exit.isSuccess(exit) ? tell(execution, Command.handled(waiting.step, exit.value, { id })) : undefined
  }

  /** Sends a signal, and keeps whether it was accepted. */
  const signalled = (id: string, moved: Moved | undefined): Moved | undefined => {
    accepted.set(id, moved !== undefined && Result.isSuccess(moved))
    return moved
  }

  /** The signals that a move chooses from: those that are waited for first, so that it often hits. */
  const namesNow = (execution: Running): ReadonlyArray<string> => {
    const waiting = pendingOf(execution).flatMap((pending) => (pending._tag === "Signal" ? [pending.step.name] : []))
    return [...new Set([...waiting, ...signals, "nobody waits for this"])]
  }

  const serve = (execution: Running, index: number, id: string): Moved | undefined => {
    const all = pendingOf(execution).filter((pending) => !isStuck(pending))
    const pending = all[index % all.length]
    if (pending === undefined) return undefined
    switch (pending._tag) {
      case "Signal":
        return signalled(id, handle(execution, pending, index, id))
      case "Timer":
        now = Math.max(now, pending.due)
        return tell(execution, Command.tick(now))
      case "RunIO":
      case "Child":
      case "Send":
        if (!isBegun(pending)) return tell(execution, ending(pending, world))
        now = Math.max(now, pending.notBefore)
        return tell(execution, begun(pending)(now))
    }
  }

  const act = (execution: Running, move: Move, id: string): Moved | undefined => {
    switch (move._tag) {
      case "Serve":
        return serve(execution, move.index, id)
      case "Signal": {
        const names = namesNow(execution)
        const name = names[move.signal % names.length] as string
        return signalled(id, send(execution, name, move.n, move.to, id))
      }
      case "Tick":
        now += move.millis
        return tell(execution, Command.tick(now))
      case "Cancel":
        return tell(execution, Command.cancel(id))
      case "Terminate":
        return tell(execution, Command.terminate(id))
      case "Operate": {
        const stuck = pendingOf(execution).filter(isStuck)
        const pending = stuck[move.index % stuck.length]
        return pending && tell(execution, decided(pending, move.decision))
      }
      case "Late": {
        const live = new Set(Execution.pending(execution).map(({ step }) => Pending.key(step)))
        const gone = [...known.values()].filter(({ step }) => !live.has(Pending.key(step)))
        const pending = gone[move.index % gone.length]
        return pending && tell(execution, late(pending))
      }
    }
  }

  /** Looks at what a durable execution waits for: what it waits for no more is not in flight. */
  const look = (execution: Running): void => {
    const pending = pendingOf(execution)
    for (const one of pending) if (!known.has(Pending.key(one.step))) known.set(Pending.key(one.step), one)
    const live = new Set(pending.flatMap((one) => (isBegun(one) && !isStuck(one) ? [startOf(one)] : [])))
    for (const start of inFlight.keys()) if (!live.has(start)) inFlight.delete(start)
    if (eager) for (const one of pending) if (isBegun(one) && one.notBefore <= now) begun(one)
  }

  let crashed = false
  const dies = (when: Crash["when"]): boolean => {
    if (crashed || crash?.append !== appends.length || crash.when !== when) return false
    crashed = true
    return true
  }

  /** The process is gone, and another one takes over. */
  const takenOver = (): Running | undefined => {
    epoch++
    lost = [...inFlight.keys()]
    inFlight.clear()
    if (journal.length === 0) return undefined
    const recovered = Result.getOrThrow(machine.recover(workflow, journal))
    look(recovered)
    return recovered
  }

  let execution: Running | undefined
  for (let turn = -1; turn < ENDLESS;) {
    const before = now
    const from = world.entries.length
    if (execution !== undefined && isOver(execution)) break
    const moved =
      execution === undefined
        ? machine.tryStart(workflow, input, { id: INSTANCE, at: now, epoch })
        : act(execution, script.moves[turn] ?? { _tag: "Serve", index: 0 }, `s${turn}`)
    if (moved === undefined && script.moves[turn] === undefined) break
    if (moved === undefined || Result.isFailure(moved)) {
      if (moved !== undefined) rejections.push(moved.failure)
      if (execution === undefined) throw new Error("it does not start", { cause: moved })
      turn++
      continue
    }
    const { events, execution: next } = moved.success
    if (events.length > 0 && dies("before")) {
      now = before
      execution = takenOver()
      continue
    }
    execution = next
    if (events.length > 0) {
      const after = dies("after")
      journal.push(...events)
      appends.push({ epoch, events, effects: world.entries.slice(from) })
      look(next)
      if (after) execution = takenOver()
      executions.push(execution as Running)
    } else if (eager) look(next) // Time has passed: another attempt may be due.
    turn++
  }
  if (execution === undefined) throw new Error("it did not start")
  if (!isOver(execution) && !Execution.pending(execution).some(isStuck)) {
    throw new Error(`it does not end: ${Execution.pending(execution).length} pending after ${journal.length} events`)
  }
  const [status, result] = [Execution.status(execution), Execution.result(execution)]
  const { entries: trace } = world
  return { workflow, journal, appends, status, result, trace, executions, rejections, signals: accepted, lost }
}
