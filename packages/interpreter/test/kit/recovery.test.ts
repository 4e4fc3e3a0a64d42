/** Recovery checked: sound workflows pass, and each planted bug is found with its place. */
import { Context, Effect, Equal, Hash, Layer, Schema, SchemaTransformation } from "effect"
import { Signal, Step, WIO, Workflow } from "@waymark/core"
import type { Journal } from "@waymark/interpreter"
import { checkRecovery, RecoveryViolated, RunRests, Stub, StubUnknown } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import { checkRecoveryOn } from "../../src/testing/kit/recovery.ts"
import { finding } from "../support/engine.ts"

type Words = ReadonlyArray<string>
const Words = Schema.Array(Schema.String)
class Oops extends Schema.TaggedError<Oops>()("Oops", {}) {}
class Bank extends Context.Service<Bank, { readonly charge: (key: string) => Effect.Effect<string, Oops> }>()(
  "test/Bank2"
) {}

const says = (name: string, effect: Effect.Effect<string, Oops, Bank> = Effect.succeed(name)) =>
  WIO.runIO(name, {
    event: Schema.String,
    error: Oops,
    run: (_: Words) => effect,
    apply: (words, word): Words => [...words, word],
    retry: { initial: "1 second" }
  })
const undoes = (name: string) =>
  WIO.runIO(name, { event: Schema.Void, run: (_: Words) => Effect.void, apply: (words: Words) => words })

const Go = Signal.make("go", { payload: Schema.String, reply: Schema.String, error: Oops })
const go = WIO.handleSignal(Go, {
  event: Schema.String,
  handle: (_: Words, word) => (word === "no" ? Effect.fail(new Oops()) : Effect.succeed(word)),
  apply: (words, word): Words => [...words, word],
  reply: (_, word) => word
})

type Body = WIO.WIO<Words, Words, Oops, Bank, Words>
const flow = (body: Body) => Workflow.make("Flow", { version: 1, input: Words, state: Words, error: Oops, body })
const input: Words = []
const services = Layer.succeed(Bank, { charge: (key) => Effect.succeed(`receipt for ${key}`) })
const check = <A, E>(effect: Effect.Effect<A, E>): Promise<A> => Effect.runPromise(effect)

/** What is found wrong. */
const violation = <A, E>(effect: Effect.Effect<A, E>) =>
  check(
    Effect.map(Effect.flip(effect), (error) => {
      expect(error).toBeInstanceOf(RecoveryViolated)
      return error as E & RecoveryViolated
    })
  )

describe("a workflow that recovers", () => {
  it("passes: steps, retries, signals, refusals, timers, forks, loops and computed parts", async () => {
    let calls = 0
    const flaky = Effect.suspend(() => (calls++ % 3 === 0 ? Effect.die("lost") : Effect.succeed("flaky")))
    const body = says("one").pipe(
      WIO.andThen(says("flaky", flaky)),
      WIO.andThen(go),
      WIO.andThen(WIO.await<Words>("a day", { for: "1 day" })),
      WIO.interruptWith(WIO.await<Words>("a month", { for: "30 days" })),
      WIO.andThen(
        WIO.parallel(
          { left: says("left").pipe(WIO.andThen(says("left again"))), right: says("right") },
          {
            fork: (words: Words) => ({ left: words, right: words }),
            join: ({ left, right }): Words => [...left, ...right]
          }
        )
      ),
      WIO.andThen(WIO.loop("again", says("round"), { while: (words) => words.length < 10 })),
      WIO.flatMap(() => says("computed"))
    )
    const signals = [
      { signal: Go, payload: "no" },
      { signal: Go, payload: "yes" }
    ] as const
    const report = await check(checkRecovery(flow(body as unknown as Body), { input, services, signals }))
    expect(report).toMatchObject({ appends: report.crashes / 2 })
    expect(report.crashes).toBeGreaterThan(18)
    expect(report.repeated).toBeGreaterThan(5)
  })

  it("passes: failures that are undone, generators, children, continuing as new, UUIDs and the time", async () => {
    const saga: Body = WIO.saga(
      says("one").pipe(
        WIO.compensateWith(undoes("undo one")),
        WIO.andThen(says("two").pipe(WIO.compensateWith(undoes("undo two")))),
        WIO.andThen(says("fails", Effect.fail(new Oops())))
      )
    )
    await expect(check(checkRecovery(flow(saga), { input, services }))).resolves.toMatchObject({ events: 7 })
    const Child = Workflow.make("Child", { version: 1, input: Words, state: Words, error: Oops, body: says("child's") })
    const body: Body = WIO.gen(function* (words: Words) {
      const known = yield* WIO.step(
        WIO.uuid<Words, Words>("id", (all, id) => [...all, id]),
        words
      )
      const timed = yield* WIO.step(
        WIO.now<Words, Words>("now", (all, now) => [...all, `${now}`]),
        known
      )
      const child = WIO.child(Child, { input: (all: Words) => all }).pipe(
        WIO.catchTag(
          "ChildStopped",
          WIO.pure((_: unknown): Words => [])
        )
      )
      return yield* WIO.step(child, timed)
    })
    await expect(check(checkRecovery(flow(body), { input, services, children: [Child] }))).resolves.toMatchObject({
      events: 6
    })
    const next = WIO.branch(
      "enough?",
      { more: { when: (words: Words) => words.length < 3, then: WIO.continueAsNew((words: Words) => words) } },
      WIO.pure((words: Words) => words)
    )
    const Continuing = Workflow.make("Flow", {
      version: 1,
      input: Words,
      state: Words,
      error: Oops,
      body: says("one").pipe(WIO.andThen(next))
    })
    await expect(check(checkRecovery(Continuing, { input, services }))).resolves.toMatchObject({ crashes: 10 })
  })

  it("passes with stubs, and tries some of many crashes", async () => {
    const charge = says(
      "charge",
      Bank.use((bank) => bank.charge("k"))
    )
    const body: Body = WIO.loop("again", charge, { while: (words) => words.length < 15 })
    const stubs = { charge: Stub.attempts(Stub.die("lost"), Stub.after("1 minute", Stub.succeed("receipt"))) }
    const report = await check(checkRecovery(flow(body), { input, stubs, limit: 4 }))
    expect(report).toMatchObject({ appends: 30, crashes: 8 })
  })
})

describe("a planted bug is found:", () => {
  it("a function of the definition that reads a variable", async () => {
    const made = () => {
      let rate = "unknown"
      const look = WIO.runIO("look the rate up", {
        event: Schema.Void,
        run: (_: Words) => Effect.sync(() => void (rate = "two")),
        apply: (words): Words => [...words, rate]
      })
      return flow(says("one").pipe(WIO.andThen(look), WIO.andThen(says("three"))))
    }
    const found = await violation(checkRecovery(made, { input, services }))
    expect(found).toMatchObject({ law: "replay", crash: null, step: "look the rate up", path: "" })
    expect(found.expected).toContain("two")
    expect(found.found).toContain("unknown")
  })

  it("a function of the definition that counts, though it is the same in every process", async () => {
    let count = 0
    const body: Body = says("one").pipe(
      WIO.map((words): Words => [...words, `${count++}`]),
      WIO.andThen(says("two"))
    )
    expect(await violation(checkRecovery(flow(body), { input, services }))).toMatchObject({
      law: "replay",
      step: "one"
    })
  })

  it("a function of the definition that reads the clock", async () => {
    const body: Body = says("one").pipe(WIO.map((words): Words => [...words, Date.now() > 0 ? "late" : "early"]))
    const found = await violation(checkRecovery(flow(body), { input, services }))
    expect(found).toMatchObject({ law: "replay", step: "one" })
    expect(found.found).toContain("the clock was read")
  })

  it("a step that leaves something in memory for the next one", async () => {
    const made = () => {
      let token = "no token"
      const login = says(
        "log in",
        Effect.sync(() => (token = "secret"))
      )
      return flow(
        login.pipe(
          WIO.andThen(
            says(
              "use it",
              Effect.sync(() => token)
            )
          )
        )
      )
    }
    const found = await violation(checkRecovery(made, { input, services }))
    expect(found).toMatchObject({ law: "crash", crash: { append: 0, when: "after" }, step: "use it" })
    expect(found.message).toContain("killed after append 0")
    expect([found.expected, found.found]).toEqual([`completed "use it" "secret"`, `completed "use it" "no token"`])
  })

  it("a service that keeps in memory what a later step needs", async () => {
    const layer = Layer.sync(Bank, () => {
      let calls = 0
      return { charge: () => Effect.sync(() => `call ${++calls}`) }
    })
    const charge = (name: string) =>
      says(
        name,
        Bank.use((bank) => bank.charge(name))
      )
    const body: Body = charge("one").pipe(WIO.andThen(charge("two")))
    const found = await violation(checkRecovery(flow(body), { input, services: layer }))
    expect(found).toMatchObject({ law: "crash", step: "two", found: `completed "two" "call 1"` })
  })

  it("an effect that changes the world twice", async () => {
    const options = {
      input,
      world: (): Array<string> => [],
      observe: (charges: Array<string>) => charges,
      services: (charges: Array<string>) =>
        Layer.succeed(Bank, {
          charge: (key) =>
            Effect.sync(() => {
              if (!charges.includes(key)) charges.push(key)
              return "receipt"
            })
        })
    }
    let nth = 0
    const careless = Bank.use((bank) => bank.charge(`charge ${nth++}`))
    const careful = Effect.flatMap(Step.info, ({ idempotencyKey }) => Bank.use((bank) => bank.charge(idempotencyKey)))
    const count = { ...options, observe: (charges: Array<string>) => charges.length }
    const found = await violation(checkRecovery(flow(says("charge", careless)), count))
    expect(found).toMatchObject({
      law: "crash",
      crash: { append: 0, when: "before" },
      step: null,
      expected: "1",
      found: "2"
    })
    await check(checkRecovery(flow(says("charge", careful)), options))
  })

  it("a part that is computed from something else than the state", async () => {
    const made = () => {
      let isLarge = false
      const look = says(
        "look",
        Effect.sync(() => ((isLarge = true), "looked"))
      )
      return flow(look.pipe(WIO.flatMap(() => (isLarge ? says("large") : says("small")))))
    }
    const found = await violation(checkRecovery(made, { input, services }))
    expect(found).toMatchObject({ law: "replay", step: "large" })
    expect(found.found).toContain(`the workflow expects "small"`)
  })

  it("an effect that answers another thing each time", async () => {
    let count = 0
    const body: Body = says("one").pipe(
      WIO.andThen(
        says(
          "count",
          Effect.sync(() => `${count++}`)
        )
      )
    )
    const found = await violation(checkRecovery(flow(body), { input, services }))
    expect(found).toMatchObject({ law: "repeatable", crash: null, step: "count" })
    expect(found.next).toContain("a stub")
  })

  it("an instance that passes for another one, which the state schema makes of it", async () => {
    class Half {
      readonly n: number
      constructor(n: number) {
        this.n = n
      }
      [Equal.symbol](): boolean {
        return true
      }
      [Hash.symbol](): number {
        return 1
      }
    }
    const Rounded = Schema.Number.pipe(
      Schema.decodeTo(
        Schema.instanceOf(Half),
        SchemaTransformation.transform({ decode: (n) => new Half(n), encode: ({ n }) => Math.round(n) })
      )
    )
    const lossy = Workflow.make("Lossy", {
      version: 1,
      input: Schema.Number,
      state: Schema.Union([Rounded, Schema.Number]),
      body: WIO.pure((n: number) => new Half(n / 2)).pipe(
        WIO.andThen(WIO.await<Half>("a day", { for: "1 day" })),
        WIO.map(({ n }) => n * 2)
      )
    })
    expect(await violation(checkRecovery(lossy, { input: 1 }))).toMatchObject({ law: "snapshot", step: "Lossy" })
  })

  it("but none in a state schema that loses something: a snapshot does not take its word for it", async () => {
    const Rounded = Schema.Number.pipe(
      Schema.decodeTo(Schema.Number, SchemaTransformation.transform({ decode: (n) => n, encode: Math.round }))
    )
    const lossy = Workflow.make("Lossy", {
      version: 1,
      input: Schema.Number,
      state: Rounded,
      body: WIO.pure((n: number) => n / 2).pipe(
        WIO.andThen(WIO.await<number>("a day", { for: "1 day" })),
        WIO.map((n) => n * 2)
      )
    })
    await check(checkRecovery(lossy, { input: 1 }))
  })
})

describe("a journal that is at fault itself is found, too:", () => {
  const body: Body = says("one").pipe(WIO.andThen(says("two")), WIO.andThen(says("three")))

  it("one that has forgotten what is on record", async () => {
    // Its rows have forgotten it, too: else the journal would be known to be cut.
    const forgets = (journal: Journal["Service"]): Journal["Service"] => ({
      ...journal,
      claim: (claim) =>
        Effect.map(journal.claim(claim), (rows) =>
          rows.map((row) => ({ ...row, length: Math.max(1, row.length - 1) }))
        ),
      find: finding(journal, (found) => ({
        ...found,
        instance: { ...found.instance, length: Math.max(1, found.instance.length - 1) },
        events: found.events?.slice(0, Math.max(1, found.events.length - 1)) ?? null
      })).find
    })
    const found = await violation(checkRecoveryOn(forgets, flow(body), { input, services }))
    expect(found).toMatchObject({ law: "effects", crash: { append: 0, when: "after" }, step: "one" })
    expect(found.message).toContain("an effect that is on record runs again")
  })

  it("one that cannot be read any more", async () => {
    const garbles = (journal: Journal["Service"]) =>
      finding(journal, (found) => ({
        ...found,
        events: found.events?.map((event) => ({ ...event, step: "another" })) ?? null
      }))
    const found = await violation(checkRecoveryOn(garbles, flow(body), { input, services }))
    expect(found).toMatchObject({ law: "crash", step: null, what: "it does not come to its end" })
    expect(found.found).toContain("set-aside")
  })
})

describe("a run that cannot be checked", () => {
  it("does not come to its end", async () => {
    const error = await check(Effect.flip(checkRecovery(flow(go), { input, services })))
    expect(error).toBeInstanceOf(RunRests)
    expect(error).toMatchObject({ waitsFor: ["signal go"] })
  })

  it("has a stub for no step, or a step without its service", async () => {
    const stubs = { ones: Stub.succeed("one") }
    expect(await check(Effect.flip(checkRecovery(flow(says("one")), { input, stubs })))).toBeInstanceOf(StubUnknown)
    const charge = says(
      "charge",
      Bank.use((bank) => bank.charge("k"))
    )
    expect(await check(Effect.flip(checkRecovery(flow(charge), { input })))).toMatchObject({
      _tag: "StepNotStubbed",
      reason: "Service not found: test/Bank2"
    })
  })
})
