/** Guards of the engine that no law sees, switched off one at a time: with each gone, something is done twice, or never. */
import { Deferred, Effect, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Signal, WIO, Workflow } from "@waymark/core"
import type { Journal } from "@waymark/interpreter"
import { intercepted } from "@waymark/interpreter/testing"
import type * as Leases from "../../src/internal/engine/lease.ts"
import { describe, expect, it, vi } from "vitest"
import { boot, run, settle } from "../support/engine.ts"
import * as Mutants from "../support/mutants.ts"

type Guard = "assured" | "generation"

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
          const first = yield* boot(behind(journal, gate, ["renew", "reap", "claim", "append"]), [workflow])
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
