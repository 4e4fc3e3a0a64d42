/**
 * A state machine driven by hand: without an engine, a store or a clock.
 *
 * It is started, and says what it wants done: tasks to call and instants to wait for, as plain data. What they came to is told to it, and it
 * goes on. Each turn gives events; kept anywhere, they are all that is needed to take it up again.
 */
import { Cause, Effect, Exit, Option, Result, type Schema } from "effect"
import { type Asl, AslResources, type TaskCall, type TaskError } from "@waymark/asl"
import { Step } from "@waymark/core"
import { Command, type Event, Execution, Pending } from "@waymark/interpreter"

type Json = Schema.Json
type Running = Execution.Execution<Json, unknown, AslResources, Json>

/** What the machine wants done. `key` tells it from all others, and stays the same when it is asked again. */
export type Wanted =
  | { readonly _tag: "Task"; readonly key: string; readonly call: TaskCall; readonly input: Json }
  | { readonly _tag: "Timer"; readonly key: string; readonly due: number }

/** What a task came to. */
export type Outcome = { readonly result: Json } | { readonly error: TaskError }

/** A turn: where the machine stands, what is to be kept, what it wants, and its end, where it has one. */
export interface Turn {
  readonly execution: Running
  readonly events: ReadonlyArray<Event.Event>
  readonly wants: ReadonlyArray<Wanted>
  readonly ended: Option.Option<Result.Result<Json, unknown>>
}

/** A step that cannot go on by itself, since it calls a task. */
class Asked {
  readonly call: TaskCall
  readonly input: Json
  constructor(call: TaskCall, input: Json) {
    this.call = call
    this.input = input
  }
}

/** Runs a step of the machine: it evaluates, and where it calls a task it is given the outcome, or stops there. */
const perform = (pending: Pending.RunIO<AslResources>, at: number, instance: string, outcome?: Outcome) => {
  const { idempotencyKey, step } = pending
  const info: Step.Info = {
    instance,
    run: 0,
    path: step.path,
    ordinal: step.ordinal,
    step: step.name,
    attempt: 1,
    idempotencyKey,
    now: at,
    details: undefined
  }
  return Effect.exit(pending.effect).pipe(
    Effect.provideService(AslResources, {
      resolve: () => (input, call) => {
        if (outcome === undefined) return Effect.die(new Asked(call, input))
        return "result" in outcome ? Effect.succeed(outcome.result) : Effect.fail(outcome.error)
      }
    }),
    Effect.provideService(Step.Current, info)
  )
}

/** What a step came to, as a command; nothing where it has to ask. */
const commandOf = (step: Pending.StepRef, exit: Exit.Exit<unknown, unknown>): Command.Command | Asked => {
  if (Exit.isSuccess(exit)) return Command.succeed(step, exit.value)
  const failure = Cause.findErrorOption(exit.cause)
  if (Option.isSome(failure)) return Command.fail(step, failure.value)
  const defect: unknown = Cause.squash(exit.cause)
  if (defect instanceof Asked) return defect
  throw defect
}

/** Lets the machine go on for as long as it needs nobody, and collects what it wants then. */
const settle = (from: Running, before: ReadonlyArray<Event.Event>, at: number): Effect.Effect<Turn> =>
  Effect.gen(function* () {
    let execution = from
    const events = [...before]
    for (;;) {
      const wants: Array<Wanted> = []
      let moved = false
      for (const pending of Execution.pending(execution)) {
        const key = Pending.key(pending.step)
        if (pending._tag === "Timer") wants.push({ _tag: "Timer", key, due: pending.due })
        if (pending._tag !== "RunIO") continue
        const command = commandOf(pending.step, yield* perform(pending, at, Execution.id(execution)))
        if (command instanceof Asked) wants.push({ _tag: "Task", key, call: command.call, input: command.input })
        else {
          const step = Result.getOrThrow(Execution.step(execution, command, { at }))
          execution = step.execution
          events.push(...step.events)
          moved = true
          break
        }
      }
      if (!moved) return { execution, events, wants, ended: Execution.result(execution) }
    }
  })

/** Starts a machine. */
export const start = (machine: Asl.StateMachine, input: Json, id: string, at: number): Effect.Effect<Turn> => {
  const { events, execution } = Execution.start(machine, input, { id, at })
  return settle(execution, events, at)
}

/** Tells a machine what one of its tasks came to. */
export const tell = ({ execution }: Turn, key: string, outcome: Outcome, at: number): Effect.Effect<Turn> =>
  Effect.gen(function* () {
    const pending = Execution.pending(execution).find(({ step }) => Pending.key(step) === key)
    if (pending?._tag !== "RunIO") throw new Error(`nothing is wanted under ${key}`)
    const command = commandOf(pending.step, yield* perform(pending, at, Execution.id(execution), outcome))
    const step = Result.getOrThrow(Execution.step(execution, command as Command.Command, { at }))
    return yield* settle(step.execution, step.events, at)
  })

/** Tells a machine how late it is. */
export const tick = ({ execution }: Turn, at: number): Effect.Effect<Turn> => {
  const step = Result.getOrThrow(Execution.step(execution, Command.tick(at), { at }))
  return settle(step.execution, step.events, at)
}

/** Takes a machine up again from all events that its turns have given. */
export const recover = (
  machine: Asl.StateMachine,
  events: ReadonlyArray<Event.Event>,
  at: number
): Effect.Effect<Turn> => settle(Result.getOrThrow(Execution.recover(machine, events)) as Running, [], at)
