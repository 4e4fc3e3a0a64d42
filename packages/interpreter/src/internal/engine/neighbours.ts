/** What an instance has to do with others: it starts children, waits for their end, and sends messages. */
import type { Workflow } from "@waymark/core"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Command from "../../Command.ts"
import { AppendRefused, InstanceExists, InstanceNotFound } from "../../Errors.ts"
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import { isTerminal, type Created, type Instance, type Send as Message, type Sent } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import type { Child, Send } from "../../Pending.ts"
import { childEnd, isControl } from "./control.ts"
import * as Failure from "./failure.ts"
import * as Limits from "./limits.ts"
import type { Direct, Lines } from "./lines.ts"
import type { Observer } from "./observer.ts"
import { whileRetryable } from "./patience.ts"
import * as Payloads from "./payloads.ts"
import * as Reader from "./reader.ts"

/** Which run of which instance it is that has neighbours. */
export interface Self {
  readonly instance: string
  readonly run: number
}

/** What neighbours need of their engine. */
export interface Setting {
  readonly journal: Direct
  readonly lines: Lines
  readonly hosted: ReadonlyMap<string, Workflow.Any>
  readonly live: ReadonlyMap<string, unknown>
  readonly audit: boolean
  readonly limits: Limits.Resolved
  readonly observer: Observer
  /** Creates an instance, which may live here or is left to others. */
  readonly create: (begun: Execution.Step<Execution.Any>, mayLiveHere: boolean) => Effect.Effect<Created>
  readonly takeOver: (id: string) => void
  readonly deliver: (send: Message) => Effect.Effect<Sent, JournalError>
}

const parentOf = ({ payload }: Event): unknown =>
  Predicate.hasProperty(payload, "parent") ? payload.parent : undefined

const workflowOf = ({ payload }: Event): unknown =>
  Predicate.hasProperty(payload, "workflow") ? payload.workflow : undefined

/** Were both started by the same step of the same parent? */
const isSameChild = (there: Event, here: Event): boolean =>
  parentOf(there) !== undefined &&
  Equal.equals(parentOf(there), parentOf(here)) &&
  workflowOf(there) === workflowOf(here)

export class Neighbours {
  readonly #setting: Setting

  constructor(setting: Setting) {
    this.#setting = setting
  }

  /** Deals with a child as far as it stands. */
  child(self: Self, pending: Child): Effect.Effect<Failure.Report | undefined, JournalError> {
    return pending.phase === "Start" ? this.#start(self, pending) : this.#wait(pending)
  }

  /** Creates a child. Where its id is taken by anything but this very child, somebody has to look. */
  readonly #start = Effect.fnUntraced(function* (
    this: Neighbours,
    self: Self,
    pending: Child
  ): Effect.fn.Return<Failure.Report, JournalError> {
    const { audit, create, hosted, journal, limits, live, observer, takeOver } = this.#setting
    const { id, input, step, workflow } = pending
    const { name } = workflow
    const at = yield* whileRetryable(journal.now)
    const parent = { ...self, path: step.path, ordinal: step.ordinal }
    const begun = Execution.tryStart(workflow, input, { id, at, epoch: 1, parent, audit })
    if (Result.isFailure(begun)) return () => Failure.giveUp(pending, begun.failure)
    const oversized = Limits.oversized(limits, begun.success.events, { large: () => {} })
    if (oversized !== undefined) return () => Failure.giveUp(pending, oversized.error)
    // What is not hosted here, or with another definition, nobody owns: whoever hosts it claims it.
    const created = yield* create(yield* observer.begin(begun.success), hosted.get(name) === workflow)
    if (created._tag === "Rejected") {
      const refused = new AppendRefused({ instance: id, reason: created.reason })
      return () => Failure.giveUp(pending, refused)
    }
    const unread = created._tag === "Exists" ? Payloads.unread(created.started) : undefined
    if (unread !== undefined) return () => Failure.giveUp(pending, unread)
    const [started] = begun.success.events
    if (created._tag === "Exists" && !isSameChild(created.started, started as Event)) {
      const taken = new InstanceExists({
        instance: id,
        workflow: created.instance.workflow,
        reason: `it was not started by step "${step.name}" of "${self.instance}" (run ${self.run})`
      })
      return () => Failure.giveUp(pending, taken)
    }
    if (isTerminal(created.instance.status)) yield* this.#announce(parent, created.instance)
    else if (!live.has(id)) takeOver(id)
    return () => Command.childStarted(step)
  })

  /**
   * Tells the parent of a child that has ended already. Its end may have come with its creation, which carries no message:
   * should this process die, nobody else would ever look.
   */
  readonly #announce = Effect.fnUntraced(function* (
    this: Neighbours,
    parent: Execution.Parent,
    { id, length, run }: Instance
  ): Effect.fn.Return<void, JournalError> {
    const { deliver, journal } = this.#setting
    const [end] = yield* whileRetryable(journal.read({ instance: id, run, from: length - 1, limit: 1 }))
    if (end === undefined) return
    const message = childEnd(parent, end)
    yield* deliver(message)
  })

  /** Looks whether a child has ended, over all its runs. Nothing comes of it where it has not: its end is a message. */
  readonly #wait = Effect.fnUntraced(function* (
    this: Neighbours,
    pending: Child
  ): Effect.fn.Return<Failure.Report | undefined, JournalError> {
    const { journal, lines } = this.#setting
    const { id, step } = pending
    const found = yield* whileRetryable(lines.find({ id }))
    if (Option.isNone(found)) {
      const gone = new InstanceNotFound({ instance: id })
      return () => Failure.giveUp(pending, gone)
    }
    const { instance } = found.value
    if (!isTerminal(instance.status)) return undefined
    const end = yield* Effect.result(Reader.end(journal, instance))
    if (Result.isSuccess(end)) return () => Command.childEnded(step, end.success)
    const { failure } = end
    if (failure._tag === "JournalError") return yield* failure
    return () => Failure.giveUp(pending, failure)
  })

  /** Puts a message into the inbox of another instance, once however often this is tried. */
  readonly send = Effect.fnUntraced(function* (
    this: Neighbours,
    self: Self,
    pending: Send
  ): Effect.fn.Return<Failure.Report, JournalError> {
    const { deliver, limits, lines } = this.#setting
    const { idempotencyKey, payload, signal, step, to, workflow } = pending
    const tooLarge = Limits.excess(limits, to, `the payload of signal "${signal}"`, payload)
    if (tooLarge !== undefined) return () => Failure.giveUp(pending, tooLarge)
    const undelivered =
      (reason: string): Failure.Report =>
      () =>
        Command.sent(step, reason)
    const found = yield* whileRetryable(lines.find({ id: to }))
    if (Option.isNone(found)) return undelivered(`there is no instance "${to}"`)
    const { instance } = found.value
    const { workflow: runs } = instance
    if (runs !== workflow) return undelivered(`instance "${to}" runs the workflow "${runs}", not "${workflow}"`)
    if (isControl(signal) && !(yield* this.#isChild(self, instance))) {
      return undelivered(`instance "${to}" was not started by this one`)
    }
    const message: Message = { instance: to, id: idempotencyKey, name: signal, payload }
    const sent = yield* deliver(message)
    return (yield* this.#isStored(message, sent)) ? () => Command.sent(step) : undelivered(reasonOf(to, sent))
  })

  /** Whether a message is in the inbox, or was. One that was stored before its receiver ended was delivered, too. */
  #isStored({ id, instance }: Message, sent: Sent): Effect.Effect<boolean, JournalError> {
    if (sent._tag !== "Closed") return Effect.succeed(sent._tag === "Pending" || sent._tag === "Settled")
    return Effect.map(this.#setting.lines.sent({ instance, id }), ({ _tag }) => _tag !== "Unknown")
  }

  /** Whether an instance was started by this one: nobody ends what is not their own. Its id may have been used anew since. */
  #isChild(self: Self, { id, run }: Instance): Effect.Effect<boolean, JournalError> {
    const first = this.#setting.journal.read({ instance: id, run, from: 0, limit: 1 })
    return Effect.map(whileRetryable(first), ([started]) => {
      const parent = started && parentOf(started)
      return Predicate.hasProperty(parent, "instance") && parent.instance === self.instance
    })
  }
}

const reasonOf = (to: string, sent: Sent): string => {
  switch (sent._tag) {
    case "Closed":
      return `instance "${to}" is ${sent.status}`
    case "Taken":
      return `another message to instance "${to}" has its id`
    case "Pending":
    case "Settled":
    case "Unknown":
      return `there is no instance "${to}"`
  }
}
