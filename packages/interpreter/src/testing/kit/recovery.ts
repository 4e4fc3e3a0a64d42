/**
 * Whether a workflow recovers: it is run to its end, then again with a crash before and after every append, and has to come
 * to the same each time.
 *
 * The engine keeps its promises whatever the workflow is. What remains is the definition: a function of it that reads a
 * variable or the clock, a step that leaves something in memory for the next one, an effect that is not safe to repeat.
 * Such a program works until its process is replaced, so an ordinary test does not find it.
 *
 * What lives where decides what a crash takes along, so say it:
 *
 * - The *world* outlives processes: what stands in for a bank, a mailbox, a database. `world` makes one for each run.
 * - *Services* live in a process. A layer is built anew for each; of a function it is made anew, from the world.
 * - The *workflow* is often a constant of its module, which no test can load twice. Where it is made by a function, give that
 *   function: then each process has one of its own, and whatever it closes over is lost with the process.
 */
import type { Workflow } from "@waymark/core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type { CommandRejected, InvalidPayload } from "../../Errors.ts"
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import type { Append, Appended, Journal } from "../../Journal.ts"
import * as Faults from "../faults.ts"
import { timeless } from "../laws/law.ts"
import { show } from "../observe.ts"
import { RecoveryViolated, type RunRests, type StubUnknown } from "./errors.ts"
import * as Staging from "./stage.ts"
import { checkStubs, stepsOf } from "./steps.ts"
import type { Call, Stubs } from "./Stub.ts"

/** How a workflow is tried. */
export interface RecoveryOptions<Input, World = void, Payloads extends ReadonlyArray<unknown> = ReadonlyArray<never>> {
  readonly input: Input
  /** What outlives processes, made anew for each run. */
  readonly world?: () => World
  /** What steps without a stub run with, built anew for each process. */
  readonly services?: Layer.Layer<never, unknown> | ((world: World) => Layer.Layer<never, unknown>)
  /** What is to be seen of the world in the end: it has to be the same whenever the process died. Anything that is JSON. */
  readonly observe?: (world: World) => Schema.Json
  /** By the names of the steps that they stand in for. */
  readonly stubs?: Stubs
  /** Sent in their order, each once something waits for it and all else rests. */
  readonly signals?: Staging.Deliveries<Payloads>
  /** Workflows that are started as children by parts which are computed during the run; the others are known. */
  readonly children?: ReadonlyArray<Workflow.Any>
  /** Where there are more appends, so many of them are chosen, evenly. Default: 100. */
  readonly limit?: number
}

/** What was tried, where all was well. */
export interface RecoveryReport {
  /** How many events the undisturbed run has. */
  readonly events: number
  /** How many appends it has: with a `limit`, not each has had its crashes. */
  readonly appends: number
  /** How many runs had a crash. */
  readonly crashes: number
  /** How many attempts were cut off by all the crashes, and made again. */
  readonly repeated: number
}

type Crash = NonNullable<RecoveryViolated["crash"]>

/** What is to be seen of one run. */
interface Trial {
  readonly runs: ReadonlyArray<ReadonlyArray<Event>>
  readonly appends: number
  readonly repeated: number
  readonly world: string
  /** Why it did not come to its end. */
  readonly rests: RunRests | undefined
  /** An effect that ran though it must not. */
  readonly wrong: { readonly call: Call; readonly what: string } | undefined
}

const advice = {
  replay:
    "What a function of the definition gives may depend on its arguments only: put what it reads into the step's event, or into the state.",
  snapshot:
    "A function of the definition gives another part when it is run again, or the state schema does not give back what it was given: let it depend on the state alone.",
  repeatable:
    "Give steps that answer another thing each time a stub, or services that answer by the idempotency key; and keep nothing in variables outside of the state.",
  crash:
    "Only what is in events and in the state outlives a process: keep what a step found out in its event. An effect that was in flight runs again: let it come to the same for the same idempotency key (Step.info).",
  effects: "No workflow can cause this: it is a fault of the engine. Please report it with this test."
} as const satisfies Record<RecoveryViolated["law"], string>

/** Events that depend on when something happened, or on how often it was tried. */
const isIncidental = ({ kind }: Event): boolean => kind === "attempt" || kind === "due"

/** A journal, path by path: only events of one thread have an order of their own. */
const threads = (runs: Trial["runs"]): ReadonlyMap<string, ReadonlyArray<Event>> => {
  const found = new Map<string, Array<Event>>()
  for (const event of runs.flat()) {
    if (isIncidental(event)) continue
    const key = `${event.run}:${event.path}`
    found.set(key, [...(found.get(key) ?? []), event])
  }
  return found
}

const told = (event: Event | undefined): string =>
  event === undefined ? "nothing" : `${event.kind} "${event.step}" ${show(event.payload)}`

interface Difference {
  readonly step: string | null
  readonly path: string | null
  readonly what: string
  readonly expected: string
  readonly found: string
}

/** The first place where two journals differ. */
const difference = (calm: Trial, seen: Trial): Difference | undefined => {
  const [expected, found] = [threads(calm.runs), threads(seen.runs)]
  for (const thread of new Set([...expected.keys(), ...found.keys()])) {
    const [left, right] = [expected.get(thread) ?? [], found.get(thread) ?? []]
    for (let index = 0; index < Math.max(left.length, right.length); index++) {
      const [a, b] = [left[index], right[index]]
      if (told(a) === told(b) && a?.ordinal === b?.ordinal) continue
      const { path, step } = (a ?? b) as Event
      return { step, path, what: "its journal has another event", expected: told(a), found: told(b) }
    }
  }
  return undefined
}

const whole = { step: null, path: null } as const

/** How a run differs from the undisturbed one. */
const compare = (calm: Trial, seen: Trial): Difference | undefined => {
  if (seen.rests !== undefined) {
    const found = `${seen.rests.status}: ${seen.rests.message}`
    return { ...whole, what: "it does not come to its end", expected: "an end", found }
  }
  const differs = difference(calm, seen)
  if (differs !== undefined) return differs
  if (calm.world === seen.world) return undefined
  return { ...whole, what: "the world is another one", expected: calm.world, found: seen.world }
}

const withoutPatch = ({ patch: _, ...event }: Event): Event => event

/** Replayed, each event has to do to the state what it did when it happened. */
const replayed = (workflow: Workflow.Any, events: ReadonlyArray<Event>): Difference | undefined => {
  const computed = timeless(() => Execution.history(workflow, events.map(withoutPatch)))
  if (Result.isFailure(computed)) {
    const { failure } = computed
    // What does not fit may come of an earlier event that does something else.
    const before = failure.position > 0 ? replayed(workflow, events.slice(0, failure.position)) : undefined
    const { path, step } = events[failure.position] ?? { path: null, step: null }
    const what = "it cannot be replayed"
    return before ?? { step, path, what, expected: "the journal to fit", found: failure.message }
  }
  for (const [index, { patch: found }] of computed.success.entries()) {
    // It is taken up again at a checkpoint: what comes before that has to fit all the same.
    if (found === undefined) return replayed(workflow, events.slice(0, index + 1))
    const { patch: expected = null, path, step } = events[index] as Event
    if (show(expected) === show(found)) continue
    const what = `replayed, its event ${index} does something else to the state`
    return { step, path, what, expected: show(expected), found: show(found) }
  }
  return undefined
}

const text = (execution: Execution.Any): string | undefined =>
  Result.match(Execution.trySnapshot(execution), { onFailure: () => undefined, onSuccess: (json) => show(json) })

/** What a snapshot is restored to has to be what was written down, and the rest of the journal has to fit it. */
const restored = (workflow: Workflow.Any, events: ReadonlyArray<Event>, limit: number): Difference | undefined => {
  const end = Result.map(Execution.recover(workflow, events), text)
  for (const length of chosen(events.length, limit)) {
    const { path, step } = events[length] as Event
    const before = Result.map(Execution.recover(workflow, events.slice(0, length + 1)), text)
    // A position that cannot be written down has its journal, and those that do not fit were told of before.
    const expected = Result.isSuccess(before) ? before.success : undefined
    if (expected === undefined) continue
    const place = { step, path, what: `restored from its snapshot after event ${length}, it is another one`, expected }
    const back = Execution.restore(workflow, JSON.parse(expected))
    if (Result.isFailure(back)) return { ...place, found: back.failure.message }
    const again = text(back.success)
    if (again !== expected) return { ...place, found: again ?? "nothing that can be written down" }
    const after = Result.map(Execution.evolveAll(back.success, events.slice(length + 1)), text)
    if (Result.isFailure(after)) return { ...place, expected: "the rest to fit", found: after.failure.message }
    if (Result.isSuccess(end) && end.success !== after.success) {
      return { ...place, expected: end.success ?? "nothing", found: after.success ?? "nothing" }
    }
  }
  return undefined
}

/** All of so many, or some of them, evenly. */
const chosen = (count: number, limit: number): ReadonlyArray<number> => {
  const most = Math.max(1, Math.min(count, limit))
  return count === 0 ? [] : Array.from({ length: most }, (_, index) => Math.floor((index * count) / most))
}

const identity = ({ instance, ordinal, path, run }: Pick<Call, "instance" | "ordinal" | "path" | "run">): string =>
  `${instance} ${run} ${path} ${ordinal}`

const ends: ReadonlySet<Event["kind"]> = new Set(["completed", "failed", "signal"])

/** A journal that tells which steps have their end on record. */
const recording = (journal: Journal["Service"], recorded: Set<string>): Journal["Service"] => ({
  ...journal,
  append: (batch: ReadonlyArray<Append>) =>
    Effect.tap(journal.append(batch), (answers: ReadonlyArray<Appended>) =>
      Effect.sync(() => {
        for (const [index, { events }] of batch.entries()) {
          if (answers[index]?._tag !== "Appended") continue
          for (const event of events) if (ends.has(event.kind)) recorded.add(identity(event))
        }
      })
    )
})

/**
 * Checks that a workflow recovers from a crash before and after each of its appends: that it comes to the same journal (but for
 * times, attempts and the order of independent events), the same result and the same world; that no effect runs again once
 * it is on record; and that replay and snapshots give back what was lived through.
 *
 * Use it in a test of each workflow: one line, and as many runs as there are crashes. It needs effects that answer alike
 * each time, as stubs do, and services made for tests; recorded UUIDs and the time (`WIO.uuid`, `WIO.now`) are taken care of. It
 * fails with a `RecoveryViolated` that names the crash, the step, what was expected and what was found.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { checkRecovery } from "@waymark/interpreter/testing"
 *
 * // Made by a function: each process has a `rate` of its own.
 * const makePricing = () => {
 *   let rate = 1
 *   return Workflow.make("Pricing", {
 *     version: 1,
 *     input: Schema.Number,
 *     state: Schema.Number,
 *     body: WIO.runIO("look the rate up", {
 *       event: Schema.Void,
 *       run: (_: number) => Effect.sync(() => { rate = 2 }),
 *       apply: (price) => price * rate // the bug: this is not in the event
 *     })
 *   })
 * }
 * export const found = await Effect.runPromise(Effect.flip(checkRecovery(makePricing, { input: 20 })))
 * // RecoveryViolated: step "look the rate up": replayed, its event 1 does something else to the state
 * ```
 */
export const checkRecovery = <
  Name extends string,
  Input,
  Output,
  Error,
  R,
  State,
  World = void,
  const Payloads extends ReadonlyArray<unknown> = []
>(
  workflow:
    | Workflow.Workflow<Name, Input, Output, Error, R, State>
    | (() => Workflow.Workflow<Name, Input, Output, Error, R, State>),
  options: RecoveryOptions<NoInfer<Input>, World, Payloads>
): Effect.Effect<RecoveryReport, RecoveryCheckError> => checkRecoveryOn((journal) => journal, workflow, options)

/** Why a check did not end well: a law that is broken, or a test that cannot be run. */
export type RecoveryCheckError =
  | RecoveryViolated
  | RunRests
  | StubUnknown
  | InvalidPayload
  | CommandRejected
  | Staging.StageError

/** What the process after a crash takes for its journal. */
type Wrap = (journal: Journal["Service"]) => Journal["Service"]

/** The check, on a journal that may be at fault itself: so the check is checked. */
export const checkRecoveryOn = <World>(
  wrap: Wrap,
  workflow: Workflow.Any | (() => Workflow.Any),
  options: RecoveryOptions<unknown, World, ReadonlyArray<unknown>>
): Effect.Effect<RecoveryReport, RecoveryCheckError> =>
  Effect.gen(function* () {
    const { children = [], limit = 100, stubs = {} } = options
    const make = (): Workflow.Any => (typeof workflow === "function" ? workflow() : workflow)
    const { name } = make()
    yield* checkStubs(make(), stepsOf([make(), ...children]), stubs)
    const attempt = (crash: Crash | null) => Effect.scoped(trial(make, options, crash, wrap))
    const violated = (law: RecoveryViolated["law"], crash: Crash | null, found: Difference | undefined) =>
      found === undefined
        ? Effect.void
        : Effect.fail(new RecoveryViolated({ workflow: name, law, crash, next: advice[law], ...found }))
    const effects = (crash: Crash | null, { wrong }: Trial) =>
      violated(
        "effects",
        crash,
        wrong && {
          step: wrong.call.step,
          path: wrong.call.path,
          what: wrong.what,
          expected: "no such run",
          found: `attempt ${wrong.call.attempt}, idempotency key ${wrong.call.idempotencyKey}`
        }
      )

    const calm = yield* attempt(null)
    if (calm.rests !== undefined) return yield* calm.rests
    yield* effects(null, calm)
    for (const events of calm.runs) yield* violated("replay", null, replayed(make(), events))
    for (const events of calm.runs) yield* violated("snapshot", null, restored(make(), events, limit))
    yield* violated("repeatable", null, compare(calm, yield* attempt(null)))
    let [crashes, repeated] = [0, 0]
    for (const append of chosen(calm.appends, limit)) {
      for (const when of ["before", "after"] as const) {
        const crash = { append, when }
        const seen = yield* attempt(crash)
        yield* effects(crash, seen)
        yield* violated("crash", crash, compare(calm, seen))
        crashes++
        repeated += seen.repeated
      }
    }
    return { events: calm.runs.flat().length, appends: calm.appends, crashes, repeated }
  })

/** One run to the end, by one process or, where it dies, by two. */
const trial = Effect.fnUntraced(function* <World>(
  make: () => Workflow.Any,
  options: RecoveryOptions<unknown, World, ReadonlyArray<unknown>>,
  crash: Crash | null,
  wrap: Wrap
) {
  const { children = [], input, observe = () => null, services = Layer.empty, signals = [], stubs = {} } = options
  const world = options.world?.() as World
  const stage = yield* Staging.make({
    workflow: make(),
    id: "test",
    stubs,
    signals,
    unstubbed: "run",
    startsAt: 0,
    steady: true
  })
  const recorded = new Set<string>()
  const journal = recording(stage.journal, recorded)
  let appends = 0
  const faulty = yield* Faults.make(journal, (index) => {
    appends = index + 1
    return crash !== null && index === crash.append ? `crash-${crash.when}` : "none"
  })

  let wrong: Trial["wrong"]
  let repeated = 0
  /** What this process has begun, and the one before it. */
  let [begun, cut] = [new Set<string>(), new Set<string>()]
  stage.calls.onCall = (call) => {
    const attempt = `${identity(call)} ${call.idempotencyKey} ${call.attempt}`
    if (recorded.has(identity(call))) wrong ??= { call, what: "an effect that is on record runs again" }
    if (begun.has(attempt)) wrong ??= { call, what: "an effect that was not cut off runs again" }
    if (cut.has(attempt)) repeated++
    begun.add(attempt)
    return wrong === undefined
  }

  const boot = (on: Journal["Service"], died?: (typeof faulty)["crashed"]) =>
    Effect.acquireRelease(
      stage.boot({
        workflow: make(),
        children,
        services: typeof services === "function" ? services(world) : services,
        journal: on,
        ...(died !== undefined && { died })
      }),
      ({ close }) => close
    )
  const play = Effect.fnUntraced(function* (process: Staging.Process) {
    for (;;) {
      const moved = yield* stage.move(process)
      if (moved !== "moved") return moved
    }
  })

  // The leases of a dead process lapse. Here they do so at once: a crash that took time would be another story for timers.
  const first = yield* boot({ ...faulty.journal, release: journal.release, retire: journal.retire }, faulty.crashed)
  yield* stage.start(first, input)
  let process = first
  let moved = yield* play(first)
  if (moved === "died") {
    yield* first.close
    cut = begun
    begun = new Set()
    process = yield* boot(wrap(journal))
    for (const index of stage.sent) yield* stage.deliver(process, index)
    moved = yield* play(process)
  }
  const rests =
    moved === "ended" || wrong !== undefined ? undefined : Staging.rests(yield* stage.status(process), "its end")
  const seen: Trial = { runs: yield* stage.runs, appends, repeated, world: show(observe(world)), rests, wrong }
  return seen
})
