/**
 * What an engine lets others see of its work: metrics always, spans where a tracer is installed. There is one for each engine.
 *
 * Without a tracer no span is made and no trace is read or written: a span costs more than a step.
 */
import type { Step } from "@waymark/core"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import { CurrentLogAnnotations } from "effect/References"
import * as Tracer from "effect/Tracer"
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import type { Appended, Created, Instance as Row, Send } from "../../Journal.ts"
import * as Metrics from "../../Metrics.ts"
import type { Status } from "../../Status.ts"
import type { Direct } from "./lines.ts"
import * as Traces from "./traces.ts"

/** Which attempt of which step it is, or which handling of a signal. */
export interface Place extends Pick<Step.Info, "instance" | "run" | "path" | "ordinal" | "step" | "attempt"> {
  readonly workflow: string
  /** The trace that the instance was started in. */
  readonly trace: string | undefined
}

/** Says what an attempt came to, and why where it failed. */
export type Tell = (outcome: Metrics.Outcome, cause?: Cause.Cause<unknown>) => void

const OUTCOMES = ["completed", "failed", "died", "timed-out", "interrupted"] as const

const ends: { readonly [S in Status]?: typeof Metrics.completed } = {
  completed: Metrics.completed,
  failed: Metrics.failed,
  cancelled: Metrics.cancelled,
  terminated: Metrics.terminated
}

/** What an effect came to. */
export const outcomeOf = (cause: Cause.Cause<unknown>): Metrics.Outcome => {
  if (Cause.hasDies(cause)) return "died"
  return Cause.hasFails(cause) ? "failed" : "interrupted"
}

export class Observer {
  readonly #context: Context.Context<never>
  /** Whether anybody looks at spans. */
  readonly isTracing: boolean
  readonly #clock: Clock.Clock
  /** Made once: with attributes that are the same object, a metric knows its series. */
  readonly #outcomes: { readonly [O in Metrics.Outcome]: Context.Context<never> }
  readonly #annotations: Readonly<Record<string, unknown>>
  /** In which span a signal was sent, as long as it has not left this process' memory. */
  readonly #senders = new WeakMap<Send, Tracer.AnySpan>()

  constructor(context: Context.Context<never>) {
    this.#context = context
    // The default tracer makes spans that nobody ever sees.
    this.isTracing = context.mapUnsafe.has(Tracer.TracerKey)
    const attributes = Context.get(context, Metric.CurrentMetricAttributes)
    // There from the beginning, though what ends as it begins is not counted.
    Metrics.effects.modifyUnsafe(0, context)
    this.#outcomes = Object.fromEntries(
      OUTCOMES.map((outcome) => [
        outcome,
        Context.add(context, Metric.CurrentMetricAttributes, { ...attributes, outcome })
      ])
    ) as { readonly [O in Metrics.Outcome]: Context.Context<never> }
    this.#clock = Context.get(context, Clock.Clock)
    this.#annotations = Context.get(context, CurrentLogAnnotations)
  }

  // ---- counting ---------------------------------------------------------------------------------------------------

  /** An instance comes into memory, or leaves it. */
  live(change: 1 | -1): void {
    Metrics.live.modifyUnsafe(change, this.#context)
  }

  /** An instance was rebuilt from so many events. */
  replayed(events: number): void {
    Metrics.replayLength.updateUnsafe(events, this.#context)
  }

  /** So many instances were taken away from this process. */
  leaseLost(instances: number): void {
    Metrics.leaseLosses.updateUnsafe(instances, this.#context)
  }

  /** A journal that counts what is started, appended and lost. */
  counting(journal: Direct): Direct {
    const context = this.#context
    const born = (created: Created): void => {
      if (created._tag === "Created") Metrics.started.updateUnsafe(1, context)
    }
    const appended = ({ _tag }: Appended, status: Status): void => {
      if (_tag === "Appended") ends[status]?.updateUnsafe(1, context)
      else if (_tag === "Fenced") Metrics.leaseLosses.updateUnsafe(1, context)
    }
    return {
      ...journal,
      create: (batch) =>
        Effect.map(journal.create(batch), (answers) => {
          for (const [index, answer] of answers.entries()) {
            born(answer)
            // One that has no step to do ends as it is started.
            if (answer._tag === "Created") appended({ _tag: "Appended" }, batch[index]?.status ?? "running")
          }
          return answers
        }),
      reopen: (create, epoch) =>
        Effect.map(journal.reopen(create, epoch), (answer) => {
          born(answer)
          if (answer._tag === "Created") appended({ _tag: "Appended" }, create.status)
          return answer
        }),
      append: (batch) =>
        Effect.map(journal.append(batch), (answers) => {
          Metrics.appendBatch.updateUnsafe(batch.length, context)
          answers.forEach((answer, index) => appended(answer, batch[index]?.status ?? "running"))
          return answers
        })
    }
  }

  // ---- what is under way --------------------------------------------------------------------------------------------

  /** With what an effect's own log lines are annotated. */
  annotations({ instance, step, workflow }: Place): Readonly<Record<string, unknown>> {
    return { ...this.#annotations, instance, workflow, step }
  }

  /** An attempt begins: it is measured until it is told what it came to. */
  attempted(): (outcome: Metrics.Outcome) => void {
    const began = this.#clock.currentTimeMillisUnsafe()
    Metrics.effects.modifyUnsafe(1, this.#context)
    return (outcome) => {
      Metrics.effects.modifyUnsafe(-1, this.#context)
      Metrics.stepLatency.updateUnsafe(this.#clock.currentTimeMillisUnsafe() - began, this.#outcomes[outcome])
    }
  }

  /** An attempt has come to this as it began. */
  attemptedAtOnce(outcome: Metrics.Outcome): void {
    Metrics.stepLatency.updateUnsafe(0, this.#outcomes[outcome])
  }

  /** Measures an attempt, and shows it as a span. */
  attempt<A, E, R>(place: Place, run: (tell: Tell) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.suspend(() => {
      const ended = this.attempted()
      let outcome: Metrics.Outcome = "interrupted"
      const spanned = this.span(place, place.step, (tell) =>
        run((told, cause) => {
          outcome = told
          tell(told, cause)
        })
      )
      return Effect.onExit(spanned, () => {
        ended(outcome)
        return Effect.void
      })
    })
  }

  /** Shows work as a span in the trace of its instance. What it comes to is told, since an attempt that fails is no failure here. */
  span<A, E, R>(
    { attempt, instance, ordinal, path, run: runs, trace, workflow }: Place,
    name: string,
    run: (tell: Tell) => Effect.Effect<A, E, R>,
    send?: Send
  ): Effect.Effect<A, E, R> {
    if (!this.isTracing) return run(() => {})
    const parent = Option.getOrUndefined(Traces.read(trace))
    const sender = send && this.#senders.get(send)
    const span = Effect.makeSpan(name, {
      ...(parent === undefined ? { root: true } : { parent }),
      ...(sender && { links: [{ span: sender, attributes: {} }] }),
      attributes: {
        "waymark.instance": instance,
        "waymark.workflow": workflow,
        "waymark.run": runs,
        "waymark.path": path,
        "waymark.ordinal": ordinal,
        "waymark.attempt": attempt,
        ...(send && { "waymark.signal": send.id })
      }
    })
    let told: { readonly outcome: Metrics.Outcome; readonly cause: Cause.Cause<unknown> | undefined } | undefined
    const tell: Tell = (outcome, cause) => {
      told = { outcome, cause }
    }
    return Effect.acquireUseRelease(
      span,
      (span) => Effect.withParentSpan(run(tell), span, { captureStackTrace: false }),
      (span, exit) =>
        Effect.clockWith((clock) =>
          Effect.sync(() => {
            const outcome = told?.outcome ?? (Exit.isSuccess(exit) ? "completed" : outcomeOf(exit.cause))
            span.attribute("waymark.outcome", outcome)
            span.end(clock.currentTimeNanosUnsafe(), told?.cause === undefined ? exit : Exit.failCause(told.cause))
          })
        )
    )
  }

  // ---- traces -----------------------------------------------------------------------------------------------------

  /** Puts the caller's trace on record; a caller that is in none gets one, with a span for the start. */
  begin(begun: Execution.Step<Execution.Any>): Effect.Effect<Execution.Step<Execution.Any>> {
    if (!this.isTracing) return Effect.succeed(begun)
    const { execution } = begun
    const { name: workflow } = Execution.workflow(execution)
    const attributes = { "waymark.instance": Execution.id(execution), "waymark.workflow": workflow }
    const fresh = Effect.useSpan(`start ${workflow}`, { root: true, attributes }, (span) => Effect.succeed(span)).pipe(
      Effect.provideService(Tracer.Tracer, Context.get(this.#context, Tracer.Tracer))
    )
    const caller = Effect.orElseSucceed(Effect.currentParentSpan, () => undefined)
    return Effect.map(
      Effect.flatMap(caller, (span): Effect.Effect<Tracer.AnySpan> =>
        span === undefined ? fresh : Effect.succeed(span)
      ),
      (span) => ({ execution, events: this.continued(begun.events, Traces.write(span)) })
    )
  }

  /** The events of a start, in a trace that is known. */
  continued(events: ReadonlyArray<Event>, trace: string | undefined): ReadonlyArray<Event> {
    return trace === undefined
      ? events
      : events.map((event) => (event.kind === "started" ? { ...event, trace } : event))
  }

  /** The trace that an instance was started in, from its journal. One that cannot be had stops nobody. */
  traceOf(journal: Direct, { id, run }: Row, found: string | undefined): Effect.Effect<string | undefined> {
    if (!this.isTracing) return Effect.succeed(undefined)
    if (found !== undefined) return Effect.succeed(found)
    return Effect.match(journal.read({ instance: id, run, from: 0, limit: 1 }), {
      onFailure: () => undefined,
      onSuccess: ([started]) => started?.trace
    })
  }

  /** Remembers in which span a signal is sent. */
  sends(send: Send): Effect.Effect<void> {
    if (!this.isTracing) return Effect.void
    return Effect.match(Effect.currentParentSpan, {
      onFailure: () => {},
      onSuccess: (span) => void this.#senders.set(send, span)
    })
  }
}
