/**
 * Which instances are live in this process: how they come to be, by a start or by taking over an orphan, and how they go,
 * by their end or because somebody else owns them now.
 */
import type { RetryPolicy, Workflow } from "@waymark/core"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { AppendRefused, PayloadUnreadable } from "../../Errors.ts"
import * as Execution from "../../Execution.ts"
import type { Appended, Created, Instance as Row, Journal, Outcome, Send } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import { isTerminal } from "../../Status.ts"
import * as Alarm from "./alarm.ts"
import * as Committer from "./committer.ts"
import type { Host } from "./host.ts"
import { Instance } from "./instance.ts"
import type { Limits } from "./limits.ts"
import { Neighbours } from "./neighbours.ts"
import * as Notes from "./notes.ts"
import { legible } from "./payloads.ts"
import * as Reader from "./reader.ts"
import type { Policy } from "./snapshots.ts"
import { END, Waiters } from "./waiters.ts"

/** Why an instance is set aside: its journal does not fit its definition, refuses it, or cannot be read here. */
export type Misfit = Execution.RecoveryError | AppendRefused | PayloadUnreadable

export interface Options {
  readonly workflows: ReadonlyArray<Workflow.Any>
  /** How long an instance stays with this process when it is not heard of, in milliseconds. */
  readonly lease: number
  /** How often orphans and lost wake-ups are looked for, in milliseconds. */
  readonly poll: number
  readonly retry: RetryPolicy.Resolved
  readonly snapshots: Policy
  /** Whether each event is kept with what it did to the state. */
  readonly audit: boolean
  readonly limits: Limits
}

/** The instances of this process, for the operations of its engine. */
export interface Residents {
  /** The workflows that may live here, by name. */
  readonly hosted: ReadonlyMap<string, Workflow.Any>
  readonly owner: string
  readonly live: ReadonlyMap<string, Instance>
  /** Instances that are set aside. Nothing of theirs runs. */
  readonly aside: ReadonlyMap<string, Misfit>
  /** Who waits for the end of an instance. */
  readonly results: Waiters<Result.Result<unknown, unknown>>
  /** Who waits for the outcome of a signal, by its id. */
  readonly replies: Waiters<Outcome>
  /** Creates an instance; where it was not there before, it is live here. */
  readonly start: <E>(
    execution: Execution.Any,
    create: Effect.Effect<Created, E>,
    now: number
  ) => Effect.Effect<Created, E>
  /** Takes an orphaned instance over, if it is one; in the background. */
  readonly takeOver: (id: string) => void
  /** Stores a signal and tells its instance where that is live here. */
  readonly deliver: <A, E>(
    send: Send,
    store: Effect.Effect<A, E>,
    isNews: (stored: A) => boolean
  ) => Effect.Effect<A, E>
}

/** How many orphaned instances are claimed at a time. */
const CLAIM = 64

/** How long a shutdown waits for effects that were interrupted, in milliseconds. */
const GRACE = 5_000

export const make = Effect.fnUntraced(function* (
  journal: Journal["Service"],
  context: Context.Context<never>,
  options: Options
): Effect.fn.Return<Residents, never, Scope.Scope> {
  const { lease, poll } = options
  const owner = crypto.randomUUID()
  const hosted = new Map(options.workflows.map((workflow) => [workflow.name, workflow]))
  const live = new Map<string, Instance>()
  const aside = new Map<string, Misfit>()
  /** Instances that are being started or taken over here. */
  const coming = new Set<string>()
  /** For how many readers of its inbox an instance has to remember what it has settled. */
  const reading = new Map<string, number>()
  const results = new Waiters<Result.Result<unknown, unknown>>()
  const replies = new Waiters<Outcome>()

  const fibers = new Set<Fiber.Fiber<unknown, unknown>>()
  const run = Effect.runForkWith(Context.merge(yield* Effect.context(), context))
  const fork: Host["fork"] = (effect) => {
    const fiber = run(effect as Effect.Effect<unknown, unknown>)
    fibers.add(fiber)
    fiber.addObserver(() => fibers.delete(fiber))
    return fiber
  }
  const patiently = (effect: Effect.Effect<unknown, JournalError>): Effect.Effect<void> =>
    Effect.catch(Effect.asVoid(effect), (error) => Effect.logWarning(error.message))

  const log: Host["log"] = (level, instance, message) => {
    fork(Effect.annotateLogs(level === "Error" ? Effect.logError(message) : Effect.logWarning(message), { instance }))
  }

  // ---- going ----------------------------------------------------------------------------------------------------

  /** It is live here no more, unless it was claimed anew meanwhile: then another one stands in its place. */
  const forget = (instance: Instance): void => {
    if (live.get(instance.id) === instance) live.delete(instance.id)
  }

  /**
   * Nothing of the instance runs here, and it is given back: a process with another version of the workflow may be able
   * to run it.
   */
  const setAside = (id: string, error: Misfit): void => {
    if (aside.get(id)?.message !== error.message) log("Error", id, error.message)
    aside.set(id, error)
    results.poke(id)
    replies.poke(id)
    fork(patiently(journal.release(owner, [id])))
  }

  /** What cannot be read is no reason to hold up others: only its instance is set aside, were it live here. */
  const orAside = <A>(id: string, effect: Effect.Effect<A, JournalError>): Effect.Effect<A | void, JournalError> =>
    Effect.catchIf(
      legible(effect),
      (error) => error instanceof PayloadUnreadable,
      (error) =>
        Effect.sync(() => {
          const here = live.get(id)
          here?.close()
          if (here !== undefined) forget(here)
          setAside(id, error)
        })
    )

  const ended = (instance: Instance): void => {
    forget(instance)
    const result = Execution.result(instance.execution)
    if (Option.isSome(result)) results.give(instance.id, END, result.value)
    replies.poke(instance.id)
  }

  const lost = (instance: Instance, why: Appended): void => {
    const { id } = instance
    forget(instance)
    // What the journal cannot keep will not fit the next time either. In any other case it is read anew.
    if (why._tag === "Rejected") setAside(id, new AppendRefused({ instance: id, reason: why.reason }))
    if (why._tag === "Conflict") fork(patiently(Effect.andThen(journal.release(owner, [id]), claim(id))))
    results.poke(id)
    replies.poke(id)
    log("Warn", id, `given up here: ${reasonOf(why)}`)
  }

  // ---- coming ---------------------------------------------------------------------------------------------------

  const whileComing = <A, E>(id: string, effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.acquireUseRelease(
      Effect.sync(() => coming.add(id)),
      () => effect,
      () => Effect.sync(() => coming.delete(id))
    )

  const settleIn = (instance: Instance, inbox: ReadonlyArray<Send>, now: number): void => {
    // It may be this process itself that lost the lease: what it runs under the old epoch can write nothing any more.
    live.get(instance.id)?.close()
    aside.delete(instance.id)
    live.set(instance.id, instance)
    instance.begin(inbox, now)
  }

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

  const adopt = Effect.fnUntraced(function* (row: Row) {
    const workflow = hosted.get(row.workflow)
    if (workflow === undefined) return
    // What was set aside here is looked at again now and then only: its journal may have been mended.
    if (aside.has(row.id) && !isLookedAtAgain(row.id)) return yield* journal.release(owner, [row.id])
    const notes = yield* Reader.notes(journal, row.id)
    const recovered = yield* Effect.result(legible(Reader.resume(journal, workflow, row, notes)))
    if (Result.isFailure(recovered)) {
      if (recovered.failure._tag === "JournalError") return yield* recovered.failure
      return setAside(row.id, recovered.failure)
    }
    const now = yield* journal.now
    const isParked = row.status === "stuck" && Execution.status(recovered.success.execution) !== "stuck"
    yield* orAside(
      row.id,
      hear(row.id, journal.inbox(row.id), (inbox) =>
        settleIn(new Instance(host, { ...recovered.success, epoch: row.epoch, notes, isParked }), inbox, now)
      )
    )
  })

  /**
   * How often an instance was claimed since it was set aside first: it is looked at again ever more seldom. This is not
   * forgotten when it runs again: one whose append the journal refuses would repeat its effects at every look.
   */
  const passed = new Map<string, number>()
  const isLookedAtAgain = (id: string): boolean => {
    const times = (passed.get(id) ?? 0) + 1
    passed.set(id, times)
    return Number.isInteger(Math.log2(times)) && times > 1
  }

  const claim = Effect.fnUntraced(function* (id?: string) {
    const workflows = options.workflows.map(({ name, version }) => ({ name, version }))
    for (;;) {
      const rows = yield* journal.claim({ owner, workflows, lease, limit: CLAIM, ...(id === undefined ? {} : { id }) })
      yield* Effect.forEach(rows, (row) => whileComing(row.id, adopt(row)), { concurrency: 8, discard: true })
      if (rows.length < CLAIM) return
    }
  })

  const takeOver = (id: string): void => {
    fork(patiently(claim(id)))
  }

  const start: Residents["start"] = (execution, create, now) =>
    whileComing(
      Execution.id(execution),
      Effect.map(create, (created) => {
        if (created._tag === "Exists") return created
        const instance = new Instance(host, { execution, epoch: created.instance.epoch })
        if (isTerminal(created.instance.status)) ended(instance)
        else settleIn(instance, [], now)
        return created
      })
    )

  const deliver: Residents["deliver"] = (send, store, isNews) =>
    hear(send.instance, store, (stored) => {
      if (!isNews(stored)) return
      const here = live.get(send.instance)
      if (here === undefined) takeOver(send.instance)
      else here.receive(send)
    })

  // ---- what instances are given ---------------------------------------------------------------------------------

  const { audit, limits, retry, snapshots } = options
  const { commit } = Committer.make(journal, fork)
  const notes = Notes.make(journal, fork)
  const alarm = Alarm.make(journal.now, fork, (id) => live.get(id)?.wake())
  const host: Host = {
    now: journal.now,
    retry,
    audit,
    snapshots,
    limits,
    neighbours: new Neighbours({
      journal,
      hosted,
      live,
      owner,
      lease,
      poll,
      audit,
      limits,
      results,
      start,
      takeOver,
      deliver
    }),
    fork,
    commit,
    note: notes.write,
    log,
    alarm: alarm.set,
    hears: (instance) => reading.has(instance),
    settled: (instance, signal, outcome) => replies.give(instance, signal, outcome),
    ended,
    lost
  }

  // ---- staying --------------------------------------------------------------------------------------------------

  /** The net below lost wake-ups and lost processes. */
  const tend = Effect.gen(function* () {
    yield* claim()
    for (const id of yield* journal.attention(owner)) {
      yield* orAside(
        id,
        hear(id, journal.inbox(id), (sends) => {
          for (const send of sends) live.get(id)?.receive(send)
        })
      )
    }
  })

  /**
   * Prolongs the leases of what is live here. An instance that is leased to this process and not live, because the answer
   * to its claim or its creation was lost, is given back: so somebody claims it and runs it.
   */
  const renew = Effect.gen(function* () {
    const held = yield* journal.renew(owner, lease)
    const stray = held.filter((id) => !live.has(id) && !coming.has(id))
    if (stray.length > 0) yield* journal.release(owner, stray)
  })

  /** Instances are given back once their effects have ended, so that nobody runs one of them a second time meanwhile. */
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      for (const instance of live.values()) instance.close()
      const left = Array.from(fibers)
      for (const fiber of left) fiber.interruptUnsafe()
      const ended = yield* Effect.timeoutOption(Fiber.awaitAll(left), GRACE)
      if (Option.isNone(ended))
        yield* Effect.logWarning(`${fibers.size} effects do not let themselves be interrupted: left behind`)
      yield* Effect.ignore(journal.release(owner))
    })
  )
  fork(Effect.forever(Effect.andThen(patiently(tend), Effect.sleep(poll))))
  fork(Effect.forever(Effect.andThen(Effect.sleep(lease / 3), patiently(renew))))

  return { hosted, owner, live, aside, results, replies, takeOver, start, deliver }
})

const reasonOf = (why: Appended): string => {
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
