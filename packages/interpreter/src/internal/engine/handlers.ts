/** The signals that steps have at hand: one handler at a time for each step, tried again where it is at fault. */
import { RetryPolicy, Step } from "@waymark/core"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import { CurrentLogAnnotations } from "effect/References"
import * as Result from "effect/Result"
import * as Execution from "../../Execution.ts"
import type { Send } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import * as Pending from "../../Pending.ts"
import type { Inbox } from "./inbox.ts"
import type { Tell } from "./observer.ts"
import { whileRetryable } from "./patience.ts"

/** The end of a handler. */
export interface Handled {
  readonly _tag: "Handled"
  readonly pending: Pending.SignalWait
  readonly send: Send
  readonly exit: Exit.Exit<unknown, unknown>
  readonly attempt: number
}

/** What handlers need of their instance. */
export interface Setting {
  readonly fork: (effect: Effect.Effect<unknown, unknown, unknown>) => Fiber.Fiber<unknown, unknown>
  readonly now: Effect.Effect<number, JournalError>
  /** Ends once this process may begin anything at all. */
  readonly assured: Effect.Effect<void>
  /** Whether it may, and nobody looks at how it is done: then what a handler has come to as it is called is all that is to be had of it. */
  readonly isFree: () => boolean
  readonly retry: RetryPolicy.Resolved
  readonly inbox: Inbox
  readonly infoOf: (step: Pending.StepRef, attempt: number) => Omit<Step.Info, "idempotencyKey" | "now" | "details">
  readonly post: (handled: Handled) => void
  /** Shows the handling of a signal. */
  readonly observe: <A, E, R>(
    info: Omit<Step.Info, "idempotencyKey" | "now" | "details">,
    send: Send,
    run: (tell: Tell) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E, R>
  /** With what the log lines of a handler are annotated. */
  readonly annotations: (
    info: Omit<Step.Info, "idempotencyKey" | "now" | "details">
  ) => Readonly<Record<string, unknown>>
}

/** A signal that a step's handler has at hand. */
interface Handling {
  readonly send: Send
  /** None where the handler has ended as it was called. */
  readonly fiber?: Fiber.Fiber<unknown, unknown>
  /** Why it was not handled the last time. */
  readonly lastError: string | undefined
}

export class Handlers {
  readonly #setting: Setting
  readonly #handling = new Map<string, Handling>()

  constructor(setting: Setting) {
    this.#setting = setting
  }

  /** Why the signal that a step has at hand was not handled the last time. */
  lastErrorAt(step: Pending.StepRef): string | undefined {
    return this.#handling.get(Pending.key(step))?.lastError
  }

  get isIdle(): boolean {
    return this.#handling.size === 0
  }

  /** Hands signals to the steps that wait for them: the first of each line, and one at a time for each step. */
  serve(execution: Execution.Any): void {
    for (const send of this.#setting.inbox.heads()) {
      const [waits, ...others] = Execution.waiting(execution, send.name, send.to)
      if (waits?._tag !== "Signal" || others.length > 0 || this.#handling.has(Pending.key(waits.step))) continue
      this.#setting.inbox.take(send)
      this.#handle(waits, send, 1, undefined)
    }
  }

  /** Is this the end of a handler that its step still waits for? Else the signal is back in its line already. */
  holds({ pending, send }: Handled): boolean {
    return this.#handling.get(Pending.key(pending.step))?.send === send
  }

  /** The end of a handler is dealt with: its step may be handed the next signal. */
  release({ pending }: Handled): void {
    this.#handling.delete(Pending.key(pending.step))
  }

  /** Keeps the signal with its step, and has it handled again after a pause. */
  pause({ attempt, pending, send }: Handled, why: string, random: number): void {
    const { fork, retry } = this.#setting
    const key = Pending.key(pending.step)
    const fiber = fork(Effect.sleep(RetryPolicy.delay(retry, attempt, random) ?? retry.max))
    this.#handling.set(key, { send, fiber, lastError: why })
    fiber.addObserver(() => {
      if (this.#handling.get(key)?.fiber === fiber) this.#handle(pending, send, attempt + 1, why)
    })
  }

  /** The step is waited for no more: its signal goes back to the head of its line. */
  abandon(key: string): void {
    const handling = this.#handling.get(key)
    if (handling === undefined) return
    handling.fiber?.interruptUnsafe()
    this.#handling.delete(key)
    this.#setting.inbox.giveBack(handling.send)
  }

  /** Interrupts everything. */
  close(): void {
    for (const { fiber } of this.#handling.values()) fiber?.interruptUnsafe()
    this.#handling.clear()
  }

  #handle(pending: Pending.SignalWait, send: Send, attempt: number, lastError: string | undefined): void {
    const { fork, isFree, post } = this.#setting
    const key = Pending.key(pending.step)
    const effect = isFree() ? effectOf(pending, send) : undefined
    if (effect !== undefined && Exit.isExit(effect)) {
      this.#handling.set(key, { send, lastError })
      return post({ _tag: "Handled", pending, send, exit: effect, attempt })
    }
    const fiber = fork(this.#run(pending, send, attempt, effect))
    this.#handling.set(key, { send, fiber, lastError })
    fiber.addObserver((exit) => {
      if (this.#handling.get(key)?.fiber === fiber) post({ _tag: "Handled", pending, send, exit, attempt })
    })
  }

  /** Runs what a handler gave as it was called, or calls it as soon as it may be. */
  #run(
    pending: Pending.SignalWait,
    send: Send,
    attempt: number,
    given: Effect.Effect<unknown, unknown, unknown> | undefined
  ): Effect.Effect<unknown, unknown, unknown> {
    const { annotations, assured, infoOf, now: clock, observe } = this.#setting
    const idempotencyKey = `${pending.idempotencyKey}/${send.id}`
    return Effect.flatMap(Effect.andThen(assured, Effect.orDie(whileRetryable(clock))), (now) => {
      const info: Step.Info = { ...infoOf(pending.step, attempt), idempotencyKey, now, details: undefined }
      const services = Context.make(Step.Current, info).pipe(Context.add(CurrentLogAnnotations, annotations(info)))
      return observe(info, send, () => Effect.provideContext(given ?? effectOf(pending, send), services))
    })
  }
}

/** What a handler gives for a signal. Should it throw, that is a defect of its own. */
const effectOf = (pending: Pending.SignalWait, send: Send): Effect.Effect<unknown, unknown, unknown> => {
  try {
    return pending.handle(Result.getOrThrow(pending.signal.payload.decode(send.payload)))
  } catch (cause) {
    return Effect.die(cause)
  }
}
