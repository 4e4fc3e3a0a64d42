/** Guards of the engine that no law sees, switched off one at a time: with each gone, something is done twice, or never. */
import { Deferred, Effect, Fiber, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Signal, WIO, Workflow } from "@waymark/core"
import type { Journal } from "@waymark/interpreter"
import { intercepted, Single } from "@waymark/interpreter/testing"
import type * as Leases from "../../src/internal/engine/lease.ts"
import type * as Suspects from "../../src/internal/engine/trials.ts"
import { describe, expect, it, vi } from "vitest"
import { boot, mortal, run, settle } from "../support/engine.ts"
import * as Mutants from "../support/mutants.ts"

type Guard = "assured" | "generation" | "admits" | "sweep"

const off = vi.hoisted(() => new Set<string>())

vi.mock(import("../../src/internal/engine/lease.ts"), async (original) => {
  const { Lease } = await original()
  class Lenient extends Lease {
    constructor(setting: Leases.Setting) {
      super(setting)
      if (off.has("assured")) Object.defineProperty(this, "assured", { value: Effect.void })
    }

    override get generation(): number {
      return off.has("generation") ? 0 : super.generation
    }
  }
  return { Lease: Lenient }
})

vi.mock(import("../../src/internal/engine/trials.ts"), async (original) => {
  const { Trials } = await original()
  class Lenient extends Trials {
    override admits(row: Parameters<Suspects.Trials["admits"]>[0]): boolean {
      return off.has("admits") || super.admits(row)
    }

    override sweep(): void {
      if (!off.has("sweep")) super.sweep()
    }
  }
  return { Trials: Lenient }
})

/** What a story comes to with all guards, and without one. */
const compared = async <A>(guard: Guard, story: () => Promise<A>) => {
  const guarded = await story()
  off.add(guard)
  const bare = await story().finally(() => off.delete(guard))
  return { guarded, bare }
}

const oneStep = (effect: Effect.Effect<number>) =>
  Workflow.make("One", {
    version: 1,
    input: Schema.Number,
    state: Schema.Number,
    body: WIO.runIO("step", {
      event: Schema.Number,
      run: (_: number) => effect,
      apply: (_, n) => n,
      retry: { attempts: 5, initial: "1 minute", jitter: 0 }
    })
  })

/** A journal as one sees it who does not get through, with some operations, before a gate is open. */
const behind = (journal: Journal["Service"], gate: Effect.Effect<void>, operations: ReadonlyArray<string>) =>
  intercepted(journal, ({ operation, perform }) =>
    operations.includes(operation) ? Effect.andThen(gate, perform) : perform
  )

describe("a signal waits for ever where there is no", () => {
  it("attention to the inboxes of what is live: a hint that got lost was the only one", async () => {
    const Go = Signal.make("go", { payload: Schema.Number, reply: Schema.Number })
    const waits = Workflow.make("Waits", {
      version: 1,
      input: Schema.Number,
      state: Schema.Number,
      body: WIO.handleSignal(Go, {
        event: Schema.Number,
        handle: (_: number, n) => Effect.succeed(n),
        apply: (_, n) => n,
        reply: (_, n) => n
      })
    })
    const story = (mutant: (store: Journal["Service"]) => Journal["Service"]) =>
      run((journal) =>
        Effect.gen(function* () {
          // It stays in memory: else it would hear of the signal as it leaves.
          const { engine } = yield* boot(mutant(journal), [waits], { idle: "1 day" })
          yield* engine.start(waits, { id: "x", input: 0 })
          yield* settle
          const elsewhere = yield* boot(Mutants.deaf(journal), [])
          const asked = yield* Effect.forkChild(elsewhere.engine.signal("x", Go, 5))
          yield* TestClock.adjust("1 hour")
          yield* settle
          const isAnswered = asked.pollUnsafe() !== undefined
          yield* Fiber.interrupt(asked)
          return isAnswered
        })
      )
    expect(await story(Mutants.deaf)).toBe(true)
    expect(await story((store) => Mutants.inattentive(Mutants.deaf(store)))).toBe(false)
  })
})

describe("an effect runs a second time where there is no", () => {
  it("assurance that the lease holds before it begins: who is cut off begins what its successor does", async () => {
    const story = () =>
      run((journal) =>
        Effect.gen(function* () {
          const awake = yield* Deferred.make<void>()
          let isCutOff = false
          let runs = 0
          const workflow = oneStep(Effect.suspend(() => (++runs === 1 ? Effect.die("once") : Effect.succeed(1))))
          const gate = Effect.suspend(() => (isCutOff ? Deferred.await(awake) : Effect.void))
          const first = yield* boot(behind(journal, gate, ["renew", "reap", "claim", "append"]), [workflow], {
            idle: "1 day"
          })
          yield* first.engine.start(workflow, { id: "x", input: 0 })
          yield* settle
          isCutOff = true
          const second = yield* boot(journal, [workflow])
          // Its second attempt is due; the lease of the first process has lapsed long since.
          yield* TestClock.adjust("1 minute")
          yield* settle
          yield* TestClock.adjust("10 seconds")
          expect((yield* second.engine.status("x")).status).toBe("completed")
          yield* Deferred.succeed(awake, undefined)
          yield* settle
          return runs
        })
      )
    expect(await compared("assured", story)).toEqual({ guarded: 2, bare: 3 })
  })

  it("generation of the lease: what was claimed before it was lost is made live after that", async () => {
    const story = () =>
      run((journal) =>
        Effect.gen(function* () {
          const read = yield* Deferred.make<void>()
          let isAlive = true
          let runs = 0
          const workflow = oneStep(
            Effect.as(
              Effect.suspend(() => Effect.sync(() => ++runs)),
              1
            )
          )
          const client = yield* boot(journal, [])
          yield* client.engine.start(workflow, { id: "x", input: 0 })
          // It has claimed the instance, and the journal that it has asked for is on its way while its lease lapses.
          const first = yield* boot(
            {
              ...journal,
              find: (wanted) => Effect.tap(journal.find(wanted), () => Deferred.await(read)),
              renew: (owner, lease) =>
                Effect.suspend(() => (isAlive ? journal.renew(owner, lease) : Effect.succeed(true)))
            },
            [workflow]
          )
          yield* settle
          isAlive = false
          const second = yield* boot(journal, [workflow])
          yield* TestClock.adjust("1 minute")
          yield* settle
          expect((yield* second.engine.status("x")).status).toBe("completed")
          // It lives again and hears that it had seemed dead; then what it had asked for comes.
          isAlive = true
          yield* TestClock.adjust("10 seconds")
          yield* settle
          yield* Deferred.succeed(read, undefined)
          yield* TestClock.adjust("1 second")
          yield* settle
          yield* first.close
          return runs
        })
      )
    expect(await compared("generation", story)).toEqual({ guarded: 1, bare: 2 })
  })
})

describe("who was only there when processes died", () => {
  const step = (name: string, effect: Effect.Effect<number>) =>
    Workflow.make(name, {
      version: 1,
      input: Schema.Number,
      state: Schema.Number,
      body: WIO.runIO("step", { event: Schema.Number, run: (_: number) => effect, apply: (_, n) => n })
    })

  const statusOf = (journal: Journal["Service"], id: string) =>
    Effect.map(Single.find(journal, id), (row) => Option.getOrThrow(row).status)

  /** Processes one after the other, each of which dies of the same instance as soon as that is run; answers how all of them stand. */
  const deadly = (ids: ReadonlyArray<string>) =>
    run((journal) =>
      Effect.gen(function* () {
        const poison = (kills: () => void) => step("Poison", Effect.andThen(Effect.sync(kills), Effect.never))
        const other = step("Other", Effect.delay(Effect.succeed(1), "5 seconds"))
        const client = yield* boot(journal, [])
        for (const id of ids) yield* client.engine.start(other, { id, input: 1 })
        yield* client.engine.start(
          poison(() => {}),
          { id: "bad", input: 1 }
        )
        for (let process = 0; process < 10; process++) {
          const line = mortal(journal)
          yield* boot(line.journal, [poison(line.kill), other], { takeovers: 5 })
          yield* TestClock.adjust("2 minutes")
          yield* settle
        }
        return yield* Effect.forEach(["bad", ...ids], (id) => statusOf(journal, id))
      })
    )

  it("is given up where nobody is run apart", async () => {
    expect(await compared("admits", () => deadly(["a", "b", "c"]))).toEqual({
      guarded: ["stuck", "completed", "completed", "completed"],
      bare: ["stuck", "stuck", "stuck", "stuck"]
    })
  })

  it("waits for ever where a trial has no end but that of its step", async () => {
    const story = () =>
      run((journal) =>
        Effect.gen(function* () {
          const [endless, quick] = [step("Endless", Effect.never), step("Quick", Effect.succeed(1))]
          const client = yield* boot(journal, [])
          yield* client.engine.start(endless, { id: "endless", input: 1 })
          yield* client.engine.start(quick, { id: "quick", input: 1 })
          const workflows = [endless, quick].map(({ name, version }) => ({ name, version }))
          yield* journal.claim({ owner: "dies", workflows, order: "oldest", limit: 2 })
          yield* journal.reap
          yield* boot(journal, [endless, quick], { takeovers: 1 })
          yield* TestClock.adjust("10 minutes")
          yield* settle
          return yield* statusOf(journal, "quick")
        })
      )
    expect(await compared("sweep", story)).toEqual({ guarded: "completed", bare: "running" })
  })
})
