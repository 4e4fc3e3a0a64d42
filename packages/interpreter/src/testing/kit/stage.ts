/**
 * Where a workflow is tested: a real engine on a journal in memory, in a time that advances by itself, whose steps are
 * looked on and may have stubs. `TestRun` and `checkRecovery` play on it.
 *
 * A stage outlives its processes: the journal, the calls and the time stay when one dies and the next takes over.
 */
import type { Signal, Workflow } from "@waymark/core"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import { Engine, type Options } from "../../Engine.ts"
import { CommandRejected, InvalidPayload } from "../../Errors.ts"
import type { Event } from "../../Event.ts"
import type { InstanceStatus, WaitsFor } from "../../Handle.ts"
import * as Reader from "../../internal/engine/reader.ts"
import { isTerminal, Journal } from "../../Journal.ts"
import * as Single from "../single.ts"
import { Calls, type Casting, type StageError } from "./calls.ts"
import { RunRests } from "./errors.ts"
import { Rewriter } from "./rewrite.ts"
import * as Time from "./time.ts"

export type { StageError } from "./calls.ts"

/** A signal that a run is given: sent once something waits for it and all else rests. */
export interface Delivery<out Payload> {
  readonly signal: Signal.Signal<string, Payload, unknown, unknown>
  readonly payload: NoInfer<Payload>
  /** Default: its place in the list. */
  readonly id?: string
  /** Which of several waiting parts it is for: a branch key. */
  readonly to?: string
  /** Not before so much time has passed since the start. */
  readonly after?: Duration.Input
}

/** One delivery for each payload. */
export type Deliveries<Payloads extends ReadonlyArray<unknown>> = {
  readonly [Index in keyof Payloads]: Delivery<Payloads[Index]>
}

/** What a stage is set up with. */
export interface Setting extends Casting {
  readonly id: string
  readonly signals: ReadonlyArray<Delivery<unknown>>
  /** In milliseconds since the epoch. */
  readonly startsAt: number
}

/** A process: an engine that was started, and how to end it as a shutdown does. */
export interface Process {
  readonly booting: Booting
  readonly engine: Engine["Service"]
  readonly workflow: Workflow.Any
  readonly scope: Scope.Closeable
  readonly close: Effect.Effect<void>
}

/** How a process is started. */
export interface Booting {
  readonly workflow: Workflow.Any
  readonly children: ReadonlyArray<Workflow.Any>
  readonly services: Layer.Layer<never, unknown>
  readonly journal: Journal["Service"]
  /** Done once the process has died: then its effects are gone, too. */
  readonly died?: Deferred.Deferred<void>
}

/** In so many turns in which nothing happens everything has come to rest. */
const QUIET = 25

/** How long an effect that neither ends nor sleeps may take in real time, in milliseconds, before virtual time goes on. */
const PATIENCE = 200

/** Whoever moves more often than this does not end. */
const ENDLESS = 20_000

const options = {
  lint: "off",
  audit: true,
  poll: 100 * Time.HOUSEKEEPING,
  lease: 1_000 * Time.HOUSEKEEPING,
  idle: Infinity
} as const satisfies Partial<Options<[]>>

/** What became of a move: something happened, the instance has ended, nothing can happen any more, or the process is dead. */
export type Moved = "moved" | "ended" | "rests" | "died"

export class Stage {
  readonly setting: Setting
  readonly time: Time.Time
  readonly journal: Journal["Service"]
  readonly calls: Calls
  /** How many operations of the journal there were. */
  #operations = 0
  #moves = 0
  readonly #sent = new Set<number>()
  /** What tells the present process that there may be work for it, until it was told once. */
  #hint: (() => void) | undefined

  constructor(setting: Setting, time: Time.Time, journal: Journal["Service"]) {
    this.setting = setting
    this.time = time
    this.journal = this.#counted(journal)
    this.calls = new Calls(setting)
  }

  // ---- processes ------------------------------------------------------------------------------------------------

  /** Starts a process. */
  readonly boot = Effect.fnUntraced(function* (this: Stage, booting: Booting): Effect.fn.Return<Process> {
    const scope = yield* Scope.make()
    const rewriter = new Rewriter(this.calls.edit(booting.died))
    const workflow = rewriter.workflow(booting.workflow)
    for (const child of booting.children) rewriter.workflow(child)
    const layer = Engine.layer({ workflows: rewriter.workflows, grace: 0, ...options }).pipe(
      Layer.provide([Layer.succeed(Journal, booting.journal), booting.services, Logger.layer([])])
    ) as Layer.Layer<Engine, unknown>
    // A memo map of its own: what a process before this one has built is gone with it.
    const building = Effect.orDie(Layer.buildWithMemoMap(layer, Layer.makeMemoMapUnsafe(), scope))
    const context = yield* Time.within(this.time)(building)
    // A shutdown waits for effects, by real time first. Only what does not end in that may wait for virtual time.
    const close = Effect.gen({ self: this }, function* () {
      const closing = yield* Effect.forkChild(Time.within(this.time)(Scope.close(scope, Exit.void)))
      const isOpen = () => closing.pollUnsafe() === undefined
      while (isOpen()) {
        yield* this.rest
        for (let waited = 0; waited < PATIENCE && isOpen(); waited++) yield* aMoment
        const next = this.time.next()
        if (isOpen() && next !== undefined) yield* this.time.goTo(next)
      }
    })
    return { booting, engine: Context.get(context, Engine), workflow, scope, close }
  })

  /** Starts the instance. */
  start({ engine, workflow }: Process, input: unknown): Effect.Effect<unknown, InvalidPayload | CommandRejected> {
    return Effect.catchIf(
      Time.within(this.time)(engine.start(workflow, { id: this.setting.id, input })),
      (error): error is Exclude<typeof error, InvalidPayload | CommandRejected> =>
        !(error instanceof InvalidPayload || error instanceof CommandRejected),
      // Nobody else knows this journal: no other instance, no other writer, no failure.
      Effect.die
    )
  }

  /** Counts the operations of a journal: where there are some, something goes on. */
  #counted(journal: Journal["Service"]): Journal["Service"] {
    const counted = Object.entries(journal).map(([name, operation]: [string, unknown]) => {
      if (typeof operation !== "function") return [name, operation]
      const count = (...given: ReadonlyArray<unknown>): unknown => {
        this.#operations++
        if (name === "listen") this.#hearsBy(given[1] as Parameters<Journal["Service"]["listen"]>[1])
        return Reflect.apply(operation, journal, given) as unknown
      }
      return [name, count]
    })
    return Object.fromEntries(counted) as Journal["Service"]
  }

  /** A process that begins to listen while it works may have missed a hint. Elsewhere it polls; here that would take time. */
  #hearsBy(hear: Parameters<Journal["Service"]["listen"]>[1]): void {
    this.#hint = () => hear({ _tag: "Claimable" })
  }

  // ---- going on -------------------------------------------------------------------------------------------------

  /** Lets everything happen that needs no time. */
  readonly rest: Effect.Effect<void> = Effect.gen({ self: this }, function* () {
    const seen = () => this.#operations + this.calls.activity + this.time.activity()
    for (;;) {
      let before = seen()
      for (let quiet = 0; quiet < QUIET && !this.calls.isOver; quiet++) {
        yield* Effect.yieldNow
        if (seen() === before) continue
        before = seen()
        quiet = 0
      }
      // What neither ends nor sleeps may wait for something real: that takes real time.
      for (let waited = 0; waited < PATIENCE && this.calls.isBusy && seen() === before; waited++) yield* aMoment
      if (seen() === before || this.calls.isOver) return
    }
  })

  /** Where the instance stands. */
  status({ engine }: Process): Effect.Effect<InstanceStatus> {
    return Effect.orDie(Time.within(this.time)(engine.status(this.setting.id)))
  }

  /** Takes the next step: a signal that is waited for, or else the time at which something happens, not after `limit`. */
  readonly move = Effect.fnUntraced(function* (
    this: Stage,
    process: Process,
    limit = Infinity
  ): Effect.fn.Return<Moved, StageError> {
    yield* this.rest
    if (this.#hint !== undefined) {
      this.#hint()
      this.#hint = undefined
      yield* this.rest
    }
    yield* this.calls.check
    if (this.calls.isOver) return "rests"
    // A dead process gives no answers.
    const { died } = process.booting
    if (died !== undefined && Deferred.isDoneUnsafe(died)) return "died"
    const status = yield* this.status(process)
    if (isTerminal(status.status)) return "ended"
    if (this.#moves++ > ENDLESS) return "rests"
    const index = this.#due(status)
    if (index !== undefined) {
      yield* this.deliver(process, index)
      return "moved"
    }
    const next = Math.min(yield* this.#nextTime(process, status), this.#nextDelivery())
    if (next === Infinity || next > limit) return "rests"
    yield* this.time.goTo(next)
    return "moved"
  })

  /**
   * When something happens by itself. Where no effect is under way that is told by what instances wait for, and whatever
   * else an engine sleeps for (a long sleep is taken in parts) is passed over.
   */
  readonly #nextTime: (process: Process, status: InstanceStatus) => Effect.Effect<number> = Effect.fnUntraced(
    { self: this },
    function* (process: Process, status: InstanceStatus) {
      const dues = yield* this.#dues(process, status)
      const next = this.time.next() ?? Infinity
      if (this.calls.isRunning || dues.some((due) => due <= this.time.now())) return next
      return Math.min(...dues)
    }
  )

  /** The times at which something is due, of an instance and of the children that it waits for; what is under way is due now. */
  #dues(process: Process, { waitsFor }: InstanceStatus): Effect.Effect<ReadonlyArray<number>> {
    const dues = Effect.forEach(waitsFor, (waiting): Effect.Effect<ReadonlyArray<number>> => {
      if (waiting._tag === "Timer") return Effect.succeed([waiting.due])
      // A handler that has failed is tried again.
      if (waiting._tag === "Signal") return Effect.succeed(waiting.lastError === undefined ? [] : [0])
      if (waiting._tag !== "Child" || waiting.phase === "Start") return Effect.succeed([waiting.notBefore])
      const child = Effect.option(Time.within(this.time)(process.engine.status(waiting.id)))
      // One that no engine here hosts does nothing.
      return Effect.flatMap(child, (found) => (Option.isNone(found) ? none : this.#dues(process, found.value)))
    })
    return Effect.map(dues, (all) => all.flat())
  }

  #afterOf({ after }: Delivery<unknown>): number {
    return this.setting.startsAt + Duration.toMillis(Duration.fromInputUnsafe(after ?? 0))
  }

  /** The first signal of the list that is waited for. */
  #due({ waitsFor }: InstanceStatus): number | undefined {
    const names = new Set(waitsFor.flatMap(({ _tag, step }) => (_tag === "Signal" ? [step.name] : [])))
    const index = this.setting.signals.findIndex(
      (delivery, place) =>
        !this.#sent.has(place) && names.has(delivery.signal.name) && this.#afterOf(delivery) <= this.time.now()
    )
    return index === -1 ? undefined : index
  }

  #nextDelivery(): number {
    const open = this.setting.signals.filter((_, index) => !this.#sent.has(index))
    return Math.min(...open.map((delivery) => this.#afterOf(delivery)).filter((after) => after > this.time.now()))
  }

  /** Sends a signal of the list. The same one again does no harm. */
  readonly deliver = Effect.fnUntraced(function* (this: Stage, { engine, scope }: Process, index: number) {
    const delivery = this.setting.signals[index]
    if (delivery === undefined) return
    this.#sent.add(index)
    const { id = `signal-${index}`, payload, signal, to } = delivery
    const sending = engine.signal(this.setting.id, signal, payload, { id, ...(to !== undefined && { to }) })
    const caught = Effect.catchCause(sending, (cause) => {
      const failure = cause.reasons.find(Cause.isFailReason)
      // A refusal is an answer. What the signal's schema does not take is the test's fault.
      return failure?.error instanceof InvalidPayload ? this.calls.stop(failure.error) : Effect.void
    })
    yield* Effect.forkIn(Time.within(this.time)(caught), scope)
  })

  /** The signals that were sent: the next process hears of those that the one before has not settled. */
  get sent(): ReadonlyArray<number> {
    return [...this.#sent]
  }

  /** All events of the instance, run after run. */
  readonly runs: Effect.Effect<ReadonlyArray<ReadonlyArray<Event>>> = Effect.gen({ self: this }, function* () {
    const row = yield* Single.find(this.journal, this.setting.id)
    return Option.isNone(row) ? [] : yield* Reader.all(this.journal, row.value)
  }).pipe(Effect.orDie)
}

const none: Effect.Effect<ReadonlyArray<number>> = Effect.succeed([])

const aMoment = Effect.promise(() => new Promise<void>((resolve) => void setTimeout(resolve, 1)))

/** What an instance waits for, in words. */
const described = (waiting: WaitsFor): string => {
  const { _tag, step } = waiting
  switch (_tag) {
    case "RunIO":
      return step.name
    case "Signal":
      return `signal ${step.name}`
    case "Timer":
      return `timer ${step.name}`
    case "Child":
      return `child ${step.name} (${waiting.workflow})`
    case "Send":
      return `message ${step.name}`
  }
}

/** The run does not come to what was wanted. */
export const rests = (status: InstanceStatus, wanted: string): RunRests =>
  new RunRests({
    instance: status.id,
    status: status.status,
    waitsFor: status.waitsFor.map(described),
    wanted,
    error: status.error
  })

/** Sets a stage up. */
export const make = Effect.fnUntraced(function* (setting: Setting): Effect.fn.Return<Stage, never, Scope.Scope> {
  const time = yield* Time.make(setting.startsAt)
  const journal = Context.get(yield* Layer.build(Layer.fresh(Journal.layerMemory)), Journal)
  return new Stage(setting, time, journal)
})
