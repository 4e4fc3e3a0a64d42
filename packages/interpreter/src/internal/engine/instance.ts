/**
 * One live instance: its execution, its running effects and its mailbox.
 *
 * All that happens to it comes through the mailbox and is dealt with in turns. A turn makes events of what has arrived,
 * appends them, and only then lets anybody see what follows from them: effects that start or are interrupted, replies,
 * the end. What arrives during an append waits for the next turn.
 */
import { RetryPolicy, Step } from "@waymark/core"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Command from "../../Command.ts"
import type { CommandRejected } from "../../Errors.ts"
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import type { JournalError } from "../../JournalError.ts"
import {
  isTerminal,
  type Append,
  type Appended,
  type Journal,
  type Outcome,
  type Send,
  type Settlement
} from "../../Journal.ts"
import * as Pending from "../../Pending.ts"
import { describe } from "../cause.ts"
import * as Failure from "./failure.ts"
import { Inbox } from "./inbox.ts"
import { whileRetryable } from "./patience.ts"

/** What an instance needs of its engine. */
export interface Host {
  readonly now: Journal["Service"]["now"]
  readonly retry: RetryPolicy.Resolved
  /** Runs an effect with the services of the workflows; it ends with the engine. */
  readonly fork: (effect: Effect.Effect<unknown, unknown, unknown>) => Fiber.Fiber<unknown, unknown>
  readonly commit: (append: Append) => Effect.Effect<Appended>
  readonly log: (level: "Warn" | "Error", instance: string, message: string) => void
  readonly alarm: (id: string, at: number | undefined) => void
  /** A signal's outcome is durable. */
  readonly settled: (instance: string, signal: string, outcome: Outcome) => void
  /** The end is durable. */
  readonly ended: (instance: Instance) => void
  /** Is anything being read from the inbox that will be told to this instance? It may be older than what is settled here. */
  readonly hears: (instance: string) => boolean
  /** Somebody else owns the instance now, or the journal refuses it: it is live here no more. */
  readonly lost: (instance: Instance, why: Appended) => void
}

type Message =
  | { readonly _tag: "Exit"; readonly pending: Pending.RunIO; readonly exit: Exit.Exit<unknown, unknown> }
  | {
      readonly _tag: "Handled"
      readonly pending: Pending.SignalWait
      readonly send: Send
      readonly exit: Exit.Exit<unknown, unknown>
      readonly attempt: number
    }
  | { readonly _tag: "Wake" }

/** What a turn has made so far, not durable yet. */
interface Draft {
  execution: Execution.Any
  readonly events: Array<Event>
  readonly settled: Array<Settlement>
  readonly at: number
  readonly random: number
}

/** A signal that a step's handler has at hand. */
interface Handling {
  readonly send: Send
  readonly fiber: Fiber.Fiber<unknown, unknown>
  /** Why it was not handled the last time. */
  readonly lastError: string | undefined
}

export class Instance {
  readonly id: string
  readonly epoch: number
  execution: Execution.Any
  /** Why it is stuck for a reason that no journal can hold: a function of its definition threw. */
  failure: string | undefined
  readonly #host: Host
  #open = true
  #turning = false
  #mailbox: Array<Message> = []
  readonly #inbox = new Inbox()
  readonly #running = new Map<string, Fiber.Fiber<unknown, unknown>>()
  readonly #handling = new Map<string, Handling>()
  /** Effects whose next attempt is not due yet. */
  readonly #delayed = new Map<string, Pending.RunIO>()

  constructor(host: Host, execution: Execution.Any, epoch: number) {
    this.#host = host
    this.execution = execution
    this.epoch = epoch
    this.id = Execution.id(execution)
  }

  /** Starts what the execution waits for. `inbox` are the signals that came before. */
  begin(inbox: ReadonlyArray<Send>, now: number): void {
    for (const send of inbox) this.#inbox.add(send)
    // Effects may end at once and the alarm may ring at once: what they have to say waits until all of this is done.
    this.#turning = true
    this.#launch(Execution.diff(undefined, this.execution).opened, now)
    this.#host.alarm(this.id, Execution.wakeAt(this.execution))
    this.#turning = false
    // A turn with nothing in its mailbox completes a group that was cut, and serves the inbox.
    this.#post({ _tag: "Wake" })
  }

  /** A durable signal has arrived. Whether it is news is decided now: by the next turn that might be forgotten. */
  receive(send: Send): void {
    if (this.#inbox.add(send)) this.#post({ _tag: "Wake" })
  }

  /** Something is due. */
  wake(): void {
    this.#post({ _tag: "Wake" })
  }

  /** Why the signal that a step has at hand was not handled the last time. */
  lastErrorAt(step: Pending.StepRef): string | undefined {
    return this.#handling.get(Pending.key(step))?.lastError
  }

  /** Stops everything; nothing is written any more. */
  close(): void {
    this.#open = false
    this.#mailbox = []
    for (const fiber of this.#running.values()) fiber.interruptUnsafe()
    for (const { fiber } of this.#handling.values()) fiber.interruptUnsafe()
    this.#running.clear()
    this.#handling.clear()
    this.#delayed.clear()
    this.#host.alarm(this.id, undefined)
  }

  #post(message: Message): void {
    if (!this.#open) return
    this.#mailbox.push(message)
    this.#turnOver()
  }

  #turnOver(): void {
    if (this.#turning || !this.#open || this.#mailbox.length === 0) return
    this.#turning = true
    this.#host.fork(this.#turns)
  }

  readonly #turns: Effect.Effect<void> = Effect.suspend(() => this.#turn()).pipe(
    Effect.repeat({ until: () => this.#mailbox.length === 0 || !this.#open }),
    // A fault of the journal, or of this very code: what the turn had at hand is lost, so it must not go on as if nothing was.
    Effect.catchCause((cause) =>
      Effect.sync(() => {
        if (this.#open) this.#lose({ _tag: "Rejected", reason: describe(Cause.squash(cause)) })
      })
    ),
    Effect.ensuring(
      Effect.sync(() => {
        this.#turning = false
        // Something may have arrived between the last look into the mailbox and here.
        this.#turnOver()
      })
    )
  )

  readonly #turn = Effect.fnUntraced(function* (this: Instance): Effect.fn.Return<void, JournalError> {
    const messages = this.#mailbox
    this.#mailbox = []
    const at = yield* whileRetryable(this.#host.now)
    const random = yield* Random.next
    const draft: Draft = { execution: this.execution, events: [], settled: [], at, random }
    for (const message of messages) this.#deal(draft, message)
    this.#need(this.#take(draft, Execution.settle(draft.execution, this.#moment(draft))))
    this.#refuseAmbiguous(draft)
    if (draft.events.length > 0 || draft.settled.length > 0) {
      const appended = yield* this.#host.commit(this.#append(draft))
      if (!this.#open) return
      if (appended._tag !== "Appended") return this.#lose(appended)
      this.#adopt(draft)
    }
    if (this.#open) this.#serve()
  })

  #lose(why: Appended): void {
    this.close()
    this.#host.lost(this, why)
  }

  #moment({ at }: Draft): Execution.Moment {
    return { at, epoch: this.epoch }
  }

  #append({ events, execution, settled }: Draft): Append {
    return {
      instance: this.id,
      run: Execution.run(execution),
      epoch: this.epoch,
      expected: Execution.length(this.execution),
      events,
      status: Execution.status(execution),
      wakeAt: Execution.wakeAt(execution) ?? null,
      settled
    }
  }

  /** Takes a step into the draft; answers why not where it is rejected. */
  #take(
    draft: Draft,
    stepped: Result.Result<Execution.Step<Execution.Any>, CommandRejected>
  ): CommandRejected | undefined {
    if (Result.isFailure(stepped)) return stepped.failure
    draft.execution = stepped.success.execution
    for (const event of stepped.success.events) draft.events.push(event)
    return undefined
  }

  #step(draft: Draft, command: Command.Command): CommandRejected | undefined {
    return this.#take(draft, Execution.step(draft.execution, command, this.#moment(draft)))
  }

  /**
   * A step that the definition itself stands in the way of: a function of it throws, or a state does not fit its schema.
   * That is nobody's business outcome, and trying again changes nothing: the instance is stuck until it is mended.
   */
  #need(rejected: CommandRejected | undefined): void {
    if (rejected?.rejection === "Threw" || rejected?.rejection === "InvalidState") this.#stick(rejected.message)
  }

  #stick(why: string): void {
    this.failure = why
    this.#host.log("Error", this.id, `stuck: ${why}`)
  }

  /** Says in the log what nobody else is told of: attempts that failed, and steps that gave up. */
  #logAttempt({ attempt, kind, payload, step }: Event): void {
    if (kind !== "attempt") return
    const { error, next } = payload as unknown as { readonly error: Failure.Summary; readonly next: number | null }
    const what = `attempt ${attempt} of "${step}" failed: ${error.message}`
    if (next === null) this.#host.log("Error", this.id, `${what}. It gave up: the instance is stuck.`)
    else this.#host.log("Warn", this.id, `${what}. It is tried again at ${new Date(next).toISOString()}.`)
  }

  #deal(draft: Draft, message: Message): void {
    switch (message._tag) {
      case "Wake":
        this.#need(this.#step(draft, Command.tick(draft.at)))
        this.#startDue(draft.at)
        return
      case "Exit":
        return this.#report(draft, message.pending, message.exit)
      case "Handled":
        return this.#answer(draft, message)
    }
  }

  #report(draft: Draft, pending: Pending.RunIO, exit: Exit.Exit<unknown, unknown>): void {
    const options = { at: draft.at, random: draft.random, fallback: this.#host.retry }
    const outcome = Exit.isSuccess(exit)
      ? Command.succeed(pending.step, exit.value)
      : Failure.command(pending, exit.cause, options)
    const rejected = this.#step(draft, outcome)
    // What the step's schema cannot write down is a fault of the step, to be counted and tried again like any other.
    this.#need(
      rejected?.rejection === "InvalidPayload"
        ? this.#step(draft, Failure.attempt(pending, rejected, options))
        : rejected
    )
  }

  #answer(draft: Draft, message: Extract<Message, { readonly _tag: "Handled" }>): void {
    const { exit, pending, send } = message
    const key = Pending.key(pending.step)
    // The step was given up while the handler ended: the signal is back in its line already.
    if (this.#handling.get(key)?.send !== send) return
    this.#handling.delete(key)
    const waits = Execution.waiting(draft.execution, send.name).find(({ step }) => Pending.key(step) === key)
    // Where the step was lost meanwhile, the signal goes back to the head of its line.
    if (waits?._tag !== "Signal") return this.#inbox.giveBack(send)
    const outcome = Result.try(() => outcomeOf(waits, exit))
    if (Exit.isFailure(exit)) {
      if (Result.isSuccess(outcome)) draft.settled.push({ id: send.id, outcome: outcome.success })
      else
        this.#pause(message, describe(Cause.hasFails(exit.cause) ? outcome.failure : Cause.squash(exit.cause)), draft)
      return
    }
    const command = Command.handled(pending.step, exit.value, { id: send.id })
    const stepped = Execution.step(draft.execution, command, this.#moment(draft))
    if (Result.isFailure(stepped) && stepped.failure.rejection === "InvalidPayload") {
      return this.#pause(message, stepped.failure.reason, draft)
    }
    if (Result.isSuccess(stepped) && Result.isSuccess(outcome)) {
      this.#take(draft, stepped)
      draft.settled.push({ id: send.id, outcome: outcome.success })
      return
    }
    this.#inbox.giveBack(send)
    if (Result.isFailure(stepped)) this.#need(stepped.failure)
    else if (Result.isFailure(outcome)) this.#stick(`the reply to signal "${send.name}": ${describe(outcome.failure)}`)
  }

  /**
   * The handler is at fault, or was interrupted by something of its own: that is no refusal. The signal stays with its
   * step and is handled again after a pause.
   */
  #pause(failed: Extract<Message, { readonly _tag: "Handled" }>, why: string, { random }: Draft): void {
    const { attempt, pending, send } = failed
    const key = Pending.key(pending.step)
    const { retry } = this.#host
    const wait = RetryPolicy.delay(retry, attempt, random) ?? retry.max
    this.#host.log("Warn", this.id, `attempt ${attempt} to handle signal "${send.name}" (${send.id}) failed: ${why}`)
    const fiber = this.#host.fork(Effect.sleep(wait))
    this.#handling.set(key, { send, fiber, lastError: why })
    fiber.addObserver(() => {
      if (this.#handling.get(key)?.fiber === fiber) this.#handle(pending, send, attempt + 1, why)
    })
  }

  /** A signal that several parts wait for, and that names none of them, is refused: choosing one would be guessing. */
  #refuseAmbiguous({ execution, settled }: Draft): void {
    for (const send of this.#inbox.heads()) {
      const waiting = Execution.waiting(execution, send.name, send.to)
      if (waiting.length < 2) continue
      this.#inbox.take(send)
      settled.push({ id: send.id, outcome: { _tag: "Ambiguous", waiting: waiting.map(({ step }) => step.path) } })
    }
  }

  /** The draft is durable: everybody may see what follows from it. */
  #adopt(draft: Draft): void {
    const { closed, opened } = Execution.diff(this.execution, draft.execution)
    this.execution = draft.execution
    for (const event of draft.events) this.#logAttempt(event)
    for (const step of closed) this.#abandon(Pending.key(step))
    for (const { id, outcome } of draft.settled) {
      this.#inbox.settle(id)
      this.#host.settled(this.id, id, outcome)
    }
    if (isTerminal(Execution.status(this.execution))) {
      this.close()
      this.#host.ended(this)
      return
    }
    if (!this.#host.hears(this.id)) this.#inbox.forget()
    this.#launch(opened, draft.at)
    this.#host.alarm(this.id, Execution.wakeAt(this.execution))
  }

  #abandon(key: string): void {
    this.#running.get(key)?.interruptUnsafe()
    this.#running.delete(key)
    this.#delayed.delete(key)
    const handling = this.#handling.get(key)
    if (handling === undefined) return
    handling.fiber.interruptUnsafe()
    this.#handling.delete(key)
    this.#inbox.giveBack(handling.send)
  }

  #launch(opened: ReadonlyArray<Pending.Pending>, now: number): void {
    for (const pending of opened) {
      if (pending._tag !== "RunIO" || pending.notBefore === Infinity) continue
      if (pending.notBefore <= now) this.#start(pending)
      else this.#delayed.set(Pending.key(pending.step), pending)
    }
  }

  #startDue(now: number): void {
    for (const [key, pending] of this.#delayed) {
      if (pending.notBefore > now) continue
      this.#delayed.delete(key)
      this.#start(pending)
    }
  }

  #start(pending: Pending.RunIO): void {
    const { attempt, idempotencyKey, step } = pending
    const key = Pending.key(step)
    const info: Step.Info = { ...this.#infoOf(step, attempt), idempotencyKey }
    // `run` is the user's function: should it throw, that is a defect of the step like any other.
    const effect = Effect.suspend(() => pending.effect).pipe(Effect.provideService(Step.Current, info))
    const fiber = this.#host.fork(effect)
    this.#running.set(key, fiber)
    fiber.addObserver((exit) => {
      // Not the one that runs now: it was interrupted, and nobody waits for it.
      if (this.#running.get(key) !== fiber) return
      this.#running.delete(key)
      this.#post({ _tag: "Exit", pending, exit })
    })
  }

  /** Hands signals to the steps that wait for them: the first of each line, and one at a time for each step. */
  #serve(): void {
    if (this.failure !== undefined) return
    for (const send of this.#inbox.heads()) {
      const [waits, ...others] = Execution.waiting(this.execution, send.name, send.to)
      if (waits?._tag !== "Signal" || others.length > 0 || this.#handling.has(Pending.key(waits.step))) continue
      this.#inbox.take(send)
      this.#handle(waits, send)
    }
  }

  #handle(pending: Pending.SignalWait, send: Send, attempt = 1, lastError?: string): void {
    const { step } = pending
    const key = Pending.key(step)
    const info: Step.Info = { ...this.#infoOf(step, attempt), idempotencyKey: `${pending.idempotencyKey}/${send.id}` }
    const handled = Effect.suspend(() => {
      const payload = pending.signal.payload.decode(send.payload)
      return Result.isFailure(payload) ? Effect.die(payload.failure) : pending.handle(payload.success)
    }).pipe(Effect.provideService(Step.Current, info))
    const fiber = this.#host.fork(handled)
    this.#handling.set(key, { send, fiber, lastError })
    fiber.addObserver((exit) => {
      if (this.#handling.get(key)?.fiber === fiber) this.#post({ _tag: "Handled", pending, send, exit, attempt })
    })
  }

  #infoOf({ name, ordinal, path }: Pending.StepRef, attempt: number): Omit<Step.Info, "idempotencyKey"> {
    return { instance: this.id, run: Execution.run(this.execution), path, ordinal, step: name, attempt }
  }
}

/** What a handler's end means for the sender. Throws where it cannot be written down, or means nothing to a sender. */
const outcomeOf = (pending: Pending.SignalWait, exit: Exit.Exit<unknown, unknown>): Outcome => {
  if (Exit.isSuccess(exit)) {
    const reply = Result.getOrThrow(pending.signal.reply.encode(pending.reply(exit.value)))
    return { _tag: "Consumed", reply }
  }
  if (Cause.hasDies(exit.cause)) throw Cause.squash(exit.cause)
  const refusal = Option.getOrThrow(Cause.findErrorOption(exit.cause))
  return { _tag: "Refused", error: Result.getOrThrow(pending.signal.error.encode(refusal)) }
}
