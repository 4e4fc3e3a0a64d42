/**
 * One run: workers are started, a client lives through its cases, faults hit whom the schedule says; then the faults
 * stop, what was begun comes to its end, and the verdict is asked for.
 */
import { Effect, Fiber, Random, type Scope } from "effect"
import { open, type Refused, type Worker, WorkerFailed } from "@waymark/examples/withdrawal/processes"
import { type AskWorker, Client } from "./client.ts"
import type { Plan, Stall } from "./plan.ts"
import * as Records from "./records.ts"
import type { Request } from "./requests.ts"
import * as Schedule from "./schedule.ts"
import type { Restart } from "./server.ts"
import type { Store } from "./store.ts"
import type { Tables, TablesFailed } from "./tables.ts"
import * as Verdict from "./verdict.ts"

/** How a run goes. All times are in milliseconds. */
export interface Options {
  readonly seed: string
  readonly store: Store
  readonly instances: number
  readonly processes: number
  /** How long there are faults, and new instances. */
  readonly duration: number
  readonly faults: ReadonlySet<Schedule.Kind>
  readonly every: number
  readonly restartEvery: number
  readonly lease: number
  readonly poll: number
  /** How long instances that only wait stay in memory. */
  readonly idle: number
  readonly latency: number
  /** How much later each worker starts than the one before. */
  readonly stagger: number
  /** Told how far it is, now and then. */
  readonly tell: (line: string) => void
}

/** What a run has come to. */
export interface Report {
  readonly tally: Verdict.Tally
  /** How many faults there were, by kind. */
  readonly faults: Readonly<Record<string, number>>
  readonly violations: ReadonlyArray<Verdict.Violation>
}

/** How long nothing may move before the rest is given up. */
const STANDSTILL = 30_000

/** A place for a worker: one process after the other. */
interface Slot {
  readonly index: number
  life: number
  process: string
  worker: Worker<Request, Stall> | undefined
  up: boolean
  /** Something is being done to it, so that its end is no news. */
  busy: boolean
}

/** Conducts a run. */
export const run = Effect.fnUntraced(function* (options: Options): Effect.fn.Return<Report, unknown, Scope.Scope> {
  const { duration, instances, store } = options
  const draw = <A>(what: string, effect: Effect.Effect<A>) => Random.withSeed(effect, `${options.seed}/${what}`)
  const cases = yield* draw("cases", Schedule.cases(instances, duration * 0.85))
  const faults = yield* draw("faults", Schedule.faults({ ...options, kinds: options.faults }))

  const stage = new Stage(options)
  const client = new Client(yield* store.ask(stage.ask))
  yield* stage.fill
  const tables = yield* store.tables

  const began = Date.now()
  const lives = yield* Effect.forkScoped(
    Effect.forEach(cases, (one) => client.live(one, began), { concurrency: "unbounded", discard: true })
  )
  const hits = Effect.forEach(faults, (fault) => Effect.andThen(until(began + fault.at), stage.hit(fault)), {
    concurrency: "unbounded",
    discard: true
  })
  const all = Records.expectedOf(cases).length
  const watching = yield* Effect.forkScoped(
    Effect.forever(
      Effect.andThen(
        Effect.sleep("5 seconds"),
        Effect.flatMap(ended(tables), (done) =>
          Effect.sync(() => {
            const seconds = Math.round((Date.now() - began) / 1_000)
            options.tell(`${seconds} s: started ${client.started}, ended ${done.ended} of ${all}; ${stage.words}`)
          })
        )
      )
    )
  )
  yield* hits
  yield* until(began + duration)
  options.tell("faults are off")
  yield* settle(tables, all)
  // Those who still wait for an answer have a moment to get it; the verdict names those who have none.
  yield* Effect.timeoutOption(Fiber.join(lives), "10 seconds")
  yield* Fiber.interrupt(watching)
  yield* stage.clear

  yield* Records.write(tables, { cases, heard: client.heard, happened: stage.happened })
  const found = yield* Verdict.judge(tables, { grace: options.lease + 2 * options.poll + 1_000 })
  const heard =
    (check: string) =>
    (found: string): Verdict.Violation => ({ check, instance: "", found })
  return {
    tally: yield* Verdict.count(tables),
    faults: { ...stage.counts, cut: store.cuts() },
    violations: [...found, ...client.violations.map(heard("client")), ...stage.violations.map(heard("workers"))]
  }
})

const until = (moment: number): Effect.Effect<void> =>
  Effect.suspend(() => Effect.sleep(Math.max(0, moment - Date.now())))

const ended = (tables: Tables): Effect.Effect<{ readonly ended: number; readonly events: number }, TablesFailed> =>
  Effect.map(
    tables.query<{ readonly ended: number | bigint; readonly events: number | bigint }>(
      `select (select count(*) from waymark_instances where status in ('completed', 'failed')) as ended,
        (select count(*) from waymark_events) + (select sum(epoch) from waymark_instances) as events`
    ),
    ([row]) => ({ ended: Number(row?.ended ?? 0), events: Number(row?.events ?? 0) })
  )

/** Waits until all have ended, or nothing moves any more. */
const settle = Effect.fnUntraced(function* (tables: Tables, all: number) {
  let [last, moved] = ["", Date.now()]
  for (;;) {
    const now = yield* ended(tables)
    if (now.ended >= all || Date.now() - moved > STANDSTILL) return
    if (JSON.stringify(now) !== last) [last, moved] = [JSON.stringify(now), Date.now()]
    yield* Effect.sleep("250 millis")
  }
})

/** The workers, and what is done to them. */
class Stage {
  readonly happened: Array<Records.Happened> = []
  readonly violations: Array<string> = []
  readonly counts: Record<string, number> = {}
  readonly #options: Options
  readonly #slots: ReadonlyArray<Slot>
  #restarting = false

  constructor(options: Options) {
    this.#options = options
    this.#slots = Array.from({ length: options.processes }, (_, index) => ({
      index,
      life: 0,
      process: "",
      worker: undefined,
      up: false,
      busy: false
    }))
  }

  get words(): string {
    return Object.entries(this.counts)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(", ")
  }

  /** Starts the workers, one after the other, and waits for the first. */
  get fill(): Effect.Effect<void, never, Scope.Scope> {
    const { stagger } = this.#options
    return Effect.gen({ self: this }, function* (this: Stage) {
      for (const slot of this.#slots) {
        yield* Effect.forkScoped(Effect.andThen(Effect.sleep(slot.index * stagger), this.#launch(slot)))
      }
      yield* Effect.repeat(Effect.sleep("20 millis"), { until: () => this.#slots.some(({ up }) => up) })
    })
  }

  /** Shuts all workers down in good order. */
  get clear(): Effect.Effect<void> {
    return Effect.forEach(this.#slots, (slot) => this.#stop(slot), { concurrency: "unbounded", discard: true })
  }

  /** Asks any worker that is up, as far as is known: it may be frozen, or die over it. */
  readonly ask: AskWorker = (request) =>
    Effect.suspend(() => {
      const up = this.#slots.filter(({ up }) => up)
      const slot = up[Math.floor(Math.random() * up.length)]
      return (
        slot?.worker?.ask(request) ?? Effect.fail<Refused | WorkerFailed>(new WorkerFailed({ message: "nobody is up" }))
      )
    })

  /** Does what the schedule says, where the slot is not down or frozen anyway. */
  hit(fault: Schedule.Fault): Effect.Effect<void, never, Scope.Scope> {
    return Effect.suspend(() => {
      switch (fault._tag) {
        case "cut": {
          this.#options.store.cut(fault.slot, fault.cut)
          this.#note("cut", this.#slots[fault.slot]?.process ?? null, Date.now())
          return Effect.void
        }
        case "restart":
          return this.#restart(fault.how)
        case "freeze":
          return this.#busy(fault.slot, (slot) => this.#freeze(slot, fault.length))
        case "kill":
        case "stop":
          return this.#busy(fault.slot, (slot) =>
            Effect.gen({ self: this }, function* (this: Stage) {
              const end = fault._tag === "kill" ? this.#kill(slot) : this.#stop(slot)
              yield* this.#during(fault._tag, slot.process, end)
              yield* Effect.sleep(fault.pause)
              yield* this.#launch(slot)
            })
          )
      }
    })
  }

  #launch(slot: Slot): Effect.Effect<void, never, Scope.Scope> {
    return Effect.gen({ self: this }, function* (this: Stage) {
      const { idle, latency, lease, poll, store } = this.#options
      const process = `w${slot.index + 1}.${++slot.life}`
      const plan: Plan = { process, store: store.place(slot.index), lease, poll, idle, latency }
      const hear = ({ began, ended }: Stall) => this.#note("stall", process, began, ended)
      const worker = yield* open<Request, Stall>({ program: new URL("worker.js", import.meta.url), plan, hear })
      Object.assign(slot, { process, worker })
      let gone = false
      yield* Effect.forkScoped(
        Effect.flatMap(worker.exited, (how) =>
          Effect.sync(() => {
            gone = true
            if (slot.worker !== worker) return
            slot.up = false
            if (!slot.busy)
              this.violations.push(`${process} ended by ${how} and nobody had asked it to: ${worker.output}`)
          })
        )
      )
      // It may wait for its store for longer than anybody waits for a worker.
      yield* Effect.forkScoped(
        Effect.retry(worker.ready, { while: () => !gone }).pipe(
          Effect.tap(() => Effect.sync(() => (slot.up = slot.worker === worker))),
          Effect.ignore
        )
      )
    })
  }

  #kill(slot: Slot): Effect.Effect<void> {
    return Effect.suspend(() => {
      slot.up = false
      return Effect.asVoid(slot.worker?.gone("SIGKILL") ?? Effect.void)
    })
  }

  #stop(slot: Slot): Effect.Effect<void> {
    return Effect.suspend(() => {
      const { process, up, worker } = slot
      slot.up = false
      slot.busy = true
      if (worker === undefined) return Effect.void
      // One that is not there yet does not listen.
      if (!up) return Effect.asVoid(worker.gone("SIGKILL"))
      const told = Effect.map(worker.gone("SIGTERM"), (how) => {
        if (how !== 0) this.violations.push(`${process} ended by ${how} when it was asked to: ${worker.output}`)
      })
      return Effect.timeoutOrElse(told, {
        duration: "40 seconds",
        orElse: () => {
          this.violations.push(`${process} did not end within 40 seconds of being asked to: ${worker.output}`)
          return Effect.asVoid(worker.gone("SIGKILL"))
        }
      })
    })
  }

  /** One at a time: a server that is busy may take longer to come up than the schedule thought. */
  #restart(how: Restart): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#restarting) return Effect.void
      this.#restarting = true
      const restarted = Effect.sync(() => (this.#restarting = false))
      return Effect.ensuring(this.#during("restart", null, this.#options.store.restart(how)), restarted)
    })
  }

  #freeze(slot: Slot, length: number): Effect.Effect<void> {
    const signal = (name: "SIGSTOP" | "SIGCONT") =>
      Effect.sync(() => {
        if (slot.worker !== undefined) process.kill(slot.worker.pid, name)
      })
    return this.#during(
      "freeze",
      slot.process,
      Effect.acquireUseRelease(
        signal("SIGSTOP"),
        () => Effect.sleep(length),
        () => signal("SIGCONT")
      )
    )
  }

  #busy<R>(index: number, does: (slot: Slot) => Effect.Effect<void, never, R>): Effect.Effect<void, never, R> {
    return Effect.suspend(() => {
      const slot = this.#slots[index]
      if (slot === undefined || slot.busy || !slot.up) return Effect.void
      slot.busy = true
      return Effect.ensuring(
        does(slot),
        Effect.sync(() => (slot.busy = false))
      )
    })
  }

  #during(kind: string, process: string | null, does: Effect.Effect<void>): Effect.Effect<void> {
    return Effect.suspend(() => {
      const began = Date.now()
      return Effect.andThen(
        does,
        Effect.sync(() => this.#note(kind, process, began, Date.now()))
      )
    })
  }

  #note(kind: string, process: string | null, began: number, ended = began): void {
    this.happened.push({ kind, process, began, ended })
    this.counts[kind] = (this.counts[kind] ?? 0) + 1
  }
}
