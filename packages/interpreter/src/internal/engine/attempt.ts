/** One attempt of a step: its effect, its heartbeats, and the time limits it has to keep. */
import { Step } from "@waymark/core"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { CurrentLogAnnotations } from "effect/References"
import type * as Schema from "effect/Schema"
import * as Command from "../../Command.ts"
import type { JournalError } from "../../JournalError.ts"
import type { RunIO } from "../../Pending.ts"
import * as Failure from "./failure.ts"
import { outcomeOf, type Tell } from "./observer.ts"
import { whileRetryable } from "./patience.ts"

/** What an attempt is given besides its step. */
export interface Setting {
  readonly info: Omit<Step.Info, "now">
  readonly now: Effect.Effect<number, JournalError>
  /** Ends once these details, or later ones, are durable. */
  readonly beat: (details: Schema.Json | undefined) => Effect.Effect<void>
  /** Hears what it came to. */
  readonly tell: Tell
  /** With what its own log lines are annotated. */
  readonly annotations: Readonly<Record<string, unknown>>
}

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
export const run = (pending: RunIO, setting: Setting): Effect.Effect<Failure.Report, never, unknown> =>
  Effect.flatMap(Effect.orDie(whileRetryable(setting.now)), (now) => {
    const tooLate = late(pending, now)
    return tooLate === undefined ? within(pending, setting, now) : exceeded(pending, setting, tooLate)
  })

const exceeded = (pending: RunIO, { tell }: Setting, limit: Failure.Limit): Effect.Effect<Failure.Report> =>
  Effect.sync(() => {
    tell("timed-out", Cause.fail(`the ${limit} timeout was exceeded`))
    return (circumstances) => Failure.tooLong(pending, limit, circumstances)
  })

const within = (pending: RunIO, setting: Setting, now: number): Effect.Effect<Failure.Report, never, unknown> => {
  const { annotations, beat, info, tell } = setting
  const pulse = new Pulse()
  const services = Context.make(Step.Current, { ...info, now }).pipe(
    Context.add(Step.Heartbeats, (details) => pulse.through(beat(details))),
    Context.add(CurrentLogAnnotations, annotations)
  )
  // `run` is the user's function: should it throw, that is a defect of the step like any other.
  const effect = Effect.suspend(() => pending.effect).pipe(
    Effect.provideContext(services),
    Effect.matchCause({
      onSuccess: (event): Failure.Report => {
        tell("completed")
        return () => Command.succeed(pending.step, event)
      },
      onFailure: (cause): Failure.Report => {
        tell(outcomeOf(cause), cause)
        return (circumstances) => Failure.command(pending, cause, circumstances)
      }
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
