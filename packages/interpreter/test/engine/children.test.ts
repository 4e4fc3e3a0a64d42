/** Workflows that start others: every child is started once, waited for over restarts, and closed as its parent says. */
import { Deferred, Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { ChildStopped, Signal, WIO, Workflow } from "@waymark/core"
import type { Journal } from "@waymark/interpreter"
import { Faults, Single } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import {
  await_,
  boot,
  does,
  line,
  Oops,
  run,
  settle,
  survive,
  told,
  undoes,
  wordy,
  type Part,
  type Words
} from "../support/engine.ts"

const Stop = Signal.make("stop", { payload: Schema.Void })

const kid = (effect: Effect.Effect<unknown, Oops> = Effect.void) =>
  wordy("Kid", does("play", effect).pipe(WIO.compensateWith(undoes("tidy up"))))

type Policy = "terminate" | "request-cancel" | "abandon"

/** Starts a child under the id "kid" and waits for it. */
const awaited = (child: Workflow.Any, onParentClose: Policy = "terminate"): Part =>
  WIO.child(child, { name: "raise", id: "kid", input: (words: Words) => words, onParentClose } as never) as never

/** Starts a child under the id "kid" and goes on. */
const started = (child: Workflow.Any, onParentClose: Policy = "terminate"): Part =>
  WIO.child(child, {
    name: "raise",
    id: "kid",
    input: (words: Words) => words,
    onParentClose,
    await: false,
    apply: (words: Words, id: string) => [...words, id]
  } as never) as never

const parent = (body: Part) =>
  Workflow.make("Parent", {
    version: 1,
    input: Schema.Array(Schema.String),
    state: Schema.Array(Schema.String),
    error: Schema.Union([Oops, ChildStopped]),
    body
  })

const journalOf = (journal: Journal["Service"], instance: string) =>
  journal.read({ instance, run: 0, from: 0, limit: 1000 })

describe("a child that is waited for", () => {
  it("gives its output to its parent, has a journal of its own, and knows whose it is", () =>
    run((journal) =>
      Effect.gen(function* () {
        const child = kid()
        const workflow = parent(line(does("before"), awaited(child), does("after")))
        const { engine } = yield* boot(journal, [workflow, child])
        const handle = yield* engine.start(workflow, { id: "p", input: ["in"] })
        expect(yield* handle.result).toEqual(["in", "before", "play", "after"])
        expect(told(yield* handle.history)).toEqual([
          "started Parent",
          "completed before",
          "child-started raise",
          "child-ended raise",
          "completed after",
          "ended Parent"
        ])
        expect(yield* engine.result(child, "kid")).toEqual(["in", "before", "play"])
        const [first] = yield* engine.history("kid")
        expect(first?.payload).toMatchObject({ parent: { instance: "p", run: 0, path: "", ordinal: 1 } })
      })
    ))

  it("is to be seen in its parent's status, started and waited for", () =>
    run((journal) =>
      Effect.gen(function* () {
        const child = kid(Effect.never)
        const workflow = parent(awaited(child))
        const { engine } = yield* boot(journal, [workflow, child])
        const handle = yield* engine.start(workflow, { id: "p", input: [] })
        yield* settle
        expect(yield* handle.status).toMatchObject({
          status: "waiting",
          waitsFor: [{ _tag: "Child", phase: "Wait", workflow: "Kid", id: "kid", step: { name: "raise" } }]
        })
      })
    ))

  it("whose outputs are the records of a parallel gives them to its parent", () =>
    run((journal) =>
      Effect.gen(function* () {
        const both = WIO.parallel(
          { left: does("a"), right: does("b") },
          { fork: (w: Words) => ({ left: w, right: w }) }
        )
        const child = Workflow.make("Both", {
          version: 1,
          input: Schema.Array(Schema.String),
          state: Schema.Array(Schema.String),
          error: Oops,
          body: both
        })
        const collected = WIO.child(child, {
          name: "raise",
          id: "kid",
          input: (words: Words) => words,
          apply: (words, { left, right }) => [...words, ...left, ...right]
        })
        const workflow = parent(collected as never)
        const { engine } = yield* boot(journal, [workflow, child])
        const handle = yield* engine.start(workflow, { id: "p", input: [] })
        yield* settle
        expect(yield* handle.result).toEqual(["a", "b"])
      })
    ))

  it("fails its parent with its own typed failure", () =>
    run((journal) =>
      Effect.gen(function* () {
        const child = kid(Effect.fail(new Oops({ why: "it rains" })))
        const workflow = parent(awaited(child))
        const { engine } = yield* boot(journal, [workflow, child])
        const handle = yield* engine.start(workflow, { id: "p", input: [] })
        expect(yield* Effect.flip(handle.result)).toEqual(new Oops({ why: "it rains" }))
      })
    ))

  for (const [how, status] of [
    ["terminate", "terminated"],
    ["cancel", "cancelled"]
  ] as const) {
    it(`that is ${status} fails its parent with ChildStopped`, () =>
      run((journal) =>
        Effect.gen(function* () {
          const child = wordy("Kid", does("sleep", Effect.never))
          const workflow = parent(awaited(child))
          const { engine } = yield* boot(journal, [workflow, child])
          const handle = yield* engine.start(workflow, { id: "p", input: [] })
          yield* settle
          yield* engine[how]("kid", "bedtime")
          expect(yield* Effect.flip(handle.result)).toEqual(
            new ChildStopped({ child: "kid", status, reason: "bedtime" })
          )
        })
      ))
  }

  it("that nobody here hosts is run by whoever does, and its end is found", () =>
    run((journal) =>
      Effect.gen(function* () {
        const child = kid()
        const workflow = parent(awaited(child))
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "p", input: ["in"] })
        yield* settle
        expect((yield* handle.status).waitsFor).toMatchObject([{ phase: "Wait" }])
        expect(yield* journalOf(journal, "kid")).toHaveLength(1)
        yield* boot(journal, [child])
        expect(yield* await_(handle.result)).toEqual(["in", "play"])
      })
    ))

  it("whose id is taken by something else leaves its parent stuck, and what is there untouched", () =>
    run((journal) =>
      Effect.gen(function* () {
        const child = kid(Effect.never)
        const workflow = parent(awaited(child))
        const { engine } = yield* boot(journal, [workflow, child])
        yield* engine.start(child, { id: "kid", input: [] })
        const handle = yield* engine.start(workflow, { id: "p", input: [] })
        yield* settle
        expect(yield* handle.status).toMatchObject({
          status: "stuck",
          error: expect.stringContaining("exists already"),
          waitsFor: [{ _tag: "Child", phase: "Start", notBefore: Infinity }]
        })
        yield* handle.cancel("no use")
        expect(yield* Effect.flip(handle.result)).toMatchObject({ _tag: "WorkflowCancelled" })
        yield* settle
        expect((yield* engine.status("kid")).status).toBe("running")
      })
    ))

  it("cannot be started under its id by anybody else", () =>
    run((journal) =>
      Effect.gen(function* () {
        const child = kid(Effect.never)
        const workflow = parent(awaited(child))
        const { engine } = yield* boot(journal, [workflow, child])
        yield* engine.start(workflow, { id: "p", input: [] })
        yield* settle
        expect(yield* Effect.flip(engine.start(child, { id: "kid", input: [] }))).toMatchObject({
          _tag: "InstanceExists"
        })
      })
    ))

  it("with an input that does not fit leaves its parent stuck", () =>
    run((journal) =>
      Effect.gen(function* () {
        const child = kid()
        const odd = parent(WIO.child(child, { name: "raise", id: "kid", input: () => [7] as never }) as never)
        const { engine } = yield* boot(journal, [odd, child])
        const handle = yield* engine.start(odd, { id: "p", input: [] })
        yield* settle
        expect(yield* handle.status).toMatchObject({ status: "stuck", error: expect.stringContaining("input") })
      })
    ))
})

describe("a child that is not waited for", () => {
  it("goes on while its parent does, under the id that the parent is told", () =>
    run((journal) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const child = kid(Deferred.await(gate))
        const workflow = parent(line(started(child, "abandon"), does("after")))
        const { engine } = yield* boot(journal, [workflow, child])
        const handle = yield* engine.start(workflow, { id: "p", input: [] })
        expect(yield* handle.result).toEqual(["kid", "after"])
        expect((yield* engine.status("kid")).status).toBe("running")
        yield* Deferred.succeed(gate, undefined)
        expect(yield* engine.result(child, "kid")).toEqual(["play"])
      })
    ))
})

describe("as its parent ends, a child", () => {
  const statuses = { terminate: "terminated", "request-cancel": "cancelled", abandon: "running" } as const
  const resting = () =>
    wordy("Kid", line(does("sit").pipe(WIO.compensateWith(undoes("get up"))), does("sleep", Effect.never)))

  for (const policy of ["terminate", "request-cancel", "abandon"] as const) {
    for (const [how, body] of [
      ["completed", (child: Workflow.Any) => line(started(child, policy), does("after"))],
      [
        "failed",
        (child: Workflow.Any) => line(started(child, policy), does("after", Effect.fail(new Oops({ why: "x" }))))
      ],
      ["cancelled", (child: Workflow.Any) => line(started(child, policy), does("after", Effect.never))],
      ["cancelled while it waits", (child: Workflow.Any) => awaited(child, policy)]
    ] as const) {
      it(`with the policy "${policy}" is ${statuses[policy]}: its parent ${how}`, () =>
        run((journal) =>
          Effect.gen(function* () {
            const child = resting()
            const workflow = parent(body(child))
            const { engine } = yield* boot(journal, [workflow, child])
            const handle = yield* engine.start(workflow, { id: "p", input: [] })
            yield* settle
            if (how.startsWith("cancelled")) yield* handle.cancel("stop")
            yield* Effect.exit(handle.result)
            yield* settle
            expect((yield* handle.status).status).toBe(how.split(" ")[0])
            expect((yield* engine.status("kid")).status).toBe(statuses[policy])
            const undone = (yield* engine.history("kid")).some(({ step }) => step === "get up")
            expect(undone).toBe(policy === "request-cancel")
            const sent = (yield* handle.history).filter(({ kind }) => kind === "sent")
            expect(sent).toHaveLength(policy === "abandon" ? 0 : 1)
          })
        ))
    }
  }

  it("that is not its own any more is left alone: its id was given to somebody else's meanwhile", () =>
    run((journal) =>
      Effect.gen(function* () {
        const child = resting()
        const workflow = parent(line(started(child), does("after", Effect.sleep("1 minute"))))
        const read: Journal["Service"]["read"] = (page) =>
          Effect.map(journal.read(page), (events) =>
            events.map((event) =>
              event.instance === "kid" && event.kind === "started"
                ? { ...event, payload: { ...(event.payload as object), parent: { instance: "q" } } }
                : event
            )
          )
        const { engine } = yield* boot({ ...journal, read }, [workflow, child])
        const handle = yield* engine.start(workflow, { id: "p", input: [] })
        yield* await_(handle.result)
        expect((yield* handle.history).find(({ kind }) => kind === "sent")?.payload).toMatchObject({ delivered: false })
        yield* settle
        expect((yield* engine.status("kid")).status).toBe("running")
      })
    ))

  it("that has ended already is no trouble", () =>
    run((journal) =>
      Effect.gen(function* () {
        const child = kid()
        const workflow = parent(line(started(child), does("after", Effect.sleep("1 minute"))))
        const { engine } = yield* boot(journal, [workflow, child])
        const handle = yield* engine.start(workflow, { id: "p", input: [] })
        expect(yield* await_(handle.result)).toEqual(["kid", "after"])
        expect((yield* handle.history).find(({ kind }) => kind === "sent")?.payload).toMatchObject({ delivered: false })
        expect((yield* engine.status("kid")).status).toBe("completed")
      })
    ))
})

/** A process that dies as it creates a child: before it is there, or after. */
const dyingAtCreate =
  (when: "before" | "after") =>
  ({ crashed, journal }: Faults.Faulty): Journal["Service"] => {
    const die = Effect.andThen(Deferred.succeed(crashed, undefined), Effect.never)
    return {
      ...journal,
      create: (batch) =>
        batch.every(({ id }) => id !== "kid")
          ? journal.create(batch)
          : when === "before"
            ? die
            : Effect.andThen(journal.create(batch), die)
    }
  }

describe("a crash on either side of a child", () => {
  const families = () => {
    const ran: Array<string> = []
    const child = wordy(
      "Kid",
      line(
        does(
          "one",
          Effect.sync(() => void ran.push("one"))
        ),
        does(
          "two",
          Effect.sync(() => void ran.push("two"))
        )
      )
    )
    const workflow = parent(line(does("before"), awaited(child), does("after")))
    return { child, ran, workflow }
  }
  const expected = {
    p: [
      "started Parent",
      "completed before",
      "child-started raise",
      "child-ended raise",
      "completed after",
      "ended Parent"
    ],
    kid: ["started Kid", "completed one", "completed two", "ended Kid"]
  }
  const check = (
    decide: (index: number) => Faults.Fault,
    wrap?: (faulty: Faults.Faulty) => Journal["Service"]
  ): Promise<boolean> =>
    run((journal) =>
      Effect.gen(function* () {
        const { child, ran, workflow } = families()
        const { died, value } = yield* survive(
          journal,
          [workflow, child],
          decide,
          (engine) => Effect.flatMap(engine.start(workflow, { id: "p", input: [] }), ({ result }) => result),
          wrap
        )
        expect(value).toEqual(["before", "one", "two", "after"])
        expect(told(yield* journalOf(journal, "p"))).toEqual(expected.p)
        expect(told(yield* journalOf(journal, "kid"))).toEqual(expected.kid)
        for (const step of ["one", "two"]) expect(ran.filter((word) => word === step).length).toBeLessThanOrEqual(2)
        return died
      })
    )

  for (const fault of ["crash-before", "crash-after"] as const) {
    it(`${fault}-every-append: there is one child, and it ends once`, async () => {
      let deaths = 0
      for (let k = 0; k < 9; k++) if (await check((index) => (index === k ? fault : "none"))) deaths++
      expect(deaths).toBeGreaterThanOrEqual(5)
    })
  }

  for (const when of ["before", "after"] as const) {
    it(`${when} it is created: there is one child`, async () => {
      expect(await check(() => "none", dyingAtCreate(when))).toBe(true)
    })
  }

  for (const fault of ["crash-before", "crash-after"] as const) {
    it(`${fault}-every-append, as the parent closes it: it is closed once`, async () => {
      let deaths = 0
      for (let k = 0; k < 9; k++) {
        await run((journal) =>
          Effect.gen(function* () {
            const child = wordy(
              "Kid",
              line(does("sit").pipe(WIO.compensateWith(undoes("get up"))), does("sleep", Effect.never))
            )
            const workflow = parent(line(started(child, "request-cancel"), does("after", Effect.sleep("1 minute"))))
            const { died } = yield* survive(
              journal,
              [workflow, child],
              (index) => (index === k ? fault : "none"),
              (engine) =>
                Effect.gen(function* () {
                  const { result } = yield* engine.start(workflow, { id: "p", input: [] })
                  expect(yield* result).toEqual(["kid", "after"])
                  expect(yield* Effect.flip(engine.result(child, "kid"))).toMatchObject({ _tag: "WorkflowCancelled" })
                })
            )
            if (died) deaths++
            const sent = (yield* journalOf(journal, "p")).filter(({ kind }) => kind === "sent")
            expect(sent.map(({ payload }) => payload)).toEqual([{ to: "kid", delivered: true }])
            const events = told(yield* journalOf(journal, "kid"))
            expect(events.filter((event) => event === "cancel-requested Kid")).toHaveLength(1)
            expect(events.filter((event) => event === "completed get up")).toHaveLength(1)
          })
        )
      }
      // What parent and child record in one moment is one write.
      expect(deaths).toBeGreaterThanOrEqual(4)
    })
  }

  it("that hides a child from its parent, which is cancelled meanwhile, does not leave the child alone", () =>
    run((journal) =>
      Effect.gen(function* () {
        const child = kid(Effect.never)
        const workflow = parent(awaited(child))
        const faulty = yield* Faults.make(journal, () => "none")
        const first = yield* boot(dyingAtCreate("after")(faulty), [workflow, child])
        yield* first.engine.start(workflow, { id: "p", input: [] })
        yield* Deferred.await(faulty.crashed)
        yield* first.close
        yield* Single.send(journal, { instance: "p", id: "c", name: "waymark/cancel", payload: { reason: "stop" } })
        yield* TestClock.adjust("1 minute")
        const { engine } = yield* boot(journal, [workflow, child])
        expect(yield* await_(Effect.flip(engine.result(workflow, "p")))).toMatchObject({ _tag: "WorkflowCancelled" })
        yield* settle
        expect((yield* engine.status("kid")).status).toBe("terminated")
      })
    ))

  /** What gives the child up, from a workflow around it. */
  const giving = {
    timer: (body: Part): Part =>
      body.pipe(WIO.interruptWith(WIO.await<Words>("time up", { for: "5 seconds" }))) as never,
    race: (body: Part): Part => WIO.race({ body, quick: does("quick", Effect.sleep("5 seconds")) }) as never,
    signal: (body: Part): Part =>
      body.pipe(
        WIO.interruptWith(
          WIO.handleSignal(Stop, {
            event: Schema.Void,
            handle: (_: Words) => Effect.sleep("5 seconds"),
            apply: (words) => words
          })
        )
      ) as never,
    cancellation: (body: Part): Part => body
  }

  for (const how of ["timer", "race", "signal", "cancellation"] as const) {
    it(`that is being created as a ${how} gives it up is known first, and then closed`, () =>
      run((journal) =>
        Effect.gen(function* () {
          const child = wordy("Kid", does("sleep", Effect.never))
          const workflow = parent(giving[how](awaited(child)))
          const gate = yield* Deferred.make<void>()
          const slow: Journal["Service"] = {
            ...journal,
            create: (batch) =>
              Effect.andThen(
                batch.some(({ id }) => id === "kid") ? Deferred.await(gate) : Effect.void,
                journal.create(batch)
              )
          }
          const { engine } = yield* boot(slow, [workflow, child])
          const handle = yield* engine.start(workflow, { id: "p", input: [] })
          if (how === "signal") yield* Effect.forkChild(handle.signal(Stop, undefined))
          if (how === "cancellation") yield* Effect.forkChild(handle.cancel("stop"))
          yield* settle
          yield* TestClock.adjust("10 seconds")
          yield* settle
          expect((yield* handle.status).waitsFor[0]).toMatchObject({ _tag: "Child", phase: "Start" })
          yield* Deferred.succeed(gate, undefined)
          yield* await_(Effect.exit(handle.result))
          yield* settle
          expect((yield* engine.status("kid")).status).toBe("terminated")
          const kinds = (yield* handle.history).map(({ kind }) => kind)
          expect(kinds.indexOf("child-started")).toBeLessThan(kinds.indexOf("sent"))
        })
      ))
  }
})
