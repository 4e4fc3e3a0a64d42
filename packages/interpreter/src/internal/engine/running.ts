/** What of an instance is under way, by step: attempts of effects, and dealings with other instances. */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Pending from "../../Pending.ts"
import { Agenda } from "./agenda.ts"
import * as Failure from "./failure.ts"
import { Few } from "./few.ts"

/** What has begun: its fiber, and what the end of that means; or at once what it has come to. Nothing may come of it. */
export type Begun =
  | Failure.Report
  | {
      readonly fiber: Fiber.Fiber<unknown, unknown>
      readonly meaning: (exit: Exit.Exit<unknown, unknown>) => Failure.Report | undefined
    }

/** What has begun, by a fiber that ends in its report. */
export const reporting = (work: Failure.Work, fiber: Fiber.Fiber<unknown, unknown>): Begun => ({
  fiber,
  meaning: (exit) =>
    Exit.isSuccess(exit)
      ? (exit.value as Failure.Report | undefined)
      : (circumstances) => Failure.attempt(work, Cause.squash(exit.cause), circumstances)
})

/** Whose steps they are. */
export interface Owner {
  /** Begins a step. */
  readonly perform: (work: Failure.Work, now: number) => Begun
  /** Hears what a step came to. */
  readonly report: (work: Failure.Work, report: Failure.Report) => void
  /** Told where nothing has come of something: no turn follows by which it would be noticed that it is over. */
  readonly rest: () => void
}

export class Running {
  readonly #owner: Owner
  // Most instances have one step at a time, and most of their lives none: what is not used is not there.
  #underway: Few<Fiber.Fiber<unknown, unknown>> | undefined
  /** What has an attempt that is not due yet. */
  #delayed: Agenda<Failure.Work> | undefined
  /** The steps whose child is being created just now. */
  #starting: Set<string> | undefined
  #isDraining = false
  #isClosed = false

  constructor(owner: Owner) {
    this.#owner = owner
  }

  /** Starts what is due of the steps that opened; the others when `startDue` is told so. */
  launch(opened: ReadonlyArray<Pending.Pending>, now: number): void {
    for (const pending of opened) {
      if (pending._tag === "Signal" || pending._tag === "Timer" || pending.notBefore === Infinity) continue
      // The first attempt starts at once, also where the clock of whoever recorded that it opened was ahead of this one: no alarm is set for it.
      if (pending.attempt === 1 || pending.notBefore <= now) this.#start(pending, now)
      else (this.#delayed ??= new Agenda()).set(Pending.key(pending.step), pending.notBefore, pending)
    }
  }

  /** When the first of the attempts is due that have not begun; `Infinity` where there is none. */
  get nextAt(): number {
    return this.#delayed?.first ?? Infinity
  }

  /** Starts the attempts that are due by now. */
  startDue(now: number): void {
    for (const work of this.#delayed?.take(now) ?? []) this.#start(work, now)
  }

  /** Is nothing under way? Attempts that are not due yet may wait. */
  get isIdle(): boolean {
    return (this.#underway?.size ?? 0) === 0
  }

  /** Is nothing under way, and nothing to start later? */
  get isEmpty(): boolean {
    return this.isIdle && (this.#delayed?.size ?? 0) === 0
  }

  /** Starts nothing any more; what is under way goes on. */
  drain(): void {
    this.#isDraining = true
    this.#delayed = undefined
  }

  /** Is a child being created just now? */
  get isStarting(): boolean {
    return (this.#starting?.size ?? 0) > 0
  }

  /** Is a child being created for one of these steps? */
  startsOne(steps: ReadonlyArray<Pending.StepRef>): boolean {
    return this.isStarting && steps.some((step) => this.#starting?.has(Pending.key(step)) === true)
  }

  /** The step is waited for no more: its effect is interrupted. */
  abandon(key: string): void {
    this.#underway?.get(key)?.interruptUnsafe()
    this.#forget(key)
    this.#delayed?.delete(key)
  }

  /** Interrupts everything. */
  close(): void {
    this.#isClosed = true
    const underway = this.#underway
    this.#underway = undefined
    this.#starting = undefined
    this.#delayed = undefined
    for (const fiber of underway?.values() ?? []) fiber.interruptUnsafe()
  }

  #forget(key: string): void {
    this.#underway?.delete(key)
    this.#starting?.delete(key)
  }

  #start(work: Failure.Work, now: number): void {
    if (this.#isDraining || this.#isClosed) return
    const begun = this.#owner.perform(work, now)
    if (typeof begun === "function") return this.#owner.report(work, begun)
    const { fiber, meaning } = begun
    // What began may have been told that the instance is lost.
    if (this.#isClosed) fiber.interruptUnsafe()
    const key = Pending.key(work.step)
    ;(this.#underway ??= new Few()).set(key, fiber)
    if (work._tag === "Child" && work.phase === "Start") (this.#starting ??= new Set()).add(key)
    fiber.addObserver((exit) => {
      const report = meaning(exit)
      // Not the one that runs now: it was interrupted, and nobody waits for it.
      if (this.#underway?.get(key) !== fiber) return
      this.#forget(key)
      if (report === undefined) this.#owner.rest()
      else this.#owner.report(work, report)
    })
  }
}
