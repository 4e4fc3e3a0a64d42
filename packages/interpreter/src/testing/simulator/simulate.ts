/**
 * The simulator: engines in several processes over one journal, under a schedule of what goes wrong. It owns the journal's
 * answers, the clocks, chance, the effects and the order in which things happen, so a trial is the same every time.
 *
 * After the faults comes a time without any: whatever waits for nothing has to reach its end in it, and then the
 * invariants are looked at.
 */
import type { Workflow } from "@waymark/core"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import { Engine, type Options } from "../../Engine.ts"
import { Journal, type Append } from "../../Journal.ts"
import * as memory from "../../internal/memoryJournal.ts"
import { workflow as workflowOf } from "../generator/case.ts"
import { Other, type Generated } from "../generator/site.ts"
import { World } from "../generator/world.ts"
import type { Operation } from "../operations.ts"
import { Client, INSTANCE, type Worker } from "./client.ts"
import { Kernel, type Process } from "./kernel.ts"
import { Ledger } from "./ledger.ts"
import { connect } from "./line.ts"
import type { Fault, Outcome, Schedule, Trial } from "./schedule.ts"
import { Truth } from "./truth.ts"

type Service = Journal["Service"]

/** How long a process is not heard of before others take its instances over, in milliseconds. */
export const LEASE = 9_000
const POLL = 3_000
/** How long a slow call takes. */
const SLOW = 2 * LEASE
/** From when on nothing goes wrong any more, at the latest, after the last fault that has a time. */
const AFTER = 60_000
/** How long a run may take from then on. */
const LIMIT = 30 * 60_000
/** How much may happen in a simulation. */
const STEPS = 60_000
/** How long the rest of the house is watched after the end: who was frozen wakes up, leases lapse. */
const QUIET = 3 * LEASE

/** What of a simulation can be another thing: to see that it notices. */
export interface Subject {
  /** Put between the store and the line. Default: nothing. */
  readonly mutant?: (store: Service, kernel: Kernel) => Service
  /** Options of the engines. */
  readonly engine?: Partial<Omit<Options<[]>, "workflows">>
  /** What the process with this number hosts, counted in the order in which they begin. Default: the case's workflow. */
  readonly hosted?: (process: number) => Generated
  /** What every process hosts besides. Default: what generated workflows start as their children. */
  readonly others?: ReadonlyArray<Workflow.Any>
  /** By which definition the journal is read when it is over. Default: the case's workflow. */
  readonly workflow?: Generated
}

/** What a simulation came to. */
export interface Simulated {
  readonly trial: Trial
  readonly workflow: Generated
  readonly kernel: Kernel
  readonly truth: Truth
  readonly ledger: Ledger
  readonly client: Client
  /** How many faults of each kind took place. */
  readonly injected: Readonly<Record<string, number>>
  /** How often each operation of the journal was called before nothing went wrong any more. */
  readonly calls: ReadonlyMap<Operation, number>
  /** What was seen to be wrong while it ran. */
  readonly seen: ReadonlyArray<{ readonly invariant: string; readonly seen: string }>
  /** Whether it has ended, or is where only an operator helps. */
  readonly isOver: boolean
}

interface Running extends Worker {
  engine: Engine["Service"] | undefined
  readonly scope: Scope.Closeable
}

/** What of the platform a simulation has its own of. */
interface Platform {
  randomUUID: unknown
  queueMicrotask: unknown
  setTimeout: unknown
  clearTimeout: unknown
}

const own = (kernel: Kernel): Platform => {
  let count = 0
  return {
    randomUUID: (): string => {
      const salt = `${kernel.dice.below(10 ** 8)}`.padStart(8, "0")
      return `${salt}-0000-4000-8000-${`${count++}`.padStart(12, "0")}`
    },
    queueMicrotask: (task: () => void): void => kernel.soon(task),
    setTimeout: (task: () => void, millis = 0): unknown => kernel.alarm(millis, task),
    clearTimeout: (cancel: unknown): void => {
      if (typeof cancel === "function") cancel()
    }
  }
}

/**
 * What the platform would do by itself is part of the simulation while that runs: identifiers come from the seed, timers from
 * its clock. Nobody looks at the stacks of the many errors in it, and they take most of its time.
 */
const withOwnPlatform = <A>(kernel: Kernel, f: () => A): A => {
  const { stackTraceLimit } = Error
  const replaced = Object.entries(own(kernel)).map(([name, value]) => {
    const object = name === "randomUUID" ? crypto : globalThis
    const before = Object.getOwnPropertyDescriptor(object, name)
    Object.defineProperty(object, name, { configurable: true, writable: true, value })
    return () => {
      if (before === undefined) Reflect.deleteProperty(object, name)
      else Object.defineProperty(object, name, before)
    }
  })
  Error.stackTraceLimit = 0
  try {
    return f()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
    for (const restore of replaced) restore()
  }
}

class Simulation {
  readonly kernel: Kernel
  readonly truth: Truth
  readonly ledger: Ledger
  readonly client: Client
  readonly workflow: Generated
  readonly injected: Record<string, number> = {}
  readonly seen: Array<{ readonly invariant: string; readonly seen: string }> = []
  isOver = false
  readonly #trial: Trial
  readonly #subject: Subject
  readonly #store: Service
  readonly #journal: Service
  readonly #workers: Array<Running> = []
  readonly calls = new Map<Operation, number>()
  readonly #faults = new Map<string, Outcome>()
  #booted = 0
  #isCalm = false
  #downUntil = 0

  constructor(trial: Trial, subject: Subject) {
    const { schedule } = trial
    this.#trial = trial
    this.#subject = subject
    this.kernel = new Kernel(schedule.seed)
    this.workflow = subject.workflow ?? workflowOf(trial.case)
    this.#store = Effect.runSync(memory.make)
    this.#journal = subject.mutant?.(this.#store, this.kernel) ?? this.#store
    this.truth = new Truth(this.#store, this.kernel, (invariant, seen) => this.seen.push({ invariant, seen }))
    this.ledger = new Ledger(this.kernel, this.truth, trial.case.script.outcomes, schedule.effects)
    for (let count = 0; count < schedule.workers; count++) this.#boot()
    for (const fault of schedule.faults) this.#plan(fault)
    this.client = new Client({
      kernel: this.kernel,
      truth: this.truth,
      trial,
      workflow: this.workflow,
      workers: () => this.#workers,
      over: () => this.#lift()
    })
    this.kernel.after(endOf(schedule), () => this.#lift())
  }

  /** Runs until it is over, or something is wrong with it. */
  run(): void {
    const limit = endOf(this.#trial.schedule) + LIMIT
    while (!this.isOver && this.kernel.steps < STEPS && this.kernel.now < limit && this.seen.length === 0) {
      if (!this.kernel.step()) break
    }
  }

  // ---- what goes wrong ------------------------------------------------------------------------------------------

  #plan(fault: Fault): void {
    if (fault._tag === "Call") {
      this.#faults.set(`${fault.operation} ${fault.index}`, fault.outcome)
      return
    }
    this.kernel.after(fault.at, () => {
      if (!this.#isCalm) this.#happen(fault)
    })
  }

  #happen(fault: Exclude<Fault, { readonly _tag: "Call" }>): void {
    if (fault._tag === "Join") {
      this.#count("Join")
      return this.#boot()
    }
    if (fault._tag === "Down") {
      this.#count("Down")
      this.#downUntil = Math.max(this.#downUntil, this.kernel.now + fault.millis)
      return
    }
    const worker = this.#workers[fault.worker % this.#workers.length]
    if (worker === undefined) return
    const { process } = worker
    switch (fault._tag) {
      case "Kill":
        this.#count("Kill")
        return this.#die(process, fault.millis)
      case "Freeze":
        if (process.state !== "running") return
        this.#count("Freeze")
        process.state = "frozen"
        return void this.kernel.after(fault.millis, () => this.#wake(process))
      case "Shutdown":
        if (process.state !== "running") return
        this.#count("Shutdown")
        return this.#shutDown(process, fault.millis)
      case "Skew":
        this.#count("Skew")
        process.skew = fault.millis
    }
  }

  #wake(process: Process): void {
    if (process.state === "frozen") process.state = "running"
  }

  #die(process: Process, millis: number): void {
    this.kernel.kill(process)
    const index = this.#workers.findIndex((worker) => worker.process === process)
    // What is shutting down has its successor already.
    if (index === -1) return
    this.#workers.splice(index, 1)
    this.kernel.after(millis, () => this.#boot())
  }

  #shutDown(process: Process, millis: number): void {
    const worker = this.#workers.find((worker) => worker.process === process)
    if (worker === undefined) return
    this.#workers.splice(this.#workers.indexOf(worker), 1)
    process.run(Scope.close(worker.scope, Exit.void), () => this.kernel.kill(process))
    this.kernel.after(millis, () => this.#boot())
  }

  #count(kind: string): void {
    this.injected[kind] = (this.injected[kind] ?? 0) + 1
  }

  readonly #decide = (operation: Operation): Outcome | undefined => {
    if (this.#isCalm) return undefined
    const index = this.calls.get(operation) ?? 0
    this.calls.set(operation, index + 1)
    const every = operation === "append" ? this.#trial.schedule.everyAppend : undefined
    const isDown = this.kernel.now < this.#downUntil
    const outcome = this.#faults.get(`${operation} ${index}`) ?? (isDown ? "fail" : every)
    if (outcome !== undefined) this.#count(outcome)
    return outcome
  }

  /** Owners from which everything was taken, and who have not asked since. */
  readonly #seized = new Set<string>()

  /** Their owner seems dead: somebody else claims instances that are being written to, and gives them back. */
  readonly #seize = (appends: ReadonlyArray<Append>): void => {
    const owners = new Set(appends.flatMap(({ instance }) => this.truth.owner(instance) ?? []))
    for (const owner of owners) {
      // One that does not know yet that all was taken from it has nothing, and is still to be told.
      if (this.#seized.has(owner)) continue
      this.#seized.add(owner)
      this.truth.ask((store) => Effect.andThen(store.renew(owner, 0), store.reap))
    }
    const rival = "somebody else"
    for (const { instance: id } of appends) {
      const row = this.truth.row(id)
      if (row === undefined) continue
      const workflows = [{ name: row.workflow, version: row.version }]
      this.truth.ask((store) =>
        Effect.andThen(
          store.claim({ owner: rival, workflows, limit: 1, order: "oldest", ids: [id] }),
          store.retire(rival)
        )
      )
    }
  }

  /** From now on nothing goes wrong: who is frozen wakes up, clocks are right, and somebody is there. */
  #lift(): void {
    if (this.#isCalm) {
      if (this.client.isOver) this.#finish()
      return
    }
    this.#isCalm = true
    for (const { process } of this.#workers) {
      this.#wake(process)
      process.skew = 0
    }
    if (this.#workers.length === 0) this.#boot()
    if (this.client.isOver) this.#finish()
  }

  #finish(): void {
    this.kernel.after(QUIET, () => {
      this.client.review()
      this.kernel.after(LEASE, () => {
        this.isOver = true
      })
    })
  }

  // ---- processes ------------------------------------------------------------------------------------------------

  #boot(): void {
    const number = this.#booted++
    const process = this.kernel.boot(`process ${number}`)
    const scope = Scope.makeUnsafe()
    const hosted = this.#subject.hosted?.(number) ?? this.workflow
    const worker: Running = { process, scope, hosted, engine: undefined }
    this.#workers.push(worker)
    const journal = connect(this.#journal, process, {
      kernel: this.kernel,
      pace: this.#trial.schedule.pace,
      slow: SLOW,
      decide: this.#decide,
      done: (by, call, exit) => {
        if (call.operation === "renew") this.#seized.delete(call.args[0] as string)
        this.truth.note({ process: by, call, exit })
      },
      die: (dead) => this.#die(dead, this.kernel.dice.below(2 * LEASE)),
      suspend: (ending) => this.#shutDown(ending, 0),
      seize: this.#seize
    })
    const layer = Engine.layer({
      workflows: [hosted, ...(this.#subject.others ?? [Other])],
      lint: "off",
      lease: LEASE,
      poll: POLL,
      // A schedule may well kill whoever runs it as often as it likes: that is not the fault of any step.
      takeovers: Infinity,
      ...this.#subject.engine
    }).pipe(
      Layer.provide([
        Layer.succeed(Journal, journal),
        Layer.succeed(World, this.ledger.world(process)),
        Logger.layer([])
      ])
    ) as Layer.Layer<Engine>
    process.run(
      Effect.map(Layer.buildWithScope(layer, scope), (context) => {
        worker.engine = Context.get(context, Engine)
      })
    )
  }
}

/** When nothing goes wrong any more. */
const endOf = ({ everyAppend, faults }: Schedule): number => {
  const times = faults.map((fault) => {
    if (fault._tag === "Call") return 0
    return fault.at + ("millis" in fault && fault._tag !== "Skew" ? Math.max(0, fault.millis) : 0)
  })
  return AFTER + Math.max(0, ...times) + (everyAppend === undefined ? 0 : 20 * AFTER)
}

/**
 * Runs a trial: the same one comes to the same, every time.
 *
 * @example
 * ```ts
 * import { Generator, Simulator } from "@waymark/interpreter/testing"
 *
 * const { plan } = Generator
 * const seen = Simulator.simulate({
 *   case: {
 *     plan: plan("AndThen", 0, plan("RunIO"), plan("Await", 1)),
 *     names: "unique",
 *     input: { _tag: "S", n: 0, fuel: 0 },
 *     script: { moves: [], outcomes: [] },
 *     salt: 0
 *   },
 *   schedule: {
 *     ...Simulator.calm,
 *     faults: [{ _tag: "Call", operation: "append", index: 0, outcome: "crash-after" }]
 *   }
 * })
 * export const effects = seen.ledger.starts.length // 1: what is on record does not run again
 * export const violations = Simulator.violations(seen) // []
 * ```
 */
export const simulate = (trial: Trial, subject: Subject = {}): Simulated => {
  const simulation = new Simulation(trial, subject)
  withOwnPlatform(simulation.kernel, () => simulation.run())
  const { calls, client, injected, isOver, kernel, ledger, seen, truth, workflow } = simulation
  return { trial, workflow, kernel, truth, ledger, client, injected, calls, seen, isOver }
}

export { INSTANCE }
