/** The engine behind `Engine`: which instances are live here, who waits for them, and how lost ones come back. */
import type { Query, RetryPolicy, Signal, Workflow } from "@waymark/core"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as FiberSet from "effect/FiberSet"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import {
  AmbiguousSignal,
  AppendRefused,
  InstanceClosed,
  InstanceExists,
  InstanceNotFound,
  InvalidPayload,
  WorkflowNotHosted
} from "../../Errors.ts"
import type { Engine } from "../../Engine.ts"
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import type { Handle, InstanceStatus, SignalError, SignalOptions, Unavailable, WaitsFor } from "../../Handle.ts"
import {
  isTerminal,
  type Appended,
  type Instance as Row,
  type Journal,
  type Outcome,
  type Send,
  type Sent
} from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import type { Pending } from "../../Pending.ts"
import * as Alarm from "./alarm.ts"
import * as Committer from "./committer.ts"
import { Instance, type Host } from "./instance.ts"
import { whileRetryable } from "./patience.ts"
import * as Reader from "./reader.ts"
import { Waiters } from "./waiters.ts"

interface Options {
  readonly workflows: ReadonlyArray<Workflow.Any>
  readonly lease: number
  readonly poll: number
  readonly retry: RetryPolicy.Resolved
}

/** How many orphaned instances are claimed at a time. */
const CLAIM = 64

/** The one topic of those who wait for an instance's end. */
const END = "end"

export const make = Effect.fnUntraced(function* (
  journal: Journal["Service"],
  context: Context.Context<never>,
  options: Options
): Effect.fn.Return<Engine["Service"], never, Scope.Scope> {
  const { lease, poll } = options
  const owner = crypto.randomUUID()
  const hosted = new Map(options.workflows.map((workflow) => [workflow.name, workflow]))
  const live = new Map<string, Instance>()
  /** Instances that are being started or taken over here. */
  const coming = new Set<string>()
  /** Instances whose journal does not fit their definition, or refuses them. Nothing of theirs runs. */
  const aside = new Map<string, Execution.RecoveryError | AppendRefused>()
  /** For how many readers of its inbox an instance has to remember what it has settled. */
  const reading = new Map<string, number>()
  const results = new Waiters<Result.Result<unknown, unknown>>()
  const replies = new Waiters<Outcome>()

  const run = yield* FiberSet.makeRuntime()
  const fork: Host["fork"] = (effect) => run(Effect.provideContext(effect as Effect.Effect<unknown, unknown>, context))

  const { commit } = Committer.make(journal, fork)
  const alarm = Alarm.make(journal.now, fork, (id) => live.get(id)?.wake())
  const host: Host = {
    now: journal.now,
    retry: options.retry,
    fork,
    commit,
    alarm: alarm.set,
    hears: (instance) => reading.has(instance),
    settled: (instance, signal, outcome) => replies.give(instance, signal, outcome),
    ended: (instance) => {
      forget(instance)
      const result = Execution.result(instance.execution)
      if (Option.isSome(result)) results.give(instance.id, END, result.value)
      replies.poke(instance.id)
    },
    lost: (instance, why) => {
      forget(instance)
      // What the journal cannot keep will not fit the next time either. In any other case it is read anew.
      if (why._tag === "Rejected")
        setAside(instance.id, new AppendRefused({ instance: instance.id, reason: why.reason }))
      if (why._tag === "Conflict") fork(patiently(journal.release(owner, [instance.id])))
      results.poke(instance.id)
      fork(Effect.annotateLogs(Effect.logWarning(`instance given up: ${refusal(why)}`), { instance: instance.id }))
    }
  }

  /** It is live here no more, unless it was claimed anew meanwhile: then another one stands in its place. */
  const forget = (instance: Instance): void => {
    if (live.get(instance.id) === instance) live.delete(instance.id)
  }

  const setAside = (id: string, error: Execution.RecoveryError | AppendRefused): void => {
    aside.set(id, error)
    results.poke(id)
    fork(Effect.annotateLogs(Effect.logError(error.message), { instance: id }))
  }

  // ---- taking over ----------------------------------------------------------------------------------------------

  const adopt = Effect.fnUntraced(function* (row: Row) {
    const workflow = hosted.get(row.workflow)
    if (workflow === undefined) return
    coming.add(row.id)
    yield* Effect.ensuring(
      load(workflow, row),
      Effect.sync(() => coming.delete(row.id))
    )
  })

  const load = Effect.fnUntraced(function* (workflow: Workflow.Any, row: Row) {
    const recovered = yield* Effect.result(Reader.recover(journal, workflow, row))
    if (Result.isFailure(recovered)) {
      if (recovered.failure._tag === "JournalError") return yield* recovered.failure
      return setAside(row.id, recovered.failure)
    }
    aside.delete(row.id)
    // It may be this process itself that lost the lease: what it runs under the old epoch can write nothing any more.
    live.get(row.id)?.close()
    const instance = new Instance(host, recovered.success, row.epoch)
    live.set(row.id, instance)
    const now = yield* journal.now
    yield* hear(row.id, journal.inbox(row.id), (inbox) => instance.begin(inbox, now))
  })

  const claim = Effect.fnUntraced(function* (id?: string) {
    const workflows = options.workflows.map(({ name, version }) => ({ name, version }))
    for (;;) {
      const rows = yield* journal.claim({ owner, workflows, lease, limit: CLAIM, ...(id === undefined ? {} : { id }) })
      yield* Effect.forEach(rows, adopt, { concurrency: 8, discard: true })
      if (rows.length < CLAIM) return
    }
  })

  /**
   * Reads about the signals of an instance and tells it. What was read may have been settled by the time it is told, so
   * the instance remembers that for as long.
   */
  const hear = <A, E>(id: string, read: Effect.Effect<A, E>, tell: (read: A) => void): Effect.Effect<A, E> =>
    Effect.acquireUseRelease(
      Effect.sync(() => reading.set(id, (reading.get(id) ?? 0) + 1)),
      () => Effect.tap(read, (found) => Effect.sync(() => tell(found))),
      () =>
        Effect.sync(() => {
          const others = (reading.get(id) ?? 1) - 1
          if (others === 0) reading.delete(id)
          else reading.set(id, others)
        })
    )

  /** The net below lost wake-ups and lost processes. */
  const tend = Effect.gen(function* () {
    yield* claim()
    for (const id of yield* journal.attention(owner)) {
      yield* hear(id, journal.inbox(id), (sends) => {
        for (const send of sends) live.get(id)?.receive(send)
      })
    }
  })

  /**
   * Prolongs the leases of what is live here. An instance that is leased to this process and not live, because the answer
   * to its claim or its creation was lost, is given back: so somebody claims it and runs it.
   */
  const renew = Effect.gen(function* () {
    const held = yield* journal.renew(owner, lease)
    const stray = held.filter((id) => !live.has(id) && !aside.has(id) && !coming.has(id))
    if (stray.length > 0) yield* journal.release(owner, stray)
  })

  const patiently = (effect: Effect.Effect<unknown, JournalError>): Effect.Effect<void> =>
    Effect.catch(Effect.asVoid(effect), (error) => Effect.logWarning(error.message))

  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      for (const instance of live.values()) instance.close()
      return Effect.ignore(journal.release(owner))
    })
  )
  fork(Effect.forever(Effect.andThen(patiently(tend), Effect.sleep(poll))))
  fork(Effect.forever(Effect.andThen(Effect.sleep(lease / 3), patiently(renew))))

  // ---- operations -----------------------------------------------------------------------------------------------

  const find = Effect.fnUntraced(function* (id: string): Effect.fn.Return<Row, InstanceNotFound | JournalError> {
    const row = yield* whileRetryable(journal.find(id))
    return Option.isSome(row) ? row.value : yield* new InstanceNotFound({ instance: id })
  })

  /** An execution to look at: the live one, or one read from the journal. */
  const look = Effect.fnUntraced(function* (id: string): Effect.fn.Return<Execution.Any, Unavailable> {
    const here = live.get(id)
    if (here !== undefined) return here.execution
    const row = yield* find(id)
    const { version, workflow: name } = row
    const workflow = hosted.get(name)
    return workflow === undefined
      ? yield* new WorkflowNotHosted({ instance: id, workflow: name, version })
      : yield* Reader.recover(journal, workflow, row)
  })

  const history = (id: string): Effect.Effect<ReadonlyArray<Event>, InstanceNotFound | JournalError> =>
    Effect.flatMap(find(id), (row) => Reader.all(journal, row))

  const result = <Output, Error>(
    workflow: Workflow.Workflow<string, unknown, Output, Error, unknown, unknown>,
    id: string
  ): Effect.Effect<Output, Error | Unavailable> =>
    results
      .until(id, END, poll, (given) => (given === undefined ? ended(workflow, id) : Effect.succeedSome(given)))
      .pipe(Effect.flatMap((end) => Effect.fromResult(end as Result.Result<Output, Error>)))

  /** How an instance ended, from its journal; nothing while it has not. */
  const ended = Effect.fnUntraced(function* (
    workflow: Workflow.Any,
    id: string
  ): Effect.fn.Return<Option.Option<Result.Result<unknown, unknown>>, Unavailable> {
    const row = yield* find(id)
    if (isTerminal(row.status)) return Option.some(yield* Reader.outcome(journal, workflow, row))
    const error = aside.get(id)
    return error === undefined ? Option.none() : yield* Effect.fail(error)
  })

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
      const send: Send = {
        instance: id,
        id: signalId,
        name: signal.name,
        payload: encoded.success,
        ...(to === undefined ? {} : { to })
      }
      const sent = yield* replies.until(id, signalId, poll, deliver(send))
      return yield* answer<Reply, Refusal>(id, signal, sent)
    })

  /** Stores a signal and tells its instance, then asks what became of it. */
  const deliver = (send: Send) => {
    let stored = false
    return (given: Outcome | undefined): Effect.Effect<Option.Option<Sent>, JournalError> => {
      if (given !== undefined) return Effect.succeedSome({ _tag: "Settled", outcome: given })
      // Stored first, then told: an instance that hears of it here has nothing to lose.
      const asked = stored
        ? whileRetryable(journal.sent(send.instance, send.id))
        : hear(send.instance, whileRetryable(journal.send(send)), (sent) => {
            if (sent._tag === "Pending") tell(send)
          })
      return Effect.map(asked, (sent) => {
        stored = true
        return sent._tag === "Pending" ? Option.none() : Option.some(sent)
      })
    }
  }

  const tell = (send: Send): void => {
    const here = live.get(send.instance)
    if (here !== undefined) here.receive(send)
    else fork(patiently(claim(send.instance)))
  }

  const answer = Effect.fnUntraced(function* <Reply, Refusal>(
    id: string,
    signal: Signal.Any,
    sent: Sent
  ): Effect.fn.Return<Reply, Refusal | InstanceClosed | InstanceNotFound | AmbiguousSignal | InvalidPayload> {
    switch (sent._tag) {
      case "Settled":
        return yield* spoken<Reply, Refusal>(id, signal, sent.outcome)
      case "Closed":
        return yield* new InstanceClosed({ instance: id, status: sent.status })
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

  const query = <Reply>(id: string, query: Query.Query<string, Reply>) =>
    Effect.flatMap(look(id), (execution) => Effect.fromResult(Execution.query(execution, query)))

  const status = Effect.fnUntraced(function* (id: string): Effect.fn.Return<InstanceStatus, Unavailable> {
    const row = yield* find(id)
    const here = live.get(id)
    const error = aside.get(id) ?? here?.failure
    const { createdAt, updatedAt, version, workflow } = row
    const place = { id, workflow, version, run: row.run, createdAt, updatedAt, error: error?.message }
    if (aside.has(id)) return { ...place, status: "set-aside", length: row.length, waitsFor: [] }
    const execution = isTerminal(row.status) ? undefined : yield* look(id)
    if (execution === undefined) return { ...place, status: row.status, length: row.length, waitsFor: [] }
    return {
      ...place,
      status: here?.failure === undefined ? Execution.status(execution) : "stuck",
      length: Execution.length(execution),
      waitsFor: Execution.pending(execution).map(waitsFor)
    }
  })

  const handle = <Output, Error>(
    workflow: Workflow.Workflow<string, unknown, Output, Error, unknown, unknown>,
    id: string
  ): Handle<Output, Error> => ({
    id,
    result: result(workflow, id),
    signal: (definition, payload, options) => signal(id, definition, payload, options),
    query: (definition) => query(id, definition),
    status: status(id),
    history: history(id)
  })

  const start = Effect.fnUntraced(function* <Output, Error>(
    workflow: Workflow.Workflow<string, unknown, Output, Error, unknown, unknown>,
    { id, input }: { readonly id: string; readonly input: unknown }
  ): Effect.fn.Return<Handle<Output, Error>, InstanceExists | InvalidPayload | Unavailable> {
    const { name, version } = workflow
    if (hosted.get(name) !== workflow) return yield* new WorkflowNotHosted({ instance: id, workflow: name, version })
    const now = yield* whileRetryable(journal.now)
    const begun = Execution.tryStart(workflow, input, { id, at: now, epoch: 1 })
    if (Result.isFailure(begun)) {
      return yield* new InvalidPayload({ instance: id, what: "what it is started with", reason: begun.failure.reason })
    }
    const { events, execution } = begun.success
    const status = Execution.status(execution)
    const wakeAt = Execution.wakeAt(execution) ?? null
    coming.add(id)
    const created = yield* whileRetryable(
      journal.create({ id, workflow: name, version, events, status, wakeAt, owner, lease })
    ).pipe(Effect.ensuring(Effect.sync(() => coming.delete(id))))
    if (created._tag === "Created") {
      const instance = new Instance(host, execution, created.instance.epoch)
      if (isTerminal(created.instance.status)) host.ended(instance)
      else {
        live.set(id, instance)
        instance.begin([], now)
      }
      return handle(workflow, id)
    }
    const there = created.started.payload
    const here = events[0]?.payload
    if (!sameStart(there, here)) {
      const reason = "it was started with another input or as another workflow"
      return yield* new InstanceExists({ instance: id, workflow: created.instance.workflow, reason })
    }
    if (!live.has(id)) fork(patiently(claim(id)))
    return handle(workflow, id)
  })

  return { start, handle, result, signal, query, status, history }
})

const sameStart = (a: unknown, b: unknown): boolean => {
  interface Started {
    readonly workflow: string
    readonly input: unknown
  }
  const [x, y] = [a as Started, b as Started]
  return x.workflow === y.workflow && Equal.equals(x.input, y.input)
}

const refusal = (why: Appended): string => {
  switch (why._tag) {
    case "Appended":
      return "it was appended"
    case "Fenced":
      return `another process owns it now (epoch ${why.epoch})`
    case "Conflict":
      return `its journal holds ${why.length} events, which are not the ones written here`
    case "Rejected":
      return why.reason
  }
}

const waitsFor = (pending: Pending): WaitsFor => {
  const { step } = pending
  switch (pending._tag) {
    case "RunIO":
      return {
        _tag: "RunIO",
        step,
        attempt: pending.attempt,
        notBefore: pending.notBefore,
        lastError: pending.lastError
      }
    case "Signal":
      return { _tag: "Signal", step }
    case "Timer":
      return { _tag: "Timer", step, due: pending.due }
  }
}
