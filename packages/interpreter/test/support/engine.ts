/** Engines under a clock of their own, one after the other or side by side on one journal. */
import { Array as Arr, Context, Deferred, Effect, Exit, Fiber, Layer, Logger, Option, Schema, Scope } from "effect"
import { TestClock } from "effect/testing"
import { WIO, Workflow } from "@waymark/core"
import { Engine, Journal, type Append, type Event, type Find, type Found, type Options } from "@waymark/interpreter"
import { Faults, intercepted } from "@waymark/interpreter/testing"

/** An engine that was started, and how to end it as a shutdown does. */
export interface Booted {
  readonly engine: Engine["Service"]
  readonly close: Effect.Effect<void>
}

/** Starts an engine on a journal, with the services that its workflows need. Its log stays out of the test's output. */
export const boot = Effect.fnUntraced(function* (
  journal: Journal["Service"],
  workflows: ReadonlyArray<Workflow.Any>,
  options: Partial<Omit<Options<ReadonlyArray<Workflow.Any>>, "workflows">> = {},
  services: Layer.Layer<never> = Layer.empty,
  log: Array<string> = []
) {
  const scope = yield* Scope.make()
  // What the linter says is its own tests' business: generated workflows are no examples of style. Nobody waits for effects that
  // a test leaves behind.
  const layer = Engine.layer({ workflows, lint: "off", grace: 0, ...options }).pipe(
    Layer.provide([
      Layer.succeed(Journal, journal),
      services,
      Logger.layer([Logger.make(({ message }) => void log.push(String(message)))])
    ])
  ) as Layer.Layer<Engine>
  const context = yield* Layer.buildWithScope(layer, scope)
  const booted: Booted = { engine: Context.get(context, Engine), close: Scope.close(scope, Exit.void) }
  return booted
})

/** Lets virtual time pass until an effect has ended. It fails where that takes longer than an hour of it. */
export const await_ = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const fiber = yield* Effect.forkChild(effect)
  for (let seconds = 0; seconds < 3600; seconds++) {
    // Real work (fibers, microtasks) is let through before and after each step of the clock.
    for (let turn = 0; turn < 10; turn++) yield* Effect.yieldNow
    if (fiber.pollUnsafe() !== undefined) return yield* Fiber.join(fiber)
    yield* TestClock.adjust("1 second")
  }
  yield* Fiber.interrupt(fiber)
  return yield* Effect.die(new Error("it did not end within an hour of virtual time"))
})

/** A journal that finds something else than is there. */
export const finding = (
  journal: Journal["Service"],
  by: (found: Found, wanted: Find) => Found
): Journal["Service"] => ({
  ...journal,
  find: (wanted) =>
    Effect.map(journal.find(wanted), (all) =>
      Arr.zipWith(all, wanted, (found, wanted) => Option.map(found, (found) => by(found, wanted)))
    )
})

/** What a process has for a journal that may be killed: nobody hears of it any more, and it hears of nothing. */
export const mortal = (
  journal: Journal["Service"]
): { readonly journal: Journal["Service"]; readonly kill: () => void } => {
  let isDead = false
  return {
    journal: intercepted(journal, ({ perform }) => Effect.suspend(() => (isDead ? Effect.never : perform))),
    kill: () => {
      isDead = true
    }
  }
}

/** A journal that stores signals, claims and finds one after the other, as some stores do. */
export const apart = ({ wake: _, ...journal }: Journal["Service"]): Journal["Service"] => journal

/**
 * A journal on which instances do not rest: those that a process gives back as it ends are claimed by the next one at once,
 * also those that only wait.
 */
export const restless = (journal: Journal["Service"]): Journal["Service"] => ({
  ...journal,
  retire: (owner) =>
    Effect.flatMap(journal.held(owner), (held) =>
      journal.release(
        owner,
        held.map(({ epoch, id }) => ({ id, epoch, at: 0, known: [] }))
      )
    )
})

/** Lets everything run that needs no time. */
export const settle: Effect.Effect<void> = Effect.gen(function* () {
  for (let turn = 0; turn < 50; turn++) yield* Effect.yieldNow
})

/** Runs a test on a fresh journal in memory and a virtual clock. */
export const run = <A, E>(test: (journal: Journal["Service"]) => Effect.Effect<A, E, Scope.Scope>): Promise<A> =>
  Effect.runPromise(
    Effect.flatMap(Journal, test).pipe(
      Effect.provide(Journal.layerMemory),
      Effect.provide(TestClock.layer()),
      Effect.scoped
    )
  )

/** Runs a test until it is over; the first process dies at an append where `decide` says so, and a second one goes on. */
export const survive = Effect.fnUntraced(function* <A, E>(
  journal: Journal["Service"],
  workflows: ReadonlyArray<Workflow.Any>,
  decide: (index: number, batch: ReadonlyArray<Append>) => Faults.Fault,
  story: (engine: Engine["Service"]) => Effect.Effect<A, E>,
  wrap: (faulty: Faults.Faulty) => Journal["Service"] = (faulty) => faulty.journal
) {
  const faulty = yield* Faults.make(journal, decide)
  const first = yield* boot(wrap(faulty), workflows)
  const died = Effect.as(Deferred.await(faulty.crashed), undefined)
  const alone = yield* await_(
    Effect.raceFirst(
      Effect.map(story(first.engine), (value) => ({ value, died: false })),
      died
    )
  )
  yield* first.close
  if (alone !== undefined) return alone
  const second = yield* boot(journal, workflows)
  const value = yield* await_(story(second.engine))
  yield* second.close
  return { value, died: true }
})

/** A business failure. */
export class Oops extends Schema.TaggedError<Oops>()("Oops", { why: Schema.String }) {}

/** The state of the workflows here: what has happened, word by word. */
export type Words = ReadonlyArray<string>
export type Part<E = Oops> = WIO.WIO<Words, Words, E, never, Words>

const Words = Schema.Array(Schema.String)

/** A step that adds its name. */
export const does = (name: string, effect: Effect.Effect<unknown, Oops> = Effect.void, attempts = 1): Part =>
  WIO.runIO(name, {
    event: Schema.String,
    error: Oops,
    run: (_: Words) => Effect.as(effect, name),
    apply: (words, event) => [...words, event],
    retry: { attempts, initial: "1 second" }
  })

/** A step that undoes or tidies up: it has no failure of its own. */
export const undoes = (name: string, effect: Effect.Effect<unknown> = Effect.void): Part<never> =>
  WIO.runIO(name, {
    event: Schema.String,
    run: (_: Words) => Effect.as(effect, name),
    apply: (words: Words, event): Words => [...words, event],
    retry: { attempts: 3, initial: "1 second" }
  })

/** A part after the other. */
export const line = (first: Part, ...others: ReadonlyArray<Part>): Part =>
  others.reduce<Part>((all, next) => WIO.andThen(all, next), first)

/** A workflow over words. */
export const wordy = (name: string, body: Part, version = 1) =>
  Workflow.make(name, { version, input: Words, state: Words, error: Oops, body })

/** Events as `kind step`. */
export const told = (events: ReadonlyArray<Event.Event>): ReadonlyArray<string> =>
  events.map(({ kind, step }) => `${kind} ${step}`)
