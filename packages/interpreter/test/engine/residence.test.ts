/** Which instances are in memory: those that only wait leave it, and nothing of them is lost by that. */
import { Deferred, Duration, Effect, Exit, Fiber, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Signal, WIO, Workflow } from "@waymark/core"
import { JournalError, type Engine, type Find, type Hint, type Journal } from "@waymark/interpreter"
import { intercepted, Single } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import { apart, await_, boot, run, settle } from "../support/engine.ts"

const Add = Signal.make("add", { payload: Schema.Number, reply: Schema.Number })

const add = WIO.handleSignal(Add, {
  event: Schema.Number,
  handle: (_: number, n) => Effect.succeed(n),
  apply: (sum, n) => sum + n,
  reply: (sum, n) => sum + n
})

const numbers = <R>(name: string, body: WIO.WIO<number, number, never, R, number>) =>
  Workflow.make(name, { version: 1, input: Schema.Number, state: Schema.Number, body })

const Later = Signal.make("later", { payload: Schema.Number, reply: Schema.Number })

const sum = numbers("Sum", WIO.loop("sum", add, { while: (n) => n < 10 }))

/** A step that says so when it runs, and takes as long as it is told. */
const busy = (ran: Array<string>, effect: Effect.Effect<unknown> = Effect.void, name = "work") =>
  WIO.runIO(name, {
    event: Schema.Number,
    run: (n: number) =>
      Effect.suspend(() => {
        ran.push(name)
        return Effect.as(effect, n)
      }),
    apply: (_, n) => n
  })

const epochOf = (journal: Journal["Service"], id: string) =>
  Effect.map(Single.find(journal, id), (row) => Option.getOrThrow(row).epoch)

const deaf = { poll: "10 minutes", lease: "30 minutes" } as const

/** Whether nobody has it, so that whoever stores a signal for it may go on with it. */
const isFree = (journal: Journal["Service"], id: string, { name, version }: Workflow.Any) =>
  Effect.gen(function* () {
    yield* settle
    const asked = { owner: "else", workflows: [{ name, version }], limit: 1, order: "oldest", ids: [id] } as const
    const claimed = yield* journal.claim(asked)
    const released = claimed.map(({ epoch, wakeAt }) => ({ id, epoch, at: wakeAt, known: [] }))
    yield* journal.release("else", released)
    return claimed.length > 0
  })

describe("an instance that only waits", () => {
  it("leaves memory after a while, and is claimed again when a signal arrives", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [sum], { idle: "10 seconds" })
        const handle = yield* engine.start(sum, { id: "s", input: 0 })
        expect(yield* journal.claim({ owner: "else", workflows: [], limit: 1, order: "oldest" })).toEqual([])
        yield* TestClock.adjust("30 seconds")
        yield* settle
        const owned = yield* journal.claim({
          owner: "else",
          workflows: [{ name: "Sum", version: 1 }],
          limit: 1,
          order: "oldest"
        })
        expect(owned).toEqual([])
        expect(yield* await_(handle.signal(Add, 4))).toBe(4)
        expect(yield* epochOf(journal, "s")).toBe(2)
        expect(yield* await_(handle.signal(Add, 6))).toBe(10)
        expect(yield* handle.result).toBe(10)
      })
    ))

  it("is given back after a second, if nothing is said: whoever has it may be killed, and its signal brings it back", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [sum], deaf)
        const handle = yield* engine.start(sum, { id: "s", input: 0 })
        yield* TestClock.adjust(900)
        expect(yield* isFree(journal, "s", sum)).toBe(false)
        yield* TestClock.adjust(100)
        expect(yield* isFree(journal, "s", sum)).toBe(true)
        expect(yield* await_(handle.signal(Add, 10))).toBe(10)
        expect(yield* await_(handle.result)).toBe(10)
      })
    ))

  describe("stays for half a minute", () => {
    /** Begins it, then another one that leaves after a second, and looks when the first one does. */
    const stays = Effect.fnUntraced(function* (
      journal: Journal["Service"],
      workflows: ReadonlyArray<Workflow.Any>,
      begin: (engine: Engine["Service"]) => Effect.Effect<Workflow.Any, unknown>
    ) {
      const { engine } = yield* boot(journal, [...workflows, sum], deaf)
      const workflow = yield* begin(engine)
      yield* settle
      yield* engine.start(sum, { id: "other", input: 0 })
      yield* TestClock.adjust("2 seconds")
      const other = yield* isFree(journal, "other", sum)
      yield* TestClock.adjust("27 seconds")
      const before = yield* isFree(journal, "it", workflow)
      yield* TestClock.adjust("2 seconds")
      return { engine, free: { other, before, after: yield* isFree(journal, "it", workflow) } }
    })

    it("where its timer is due by then", () =>
      run((journal) =>
        Effect.gen(function* () {
          const soon = numbers("Soon", WIO.await<number>("a moment", { for: "30 seconds" }))
          const { engine, free } = yield* stays(journal, [soon], (engine) =>
            Effect.as(engine.start(soon, { id: "it", input: 1 }), soon)
          )
          expect(free).toMatchObject({ other: true, before: false })
          expect((yield* engine.status("it")).status).toBe("completed")
          expect(yield* epochOf(journal, "it")).toBe(1)
        })
      ))

    it.each([
      [31, "other"],
      [32, "it"]
    ])("where it has more events than come back with its signal: after %i signals", (signals, id) =>
      run((journal) =>
        Effect.gen(function* () {
          const { engine } = yield* boot(journal, [sum], deaf)
          const handle = yield* engine.start(sum, { id, input: 0 })
          for (let sent = 0; sent < signals; sent++)
            yield* Effect.forkChild(handle.signal(Add, 0)).pipe(Effect.andThen(settle))
          yield* TestClock.adjust("2 seconds")
          expect(yield* isFree(journal, id, sum)).toBe(id === "other")
          yield* TestClock.adjust("29 seconds")
          expect(yield* isFree(journal, id, sum)).toBe(true)
        })
      )
    )

    it("where it waits for a child, whose end does not bring it back by a statement of its own", () =>
      run((journal) =>
        Effect.gen(function* () {
          const parent = numbers(
            "Parent",
            WIO.child(sum, { name: "sum", input: (n: number) => n, apply: (_, n) => n }) as never
          )
          const { free } = yield* stays(journal, [parent], (engine) =>
            Effect.as(engine.start(parent, { id: "it", input: 0 }), parent)
          )
          expect(free).toEqual({ other: true, before: false, after: true })
        })
      ))

    it.each([
      ["its end", (engine: Engine["Service"]) => engine.result(sum, "it")],
      ["the reply to a signal that it does not want yet", (engine: Engine["Service"]) => engine.signal("it", Later, 1)]
    ])("where somebody here waits for %s, and would have to ask for it", (_, asks) =>
      run((journal) =>
        Effect.gen(function* () {
          const { free } = yield* stays(journal, [], (engine) =>
            Effect.gen(function* () {
              yield* engine.start(sum, { id: "it", input: 0 })
              yield* settle
              yield* Effect.forkChild(Effect.ignore(asks(engine)))
              return sum
            })
          )
          expect(free).toEqual({ other: true, before: false, after: true })
        })
      )
    )

    it("where it is stuck with a result that could not be applied: an operator's retry need not run the effect again", () =>
      run((journal) =>
        Effect.gen(function* () {
          const throws = numbers(
            "Throws",
            WIO.runIO("a", {
              event: Schema.Number,
              run: (n: number) => Effect.succeed(n),
              apply: (): number => {
                throw new Error("no such account")
              }
            })
          )
          const { engine, free } = yield* stays(journal, [throws], (engine) =>
            Effect.as(engine.start(throws, { id: "it", input: 0 }), throws)
          )
          expect((yield* engine.status("it")).status).toBe("stuck")
          expect(free).toEqual({ other: true, before: false, after: true })
        })
      ))

    it("on a store whose signals bring nothing back", () =>
      run((journal) =>
        Effect.gen(function* () {
          const { wake: _, ...without } = journal
          const { engine } = yield* boot(without, [sum], deaf)
          yield* engine.start(sum, { id: "s", input: 0 })
          yield* TestClock.adjust("29 seconds")
          expect(yield* isFree(journal, "s", sum)).toBe(false)
          yield* TestClock.adjust("2 seconds")
          expect(yield* isFree(journal, "s", sum)).toBe(true)
        })
      ))
  })

  it("leaves, and stays away, where it looked for its child a second time: that was due then, and is so no more", () =>
    run((journal) =>
      Effect.gen(function* () {
        const away = new JournalError({ operation: "find", reason: "a bad moment", retryable: false })
        let looks = 0
        const failing = intercepted(journal, ({ args, operation, perform }) => {
          const asked = operation === "find" ? (args[0] as ReadonlyArray<Find>) : []
          const isLook = asked.some(({ events, id, inbox }) => id.startsWith("p/") && !events && inbox !== true)
          return isLook && looks++ === 0 ? Effect.fail(away) : perform
        })
        const parent = numbers(
          "Parent",
          WIO.child(sum, { name: "sum", input: (n: number) => n, apply: (_, n) => n }) as never
        )
        const { engine } = yield* boot(failing, [parent, sum], deaf)
        yield* engine.start(parent, { id: "p", input: 0 })
        yield* settle
        for (let seconds = 0; seconds < 120; seconds++) yield* TestClock.adjust("1 second")
        yield* settle
        expect((yield* engine.history("p")).filter(({ kind }) => kind === "attempt")).toHaveLength(1)
        expect([looks, yield* epochOf(journal, "p")]).toEqual([2, 1])
        expect(yield* isFree(journal, "p", parent)).toBe(true)
      })
    ))

  it("leaves when it was told to, though it has a timer, if that is not due in a moment", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = numbers("Timer", WIO.await<number>("a while", { for: "15 seconds" }))
        const { engine } = yield* boot(journal, [workflow], { ...deaf, idle: "10 seconds" })
        yield* engine.start(workflow, { id: "t", input: 1 })
        yield* TestClock.adjust("9 seconds")
        expect(yield* isFree(journal, "t", workflow)).toBe(false)
        yield* TestClock.adjust("1 second")
        expect(yield* isFree(journal, "t", workflow)).toBe(true)
      })
    ))

  it.each([1, 2, 3, 4, 5, 6])("has its timer fire though a clock answers late: the %i. time that it is asked", (late) =>
    run((journal) =>
      Effect.gen(function* () {
        const answers = yield* Deferred.make<void>()
        let asked = 0
        const now = Effect.flatMap(journal.now, (time) =>
          Effect.suspend(() => (asked++ === late ? Effect.as(Deferred.await(answers), time) : Effect.succeed(time)))
        )
        const workflow = numbers("Timer", WIO.await<number>("a while", { for: "1 minute" }))
        const { engine } = yield* boot({ ...journal, now }, [workflow], { ...deaf, idle: "1 day" })
        asked = 0
        yield* Effect.forkChild(engine.start(workflow, { id: "t", input: 1 }))
        yield* settle
        yield* TestClock.adjust("1 minute")
        yield* settle
        yield* Deferred.succeed(answers, undefined)
        yield* settle
        yield* TestClock.adjust("1 minute")
        yield* settle
        expect((yield* engine.status("t")).status).toBe("completed")
      })
    )
  )

  it.each([1, 2, 3, 4, 5, 6])("leaves though a clock fails once: the %i. time that it is asked", (failing) =>
    run((journal) =>
      Effect.gen(function* () {
        const away = new JournalError({ operation: "now", reason: "away", retryable: true })
        let asked = 0
        const now = Effect.suspend(() => (asked++ === failing ? Effect.fail(away) : journal.now))
        const { engine } = yield* boot({ ...journal, now }, [sum], deaf)
        asked = 0
        yield* Effect.forkChild(engine.start(sum, { id: "s", input: 0 }))
        yield* TestClock.adjust("1 minute")
        yield* settle
        yield* TestClock.adjust("1 minute")
        expect(yield* isFree(journal, "s", sum)).toBe(true)
      })
    )
  )

  it("begins at once what somebody started whose clock is ahead of this one", () =>
    run((journal) =>
      Effect.gen(function* () {
        const ran: Array<string> = []
        const workflow = numbers("Step", busy(ran))
        yield* boot(journal, [workflow])
        const ahead = { ...journal, now: Effect.map(journal.now, (now) => now + 50) }
        const { engine } = yield* boot(ahead, [])
        yield* engine.start(workflow, { id: "s", input: 1 })
        yield* settle
        expect(ran).toEqual(["work"])
      })
    ))

  it("comes back for its timer, which fires on time", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = numbers("Timer", WIO.await<number>("a while", { for: "10 minutes" }))
        const { engine } = yield* boot(journal, [workflow], { idle: "10 seconds" })
        const handle = yield* engine.start(workflow, { id: "t", input: 1 })
        yield* settle
        for (let minute = 0; minute < 10; minute++) yield* TestClock.adjust("1 minute")
        yield* settle
        const fired = (yield* handle.history).find(({ kind }) => kind === "fired")
        expect(fired?.at).toBe(Duration.toMillis("10 minutes"))
        expect(yield* epochOf(journal, "t")).toBe(2)
      })
    ))

  it.each([
    ["it only waits", { idle: "1 second" }],
    ["another one has its place", { idle: "1 day", resident: 1 }]
  ] as const)("comes back for its timer on time where that is due before the engine looks again: %s", (_, options) =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = numbers("Timer", WIO.await<number>("a while", { for: "10 seconds" }))
        const { engine } = yield* boot(journal, [workflow, sum], { ...deaf, ...options })
        const handle = yield* engine.start(workflow, { id: "t", input: 1 })
        yield* settle
        yield* engine.start(sum, { id: "s", input: 0 })
        yield* Effect.forkChild(engine.signal("s", Add, 1))
        for (let second = 0; second < 10; second++) yield* TestClock.adjust("1 second")
        yield* settle
        const fired = (yield* handle.history).find(({ kind }) => kind === "fired")
        expect([fired?.at, yield* epochOf(journal, "t")]).toEqual([10_000, 2])
      })
    )
  )

  /** Instances that wait, and that nobody has: the engine that made them has ended. */
  const waiting = Effect.fnUntraced(function* (journal: Journal["Service"], ids: ReadonlyArray<string>) {
    const { close, engine } = yield* boot(journal, [sum])
    for (const id of ids) yield* engine.start(sum, { id, input: 0 })
    yield* settle
    yield* close
  })

  it.each([
    ["is taken over with it", (journal: Journal["Service"]) => journal],
    ["is claimed after it", apart]
  ] as const)(
    "comes back for its signal, whose sender was interrupted before he knew, though nobody is told of it: it %s",
    (_, wakes) =>
      run((journal) =>
        Effect.gen(function* () {
          yield* waiting(journal, ["s"])
          const stored = yield* Deferred.make<void>()
          const slow = intercepted({ ...wakes(journal), listen: () => Effect.never }, ({ operation, perform }) =>
            operation === "send" || operation === "wake"
              ? Effect.tap(perform, () => Effect.andThen(Deferred.succeed(stored, undefined), Effect.sleep(50)))
              : perform
          )
          const { engine } = yield* boot(slow, [sum], deaf)
          const sender = yield* Effect.forkChild(engine.signal("s", Add, 10, { id: "ten" }))
          yield* Deferred.await(stored)
          yield* Fiber.interrupt(sender)
          yield* TestClock.adjust("1 second")
          yield* settle
          expect((yield* engine.status("s")).status).toBe("completed")
        })
      )
  )

  it("comes back for its signal where there was no room for all, and those that had some were others'", () =>
    run((journal) =>
      Effect.gen(function* () {
        const ids = ["s-1", "s-2", "s-3"]
        yield* waiting(journal, ids)
        let isFirst = true
        const contested: Journal["Service"] = {
          ...apart(journal),
          listen: () => Effect.never,
          claim: (claim) => {
            if (claim.ids === undefined || !isFirst) return journal.claim(claim)
            isFirst = false
            return Effect.andThen(journal.claim({ ...claim, owner: "faster" }), Effect.succeed([]))
          }
        }
        const { engine } = yield* boot(contested, [sum], { ...deaf, resident: 1 })
        for (const id of ids) yield* Effect.forkChild(engine.signal(id, Add, 10, { id: "ten" }))
        yield* settle
        yield* TestClock.adjust("1 second")
        yield* settle
        const statuses = yield* Effect.forEach(ids, (id) => Effect.map(engine.status(id), ({ status }) => status))
        expect(statuses.toSorted()).toEqual(["completed", "completed", "waiting"])
      })
    ))

  it("is not slept through: a signal that is stored as it leaves wakes it", () =>
    run((journal) =>
      Effect.gen(function* () {
        // Between the decision to let it go and its release a signal is stored.
        let sent = false
        const release: Journal["Service"]["release"] = (owner, released) =>
          Effect.suspend(() => {
            if (sent || !released.some(({ id }) => id === "s")) return journal.release(owner, released)
            sent = true
            const send = Single.send(journal, { instance: "s", id: "late", name: "add", payload: 10 })
            return Effect.andThen(send, journal.release(owner, released))
          })
        const { engine } = yield* boot({ ...journal, release }, [sum], { idle: "10 seconds" })
        const handle = yield* engine.start(sum, { id: "s", input: 0 })
        expect(yield* await_(handle.result)).toBe(10)
        expect(sent).toBe(true)
      })
    ))

  it("does not come back for a signal that it knows and that nothing waits for", () =>
    run((journal) =>
      Effect.gen(function* () {
        const Later = Signal.make("later", { payload: Schema.Number })
        const { engine } = yield* boot(journal, [sum], { idle: "10 seconds" })
        yield* engine.start(sum, { id: "s", input: 0 })
        const early = yield* Effect.forkChild(engine.signal("s", Later, 1))
        yield* settle
        yield* TestClock.adjust("10 minutes")
        yield* settle
        expect(yield* epochOf(journal, "s")).toBe(1)
        yield* Fiber.interrupt(early)
      })
    ))

  it("makes room for others: an engine with a place for two runs five, one after the other", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [sum], { resident: 2 })
        const handles = yield* Effect.forEach([1, 2, 3, 4, 5], (n) => engine.start(sum, { id: `s${n}`, input: n }))
        const held = (owner: string) => Effect.map(journal.held(owner), (all) => all.length)
        expect(yield* held("nobody")).toBe(0)
        for (const handle of handles) yield* await_(handle.signal(Add, 20))
        expect(yield* Effect.forEach(handles, ({ result }) => await_(result))).toEqual([21, 22, 23, 24, 25])
      })
    ))
})

describe("an engine that is full", () => {
  it("claims and starts no more than it has room for; the others wait on the journal until somebody leaves", () =>
    run((journal) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const ran: Array<string> = []
        const workflow = numbers("Busy", busy(ran, Deferred.await(gate)))
        const { engine } = yield* boot(journal, [workflow], { resident: 3 })
        const handles = yield* Effect.forEach(
          Array.from({ length: 10 }, (_, n) => n),
          (n) => engine.start(workflow, { id: `b${n}`, input: n })
        )
        yield* settle
        expect(ran).toHaveLength(3)
        yield* TestClock.adjust("1 minute")
        yield* settle
        expect(ran).toHaveLength(3)
        yield* Deferred.succeed(gate, undefined)
        expect(yield* Effect.forEach(handles, ({ result }) => await_(result))).toHaveLength(10)
        expect(ran).toHaveLength(10)
      })
    ))

  it("sends nobody away for others that is being told of signals: it alone knows which of them it has settled", () =>
    run((journal) =>
      Effect.gen(function* () {
        const read = yield* Deferred.make<void>()
        let isSlow = false
        const slow = intercepted(journal, ({ args, operation, perform }) => {
          const asked = operation === "find" ? (args[0] as ReadonlyArray<Find>) : []
          return isSlow && asked.some(({ id }) => id === "s-1")
            ? Effect.tap(perform, () => Deferred.await(read))
            : perform
        })
        const { engine } = yield* boot(slow, [sum], { resident: 1, idle: "1 day" })
        yield* engine.start(sum, { id: "s-1", input: 0 })
        yield* settle
        isSlow = true
        // Stored by somebody else, so it is told of it by a hint.
        yield* journal.send([{ instance: "s-1", id: "one", name: "add", payload: 1 }])
        yield* settle
        yield* engine.start(sum, { id: "s-2", input: 0 })
        const other = yield* Effect.forkChild(engine.signal("s-2", Add, 10))
        yield* settle
        expect(other.pollUnsafe()).toBeUndefined()
        yield* Deferred.succeed(read, undefined)
        expect(yield* await_(Fiber.join(other))).toBe(10)
        expect((yield* engine.history("s-1")).map(({ kind }) => kind)).toEqual(["started", "signal"])
        expect(yield* epochOf(journal, "s-1")).toBe(1)
      })
    ))

  it("runs no more effects at once than it is told, in all and of one step", () =>
    run((journal) =>
      Effect.gen(function* () {
        let [running, most, ofOne, mostOfOne] = [0, 0, 0, 0]
        const counted = (name: string) =>
          WIO.runIO(name, {
            event: Schema.Number,
            run: (n: number) =>
              Effect.acquireUseRelease(
                Effect.sync(() => {
                  most = Math.max(most, ++running)
                  if (name === "slow") mostOfOne = Math.max(mostOfOne, ++ofOne)
                }),
                () => Effect.as(Effect.sleep("1 second"), n),
                () =>
                  Effect.sync(() => {
                    running--
                    if (name === "slow") ofOne--
                  })
              ),
            apply: (_, n) => n
          })
        const workflow = numbers("Two", counted("quick").pipe(WIO.andThen(counted("slow"))))
        const { engine } = yield* boot(journal, [workflow], { concurrency: 4, steps: { slow: { concurrency: 2 } } })
        const handles = yield* Effect.forEach(
          Array.from({ length: 12 }, (_, n) => n),
          (n) => engine.start(workflow, { id: `c${n}`, input: n })
        )
        yield* Effect.forEach(handles, ({ result }) => await_(result))
        expect([most, mostOfOne]).toEqual([4, 2])
      })
    ))
})

describe("a lease", () => {
  it("that lapsed while its process slept costs it its instances; what it runs is interrupted, and others go on", () =>
    run((journal) =>
      Effect.gen(function* () {
        const ran: Array<string> = []
        let interrupted = 0
        const forever = Effect.onInterrupt(Effect.never, () => Effect.sync(() => void interrupted++))
        let first = true
        const workflow = numbers(
          "Sleeper",
          busy(
            ran,
            Effect.suspend(() => {
              if (!first) return Effect.void
              first = false
              return forever
            })
          )
        )
        // Asleep, it says nothing of itself and looks at nothing; then it wakes up.
        let asleep = false
        const awake = <A, E>(effect: Effect.Effect<A, E>, otherwise: A): Effect.Effect<A, E> =>
          Effect.suspend(() => (asleep ? Effect.succeed(otherwise) : effect))
        const log: Array<string> = []
        const { engine } = yield* boot(
          {
            ...journal,
            renew: (owner, lease) => awake(journal.renew(owner, lease), true),
            reap: awake(journal.reap, 0),
            claim: (claim) => awake(journal.claim(claim), [])
          },
          [workflow],
          {},
          undefined,
          log
        )
        const handle = yield* engine.start(workflow, { id: "z", input: 1 })
        yield* settle
        asleep = true
        const other = yield* boot(journal, [workflow])
        expect(yield* await_(other.engine.result(workflow, "z"))).toBe(1)
        expect(interrupted).toBe(0)
        asleep = false
        yield* TestClock.adjust("10 seconds")
        yield* settle
        expect(interrupted).toBe(1)
        expect(yield* await_(handle.result)).toBe(1)
        expect(log.join("\n")).toContain("1 instances were taken over by others")
        expect(ran).toHaveLength(2)
      })
    ))

  it("that was lost before a start was answered costs it that instance too: what runs it is a claim, and it runs once", () =>
    run((journal) =>
      Effect.gen(function* () {
        const ran: Array<string> = []
        const gate = yield* Deferred.make<void>()
        let owner = ""
        const late: Journal["Service"] = {
          ...journal,
          create: (batch) =>
            Effect.tap(journal.create(batch), () => {
              owner = batch[0]?.owner ?? ""
              return Deferred.await(gate)
            })
        }
        const workflow = numbers("Late", busy(ran))
        const { engine } = yield* boot(late, [workflow])
        const starting = yield* Effect.forkChild(engine.start(workflow, { id: "late", input: 1 }))
        yield* settle
        yield* journal.renew(owner, 0)
        expect(yield* journal.reap).toBe(1)
        // It hears that there is something to claim; later it is told that it lost what it had.
        yield* settle
        yield* TestClock.adjust("1 minute")
        yield* settle
        yield* Deferred.succeed(gate, undefined)
        const handle = yield* Fiber.join(starting)
        expect(yield* await_(handle.result)).toBe(1)
        expect(ran).toEqual(["work"])
        expect(yield* epochOf(journal, "late")).toBe(2)
      })
    ))

  it("that it still has leaves an answer that comes late to what was claimed since: one life of an instance is here", () =>
    run((journal) =>
      Effect.gen(function* () {
        const ran: Array<string> = []
        const gate = yield* Deferred.make<void>()
        let owner = ""
        const late: Journal["Service"] = {
          ...journal,
          create: (batch) =>
            Effect.tap(journal.create(batch), () => {
              owner = batch[0]?.owner ?? ""
              return Deferred.await(gate)
            })
        }
        const workflow = numbers("Twice", busy(ran, Effect.never))
        const { engine } = yield* boot(late, [workflow])
        const starting = yield* Effect.forkChild(engine.start(workflow, { id: "twice", input: 1 }))
        yield* settle
        yield* journal.release(owner, [{ id: "twice", epoch: 1, at: 0, known: [] }])
        yield* TestClock.adjust("5 seconds")
        yield* settle
        expect(yield* epochOf(journal, "twice")).toBe(2)
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.join(starting)
        yield* settle
        expect(ran).toEqual(["work"])
        expect(yield* epochOf(journal, "twice")).toBe(2)
      })
    ))

  it.each([
    ["waits still", false],
    ["has gone", true]
  ])(
    "that was lost meanwhile leaves a start whose caller %s to whoever claimed it since, were it this process",
    (_, gone) =>
      run((journal) =>
        Effect.gen(function* () {
          const ran: Array<string> = []
          const gate = yield* Deferred.make<void>()
          let [owner, tries] = ["", 0]
          const unanswered: Journal["Service"] = {
            ...journal,
            create: (batch) =>
              Effect.flatMap(journal.create(batch), (answers) => {
                owner = batch[0]?.owner ?? ""
                return tries++ === 0
                  ? Effect.fail(new JournalError({ operation: "create", reason: "lost", retryable: true }))
                  : Effect.as(Deferred.await(gate), answers)
              })
          }
          const workflow = numbers("Left", busy(ran, Effect.never))
          const { engine } = yield* boot(unanswered, [workflow])
          const starting = yield* Effect.forkChild(engine.start(workflow, { id: "left", input: 1 }))
          yield* settle
          yield* journal.renew(owner, 0)
          expect(yield* journal.reap).toBe(1)
          yield* settle
          expect(yield* epochOf(journal, "left")).toBe(2)
          yield* TestClock.adjust("50 millis")
          yield* settle
          expect(tries).toBe(2)
          if (gone) yield* Fiber.interrupt(starting)
          yield* Deferred.succeed(gate, undefined)
          yield* settle
          expect(ran).toEqual(["work"])
          expect(yield* epochOf(journal, "left")).toBe(2)
        })
      )
  )

  it("is not what a reopening is known by: one that was done unheard, and has ended meanwhile, begins no other run", () =>
    run((journal) =>
      Effect.gen(function* () {
        const ran: Array<string> = []
        const ended = yield* Deferred.make<void>()
        let tries = 0
        const unheard: Journal["Service"] = {
          ...journal,
          reopen: (create, epoch) =>
            Effect.flatMap(journal.reopen({ ...create, owner: null }, epoch), (answer) =>
              tries++ === 0
                ? Effect.andThen(
                    Deferred.await(ended),
                    Effect.fail(new JournalError({ operation: "reopen", reason: "lost", retryable: true }))
                  )
                : Effect.succeed(answer)
            )
        }
        const workflow = numbers("Again", busy(ran))
        const { engine } = yield* boot(unheard, [workflow])
        const first = yield* engine.start(workflow, { id: "again", input: 1 })
        yield* await_(first.result)
        const starting = yield* Effect.forkChild(engine.start(workflow, { id: "again", input: 1, reuse: "always" }))
        yield* settle
        yield* TestClock.adjust("1 minute")
        yield* settle
        expect(ran).toEqual(["work", "work"])
        yield* Deferred.succeed(ended, undefined)
        yield* settle
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(starting)
        expect(tries).toBeGreaterThan(1)
        expect(ran).toEqual(["work", "work"])
        expect((yield* Single.find(journal, "again")).pipe(Option.map(({ run }) => run))).toEqual(Option.some(1))
      })
    ))

  it("is prolonged while the journal is there, and a blip of it costs nothing", () =>
    run((journal) =>
      Effect.gen(function* () {
        let failures = 2
        const renew: Journal["Service"]["renew"] = (owner, lease) =>
          Effect.suspend(() =>
            failures-- > 0
              ? Effect.fail(new JournalError({ operation: "renew", reason: "a blip", retryable: true }))
              : journal.renew(owner, lease)
          )
        const { engine } = yield* boot({ ...journal, renew }, [sum], { idle: "1 day" })
        const handle = yield* engine.start(sum, { id: "s", input: 0 })
        yield* TestClock.adjust("5 minutes")
        yield* settle
        expect(yield* await_(handle.signal(Add, 10))).toBe(10)
        expect(yield* epochOf(journal, "s")).toBeLessThanOrEqual(2)
      })
    ))
})

describe("a shutdown", () => {
  it("lets what runs come to its end, begins nothing more, and gives everything back", () =>
    run((journal) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const ran: Array<string> = []
        const workflow = numbers(
          "Two",
          busy(ran, Deferred.await(gate), "one").pipe(WIO.andThen(busy(ran, Effect.void, "two")))
        )
        const { engine } = yield* boot(journal, [workflow], { grace: "1 minute" })
        yield* engine.start(workflow, { id: "d", input: 1 })
        yield* settle
        const leaving = yield* Effect.forkChild(engine.shutdown)
        yield* settle
        expect(leaving.pollUnsafe()).toBeUndefined()
        // Started meanwhile it is left to others.
        yield* engine.start(workflow, { id: "e", input: 1 })
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.join(leaving)
        expect(ran).toEqual(["one"])
        const kinds = yield* Effect.map(journal.read({ instance: "d", run: 0, from: 0, limit: 10 }), (events) =>
          events.map(({ kind, step }) => `${kind} ${step}`)
        )
        expect(kinds).toEqual(["started Two", "completed one"])
        const { engine: next } = yield* boot(journal, [workflow])
        expect(yield* await_(next.result(workflow, "d"))).toBe(1)
        expect(yield* await_(next.result(workflow, "e"))).toBe(1)
        expect(ran.filter((name) => name === "one")).toHaveLength(2)
      })
    ))

  it("that takes longer than those that only wait stay in memory leaves nothing behind: not what it did not begin, and not what was signalled", () =>
    run((journal) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const two = numbers(
          "Two",
          busy([], Deferred.await(gate), "one").pipe(WIO.andThen(busy([], Effect.void, "two")))
        )
        const long = numbers("Long", busy([], Effect.never, "long"))
        const { close, engine } = yield* boot(journal, [two, long, sum], { idle: "1 second", grace: "1 hour" })
        yield* engine.start(two, { id: "d", input: 1 })
        yield* engine.start(sum, { id: "s", input: 0 })
        yield* engine.start(long, { id: "l", input: 1 })
        yield* settle
        yield* Effect.forkChild(engine.shutdown)
        yield* settle
        yield* Deferred.succeed(gate, undefined)
        const asked = yield* Effect.forkChild(engine.signal("s", Add, 12, { id: "twelve" }))
        yield* TestClock.adjust("1 minute")
        yield* settle
        yield* Fiber.interrupt(asked)
        yield* close
        const { engine: next } = yield* boot(journal, [two, sum])
        expect(yield* await_(next.result(two, "d"))).toBe(1)
        expect(yield* await_(next.result(sum, "s"))).toBe(12)
      })
    ))

  it("holds up nobody that only waits, or comes to that: others go on with those meanwhile", () =>
    run((journal) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const long = numbers("Long", busy([], Effect.never, "long"))
        const first = numbers("First", busy([], Deferred.await(gate), "first").pipe(WIO.andThen(add)))
        const { close, engine } = yield* boot(journal, [long, first, sum], { idle: "1 day", grace: "1 hour" })
        yield* engine.start(sum, { id: "s", input: 0 })
        yield* engine.start(first, { id: "f", input: 1 })
        yield* engine.start(long, { id: "l", input: 1 })
        yield* settle
        yield* Effect.forkChild(engine.shutdown)
        yield* settle
        expect(yield* isFree(journal, "s", sum)).toBe(true)
        yield* Deferred.succeed(gate, undefined)
        const { engine: next } = yield* boot(journal, [first, sum])
        expect(yield* await_(next.signal("s", Add, 12))).toBe(12)
        expect(yield* await_(next.signal("f", Add, 12))).toBe(13)
        expect(yield* epochOf(journal, "l")).toBe(1)
        yield* close
      })
    ))

  it.each(["claim", "create"] as const)("gives back what was on its way as it began: the answer to a %s", (slow) =>
    run((journal) =>
      Effect.gen(function* () {
        const answers = yield* Deferred.make<void>()
        let isSlow = false
        const late = intercepted(journal, ({ operation, perform }) =>
          isSlow && operation === slow ? Effect.tap(perform, () => Deferred.await(answers)) : perform
        )
        const ran: Array<string> = []
        const [long, quick] = [numbers("Long", busy([], Effect.never, "long")), numbers("Quick", busy(ran))]
        const { close, engine } = yield* boot(late, [long, quick], { ...deaf, grace: "1 hour" })
        yield* engine.start(long, { id: "l", input: 1 })
        yield* settle
        isSlow = true
        const { engine: other } = yield* boot(journal, [])
        const starting = yield* Effect.forkChild(
          (slow === "claim" ? other : engine).start(quick, { id: "q", input: 1 })
        )
        yield* settle
        expect(yield* isFree(journal, "q", quick)).toBe(false)
        yield* Effect.forkChild(engine.shutdown)
        yield* settle
        yield* Deferred.succeed(answers, undefined)
        yield* Fiber.await(starting)
        expect(yield* isFree(journal, "q", quick)).toBe(true)
        expect(ran).toEqual([])
        yield* close
      })
    )
  )

  it("is told to whoever has one instance run by hand, if its claim was on its way: that is given back", () =>
    run((journal) =>
      Effect.gen(function* () {
        const answers = yield* Deferred.make<void>()
        const late = intercepted(journal, ({ operation, perform }) =>
          operation === "claim" ? Effect.tap(perform, () => Deferred.await(answers)) : perform
        )
        const ran: Array<string> = []
        const quick = numbers("Quick", busy(ran))
        const { engine } = yield* boot(late, [quick], { ...deaf, mode: "manual", grace: "1 hour" })
        yield* engine.start(quick, { id: "q", input: 1 })
        const asking = yield* Effect.forkChild(Effect.flip(engine.runOne()))
        yield* settle
        expect(yield* isFree(journal, "q", quick)).toBe(false)
        yield* Effect.forkChild(engine.shutdown)
        yield* settle
        yield* Deferred.succeed(answers, undefined)
        expect((yield* Fiber.join(asking))._tag).toBe("EngineStopped")
        expect(yield* isFree(journal, "q", quick)).toBe(true)
        expect(ran).toEqual([])
      })
    ))

  it("that is asked for twice ends at once: what runs is interrupted", () =>
    run((journal) =>
      Effect.gen(function* () {
        let interrupted = false
        const work = Effect.onInterrupt(Effect.never, () =>
          Effect.sync(() => {
            interrupted = true
          })
        )
        const workflow = numbers("Long", busy([], work))
        const { close, engine } = yield* boot(journal, [workflow], { grace: "1 hour" })
        yield* engine.start(workflow, { id: "l", input: 1 })
        yield* settle
        const leaving = yield* Effect.forkChild(engine.shutdown)
        yield* settle
        expect(interrupted).toBe(false)
        yield* close
        expect(interrupted).toBe(true)
        expect(Exit.isSuccess(yield* Fiber.await(leaving))).toBe(true)
        const { engine: next } = yield* boot(journal, [numbers("Long", busy([]))])
        expect(yield* await_(next.result(workflow, "l"))).toBe(1)
      })
    ))
})

describe("hints", () => {
  it("are enough: what one engine writes another one hears, without waiting for its next look", () =>
    run((journal) =>
      Effect.gen(function* () {
        const ran: Array<string> = []
        const workflow = numbers("Chain", busy(ran).pipe(WIO.andThen(add)))
        const far = { poll: "1 day", lease: "4 days" } as const
        yield* boot(journal, [workflow], far)
        const { engine } = yield* boot(journal, [], far)
        const handle = yield* engine.start(workflow, { id: "h", input: 1 })
        yield* settle
        expect(ran).toEqual(["work"])
        const reply = yield* Effect.forkChild(handle.signal(Add, 2))
        const result = yield* Effect.forkChild(handle.result)
        yield* settle
        expect(yield* Fiber.join(reply)).toBe(3)
        expect(yield* Fiber.join(result)).toBe(3)
      })
    ))

  it("that are lost cost time only", () =>
    run((journal) =>
      Effect.gen(function* () {
        const ran: Array<string> = []
        const workflow = numbers("Chain", busy(ran).pipe(WIO.andThen(add)))
        const deaf = { ...journal, listen: (_: string, __: (hint: Hint) => void) => Effect.never }
        yield* boot(deaf, [workflow])
        const { engine } = yield* boot(deaf, [])
        const handle = yield* engine.start(workflow, { id: "h", input: 1 })
        expect(yield* await_(handle.signal(Add, 2))).toBe(3)
        expect(yield* await_(handle.result)).toBe(3)
      })
    ))

  it("are asked for again where the store has lost the line", () =>
    run((journal) =>
      Effect.gen(function* () {
        let lines = 0
        const listen: Journal["Service"]["listen"] = (owner, hear) =>
          Effect.suspend(() =>
            ++lines < 3
              ? Effect.fail(new JournalError({ operation: "listen", reason: "the line was cut", retryable: true }))
              : journal.listen(owner, hear)
          )
        yield* boot({ ...journal, listen }, [sum])
        yield* TestClock.adjust("1 minute")
        expect(lines).toBe(3)
      })
    ))
})
