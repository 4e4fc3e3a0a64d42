/** One attempt of a step: its effect, its heartbeats, and the time limits it has to keep. */
import { Step } from "@waymark/core"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { CurrentLogAnnotations } from "effect/References"
import type * as Schema from "effect/Schema"
import * as Command from "../../Command.ts"
import type { JournalError } from "../../JournalError.ts"
import type { RunIO } from "../../Pending.ts"
import * as Failure from "./failure.ts"
import type { Host } from "./host.ts"
import { outcomeOf, type Place, type Tell } from "./observer.ts"
import { whileRetryable } from "./patience.ts"
import { reporting, type Begun } from "./running.ts"

/** What an attempt is given besides its step. */
export interface Setting {
  readonly info: Omit<Step.Info, "now">
  readonly place: Place
  /** Ends once these details, or later ones, are durable. */
  readonly beat: (details: Schema.Json | undefined) => Effect.Effect<void>
  /** With what its own log lines are annotated. */
  readonly annotations: Readonly<Record<string, unknown>>
}

/** What an attempt that has to wait, or to keep time limits, is given as well. */
interface Limited extends Setting {
  readonly now: Effect.Effect<number, JournalError>
  /** Hears what it came to. */
  readonly tell: Tell
}

/** Whose attempts they are. */
export interface Owner {
  readonly prepare: (pending: RunIO) => Setting
}

/**
 * Begins an attempt. Most have no limits to keep and nothing to wait for: of those the user's effect is all that is run, and where that has
 * its value already, nothing.
 */
export const begin = (pending: RunIO, now: number, host: Host, owner: Owner): Begun => {
  const { observer, permits } = host
  const { name } = pending.step
  if (!isUnlimited(pending) || observer.isTracing || !permits.isFree(name)) return observed(pending, host, owner)
  const effect = effectOf(pending)
  if (!Exit.isExit(effect)) return plain(pending, effect, now, host, owner)
  observer.attemptedAtOnce(Exit.isSuccess(effect) ? "completed" : outcomeOf(effect.cause))
  return reportOf(pending, effect)
}

const isUnlimited = ({ timeouts }: RunIO): boolean =>
  timeouts.scheduleToStart === undefined &&
  timeouts.startToClose === undefined &&
  timeouts.scheduleToClose === undefined &&
  timeouts.heartbeat === undefined

const observed = (pending: RunIO, { fork, now, observer, permits }: Host, owner: Owner): Begun => {
  const setting = owner.prepare(pending)
  const attempted = observer.attempt(setting.place, (tell) => run(pending, { ...setting, now, tell }))
  return reporting(pending, fork(permits.within(pending.step.name, attempted)))
}

const plain = (
  pending: RunIO,
  effect: Effect.Effect<unknown, unknown, unknown>,
  now: number,
  { fork, observer }: Host,
  owner: Owner
): Begun => {
  const ended = observer.attempted()
  return {
    fiber: fork(effect, servicesOf(owner.prepare(pending), now)),
    meaning: (exit) => {
      ended(Exit.isSuccess(exit) ? "completed" : outcomeOf(exit.cause))
      return reportOf(pending, exit)
    }
  }
}

/** The effect of a step. `run` is the user's function: should it throw, that is a defect of the step like any other. */
const effectOf = (pending: RunIO): Effect.Effect<unknown, unknown, unknown> => {
  try {
    const { effect } = pending
    return Effect.isEffect(effect) ? effect : Effect.die(new TypeError(`step "${pending.step.name}" gave no Effect`))
  } catch (cause) {
    return Effect.die(cause)
  }
}

/** What the end of a step's effect means. */
const reportOf = (pending: RunIO, exit: Exit.Exit<unknown, unknown>): Failure.Report =>
  Exit.isSuccess(exit)
    ? () => Command.succeed(pending.step, exit.value)
    : (circumstances) => Failure.command(pending, exit.cause, circumstances)

const servicesOf = ({ annotations, beat, info }: Setting, now: number): Context.Context<never> =>
  Context.make(Step.Current, { ...info, now }).pipe(
    Context.add(Step.Heartbeats, beat),
    Context.add(CurrentLogAnnotations, annotations)
  )

/** When a running step was last heard of, by this process' clock: its limits are lengths of time, not instants. */
class Pulse {
  last = 0
  /** A heartbeat that is on its way to the journal is no silence, however long that takes. */
  beating = 0

  readonly touch = Effect.map(Clock.currentTimeMillis, (now) => {
    this.last = now
  })

  through(beat: Effect.Effect<void>): Effect.Effect<void> {
    const begin = Effect.sync(() => {
      this.beating++
    })
    const end = Effect.suspend(() => {
      this.beating--
      return this.touch
    })
    return Effect.acquireUseRelease(
      begin,
      () => beat,
      () => end
    )
  }

  /** Ends once nothing was heard for so long. */
  silence(millis: number): Effect.Effect<void> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const quiet = this.beating > 0 ? 0 : now - this.last
      return quiet >= millis ? Effect.void : Effect.andThen(Effect.sleep(millis - quiet), this.silence(millis))
    })
  }
}

/** Which of the limits that decide before it starts is exceeded already. */
const late = ({ notBefore, openedAt, timeouts }: RunIO, now: number): Failure.Limit | undefined => {
  const { scheduleToClose = Infinity, scheduleToStart = Infinity } = timeouts
  if (now >= openedAt + scheduleToClose) return "scheduleToClose"
  return now - Math.max(openedAt, notBefore) > scheduleToStart ? "scheduleToStart" : undefined
}

/** Runs an attempt: what it came to. Where it exceeds a limit it is interrupted, and its clean-up is waited for. */
const run = (pending: RunIO, setting: Limited): Effect.Effect<Failure.Report, never, unknown> =>
  Effect.flatMap(Effect.orDie(whileRetryable(setting.now)), (now) => {
    const tooLate = late(pending, now)
    return tooLate === undefined ? within(pending, setting, now) : exceeded(pending, setting, tooLate)
  })

const exceeded = (pending: RunIO, { tell }: Limited, limit: Failure.Limit): Effect.Effect<Failure.Report> =>
  Effect.sync(() => {
    tell("timed-out", Cause.fail(`the ${limit} timeout was exceeded`))
    return (circumstances) => Failure.tooLong(pending, limit, circumstances)
  })

const within = (pending: RunIO, setting: Limited, now: number): Effect.Effect<Failure.Report, never, unknown> => {
  const { tell } = setting
  const pulse = new Pulse()
  const effect = Effect.suspend(() => effectOf(pending)).pipe(
    Effect.provideContext(servicesOf({ ...setting, beat: (details) => pulse.through(setting.beat(details)) }, now)),
    Effect.exit,
    Effect.map((exit) => {
      if (Exit.isSuccess(exit)) tell("completed")
      else tell(outcomeOf(exit.cause), exit.cause)
      return reportOf(pending, exit)
    })
  )
  const { heartbeat, startToClose } = pending.timeouts
  const remaining = Failure.deadlineOf(pending) - now
  const limits: Array<Effect.Effect<Failure.Report>> = []
  const limited = (limit: Failure.Limit, wait: Effect.Effect<void>): void => {
    limits.push(Effect.andThen(wait, exceeded(pending, setting, limit)))
  }
  if (remaining !== Infinity) limited("scheduleToClose", Effect.sleep(remaining))
  if (startToClose !== undefined) limited("startToClose", Effect.sleep(startToClose))
  if (heartbeat !== undefined) limited("heartbeat", Effect.andThen(pulse.touch, pulse.silence(heartbeat)))
  return limits.length === 0 ? effect : Effect.raceAllFirst([effect, ...limits])
}
