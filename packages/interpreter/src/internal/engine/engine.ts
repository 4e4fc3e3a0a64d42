/** The engine behind `Engine`: what callers ask of instances, live here or only on the journal. */
import type { Query, Signal, Workflow } from "@waymark/core"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import {
  AmbiguousSignal,
  AppendRefused,
  type CommandRejected,
  type EngineStopped,
  InstanceClosed,
  InstanceExists,
  InstanceNotFound,
  InvalidPayload,
  type PayloadTooLarge,
  SignalIdTaken,
  WorkflowNotHosted
} from "../../Errors.ts"
import type { Engine, RunOne } from "../../Engine.ts"
import * as Execution from "../../Execution.ts"
import type {
  Decision,
  Ended,
  Handle,
  InstanceStatus,
  RequestError,
  Reuse,
  SignalError,
  SignalOptions,
  Unavailable
} from "../../Handle.ts"
import type { Find, Outcome, Send, Sent } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import type { ListOptions } from "../../Listing.ts"
import type { StepRef } from "../../Pending.ts"
import { isTerminal, type Status } from "../../Status.ts"
import type { Misfit } from "./aside.ts"
import * as Control from "./control.ts"
import * as History from "./history.ts"
import * as Limits from "./limits.ts"
import type { Direct, Lines, Opened } from "./lines.ts"
import * as Lists from "./lists.ts"
import { millis } from "./options.ts"
import { whileRetryable } from "./patience.ts"
import * as Payloads from "./payloads.ts"
import * as Reader from "./reader.ts"
import type * as Residence from "./residence.ts"
import * as Residents from "./residents.ts"
import * as StatusOf from "./status.ts"
import * as Stuck from "./stuck.ts"
import { END } from "./waiters.ts"

export const make = Effect.fnUntraced(function* (
  journal: Direct,
  context: Context.Context<never>,
  options: Residence.Options
): Effect.fn.Return<Engine["Service"], never, Scope.Scope> {
  const residents = yield* Residents.make(journal, context, options)
  const { hosted, lines, live, owner, presence, replies, results } = residents

  const finding: Lines["find"] = (wanted) => whileRetryable(lines.find(wanted))
  const sources: Reader.Sources = { journal, find: finding, patience: whileRetryable, orderly: (read) => read }

  const open = Effect.fnUntraced(function* (wanted: Find): Effect.fn.Return<Opened, InstanceNotFound | JournalError> {
    const found = yield* finding(wanted)
    return Option.isSome(found) ? found.value : yield* new InstanceNotFound({ instance: wanted.id })
  })
  const find = (id: string) => Effect.map(open({ id }), ({ instance }) => instance)

  /** An execution to look at: the live one, or one read from the journal, with the workflow of the asker where none is hosted. */
  const look = Effect.fnUntraced(function* (
    id: string,
    given: Workflow.Any | undefined
  ): Effect.fn.Return<Execution.Any, Unavailable> {
    const here = live.get(id)
    if (here !== undefined) return here.execution
    const opened = yield* open({ ...Reader.wanted(id), inbox: false })
    const { instance: row } = opened
    const { version, workflow: name } = row
    const workflow = hosted.get(name) ?? (given?.name === name ? given : undefined)
    if (workflow === undefined) return yield* new WorkflowNotHosted({ instance: id, workflow: name, version })
    const notes = yield* Reader.notes(sources, opened)
    return (yield* Payloads.legible(Reader.resume(sources, workflow, row, opened, notes))).execution
  })

  const history = (id: string) =>
    Effect.flatMap(find(id), (row) =>
      Effect.map(Payloads.legible(Reader.all(journal, row)), (runs) => History.entries(hosted.get(row.workflow), runs))
    )

  const result = <Output, Error>(
    workflow: Workflow.Workflow<string, unknown, Output, Error, unknown, unknown>,
    id: string
  ): Effect.Effect<Output, Error | Ended | EngineStopped | Unavailable> => {
    const asked = { asked: "result", instance: id } as const
    // Where it is live here it has not ended, and tells when it does.
    const heard = presence.told<Result.Result<unknown, unknown>>(asked, (tell) =>
      live.has(id) ? results.listen(id, END, tell) : undefined
    )
    const end = Effect.flatMap(heard, (given) => {
      if (given !== undefined) return Effect.succeed(given)
      const sought = results.until(id, END, (given) =>
        given === undefined ? ended(workflow, id) : Effect.succeedSome(given)
      )
      return presence.during(asked, sought)
    })
    return Effect.flatMap(end, (end) => Effect.fromResult(end as Result.Result<Output, Error | Ended>))
  }

  /** How an instance ended, from its journal; nothing while it has not. */
  const ended = Effect.fnUntraced(function* (
    workflow: Workflow.Any,
    id: string
  ): Effect.fn.Return<Option.Option<Result.Result<unknown, unknown>>, Unavailable> {
    if (live.has(id)) return Option.none()
    // From here on its end is news for this process: who runs it tells.
    const row = yield* lines.watch(id)
    if (row === undefined) return yield* new InstanceNotFound({ instance: id })
    if (isTerminal(row.status)) return Option.some(yield* Payloads.legible(Reader.outcome(journal, workflow, row)))
    yield* standing(id)
    return Option.none()
  })

  /** Fails with the reason where an instance is set aside: nobody is going to answer for it here. */
  const standing = (id: string): Effect.Effect<void, Misfit | InstanceNotFound | JournalError> =>
    residents.wasSetAside(id)
      ? Effect.flatMap(find(id), (row) => {
          const error = residents.misfitOf(row)
          return error === undefined ? Effect.void : Effect.fail(error)
        })
      : Effect.void

  const signal = <Payload, Reply, Refusal>(
    id: string,
    signal: Signal.Signal<string, Payload, Reply, Refusal>,
    payload: Payload,
    { id: given, to }: SignalOptions = {}
  ): Effect.Effect<Reply, Refusal | SignalError> =>
    Effect.gen(function* () {
      const signalId = given ?? crypto.randomUUID()
      const encoded = signal.payload.encode(payload)
      if (Result.isFailure(encoded)) {
        const what = `the payload of signal "${signal.name}"`
        return yield* new InvalidPayload({ instance: id, what, reason: encoded.failure.message })
      }
      const tooLarge = Limits.excess(options.limits, id, `the payload of signal "${signal.name}"`, encoded.success)
      if (tooLarge !== undefined) return yield* tooLarge
      const send: Send = {
        instance: id,
        id: signalId,
        name: signal.name,
        payload: encoded.success,
        sender: owner,
        ...(to === undefined ? {} : { to })
      }
      yield* options.observer.sends(send)
      const sent = yield* deliver(send)
      return yield* answer<Reply, Refusal>(send, signal, sent)
    })

  /** Stores a signal and tells its instance, then waits for what becomes of it. */
  const deliver = (send: Send): Effect.Effect<Sent, Exclude<SignalError, InvalidPayload | PayloadTooLarge>> => {
    const { id: signal, instance } = send
    const asked = { asked: "signal", instance, signal } as const
    const settled = (outcome: Outcome): Sent => ({ _tag: "Settled", outcome })
    let stored = false
    let poked = false
    // Stored first, then told: an instance that hears of it here has nothing to lose.
    const look = (given: Outcome | undefined) => {
      if (given !== undefined) return Effect.succeedSome(settled(given))
      return Effect.map(Payloads.legible(stored ? lines.sent(send) : residents.deliver(send)), (sent) => {
        stored = true
        return sent._tag === "Pending" ? Option.none() : Option.some(sent)
      }).pipe(Effect.tap((sent) => (Option.isNone(sent) ? standing(instance) : Effect.void)))
    }
    const sought = Effect.suspend(() => presence.during(asked, replies.until(instance, signal, look)))
    const { post } = residents
    if (post === undefined) return sought
    // Mostly it is stored, and whoever runs the instance here tells what became of it: that takes no fiber.
    const told = presence.told<Effect.Effect<Sent, JournalError>>(asked, (tell) => {
      const unlisten = replies.listen(instance, signal, (outcome) => {
        // Before it is stored there is nothing to look for.
        if (outcome === undefined && !stored) poked = true
        else tell(outcome && Effect.succeed(settled(outcome)))
      })
      const abandon = post(send, (answer) => {
        stored = Exit.isSuccess(answer)
        const isPending = Exit.isSuccess(answer) && answer.value._tag === "Pending"
        if (!isPending) tell(lines.posted(send, answer))
        else if (poked || residents.wasSetAside(instance)) tell(undefined)
      })
      return () => {
        unlisten()
        abandon()
      }
    })
    return Effect.flatMap(told, (sent) => (sent === undefined ? sought : Payloads.legible(sent)))
  }

  const answer = Effect.fnUntraced(function* <Reply, Refusal>(
    { id: signalId, instance: id }: Send,
    signal: Signal.Any,
    sent: Sent
  ): Effect.fn.Return<
    Reply,
    Refusal | SignalIdTaken | InstanceClosed | InstanceNotFound | AmbiguousSignal | InvalidPayload
  > {
    switch (sent._tag) {
      case "Settled":
        return yield* spoken<Reply, Refusal>(id, signal, sent.outcome)
      case "Closed":
        return yield* new InstanceClosed({ instance: id, status: sent.status })
      case "Taken":
        return yield* new SignalIdTaken({ instance: id, signal: signal.name, id: signalId, takenBy: sent.name })
      case "Unknown":
      case "Pending":
        return yield* new InstanceNotFound({ instance: id })
    }
  })

  const spoken = Effect.fnUntraced(function* <Reply, Refusal>(
    id: string,
    signal: Signal.Any,
    outcome: Outcome
  ): Effect.fn.Return<Reply, Refusal | AmbiguousSignal | InvalidPayload> {
    if (outcome._tag === "Ambiguous") {
      return yield* new AmbiguousSignal({ instance: id, signal: signal.name, waiting: outcome.waiting })
    }
    const [codec, json] = outcome._tag === "Consumed" ? [signal.reply, outcome.reply] : [signal.error, outcome.error]
    const decoded = codec.decode(json)
    if (Result.isFailure(decoded)) {
      const what = `the recorded answer to signal "${signal.name}"`
      return yield* new InvalidPayload({ instance: id, what, reason: decoded.failure.message })
    }
    return outcome._tag === "Consumed" ? (decoded.success as Reply) : yield* Effect.fail(decoded.success as Refusal)
  })

  const query = <Reply>(id: string, query: Query.Query<string, Reply>, workflow?: Workflow.Any) =>
    Effect.flatMap(look(id, workflow), (execution) => Effect.fromResult(Execution.query(execution, query)))

  const status = Effect.fnUntraced(function* (
    id: string,
    workflow?: Workflow.Any
  ): Effect.fn.Return<InstanceStatus, Unavailable> {
    const row = yield* find(id)
    // Another process may have brought it to its end since it was set aside here.
    if (isTerminal(row.status)) return StatusOf.ofRow(row)
    const refused = residents.misfitOf(row)
    if (refused !== undefined) return { ...StatusOf.ofRow(row), status: "set-aside", error: refused.message }
    // The note was written before the row.
    const notes = row.status === "stuck" ? yield* Reader.notes(sources, yield* open({ id, notes: true })) : []
    const execution = yield* look(id, workflow)
    const here = live.get(id)
    return StatusOf.of(row, execution, here, here === undefined ? Stuck.reasonOf(row, execution, notes) : here.failure)
  })

  /** Sends what an operator asks: ends once the owner of the instance has dealt with it. */
  const request = <Payload, Refusal>(
    id: string,
    definition: Signal.Signal<string, Payload, void, Refusal>,
    payload: Payload
  ): Effect.Effect<void, Exclude<Refusal, Impossible> | RequestError> =>
    Effect.catchIf(
      signal(id, definition, payload),
      // Its id is random, and no part of a workflow waits for it.
      (error): error is AmbiguousSignal | SignalIdTaken =>
        error instanceof AmbiguousSignal || error instanceof SignalIdTaken,
      Effect.die
    ) as Effect.Effect<void, Exclude<Refusal, Impossible> | RequestError>

  const cancel = (id: string, reason: string) => request(id, Control.Cancel, { reason })
  const terminate = (id: string, reason: string) => request(id, Control.Terminate, { reason })
  const retry = (id: string, step?: StepRef) => request(id, Control.Retry, step === undefined ? {} : { step })
  const resolve = (id: string, step: StepRef, outcome: Decision) => request(id, Control.Resolve, { step, outcome })

  const handle = <Output, Error>(
    workflow: Workflow.Workflow<string, unknown, Output, Error, unknown, unknown>,
    id: string
  ): Handle<Output, Error> => ({
    id,
    // Made when they are asked for: there is a handle for each start.
    result: Effect.suspend(() => result(workflow, id)),
    status: Effect.suspend(() => status(id, workflow)),
    history: Effect.suspend(() => history(id)),
    signal: (definition, payload, options) => signal(id, definition, payload, options),
    query: (definition) => query(id, definition, workflow),
    cancel: (reason) => cancel(id, reason),
    terminate: (reason) => terminate(id, reason),
    retry: (step) => retry(id, step),
    resolve: (step, outcome) => resolve(id, step, outcome)
  })

  const starting = Effect.fnUntraced(function* <Output, Error>(
    workflow: Workflow.Workflow<string, unknown, Output, Error, unknown, unknown>,
    { id, input, reuse = "never" }: { readonly id: string; readonly input: unknown; readonly reuse?: Reuse }
  ): Effect.fn.Return<
    Handle<Output, Error>,
    InstanceExists | InvalidPayload | PayloadTooLarge | CommandRejected | AppendRefused | Unavailable
  > {
    const { name, version } = workflow
    const host = hosted.get(name)
    // Another definition of a name that is hosted here would be run by this process as the one that it hosts.
    if (host !== undefined && host !== workflow) {
      return yield* new WorkflowNotHosted({ instance: id, workflow: name, version, shadowed: true })
    }
    const now = yield* whileRetryable(journal.now)
    const begin = (
      run: number,
      epoch: number
    ): Effect.Effect<Execution.Step<Execution.Any>, InvalidPayload | PayloadTooLarge | CommandRejected> => {
      const begun = Execution.tryStart(workflow, input, { id, run, epoch, at: now, audit: options.audit })
      if (Result.isSuccess(begun)) {
        const { success } = begun
        return Effect.andThen(Limits.within(options.limits, success.events), options.observer.begin(success))
      }
      const { failure } = begun
      return Effect.fail(
        failure.rejection === "InvalidPayload"
          ? new InvalidPayload({ instance: id, what: "what it is started with", reason: failure.reason })
          : failure
      )
    }
    const begun = yield* begin(0, 1)
    let created = yield* residents.create(begun, host !== undefined)
    while (created._tag === "Exists" && mayReopen(created.instance.status, reuse)) {
      const { epoch, run } = created.instance
      const again = yield* begin(run + 1, epoch + 1)
      created = yield* residents.reopen(again, epoch, host !== undefined)
      if (created._tag === "Exists" && created.instance.epoch === epoch) break
    }
    if (created._tag === "Rejected") return yield* new AppendRefused({ instance: id, reason: created.reason })
    if (created._tag === "Exists") {
      const unread = Payloads.unread(created.started)
      if (unread !== undefined) return yield* unread
      if (!sameStart(created.started.payload, begun.events[0]?.payload)) {
        const reason = "it was started with another input or as another workflow"
        return yield* new InstanceExists({ instance: id, workflow: created.instance.workflow, reason })
      }
      if (host !== undefined && !live.has(id)) residents.takeOver(id)
    }
    return handle(workflow, id)
  })

  const start: Engine["Service"]["start"] = (workflow, given) =>
    presence.during({ asked: "start", instance: given.id }, starting(workflow, given))

  // The attributes of a workflow's instances are those that it declares.
  const list = ((options: ListOptions = {}) => Lists.list(journal, options)) as Engine["Service"]["list"]
  const purge: Engine["Service"]["purge"] = (options) => Lists.purge(journal, options)

  const runningOne = Effect.fnUntraced(function* (
    given: RunOne = {}
  ): Effect.fn.Return<Option.Option<InstanceStatus>, EngineStopped | Unavailable> {
    const { order = "oldest", timeLimit = "1 minute", workflow } = given
    const workflows = options.workflows
      .filter((hosted) => workflow === undefined || hosted === workflow)
      .map(({ name, version }) => ({ name, version }))
    const id = yield* residents.runOne({ workflows, order }, millis("Engine.runOne", "timeLimit", timeLimit))
    return Option.isNone(id) ? Option.none() : Option.some(yield* status(id.value))
  })

  const runOne: Engine["Service"]["runOne"] = (given) => presence.during({ asked: "runOne" }, runningOne(given))

  const { shutdown } = residents
  return {
    start,
    handle,
    result,
    signal,
    query,
    status,
    history,
    cancel,
    terminate,
    retry,
    resolve,
    list,
    purge,
    runOne,
    shutdown
  }
})

/** Whether another run may begin under the id of an instance that has ended so. */
const mayReopen = (status: Status, reuse: Reuse): boolean =>
  isTerminal(status) && (reuse === "always" || (reuse === "after-failure" && status !== "completed"))

/** What no request can come to. */
type Impossible = AmbiguousSignal | SignalIdTaken

const sameStart = (a: unknown, b: unknown): boolean => {
  interface Started {
    readonly workflow: string
    readonly input: unknown
    readonly parent?: unknown
  }
  const [x, y] = [a as Started, b as Started]
  // A child belongs to its parent: whoever starts something under its id means something else.
  return x.workflow === y.workflow && Equal.equals(x.input, y.input) && x.parent === y.parent
}
