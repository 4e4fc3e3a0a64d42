/** What of an instance is under way, by step: attempts of effects, and dealings with other instances. */
import * as Cause from "effect/Cause"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Pending from "../../Pending.ts"
import * as Failure from "./failure.ts"

type Fork = (effect: Effect.Effect<unknown, unknown, unknown>) => Fiber.Fiber<unknown, unknown>

export class Running {
  readonly #fork: Fork
  /** Nothing comes of it where a child has not ended yet. */
  readonly #perform: (work: Failure.Work) => Effect.Effect<Failure.Report | undefined, unknown, unknown>
  readonly #report: (work: Failure.Work, report: Failure.Report) => void
  /** Told where nothing has come of something: no turn follows by which it would be noticed that it is over. */
  readonly #nothing: () => void
  readonly #underway = new Map<string, Fiber.Fiber<unknown, unknown>>()
  /** What has an attempt that is not due yet. */
  readonly #delayed = new Map<string, Failure.Work>()
  /** The steps whose child is being created just now. */
  readonly #starting = new Set<string>()
  #isDraining = false

  constructor(
    fork: Fork,
    perform: (work: Failure.Work) => Effect.Effect<Failure.Report | undefined, unknown, unknown>,
    report: (work: Failure.Work, report: Failure.Report) => void,
    nothing: () => void
  ) {
    this.#fork = fork
    this.#perform = perform
    this.#report = report
    this.#nothing = nothing
  }

  /** Starts what is due of the steps that opened; the others when `startDue` is told so. */
  launch(opened: ReadonlyArray<Pending.Pending>, now: number): void {
    for (const pending of opened) {
      if (pending._tag === "Signal" || pending._tag === "Timer" || pending.notBefore === Infinity) continue
      if (pending.notBefore <= now) this.#start(pending)
      else this.#delayed.set(Pending.key(pending.step), pending)
    }
  }

  /** Starts the attempts that are due by now. */
  startDue(now: number): void {
    for (const [key, work] of this.#delayed) {
      if (work.notBefore > now) continue
      this.#delayed.delete(key)
      this.#start(work)
    }
  }

  /** Is nothing under way? Attempts that are not due yet may wait. */
  get isIdle(): boolean {
    return this.#underway.size === 0
  }

  /** Starts nothing any more; what is under way goes on. */
  drain(): void {
    this.#isDraining = true
    this.#delayed.clear()
  }

  /** Is a child being created just now? */
  get isStarting(): boolean {
    return this.#starting.size > 0
  }

  /** Is a child being created for one of these steps? */
  startsOne(steps: ReadonlyArray<Pending.StepRef>): boolean {
    return this.#starting.size > 0 && steps.some((step) => this.#starting.has(Pending.key(step)))
  }

  /** The step is waited for no more: its effect is interrupted. */
  abandon(key: string): void {
    this.#underway.get(key)?.interruptUnsafe()
    this.#forget(key)
    this.#delayed.delete(key)
  }

  /** Interrupts everything. */
  close(): void {
    for (const fiber of this.#underway.values()) fiber.interruptUnsafe()
    this.#underway.clear()
    this.#starting.clear()
    this.#delayed.clear()
  }

  #forget(key: string): void {
    this.#underway.delete(key)
    this.#starting.delete(key)
  }

  #start(work: Failure.Work): void {
    if (this.#isDraining) return
    const key = Pending.key(work.step)
    const fiber = this.#fork(this.#perform(work))
    this.#underway.set(key, fiber)
    if (work._tag === "Child" && work.phase === "Start") this.#starting.add(key)
    fiber.addObserver((exit) => {
      // Not the one that runs now: it was interrupted, and nobody waits for it.
      if (this.#underway.get(key) !== fiber) return
      this.#forget(key)
      if (Exit.isFailure(exit)) {
        this.#report(work, (circumstances) => Failure.attempt(work, Cause.squash(exit.cause), circumstances))
      } else if (exit.value === undefined) this.#nothing()
      else this.#report(work, exit.value as Failure.Report)
    })
  }
}
