/**
 * The simulated machine room: processes, what of theirs is ready to run, and time, which passes only where nothing is.
 *
 * Everything runs in one synchronous loop. Which of several ready things goes next is chosen by the seed; only what one
 * fiber has queued stays in its order, as Effect promises. A process that is killed is never run again, in the middle of
 * whatever it did; one that is frozen keeps what is ready for it, and its alarms ring when it wakes up.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import { toMillis } from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Scheduler from "effect/Scheduler"
import { Dice } from "./dice.ts"

type Task = () => void

/** What one fiber has queued, or something that came from outside: it is run in order. */
interface Lane {
  readonly tasks: Array<{ readonly task: Task; readonly priority: number }>
  isReady: boolean
}

/** How many operations of fibers pass, on average, before one of them has to let others run. */
const STRETCH = 400

/** A process of the simulation. */
export class Process {
  readonly name: string
  state: "running" | "frozen" | "dead" = "running"
  /** How far its own clock is ahead, in milliseconds. */
  skew = 0
  readonly ready: Array<Lane> = []
  readonly #kernel: Kernel
  /** Its scheduler, its clock and its randomness, for the fibers that run in it. */
  readonly context: Context.Context<never>

  constructor(kernel: Kernel, name: string, seed: number) {
    this.#kernel = kernel
    this.name = name
    this.context = Context.make(Scheduler.Scheduler, this.#scheduler(seed)).pipe(
      Context.add(Clock.Clock, this.#clock()),
      Context.add(Random.Random, new Dice(seed))
    )
  }

  /** Has it something to do next, beside whatever else is ready? */
  post(task: Task): void {
    this.#enqueue({ tasks: [], isReady: false }, task, 0)
  }

  /** Runs an effect in it. */
  run<A, E>(effect: Effect.Effect<A, E>, ended: (fiber: Fiber.Fiber<A, E>) => void = () => undefined): void {
    this.post(() => {
      const fiber = Effect.runForkWith(this.context)(effect)
      fiber.addObserver(() => ended(fiber))
    })
  }

  #enqueue(lane: Lane, task: Task, priority: number): void {
    if (this.state === "dead") return
    const after = lane.tasks.findIndex((queued) => queued.priority > priority)
    lane.tasks.splice(after === -1 ? lane.tasks.length : after, 0, { task, priority })
    if (lane.isReady) return
    lane.isReady = true
    this.ready.push(lane)
  }

  #scheduler(seed: number): Scheduler.Scheduler {
    const dice = new Dice(seed + 1)
    let left = dice.below(2 * STRETCH)
    return {
      executionMode: "async",
      shouldYield: () => {
        if (left-- > 0) return false
        left = dice.below(2 * STRETCH)
        return true
      },
      makeDispatcher: () => {
        const lane: Lane = { tasks: [], isReady: false }
        return {
          scheduleTask: (task, priority) => this.#enqueue(lane, task, priority),
          // Only what has to end synchronously asks for this.
          flush: () => {
            while (lane.tasks.length > 0) lane.tasks.shift()?.task()
          }
        }
      }
    }
  }

  #clock(): Clock.Clock {
    const sleep = (duration: Duration.Duration): Effect.Effect<void> => {
      const wait = toMillis(duration)
      if (wait <= 0) return Effect.yieldNow
      if (wait === Infinity) return Effect.never
      return Effect.callback((resume) => {
        const cancel = this.#kernel.after(wait, () => this.post(() => resume(Effect.void)))
        return Effect.sync(cancel)
      })
    }
    return clockOf(() => this.#kernel.now + this.skew, sleep)
  }
}

const nobodySleeps: Clock.Clock["sleep"] = () => Effect.die(new Error("a simulated store does its work at once"))

const clockOf = (millis: () => number, sleep = nobodySleeps): Clock.Clock => {
  const nanos = (): bigint => BigInt(Math.floor(millis())) * 1_000_000n
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep
  }
}

interface Timer {
  readonly at: number
  readonly ring: Task
  isCancelled: boolean
}

/** Runs processes, and lets time pass. */
export class Kernel {
  /** Milliseconds since the beginning. */
  now = 1
  /** How many tasks were run. */
  steps = 0
  readonly dice: Dice
  /** The journal's clock: the one that is right. */
  readonly clock: Clock.Clock = clockOf(() => this.now)
  readonly #processes: Array<Process> = []
  #running: Process | undefined
  /** The next one is the last of them. */
  readonly #timers: Array<Timer> = []

  constructor(seed: number) {
    this.dice = new Dice(seed)
  }

  /** A new process. */
  boot(name: string): Process {
    const process = new Process(this, name, this.dice.nextIntUnsafe() % 2 ** 31)
    this.#processes.push(process)
    return process
  }

  /** The process never acts again. */
  kill(process: Process): void {
    process.state = "dead"
    process.ready.length = 0
    const index = this.#processes.indexOf(process)
    if (index !== -1) this.#processes.splice(index, 1)
  }

  /** Does something when so much time has passed. Answers what takes that back. */
  after(millis: number, ring: Task): () => void {
    const timer = { at: this.now + Math.max(0, millis), ring, isCancelled: false }
    let low = 0
    for (let high = this.#timers.length; low < high;) {
      const middle = (low + high) >>> 1
      // Before those of the same instant, so that they ring in the order in which they were set.
      if ((this.#timers[middle] as Timer).at > timer.at) low = middle + 1
      else high = middle
    }
    this.#timers.splice(low, 0, timer)
    return () => {
      timer.isCancelled = true
    }
  }

  /** Does something for whoever runs now, once that has ended. */
  soon(task: Task): void {
    if (this.#running === undefined) this.after(0, task)
    else this.#running.post(task)
  }

  /** Does something for whoever runs now when so much time has passed. Answers what takes that back. */
  alarm(millis: number, task: Task): () => void {
    const process = this.#running
    return this.after(millis, () => (process === undefined ? task() : process.post(task)))
  }

  /** Runs what is ready, chosen by the seed; where nothing is, time passes to the next alarm. Answers whether there was any. */
  step(): boolean {
    const running = this.#processes.filter(({ state }) => state === "running")
    const count = running.reduce((all, { ready }) => all + ready.length, 0)
    if (count === 0) return this.#passTime()
    this.steps++
    let index = this.dice.below(count)
    const process = running.find(({ ready }) => (index < ready.length ? true : ((index -= ready.length), false)))
    const lane = process?.ready[index]
    if (process === undefined || lane === undefined) return false
    process.ready.splice(index, 1)
    const next = lane.tasks.shift()
    lane.isReady = lane.tasks.length > 0
    if (lane.isReady) process.ready.push(lane)
    this.#running = process
    next?.task()
    this.#running = undefined
    return true
  }

  #passTime(): boolean {
    for (let timer = this.#timers.pop(); timer !== undefined; timer = this.#timers.pop()) {
      if (timer.isCancelled) continue
      this.now = Math.max(this.now, timer.at)
      timer.ring()
      return true
    }
    return false
  }
}
