/** What an engine vouches for by the token of its lease, so that a store may leave the row of an instance alone. */
import { WIO, Workflow } from "@waymark/core"
import type { Append, Create, Engine, Event, Journal } from "@waymark/interpreter"
import { type Call, intercepted, Single } from "@waymark/interpreter/testing"
import { Deferred, Effect, Fiber, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import { describe, expect, it } from "vitest"
import { await_, boot, mortal, run, settle } from "../support/engine.ts"

const step = (name: string, effect: Effect.Effect<number> = Effect.succeed(1)) =>
  WIO.runIO(name, { event: Schema.Number, run: () => effect, apply: (sum: number, n) => sum + n })

const make = (name: string, body: WIO.WIO<number, number>) =>
  Workflow.make(name, { version: 1, input: Schema.Number, state: Schema.Number, body })

/** Starts an instance; ends with it. */
const runs = (engine: Engine["Service"], workflow: ReturnType<typeof make>) =>
  Effect.flatMap(engine.start(workflow, { id: "a", input: 0 }), ({ result }) => result)

/** A journal that keeps the groups that it is given: how many events are before each, and whether it came with a token. */
const watched = (journal: Journal["Service"]) => {
  const groups: Array<readonly [expected: number, hasToken: boolean]> = []
  return {
    groups,
    journal: intercepted(journal, ({ args, operation, perform }) => {
      if (operation === "append")
        for (const { expected, leaseToken } of args[0] as ReadonlyArray<Append>)
          groups.push([expected, leaseToken !== undefined])
      return perform
    })
  }
}

describe("an engine leaves the row of an instance alone", () => {
  it("from its creation here until its status changes", async () => {
    const groups = await run((store) =>
      Effect.gen(function* () {
        const { groups, journal } = watched(store)
        const steps = make(
          "Steps",
          step("one").pipe(
            WIO.andThen(step("two")),
            WIO.andThen(WIO.await<number>("rest", { for: "1 minute" })),
            WIO.andThen(step("three")),
            WIO.andThen(step("four"))
          )
        )
        const { engine } = yield* boot(journal, [steps])
        yield* await_(runs(engine, steps))
        return groups
      })
    )
    // It waits, goes on, and ends.
    expect(groups).toEqual([
      [1, true],
      [2, false],
      [4, false],
      [5, true],
      [6, false]
    ])
  })

  it("not for longer than a second, so that it is known when it was changed last", async () => {
    const groups = await run((store) =>
      Effect.gen(function* () {
        const { groups, journal } = watched(store)
        const slow = (name: string) => step(name, Effect.delay(Effect.succeed(1), "400 millis"))
        const steps = make(
          "Slow",
          ["a", "b", "c", "d", "e", "f"].map(slow).reduce((all, next) => all.pipe(WIO.andThen(next)))
        )
        const { engine } = yield* boot(journal, [steps])
        const fiber = yield* Effect.forkChild(runs(engine, steps))
        for (let tick = 0; tick < 40; tick++) {
          yield* settle
          yield* TestClock.adjust("100 millis")
        }
        yield* Fiber.join(fiber)
        return groups
      })
    )
    expect(groups.map(([, hasToken]) => hasToken)).toEqual([true, true, false, true, true, false])
  })

  it("not with the first group after it was claimed: that says that it was not taken over in vain", async () => {
    const { groups, takeovers } = await run((store) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<number>()
        const steps = make(
          "Steps",
          step("one", Deferred.await(gate)).pipe(WIO.andThen(step("two")), WIO.andThen(step("three")))
        )
        const { journal, kill } = mortal(store)
        const first = yield* boot(journal, [steps])
        yield* first.engine.start(steps, { id: "a", input: 0 })
        yield* settle
        kill()
        const second = watched(store)
        const { engine } = yield* boot(second.journal, [steps])
        yield* TestClock.adjust("2 minutes")
        const before = yield* Single.find(store, "a")
        yield* Deferred.succeed(gate, 1)
        yield* await_(engine.result(steps, "a"))
        return { groups: second.groups, takeovers: before._tag === "Some" ? before.value.takeovers : undefined }
      })
    )
    expect(takeovers).toBe(1)
    expect(groups).toEqual([
      [1, false],
      [2, true],
      [3, false]
    ])
  })

  it("not once its lease is another one than when the instance came here", async () => {
    const groups = await run((store) =>
      Effect.gen(function* () {
        let token = { owner: "", token: "first" }
        const { groups, journal } = watched({ ...store, leaseToken: () => token })
        const change = Effect.sync(() => {
          token = { owner: "", token: "second" }
          return 1
        })
        const steps = make(
          "Steps",
          step("one").pipe(WIO.andThen(step("two", change)), WIO.andThen(step("three")), WIO.andThen(step("four")))
        )
        const { engine } = yield* boot(journal, [steps])
        yield* await_(runs(engine, steps))
        return groups
      })
    )
    expect(groups).toEqual([
      [1, true],
      [2, false],
      [3, false],
      [4, false]
    ])
  })

  it("but not under a claim whose answer came so late that it has been given back meanwhile: it is claimed anew", async () => {
    const { epoch, groups, result } = await run((store) =>
      Effect.gen(function* () {
        const steps = make("Steps", step("one").pipe(WIO.andThen(step("two")), WIO.andThen(step("three"))))
        const first = yield* boot(store, [steps], { mode: "manual" })
        yield* first.engine.start(steps, { id: "a", input: 0 })
        yield* first.close
        let claims = 0
        let isAnswered = false
        const late: Journal["Service"] = {
          ...store,
          // It does not take it anew before that answer.
          claim: (claim) =>
            Effect.suspend(() => {
              if (claims++ > 0) return isAnswered ? store.claim(claim) : Effect.succeed([])
              const answered = Effect.sync(() => (isAnswered = true))
              return Effect.tap(store.claim(claim), Effect.delay(answered, "45 seconds"))
            })
        }
        const { groups, journal } = watched(late)
        const { engine } = yield* boot(journal, [steps])
        const fiber = yield* Effect.forkChild(engine.result(steps, "a"))
        for (let second = 0; second < 90; second++) {
          yield* settle
          yield* TestClock.adjust("1 second")
        }
        const result = yield* Fiber.join(fiber)
        return { groups, result, epoch: Option.map(yield* Single.find(store, "a"), ({ epoch }) => epoch) }
      })
    )
    expect(groups.map(([expected]) => expected)).toEqual([1, 2, 3])
    expect(epoch).toEqual(Option.some(3))
    expect(result).toBe(3)
  })

  it("and gives it to nobody before what it appends has its answer", async () => {
    const order = await run((store) =>
      Effect.gen(function* () {
        const order: Array<string> = []
        const gate = yield* Deferred.make<void>()
        const journal = intercepted(store, <A>(call: Call<A>) => {
          if (call.operation === "release")
            return Effect.tap(
              call.perform,
              Effect.sync(() => order.push("released"))
            )
          const [group] = call.operation === "append" ? (call.args[0] as ReadonlyArray<Append>) : []
          return group?.expected === 2
            ? Deferred.await(gate).pipe(
                Effect.andThen(call.perform),
                Effect.tap(Effect.sync(() => order.push("appended")))
              )
            : call.perform
        })
        const steps = make("Steps", step("one").pipe(WIO.andThen(step("two")), WIO.andThen(step("three"))))
        const { engine } = yield* boot(journal, [steps], { mode: "manual" })
        yield* engine.start(steps, { id: "a", input: 0 })
        const fiber = yield* Effect.forkChild(engine.runOne({ timeLimit: "1 second" }))
        // Several leases: what is held and not live is looked for with each, and given back where nobody knows of it.
        for (let second = 0; second < 60; second++) {
          yield* settle
          yield* TestClock.adjust("1 second")
        }
        // Who asked has an answer in time all the same.
        yield* Fiber.join(fiber)
        expect(order).toEqual([])
        yield* Deferred.succeed(gate, undefined)
        yield* settle
        return order
      })
    )
    expect(order).toEqual(["appended", "released"])
  })
})

describe("a journal in memory refuses a group whose token vouches for what is not so:", () => {
  const event = (seq: number, run = 0): Event.Event => ({
    instance: "a",
    run,
    seq,
    id: `${run}.${seq}`,
    at: 0,
    kind: seq === 0 ? "started" : "completed",
    path: "",
    ordinal: seq,
    step: "step",
    payload: null
  })
  const creation: Create = {
    mark: "00000000-0000-4000-8000-000000000000",
    id: "a",
    workflow: "W",
    version: 1,
    events: [event(0)],
    status: "running",
    wakeAt: 0,
    attributes: {},
    owner: "one"
  }

  it.each([
    ["another status", { status: "waiting" }],
    ["another duty", { wakeAt: 7 }],
    ["another writer", { epoch: 2 }],
    ["a gap", { expected: 2, events: [event(2)] }],
    ["another run", { run: 1, expected: 0, events: [event(0, 1)] }],
    ["attributes", { attributes: { customer: "ann" } }],
    ["a settlement", { settled: [{ id: "s", outcome: { _tag: "Consumed", reply: null } }] }],
    ["a message", { sends: [{ instance: "b", id: "m", name: "go", payload: null }] }]
  ] satisfies ReadonlyArray<readonly [string, Partial<Append>]>)("%s", async (_, wrong) => {
    const [good, bad] = await run((journal) =>
      Effect.gen(function* () {
        yield* journal.renew("one", 60_000)
        yield* journal.create([creation])
        const leaseToken = journal.leaseToken?.("one")
        const right: Append = {
          instance: "a",
          run: 0,
          epoch: 1,
          expected: 1,
          events: [event(1)],
          status: "running",
          wakeAt: 0,
          settled: [],
          ...(leaseToken && { leaseToken })
        }
        const [bad] = yield* journal.append([{ ...right, ...wrong }])
        const [good] = yield* journal.append([right])
        return [good, bad]
      })
    )
    expect(good).toEqual({ _tag: "Appended" })
    expect(bad).toMatchObject({
      _tag: "Rejected",
      reason: expect.stringContaining("what it vouches for by its lease is not so")
    })
  })
})
