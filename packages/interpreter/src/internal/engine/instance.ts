/**
 * One live instance: its execution, its running effects and its mailbox.
 *
 * All that happens to it comes through the mailbox and is dealt with in turns. A turn makes events of what has arrived,
 * appends them, and only then lets anybody see what follows from them: effects that start or are interrupted, replies,
 * the end. What arrives during an append waits for the next turn.
 */
import { Step } from "@waymark/core"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as Command from "../../Command.ts"
import type { CommandRejected } from "../../Errors.ts"
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import type { JournalError } from "../../JournalError.ts"
import {
  isTerminal,
  type Append,
  type Appended,
  type Attributes,
  type LeaseToken,
  type Note,
  type Release,
  type Send,
  type Status
} from "../../Journal.ts"
import * as Pending from "../../Pending.ts"
import { describe } from "../cause.ts"
import { added } from "./added.ts"
import { answer } from "./answers.ts"
import * as Attempt from "./attempt.ts"
import * as Control from "./control.ts"
import { Draft } from "./draft.ts"
import * as Failure from "./failure.ts"
import { Handlers, type Handled } from "./handlers.ts"
import { Heartbeats } from "./heartbeats.ts"
import type { Beginning, Host } from "./host.ts"
import { Inbox } from "./inbox.ts"
import * as Limits from "./limits.ts"
import type { Place } from "./observer.ts"
import type { Player } from "./rounds.ts"
import { reporting, Running, type Begun } from "./running.ts"
import { NOTE, Snapshots } from "./snapshots.ts"
import * as Stuck from "./stuck.ts"
import { unheard } from "./unheard.ts"

type Message =
  | { readonly _tag: "Done"; readonly work: Failure.Work; readonly report: Failure.Report }
  | Handled
  | { readonly _tag: "Wake" }

/** From when on somebody has to run an execution; `null` where it only waits for signals. */
export const dutyOf = (execution: Execution.Any): number | null => {
  const status = Execution.status(execution)
  if (isTerminal(status)) return null
  return status === "running" || status === "continued" ? 0 : (Execution.wakeAt(execution) ?? null)
}

/** How old what its row says of its last change may be, in milliseconds: then it is written anew, though it says the same otherwise. */
const FRESH = 1_000

/** What a draft was before it took a message, and what makes it so again. */
interface Undoing {
  readonly before: Execution.Any
  readonly undo: () => void
}

/** What no message goes to. */
const NOBODY: ReadonlyArray<Send> = []

/** A mailbox in which nothing is. */
const EMPTY: ReadonlyArray<Message> = Object.freeze([])

export class Instance implements Player {
  readonly id: string
  readonly epoch: number
  execution: Execution.Any
  readonly #host: Host
  /** Why it is stuck for a reason that no event holds. Nothing more of it is started; what runs may still be put on record. */
  #failure: string | undefined
  /** What of that a note says. */
  #noted: string | undefined
  /** What its row says. */
  #recorded: Status
  /** When its row was written by this process. */
  #writtenAt = -Infinity
  /** What this process had before it was made or claimed here. */
  readonly #leaseToken: LeaseToken | undefined
  /** How late it was by the journal's clock when something was begun last, or could have been. */
  #now = -Infinity
  #open = true
  #isDraining = false
  #attributes: Attributes
  /** Whether it has a turn, or waits for one. */
  #turning = false
  /** What it has made in its turn, and is to be appended. */
  #made: Draft | undefined
  /** Whoever waits for that to have its answer. */
  #onWritten: (() => void) | undefined
  /** Its group, while that waits for a note that comes first. */
  #held: Append | undefined
  /** Whether its turn is to begin its next run. */
  #isBetweenRuns = false
  #mailbox = EMPTY
  /** Whether its next run could not begin until now. */
  #isStalled = false
  /** What could not be taken because a function of the definition threw. */
  #untaken: Array<Message> = []
  /** What waits until a child is there that is being created. */
  readonly #waiting: Array<Message> = []
  readonly #inbox = new Inbox()
  readonly #running: Running
  /** Those of its signals, once there are any. */
  #handlers: Handlers | undefined
  #heartbeats: Heartbeats
  readonly #snapshots: Snapshots
  readonly #warnings: Limits.Warnings
  readonly #trace: string | undefined
  readonly #workflow: string
  #isCounted = false
  /** Where it was when something was started last: what opened since then waits until it is stuck no more. */
  #launched: Execution.Any | undefined

  constructor(host: Host, beginning: Beginning) {
    const { attributes, epoch, execution, failure, leaseToken, notes = [], spared = 0, status, trace } = beginning
    this.#trace = trace
    this.#workflow = Execution.workflow(execution).name
    this.#attributes = attributes
    this.#host = host
    this.execution = execution
    this.epoch = epoch
    this.id = Execution.id(execution)
    this.#running = new Running(this)
    this.#failure = failure
    this.#noted = failure
    this.#recorded = status
    this.#leaseToken = leaseToken
    this.#warnings = new Limits.Warnings(host.limits, this)
    this.#heartbeats = new Heartbeats(Execution.run(execution), this, notes)
    this.#snapshots = new Snapshots(host.snapshots, Execution.length(execution) - spared)
  }

  /** Starts what the execution waits for. `inbox` are the signals that came before; a new one has its row of just now. */
  begin(inbox: ReadonlyArray<Send>, now: number, isNew = false): void {
    this.#isCounted = true
    this.#now = now
    this.#host.observer.live(1)
    for (const send of inbox) this.#hear(send)
    this.#weigh(this.execution)
    if (isNew) this.#writtenAt = now
    // Effects may end at once and the alarm may ring at once: what they have to say waits until all of this is done.
    this.#turning = true
    this.#launch(undefined, now)
    this.#turning = false
    // A turn with nothing in its mailbox completes a group that was cut, and serves the inbox.
    this.wake()
  }

  /** A durable signal has arrived. Whether it is news is decided now: by the next turn that might be forgotten. */
  receive(send: Send): void {
    if (this.#hear(send)) this.wake()
  }

  /** Takes a signal into the inbox; answers whether it is news. One that nothing waits for stays there: the next version may. */
  #hear(send: Send): boolean {
    if (!this.#inbox.add(send)) return false
    const why = unheard(Execution.workflow(this.execution), send)
    if (why !== undefined) this.#log("Warn", why)
    return true
  }

  /** Something is due. */
  wake(): void {
    this.#post({ _tag: "Wake" })
  }

  /** Why the signal that a step has at hand was not handled the last time. */
  lastErrorAt(step: Pending.StepRef): string | undefined {
    return this.#handlers?.lastErrorAt(step)
  }

  /** Why it is stuck for a reason that no event holds. */
  get failure(): string | undefined {
    return this.#failure
  }

  /** Nothing more of it is started until somebody asks for it. */
  stick(why: string): void {
    if (this.#failure !== why) this.#log("Error", `stuck: ${why}`)
    this.#failure = why
  }

  /**
   * Does it only wait, for signals, for an instant or for an operator? Then it may leave memory and come back. What starts nothing any more
   * rests as well, but has things to do.
   */
  get isIdle(): boolean {
    const rests =
      this.#open &&
      !this.#isDraining &&
      !this.#turning &&
      this.#mailbox.length === 0 &&
      this.#inbox.control === undefined
    const owes = this.#recorded !== this.#standing(this.execution) || this.#waiting.length > 0
    return rests && !owes && this.#running.isIdle && this.#handlers?.isIdle !== false
  }

  /** Does it wait for nothing but signals and timers? Then all there is to know of it is on record, and nobody but they will ask for it. */
  get isSuspended(): boolean {
    const isNews = ({ _tag }: Pending.Pending) => _tag === "Signal" || _tag === "Timer"
    return this.#failure === undefined && Execution.pending(this.execution).every(isNews)
  }

  /** When it has something to do by itself. */
  get dueAt(): number | undefined {
    return this.#failure === undefined ? this.#dueOf(this.execution) : undefined
  }

  /** When a timer of an execution is due, or an attempt that has not begun. One that has is waited for otherwise, and must hide neither. */
  #dueOf(execution: Execution.Any): number | undefined {
    const first = Execution.wakeAt(execution)
    // Nothing begins before it is due.
    if (first === undefined || first > this.#now) return first
    const next = Math.min(Execution.timerAt(execution) ?? Infinity, this.#running.nextAt)
    return next === Infinity ? undefined : next
  }

  /** What it is given back with: when it has something to do, and which signals make no difference. One that has things to do goes on at once. */
  get released(): Release {
    const { epoch, id } = this
    return this.isIdle
      ? { id, epoch, at: this.dueAt ?? null, known: this.#inbox.pending() }
      : { id, epoch, at: 0, known: [] }
  }

  /** Starts nothing any more; what is under way comes to its end. */
  drain(): void {
    this.#running.drain()
    this.#isDraining = true
  }

  /** Is anything under way? */
  get isBusy(): boolean {
    return (
      this.#open &&
      (this.#turning || this.#mailbox.length > 0 || !this.#running.isIdle || this.#handlers?.isIdle === false)
    )
  }

  /** Stops everything; nothing is written any more. */
  close(): void {
    if (this.#isCounted) this.#host.observer.live(-1)
    this.#isCounted = false
    this.#open = false
    this.#mailbox = EMPTY
    this.#untaken = []
    this.#running.close()
    this.#handlers?.close()
    this.#host.alarm(this.id, undefined)
  }

  #post(message: Message): void {
    if (!this.#open) return
    this.#mailbox = added(this.#mailbox, message)
    this.#turnOver()
  }

  #turnOver(): void {
    if (this.#turning || !this.#open || this.#mailbox.length === 0) return
    this.#turning = true
    this.#host.turn(this)
  }

  /** Nothing is under way any more: it may leave memory, and whoever waits for it to rest is told. */
  rest(): void {
    if (this.#open && !this.isBusy) this.#host.rested(this, this.#now)
  }

  /** Is a group of it on its way? */
  get isWriting(): boolean {
    return this.#made !== undefined
  }

  /** Ends once no group of it is on its way: only then may it be given to others. */
  get written(): Effect.Effect<void> {
    return Effect.callback((resume) => {
      if (this.#made === undefined) return resume(Effect.void)
      const before = this.#onWritten
      this.#onWritten = () => {
        before?.()
        resume(Effect.void)
      }
    })
  }

  /** What was made is on its way no more. */
  #arrive(): Draft | undefined {
    const [made, onWritten] = [this.#made, this.#onWritten]
    this.#made = undefined
    this.#onWritten = undefined
    onWritten?.()
    return made
  }

  /** Makes a group of what has arrived; nothing where nothing of it is to be appended. */
  take(at: number): Append | undefined {
    this.#now = at
    try {
      return this.#make(at)
    } catch (cause) {
      return this.#fault(cause)
    }
  }

  #make(at: number): Append | undefined {
    if (!this.#open) {
      this.#arrive()
      return this.#pass()
    }
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) return held
    if (this.#isBetweenRuns) return this.#next(at)
    const messages = this.#mailbox
    this.#mailbox = EMPTY
    const draft = this.#draft(this.execution, at)
    for (const message of messages) this.#deal(draft, message)
    this.#need(draft.settle())
    this.#hearEnds(draft)
    this.#obey(draft)
    this.#refuseAmbiguous(draft)
    this.#weigh(draft.execution)
    if (this.#isNews(draft)) return this.#group(Execution.length(this.execution), draft)
    return this.#mayBeginNext ? this.#next(at) : this.#pass()
  }

  /** Goes on with the answer to its group. */
  taken(answer: Appended, at: number): void {
    this.#now = at
    try {
      this.#goOn(answer, at)
    } catch (cause) {
      this.#fault(cause)
    }
  }

  #goOn(answer: Appended, at: number): void {
    const made = this.#arrive()
    // Before anything else: where there was no clock, no group was made either.
    if (this.#open && answer._tag !== "Appended") this.#lose(answer)
    const group = made?.group
    if (!this.#open || made === undefined || group === undefined) return this.#pass()
    this.#recorded = group.status
    // What comes without a token writes its row.
    if (group.leaseToken === undefined) this.#writtenAt = made.at
    if (made.events.length > 0) this.#host.progressed(this.id)
    for (const send of group.sends ?? NOBODY) this.#host.sent(send)
    if (group.expected === 0) this.#adoptNext(made, at)
    else this.#adopt(made, at)
    this.#isBetweenRuns = this.#open && this.#mayBeginNext
    if (this.#isBetweenRuns) this.#host.turn(this)
    else this.#pass()
  }

  /** A fault of this very code: what the turn had at hand is lost, so it must not go on as if nothing was. */
  #fault(cause: unknown): undefined {
    this.#arrive()
    if (this.#open) this.#lose({ _tag: "Rejected", reason: describe(cause) })
    return this.#pass()
  }

  /** The turn is over. */
  #pass(): undefined {
    this.#isBetweenRuns = false
    const mayServe = this.#open && !this.#isDraining && this.#failure === undefined
    if (mayServe && this.#inbox.heads().length > 0) this.#handling().serve(this.execution)
    this.#turning = false
    // Something may have arrived meanwhile.
    this.#turnOver()
    this.rest()
  }

  /** Is there anything to put on record? */
  #isNews(draft: Draft): boolean {
    return !draft.isEmpty || this.#recorded !== this.#standing(draft.execution)
  }

  /** What its row is to say. */
  #standing(execution: Execution.Any): Status {
    const status = Execution.status(execution)
    return this.#failure === undefined || isTerminal(status) ? status : "stuck"
  }

  /** Is this run over, and the next one to begin? Where somebody asks for something, that it could not is no reason not to try again. */
  get #mayBeginNext(): boolean {
    const tries = this.#failure === undefined || this.#inbox.control !== undefined
    return tries && Execution.status(this.execution) === "continued"
  }

  /** The next run, in the place of this one. Signals stay where they are: they are the instance's. */
  #next(at: number): Append | undefined {
    this.#isBetweenRuns = true
    this.#isStalled ||= this.#failure !== undefined
    const { execution } = this
    const input = Option.getOrThrow(Execution.continuation(execution))
    const parent = Execution.parent(execution)
    const { epoch, id } = this
    const run = Execution.run(execution) + 1
    const next = { at, epoch, audit: this.#host.audit, id, run, ...(parent && { parent }) }
    const begun = Execution.tryStart(Execution.workflow(execution), input, next)
    if (Result.isFailure(begun)) return this.#stall(at, begun.failure.message)
    const oversized = Limits.oversized(this.#host.limits, begun.success.events, this.#warnings)
    if (oversized !== undefined) return this.#stall(at, oversized.error.message)
    this.#failure = undefined
    // A journal takes another run after one that continues, and after no other.
    const reopened = this.#draft(execution, at)
    if (this.#isNews(reopened)) return this.#group(Execution.length(execution), reopened)
    const draft = this.#draft(begun.success.execution, at)
    for (const event of this.#host.observer.continued(begun.success.events, this.#trace)) draft.events.push(event)
    const asked = this.#isStalled ? this.#inbox.takeControls(Control.Retry.name) : []
    for (const { id } of asked) draft.settles(id, Control.done)
    this.#weigh(draft.execution)
    return this.#group(0, draft)
  }

  /** The next run cannot begin: between two runs nobody can do more of what operators ask than to say so. */
  #stall(at: number, why: string): Append | undefined {
    this.stick(why)
    const draft = this.#draft(this.execution, at)
    for (const { id } of this.#inbox.takeControls()) {
      draft.settles(id, Control.unable(this.execution, why))
    }
    return this.#isNews(draft) ? this.#group(Execution.length(this.execution), draft) : this.#pass()
  }

  /** The next run has begun. */
  #adoptNext(draft: Draft, now: number): void {
    this.#isStalled = false
    this.execution = draft.execution
    // What the run before has come to late must not be taken for this one's: its steps may have the same keys.
    this.#mailbox = this.#mailbox.filter(({ _tag }) => _tag === "Wake")
    this.#untaken = []
    this.#waiting.length = 0
    if (this.#tell(draft)) return
    this.#heartbeats = new Heartbeats(Execution.run(this.execution), this, [])
    // A snapshot of the run before would be passed over, with a warning.
    this.#jot(this.note(NOTE, null))
    this.#snapshots.restart(draft.events.length)
    this.#launch(undefined, now)
    // What operators ask meanwhile is for this run.
    if (this.#inbox.control !== undefined) this.wake()
  }

  #draft(execution: Execution.Any, at: number): Draft {
    return new Draft(execution, at, this.epoch, this.#host, this.#warnings)
  }

  /** Nothing more is started where the history has no room. */
  #weigh(execution: Execution.Any): void {
    const tooLong = this.#failure === undefined ? Limits.tooLong(this.#host.limits, execution) : undefined
    if (tooLong !== undefined) this.stick(tooLong.message)
  }

  /** The group that puts a draft on record; nothing as long as a note has to come first. */
  #group(expected: number, draft: Draft): Append | undefined {
    const { events, execution, settled } = draft
    const status = this.#standing(execution)
    const attributes = this.#newAttributes(execution)
    const parent = isTerminal(status) ? Execution.parent(execution) : undefined
    const end = events[events.length - 1]
    const sends = parent === undefined || end === undefined ? NOBODY : [Control.childEnd(parent, end)]
    const hasMore = attributes !== undefined || sends.length > 0
    const isOnlyEvents = !hasMore && events.length > 0 && expected > 0 && settled.length === 0
    const saysTheSame =
      isOnlyEvents && status === "running" && this.#recorded === status && this.#failure === this.#noted
    // As long as the token stands it is this process' own, and the row says what was written here.
    const leaseToken = this.#leaseToken
    const writesRow =
      !saysTheSame ||
      leaseToken === undefined ||
      leaseToken.token !== this.#host.leaseToken()?.token ||
      draft.at - this.#writtenAt >= FRESH
    const { id: instance, epoch } = this
    const run = Execution.run(execution)
    const wakeAt = this.#failure === undefined ? dutyOf(execution) : null
    // Each written out: a copy with other fields costs as much as all the rest of this.
    const bare: Append = writesRow
      ? { instance, run, epoch, expected, events, status, wakeAt, settled }
      : { instance, run, epoch, expected, events, status, wakeAt, settled, leaseToken }
    const group = hasMore ? { ...bare, ...(attributes && { attributes }), ...(sends.length > 0 && { sends }) } : bare
    draft.group = group
    this.#made = draft
    return this.#failure === this.#noted || this.#explain(group) ? group : undefined
  }

  /** Notes why it is stuck, before its row says that it is, or takes that away. Answers whether its group may go. */
  #explain(group: Append): boolean {
    const why = this.#failure
    this.#noted = why
    const written = this.note(Stuck.NOTE, why === undefined ? null : Stuck.noted(why))
    if (why === undefined) {
      this.#jot(written)
      return true
    }
    this.#held = group
    const warn = ({ message }: JournalError) => Effect.sync(() => this.#log("Warn", message))
    this.#host.fork(
      Effect.ensuring(
        Effect.catch(written, warn),
        Effect.sync(() => this.#host.turn(this))
      )
    )
    return false
  }

  /** Its search attributes, where they are others than before. */
  #newAttributes(execution: Execution.Any): Attributes | undefined {
    const attributes = this.#host.attributes(execution)
    if (attributes === undefined || Equal.equals(attributes, this.#attributes)) return undefined
    this.#attributes = attributes
    return attributes
  }

  #lose(why: Appended): void {
    this.close()
    this.#host.lost(this, why)
  }

  /**
   * A step that the definition itself stands in the way of: a function of it throws, or a state does not fit its schema.
   * That is nobody's business outcome, and trying again changes nothing: the instance is stuck until it is mended.
   */
  #need(rejected: CommandRejected | undefined): boolean {
    if (rejected?.rejection !== "Threw" && rejected?.rejection !== "InvalidState") return true
    this.stick(rejected.message)
    return false
  }

  /** Says in the log what nobody else is told of: attempts that failed, and steps that gave up. */
  #logAttempt({ attempt, kind, payload, step }: Event): void {
    if (kind !== "attempt") return
    const { error, next } = payload as unknown as { readonly error: Failure.Summary; readonly next: number | null }
    const what = `attempt ${attempt} of "${step}" failed: ${error.message.replace(/\.$/, "")}`
    if (next === null) this.#log("Error", `${what}. It gave up: the instance is stuck.`, step)
    else this.#log("Warn", `${what}. It is tried again at ${new Date(next).toISOString()}.`, step)
  }

  #deal(draft: Draft, message: Message): void {
    switch (message._tag) {
      case "Wake": {
        // Where nothing more is started, nothing fires either.
        this.#weigh(draft.execution)
        if (this.#failure !== undefined) return
        const undoing = this.#undoing(draft)
        this.#need(draft.tell(Command.tick(draft.at)))
        if (!this.#putOff(draft, message, undoing)) this.#running.startDue(draft.at)
        // What is due next has not set the alarm where this was due first, or where it rang while the turn waited for an earlier time than that.
        const due = this.#dueOf(draft.execution)
        if (due !== undefined && due > draft.at) this.#host.alarm(this.id, due)
        return
      }
      case "Done": {
        const undoing = this.#undoing(draft)
        const taken = this.#take(draft, message)
        if (!this.#putOff(draft, message, undoing) && !taken) this.#untaken.push(message)
        return
      }
      case "Handled":
        return this.#answer(draft, message)
    }
  }

  /** What gives up all that a draft takes from here on, where a child is being created. */
  #undoing(draft: Draft): Undoing | undefined {
    return this.#running.isStarting ? { before: draft.execution, undo: draft.mark() } : undefined
  }

  /**
   * Gives up what a message has led to where that gives up a child which is being created: then the message waits. Nobody could close
   * that child before it is known to be there, so it would be left alone.
   */
  #putOff(draft: Draft, message: Message, undoing: Undoing | undefined): boolean {
    if (undoing === undefined) return false
    const { before, undo } = undoing
    if (!this.#running.startsOne(Execution.diff(before, draft.execution).closed)) return false
    undo()
    this.#waiting.push(message)
    return true
  }

  /** Takes what an attempt came to; answers `false` where the definition stands in the way. */
  #take(draft: Draft, { report, work }: Extract<Message, { readonly _tag: "Done" }>): boolean {
    const rejected = draft.tell(report(draft))
    // What its schema cannot write down, or is too large, comes of the step's code: another attempt would do its effect again for the same.
    return this.#need(
      rejected?.rejection === "InvalidPayload" ? draft.tell(Failure.giveUp(work, rejected.cause ?? rejected)) : rejected
    )
  }

  #answer(draft: Draft, message: Handled): void {
    const handlers = this.#handling()
    if (!handlers.holds(message)) return
    const { attempt, send } = message
    const undoing = this.#undoing(draft)
    const answered = answer(draft, message)
    if (this.#putOff(draft, message, undoing)) return
    handlers.release(message)
    switch (answered._tag) {
      case "Settled":
        return
      case "Faulty": {
        const { why } = answered
        const what = `attempt ${attempt} to handle signal "${send.name}" (${send.id}) failed: ${why}`
        this.#log("Warn", what, message.pending.step.name)
        return handlers.pause(message, why, draft.random())
      }
      case "Unanswered": {
        const { why } = answered
        this.#inbox.giveBack(send)
        if (typeof why === "string") this.stick(why)
        else this.#need(why)
      }
    }
  }

  /**
   * Takes the ends of children. One whose start is not on record yet is kept: its message is consumed with the event that it
   * leads to, or once nothing can come of it.
   */
  #hearEnds(draft: Draft): void {
    // What an end leads to might give up a child that is being created just now.
    if (this.#running.isStarting) return
    for (const send of Array.from(this.#inbox.ends)) {
      const { child, outcome, parent } = Control.childEndOf(send)
      const pending = Execution.pendingAt(draft.execution, parent)
      const isIts = parent.run === Execution.run(draft.execution) && pending?._tag === "Child" && pending.id === child
      if (isIts && pending.phase === "Start") continue
      if (isIts && !this.#need(draft.tell(Command.childEnded(pending.step, outcome)))) continue
      this.#inbox.take(send)
      draft.settles(send.id, Control.done)
    }
  }

  /** Does what operators ask. */
  #obey(draft: Draft): void {
    for (let send = this.#inbox.control; send !== undefined; send = this.#inbox.control) {
      const status = Execution.status(draft.execution)
      // After the end its sender is told so; between two runs it is for the next one.
      if (isTerminal(status) || status === "continued") return
      // A child that is being created just now could not be closed: nobody would know of it.
      if (this.#running.isStarting) return
      this.#inbox.take(send)
      const outcome = Control.obey(send, { draft, failure: this.#failure, again: () => this.#again(draft) })
      draft.settles(send.id, outcome)
    }
  }

  /** Tries what threw once more; answers why it throws still. */
  #again(draft: Draft): string | undefined {
    const untaken = this.#untaken
    this.#untaken = []
    this.#failure = undefined
    for (const message of untaken) this.#deal(draft, message)
    this.#deal(draft, { _tag: "Wake" })
    this.#need(draft.settle())
    this.#hearEnds(draft)
    this.#weigh(draft.execution)
    return this.#failure
  }

  /** A signal that several parts wait for, and that names none of them, is refused: choosing one would be guessing. */
  #refuseAmbiguous(draft: Draft): void {
    for (const send of this.#inbox.heads()) {
      const waiting = Execution.addresses(draft.execution, send.name, send.to)
      if (waiting.length < 2) continue
      this.#inbox.take(send)
      draft.settles(send.id, { _tag: "Ambiguous", waiting })
    }
  }

  /** The draft is durable: everybody may see what follows from it. */
  #adopt(draft: Draft, now: number): void {
    const before = this.execution
    this.execution = draft.execution
    for (const event of draft.events) this.#logAttempt(event)
    if (this.#tell(draft)) return
    if (!this.#host.hears(this.id)) this.#inbox.forget()
    this.#warnings.long(this.execution)
    this.#launch(before, now)
    if (Execution.status(this.execution) !== "continued") this.#keep(draft.events.length)
  }

  /** Keeps a snapshot where it is time for one. */
  #keep(events: number): void {
    const taken = this.#snapshots.after(this.execution, events)
    if (taken === undefined) return
    if (Result.isSuccess(taken)) this.#jot(this.note(NOTE, taken.success))
    else this.#log("Warn", taken.failure)
  }

  /** Whoever waits for the outcome of a signal, or for the end, hears it. Answers whether this is the end: then nothing of it is left here. */
  #tell({ settled }: Draft): boolean {
    const isOver = isTerminal(Execution.status(this.execution))
    // First of all: whoever is told may look at once.
    if (isOver) this.close()
    for (const { id, outcome } of settled) {
      this.#inbox.settle(id)
      this.#host.settled(this.id, id, outcome)
    }
    if (isOver) this.#host.ended(this)
    return isOver
  }

  /** Drops what closed since an execution before, starts what opened, and sets the alarm. */
  #launch(before: Execution.Any | undefined, now: number): void {
    const opened = this.#leavesNothing ? Execution.opened(before, this.execution) : this.#sort(before)
    if (before === undefined) this.#launched = undefined
    if (this.#failure !== undefined) return this.#host.alarm(this.id, undefined)
    const isAllNew = this.#launched === before
    this.#running.launch(isAllNew ? opened : Execution.opened(this.#launched, this.execution), now)
    this.#launched = this.execution
    this.#host.alarm(this.id, this.#dueOf(this.execution))
  }

  /** Is there nothing that a step would leave behind once it is waited for no more? So it is with most. */
  get #leavesNothing(): boolean {
    return this.#running.isEmpty && this.#handlers === undefined && this.#heartbeats.isEmpty
  }

  /** Drops what closed since an execution before, and answers what opened. */
  #sort(before: Execution.Any | undefined): ReadonlyArray<Pending.Pending> {
    const { closed, opened } = Execution.diff(before, this.execution)
    for (const step of closed) this.#drop(step, opened)
    return opened
  }

  /** A step is waited for no more. */
  #drop(step: Pending.StepRef, opened: ReadonlyArray<Pending.Pending>): void {
    const key = Pending.key(step)
    this.#running.abandon(key)
    this.#handlers?.abandon(key)
    if (this.#heartbeats.has(key) && !opened.some(({ step }) => Pending.key(step) === key))
      this.#jot(this.#heartbeats.end(key))
  }

  /** Hears what a step came to. */
  report(work: Failure.Work, report: Failure.Report): void {
    this.#post({ _tag: "Done", work, report })
    // A child that was being created is there, or is not: what has waited for that is dealt with after this. Once: it may have to wait for another one.
    if (work._tag === "Child") for (const message of this.#waiting.splice(0)) this.#post(message)
  }

  /** Begins a step. */
  perform(work: Failure.Work, now: number): Begun {
    if (work._tag === "RunIO") return Attempt.begin(work, now, this.#host, this)
    const { fork, neighbours, observer } = this.#host
    const self = { instance: this.id, run: Execution.run(this.execution) }
    switch (work._tag) {
      case "Child":
        // A look at a child that is there already is no work.
        if (work.phase === "Wait") return reporting(work, fork(neighbours.child(self, work)))
        return reporting(
          work,
          fork(
            observer.span(this.#placeOf(this.#infoOf(work.step, work.attempt)), work.step.name, () =>
              neighbours.child(self, work)
            )
          )
        )
      case "Send":
        return reporting(
          work,
          fork(
            observer.span(this.#placeOf(this.#infoOf(work.step, work.attempt)), work.step.name, () =>
              neighbours.send(self, work)
            )
          )
        )
    }
  }

  /** Begins to hear the heartbeats of an attempt, and gives what it is given. For most nobody asks. */
  prepare({ attempt, idempotencyKey, step }: Pending.RunIO): Attempt.Setting {
    const { limits, observer } = this.#host
    const key = Pending.key(step)
    const heartbeats = this.#heartbeats
    const info = { ...this.#infoOf(step, attempt), idempotencyKey, details: heartbeats.begin(key) }
    const place = this.#placeOf(info)
    const beat = (details: Schema.Json | undefined): Effect.Effect<void> => {
      const what = `the heartbeat of step "${step.name}"`
      const tooLarge = Limits.excess(limits, this.id, what, details ?? null, step.path)
      return tooLarge === undefined ? heartbeats.beat(key, details) : Effect.die(Step.doNotRetry(tooLarge))
    }
    return { info, place, beat, annotations: observer.annotations(place) }
  }

  #handling(): Handlers {
    const host = this.#host
    return (this.#handlers ??= new Handlers({
      fork: host.fork,
      now: host.now,
      assured: host.assured,
      isFree: () => !host.observer.isTracing && host.isAssured(),
      retry: host.retry,
      inbox: this.#inbox,
      infoOf: (step, attempt) => this.#infoOf(step, attempt),
      observe: (info, send, run) => host.observer.span(this.#placeOf(info), `signal ${send.name}`, run, send),
      annotations: (info) => host.observer.annotations(this.#placeOf(info)),
      post: (handled) => this.#post(handled)
    }))
  }

  #infoOf(
    { name, ordinal, path }: Pending.StepRef,
    attempt: number
  ): Omit<Step.Info, "idempotencyKey" | "now" | "details"> {
    return { instance: this.id, run: Execution.run(this.execution), path, ordinal, step: name, attempt }
  }

  #placeOf({ attempt, instance, ordinal, path, run, step }: Omit<Place, "workflow" | "trace">): Place {
    return { attempt, instance, ordinal, path, run, step, workflow: this.#workflow, trace: this.#trace }
  }

  #log(level: "Warn" | "Error", message: string, step?: string): void {
    this.#host.log(level, this.id, message, { workflow: this.#workflow, ...(step !== undefined && { step }) })
  }

  /** Keeps a note beside its journal. */
  note(name: string, value: Note["value"]): Effect.Effect<boolean, JournalError> {
    return this.#host.note({ instance: this.id, epoch: this.epoch, name, value })
  }

  /** Says in the log what there is to mind. */
  warn(message: string, step?: string): void {
    this.#log("Warn", message, step)
  }

  /** Writes a note that nobody waits for. */
  #jot(writing: Effect.Effect<unknown, JournalError> | undefined): void {
    if (writing === undefined) return
    const warn = ({ message }: JournalError) => Effect.sync(() => this.#log("Warn", message))
    this.#host.fork(Effect.catch(writing, warn))
  }
}
