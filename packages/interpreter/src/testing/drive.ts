/**
 * Drives the pure machine through a script: performs what it asks for, one thing at a time, and keeps the journal.
 *
 * It is an engine in small. Laws only look at the `Run` it gives, so whoever drives an engine of their own to a `Run`
 * can hold it to the same laws.
 */
import { RetryPolicy, Step } from "@waymark/core"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Command from "../Command.ts"
import type { CommandRejected } from "../Errors.ts"
import type { Event } from "../Event.ts"
import * as Execution from "../Execution.ts"
import type { Pending, RunIO } from "../Pending.ts"
import { signal } from "./generator/build.ts"
import type { Generated } from "./generator/case.ts"
import type { Move, Script } from "./generator/script.ts"
import type { Problem, State } from "./generator/state.ts"
import { make as makeWorld, World, type Entry } from "./generator/world.ts"

/** What moves an execution: `Execution` itself, or something that is to be caught being otherwise. */
export type Machine = Pick<typeof Execution, "tryStart" | "step" | "settle" | "evolve" | "evolveAll" | "recover">

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
  readonly result: Option.Option<Result.Result<State, Problem>>
  /** Every start of an effect, in order. */
  readonly trace: ReadonlyArray<Entry>
  /** The execution after each append. */
  readonly executions: ReadonlyArray<Running>
  readonly rejections: ReadonlyArray<CommandRejected>
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
}

const INSTANCE = "generated"
const BEGIN = 1
const ENDLESS = 20_000

const isStuck = (pending: Pending): boolean => pending._tag === "RunIO" && pending.notBefore === Infinity

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
  const { crash, input, machine = Execution, script, signals = [], workflow } = options
  const journal: Array<Event> = []
  const appends: Array<Append> = []
  const executions: Array<Running> = []
  const rejections: Array<CommandRejected> = []
  const world = (options.world ?? makeWorld)(script.outcomes, () => journal.length)
  let now = BEGIN
  let epoch = 0

  type Moved = Result.Result<Execution.Step<Running>, CommandRejected>

  const tell = (execution: Running, command: Command.Command): Moved =>
    machine.step(execution, command, { at: now, epoch })

  const run = (execution: Running, pending: RunIO<World>): Moved => {
    now = Math.max(now, pending.notBefore)
    const { attempt, idempotencyKey, step } = pending
    const info = {
      instance: INSTANCE,
      run: 0,
      path: step.path,
      ordinal: step.ordinal,
      step: step.name,
      attempt,
      idempotencyKey
    }
    const exit = Effect.runSyncExit(
      Effect.suspend(() => pending.effect).pipe(
        Effect.provideService(Step.Current, info),
        Effect.provideService(World, world)
      )
    )
    if (Exit.isSuccess(exit)) return tell(execution, Command.succeed(step, exit.value))
    const problem = Option.getOrUndefined(Exit.findErrorOption(exit)) as Problem | undefined
    const policy = RetryPolicy.resolve(pending.retry)
    const wait = RetryPolicy.delay(policy, attempt, 0)
    if (problem !== undefined && (wait === undefined || !policy.while.includes(problem._tag))) {
      return tell(execution, Command.fail(step, problem))
    }
    const error = { message: problem === undefined ? String(Cause.squash(exit.cause)) : problem._tag }
    return tell(execution, Command.attempt(step, { error, next: wait === undefined ? null : now + wait }))
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

  const handle = (execution: Running, waiting: Pending, n: number, id: string): Moved | undefined => {
    if (waiting._tag !== "Signal") return undefined
    const exit = Effect.runSyncExit(waiting.handle({ n }) as Effect.Effect<unknown, unknown>)
    return Exit.isSuccess(exit) ? tell(execution, Command.handled(waiting.step, exit.value, { id })) : undefined
  }

  /** The signals that a move chooses from: those that are waited for first, so that it often hits. */
  const namesNow = (execution: Running): ReadonlyArray<string> => {
    const waiting = Execution.pending(execution).flatMap((pending) =>
      pending._tag === "Signal" ? [pending.step.name] : []
    )
    return [...new Set([...waiting, ...signals, "nobody waits for this"])]
  }

  const serve = (execution: Running, index: number, id: string): Moved | undefined => {
    const all = Execution.pending(execution).filter((pending) => !isStuck(pending))
    const pending = all[index % all.length]
    switch (pending?._tag) {
      case undefined:
        return undefined
      case "RunIO":
        return run(execution, pending)
      case "Signal":
        return handle(execution, pending, index, id)
      case "Timer":
        now = Math.max(now, pending.due)
        return tell(execution, Command.tick(now))
    }
  }

  const act = (execution: Running, move: Move, id: string): Moved | undefined => {
    switch (move._tag) {
      case "Serve":
        return serve(execution, move.index, id)
      case "Signal": {
        const names = namesNow(execution)
        return send(execution, names[move.signal % names.length] as string, move.n, move.to, id)
      }
      case "Tick":
        now += move.millis
        return tell(execution, Command.tick(now))
    }
  }

  const recover = (): Running | undefined => {
    epoch++
    return journal.length === 0 ? undefined : Result.getOrThrow(machine.recover(workflow, journal))
  }

  let crashed = false
  const dies = (when: Crash["when"]): boolean => {
    if (crashed || crash?.append !== appends.length || crash.when !== when) return false
    crashed = true
    return true
  }

  let execution: Running | undefined
  for (let turn = -1; turn < ENDLESS;) {
    const before = now
    const from = world.entries.length
    if (execution !== undefined && Option.isSome(Execution.result(execution))) break
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
      execution = recover()
      now = before
      continue
    }
    execution = next
    if (events.length > 0) {
      const after = dies("after")
      journal.push(...events)
      appends.push({ epoch, events, effects: world.entries.slice(from) })
      if (after) execution = recover()
      executions.push(execution as Running)
    }
    turn++
  }
  if (execution === undefined) throw new Error("it did not start")
  const result = Execution.result(execution)
  if (Option.isNone(result) && !Execution.pending(execution).some(isStuck)) {
    throw new Error(`it does not end: ${Execution.pending(execution).length} pending after ${journal.length} events`)
  }
  return { workflow, journal, appends, result, trace: world.entries, executions, rejections }
}
