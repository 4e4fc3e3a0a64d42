/** What operators ask of instances: to try again, to be told how a step came out, to be cancelled, to be over. */
import { Deferred, Effect, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import { WIO, Workflow } from "@waymark/core"
import type { Engine } from "@waymark/interpreter"
import { Single } from "@waymark/interpreter/testing"
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
  type Part
} from "../support/engine.ts"

const stepOf = Effect.fnUntraced(function* (engine: Engine["Service"], id: string, name: string) {
  const { waitsFor } = yield* engine.status(id)
  const found = waitsFor.find(({ step }) => step.name === name)
  return found?.step ?? (yield* Effect.die(new Error(`${name} is not waited for`)))
})

/** Runs that fail until they are mended. */
const fragile = () => {
  const broken = new Set<string>()
  const runs: Array<string> = []
  const part = (name: string, attempts = 1): Part =>
    does(
      name,
      Effect.suspend(() => {
        runs.push(name)
        return broken.has(name) ? Effect.die(`${name} is broken`) : Effect.void
      }),
      attempts
    )
  return { broken, runs, part }
}

describe("retry", () => {
  it("tries a step that was given up again, with all its attempts anew, and is on record", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { broken, part, runs } = fragile()
        broken.add("a")
        const workflow = wordy("Flow", line(part("a", 2), part("b")))
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "i", input: [] })
        yield* settle
        yield* TestClock.adjust("1 second")
        yield* settle
        expect(yield* handle.status).toMatchObject({ status: "stuck", error: "a is broken" })
        yield* handle.retry()
        yield* settle
        yield* TestClock.adjust("1 second")
        yield* settle
        expect((yield* handle.status).status).toBe("stuck")
        broken.delete("a")
        yield* engine.retry("i", yield* stepOf(engine, "i", "a"))
        expect(yield* await_(handle.result)).toEqual(["a", "b"])
        expect(runs).toEqual(["a", "a", "a", "a", "a", "b"])
        expect(told(yield* handle.history)).toEqual([
          "started Flow",
          "attempt a",
          "attempt a",
          "resolved a",
          "attempt a",
          "attempt a",
          "resolved a",
          "completed a",
          "completed b",
          "ended Flow"
        ])
      })
    ))

  it("tries all that were given up, or the one that is named", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { broken, part } = fragile()
        for (const name of ["a", "b", "c"]) broken.add(name)
        const body = WIO.parallel(
          { a: part("a"), b: part("b"), c: part("c") },
          { fork: (n: ReadonlyArray<string>) => ({ a: n, b: n, c: n }), join: ({ a, b, c }) => [...a, ...b, ...c] }
        )
        const workflow = wordy("Flow", body as never)
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "i", input: [] })
        yield* settle
        broken.clear()
        yield* handle.retry(yield* stepOf(engine, "i", "b"))
        yield* settle
        const { status, waitsFor } = yield* handle.status
        expect(status).toBe("stuck")
        expect(waitsFor.map(({ step }) => step.name)).toEqual(["a", "c"])
        yield* handle.retry()
        expect(yield* await_(handle.result)).toEqual(["a", "b", "c"])
      })
    ))

  it("is refused where nothing was given up, where nobody is there, and after the end", () =>
    run((journal) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const workflow = wordy("Flow", does("a", Deferred.await(gate)))
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "i", input: [] })
        yield* settle
        expect(yield* Effect.flip(handle.retry())).toMatchObject({ _tag: "NotStuck", instance: "i" })
        const running = yield* stepOf(engine, "i", "a")
        expect(yield* Effect.flip(handle.retry(running))).toMatchObject({ _tag: "NotStuck", step: "a" })
        expect(yield* Effect.flip(engine.retry("nobody"))).toMatchObject({ _tag: "InstanceNotFound" })
        yield* Deferred.succeed(gate, undefined)
        yield* handle.result
        expect(yield* Effect.flip(handle.retry())).toMatchObject({ _tag: "InstanceClosed", status: "completed" })
        expect(told(yield* handle.history)).toEqual(["started Flow", "completed a", "ended Flow"])
      })
    ))

  it("takes what a function of the definition threw at once more, without running its effect again", () =>
    run((journal) =>
      Effect.gen(function* () {
        let [mended, runs] = [false, 0]
        const body = WIO.runIO("a", {
          event: Schema.Number,
          run: (_: number) => Effect.sync(() => ++runs),
          apply: (_, n): number => {
            if (!mended) throw new Error("no such account")
            return n
          }
        })
        const workflow = Workflow.make("Throws", { version: 1, input: Schema.Number, state: Schema.Number, body })
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "i", input: 0 })
        yield* settle
        expect((yield* handle.status).status).toBe("stuck")
        expect(yield* Effect.flip(handle.retry())).toMatchObject({
          _tag: "CommandRejected",
          rejection: "Threw",
          reason: expect.stringContaining("no such account")
        })
        expect((yield* handle.status).status).toBe("stuck")
        mended = true
        yield* handle.retry()
        expect(yield* handle.result).toBe(1)
        expect(runs).toBe(1)
      })
    ))
})

describe("resolve", () => {
  const stuckAt = Effect.fnUntraced(function* (engine: Engine["Service"], id: string) {
    yield* settle
    return yield* stepOf(engine, id, "a")
  })

  it("says that a step came to its event: it goes on as if it had", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { broken, part, runs } = fragile()
        broken.add("a")
        const workflow = wordy("Flow", line(part("a"), part("b")))
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "i", input: [] })
        yield* handle.resolve(yield* stuckAt(engine, "i"), { _tag: "Succeed", event: "by hand" })
        expect(yield* handle.result).toEqual(["by hand", "b"])
        expect(runs).toEqual(["a", "b"])
        expect((yield* handle.history).find(({ kind }) => kind === "resolved")?.payload).toEqual({
          decision: "succeed",
          event: "by hand"
        })
      })
    ))

  it("says that a step came to its typed error, which is a business failure then", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { broken, part } = fragile()
        broken.add("a")
        const workflow = wordy("Flow", part("a"))
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "i", input: [] })
        yield* handle.resolve(yield* stuckAt(engine, "i"), { _tag: "Fail", error: { _tag: "Oops", why: "refused" } })
        expect(yield* Effect.flip(handle.result)).toEqual(new Oops({ why: "refused" }))
      })
    ))

  it("that does not fit says which step, which of its schemas, what that takes and what is wrong", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { broken, part } = fragile()
        broken.add("a")
        const workflow = wordy("Flow", part("a"))
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "i", input: [] })
        const step = yield* stuckAt(engine, "i")
        const event = yield* Effect.flip(handle.resolve(step, { _tag: "Succeed", event: 7 }))
        expect(event.message).toBe(
          'instance "i": the event that step "a" (path "", ordinal 0) is said to have come to does not fit its schema: Expected string. ' +
            'Give it as the step\'s "event" schema writes it, in JSON Schema: {"type":"string"}'
        )
        const error = yield* Effect.flip(handle.resolve(step, { _tag: "Fail", error: { _tag: "Other" } }))
        expect(error.message).toMatch(
          /the error that step "a" .*"error" schema writes it, in JSON Schema: .*"Oops".*"why"/s
        )
      })
    ))

  it("is refused where it does not fit the step's schemas, and where the step was not given up", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { broken, part } = fragile()
        broken.add("a")
        const workflow = wordy("Flow", line(part("a"), does("b", Effect.never)))
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "i", input: [] })
        const step = yield* stuckAt(engine, "i")
        for (const outcome of [
          { _tag: "Succeed", event: 7 },
          { _tag: "Fail", error: { _tag: "Other" } },
          { _tag: "Succeed", event: new Date(0) as never }
        ] as const) {
          expect(yield* Effect.flip(handle.resolve(step, outcome))).toMatchObject({ _tag: "InvalidPayload" })
        }
        expect((yield* handle.status).status).toBe("stuck")
        yield* handle.resolve(step, { _tag: "Succeed", event: "a" })
        yield* settle
        const next = yield* stepOf(engine, "i", "b")
        expect(yield* Effect.flip(handle.resolve(next, { _tag: "Succeed", event: "b" }))).toMatchObject({
          _tag: "NotStuck",
          step: "b"
        })
      })
    ))
})

/** A flow with something of everything that a cancellation has to deal with. */
const booking = (ran: Array<string>) => {
  const note = (word: string) => Effect.sync(() => void ran.push(word))
  const reserve = (what: string): Part =>
    does(what, note(what)).pipe(WIO.compensateWith(undoes(`release ${what}`, note(`release ${what}`))))
  const slow = does(
    "pay",
    Effect.onInterrupt(Effect.andThen(note("pay"), Effect.never), () => note("pay interrupted"))
  )
  const told = slow.pipe(WIO.onCancel(undoes("tell", note("tell"))))
  return wordy("Booking", line(reserve("hotel"), reserve("flight"), told).pipe(WIO.saga))
}

describe("cancel", () => {
  it("interrupts what runs, runs its onCancel, undoes what was completed in reverse order, and ends as cancelled", () =>
    run((journal) =>
      Effect.gen(function* () {
        const ran: Array<string> = []
        const workflow = booking(ran)
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "i", input: [] })
        const result = yield* Effect.forkChild(Effect.flip(handle.result))
        yield* settle
        yield* handle.cancel("the customer called")
        expect(yield* Fiber.join(result)).toMatchObject({
          _tag: "WorkflowCancelled",
          instance: "i",
          reason: "the customer called"
        })
        yield* settle
        expect(ran).toEqual(["hotel", "flight", "pay", "pay interrupted", "tell", "release flight", "release hotel"])
        expect(told(yield* handle.history)).toEqual([
          "started Booking",
          "completed hotel",
          "completed flight",
          "cancel-requested Booking",
          "completed tell",
          "completed release flight",
          "completed release hotel",
          "ended Booking"
        ])
        expect((yield* handle.status).status).toBe("cancelled")
        // So says its journal, to an engine that never saw it alive.
        const other = yield* boot(journal, [workflow])
        expect(yield* Effect.flip(other.engine.result(workflow, "i"))).toMatchObject({ _tag: "WorkflowCancelled" })
      })
    ))

  it("goes on once it is on record; status says what is still to be undone; asking again is a success", () =>
    run((journal) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const kept = does("a").pipe(WIO.compensateWith(undoes("undo a")))
        const slow = does("b").pipe(WIO.compensateWith(undoes("undo b", Deferred.await(gate))))
        const workflow = wordy("Slow", line(kept, slow, does("c", Effect.never)))
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "i", input: [] })
        yield* settle
        expect((yield* handle.status).undoing).toEqual([])
        yield* handle.cancel("once")
        yield* settle
        const { status, stopping, undoing, waitsFor } = yield* handle.status
        expect([status, undoing]).toEqual(["running", ["undo b", "undo a"]])
        expect(stopping).toEqual({ how: "cancelled", reason: "once" })
        expect(waitsFor.map(({ step }) => step.name)).toEqual(["undo b"])
        yield* handle.cancel("twice")
        yield* Deferred.succeed(gate, undefined)
        expect(yield* Effect.flip(handle.result)).toMatchObject({ _tag: "WorkflowCancelled", reason: "once" })
        expect(yield* Effect.flip(handle.cancel("too late"))).toMatchObject({
          _tag: "InstanceClosed",
          status: "cancelled"
        })
        expect((yield* handle.history).filter(({ kind }) => kind === "cancel-requested")).toHaveLength(1)
      })
    ))

  it("never reaches a catch, and waits for what is uncancellable", () =>
    run((journal) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const body = line(does("a", Deferred.await(gate)).pipe(WIO.uncancellable), does("b")).pipe(
          WIO.catch(WIO.pure(() => ["caught"]))
        ) as Part
        const workflow = wordy("Guarded", body)
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "i", input: [] })
        yield* settle
        yield* handle.cancel("no matter")
        yield* settle
        expect((yield* handle.status).status).toBe("running")
        yield* Deferred.succeed(gate, undefined)
        expect(yield* Effect.flip(handle.result)).toMatchObject({ _tag: "WorkflowCancelled" })
        expect(told(yield* handle.history)).toEqual([
          "started Guarded",
          "cancel-requested Guarded",
          "completed a",
          "ended Guarded"
        ])
      })
    ))

  it("ends an instance that is stuck: at a step that gave up, or at a function that throws", () =>
    run((journal) =>
      Effect.gen(function* () {
        const stuck = wordy("Stuck", does("a", Effect.die("broken")))
        const throws = wordy(
          "Throws",
          does("b").pipe(
            WIO.map((): ReadonlyArray<string> => {
              throw new Error("no such account")
            })
          )
        )
        const { engine } = yield* boot(journal, [stuck, throws])
        for (const [id, workflow] of [
          ["s", stuck],
          ["t", throws]
        ] as const) {
          const handle = yield* engine.start(workflow, { id, input: [] })
          yield* settle
          expect((yield* handle.status).status, id).toBe("stuck")
          yield* handle.cancel("enough")
          expect(yield* Effect.flip(handle.result), id).toMatchObject({ _tag: "WorkflowCancelled" })
        }
      })
    ))

  it("cancel against complete: there is one outcome, and everybody is told the same", async () => {
    const seen = new Set<string>()
    for (let turns = -12; turns <= 12; turns++) {
      await run((journal) =>
        Effect.gen(function* () {
          const gate = yield* Deferred.make<void>()
          const workflow = wordy("Flow", does("a", Deferred.await(gate)))
          const { engine } = yield* boot(
            // An append takes a few turns of its own.
            { ...journal, append: (batch) => Effect.andThen(Effect.yieldNow, journal.append(batch)) },
            [workflow]
          )
          const handle = yield* engine.start(workflow, { id: "i", input: [] })
          yield* settle
          const result = yield* Effect.forkChild(Effect.result(handle.result))
          const complete = Deferred.succeed(gate, undefined)
          const cancel = Effect.forkChild(Effect.result(handle.cancel("stop")))
          const wait = Effect.repeat(Effect.yieldNow, { times: Math.abs(turns) })
          let asked: Fiber.Fiber<{ readonly _tag: string; readonly failure?: unknown }>
          if (turns < 0) {
            asked = yield* cancel
            yield* wait
            yield* complete
          } else {
            yield* complete
            yield* wait
            asked = yield* cancel
          }
          const [said, end] = [yield* Fiber.join(asked), yield* Fiber.join(result)]
          const ends = (yield* handle.history).filter(({ kind }) => kind === "ended")
          expect(ends, String(turns)).toHaveLength(1)
          const { status } = yield* handle.status
          seen.add(status)
          if (status === "completed") {
            expect(end, String(turns)).toMatchObject({ _tag: "Success", success: ["a"] })
            expect(said, String(turns)).toMatchObject({ failure: { _tag: "InstanceClosed", status: "completed" } })
          } else {
            expect(end, String(turns)).toMatchObject({ failure: { _tag: "WorkflowCancelled" } })
            expect(said._tag, String(turns)).toBe("Success")
          }
        })
      )
    }
    expect([...seen].sort()).toEqual(["cancelled", "completed"])
  })

  it("works from a process that neither runs nor hosts the instance", () =>
    run((journal) =>
      Effect.gen(function* () {
        const ran: Array<string> = []
        const workflow = booking(ran)
        const first = yield* boot(journal, [workflow])
        const handle = yield* first.engine.start(workflow, { id: "i", input: [] })
        yield* settle
        const { engine } = yield* boot(journal, [])
        yield* await_(engine.cancel("i", "from afar"))
        expect(yield* Effect.flip(handle.result)).toMatchObject({ _tag: "WorkflowCancelled", reason: "from afar" })
        expect(ran).toContain("release hotel")
        expect(yield* Effect.flip(engine.cancel("i", "again"))).toMatchObject({ _tag: "InstanceClosed" })
      })
    ))

  it("that is asked for while nobody runs the instance waits for whoever does", () =>
    run((journal) =>
      Effect.gen(function* () {
        const ran: Array<string> = []
        const workflow = booking(ran)
        const first = yield* boot(journal, [workflow])
        yield* first.engine.start(workflow, { id: "i", input: [] })
        yield* settle
        yield* first.close
        const other = yield* boot(journal, [])
        const asked = yield* Effect.forkChild(other.engine.cancel("i", "while it was away"))
        yield* settle
        ran.length = 0
        const { engine } = yield* boot(journal, [workflow])
        yield* await_(Fiber.join(asked))
        expect(yield* Effect.flip(engine.result(workflow, "i"))).toMatchObject({ _tag: "WorkflowCancelled" })
        expect(ran.filter((word) => word.startsWith("release"))).toEqual(["release flight", "release hotel"])
      })
    ))

  for (const fault of ["crash-before", "crash-after"] as const) {
    it(`${fault}-every-append: undoes in reverse order, each step once on record`, async () => {
      let died = 0
      for (let k = 0; k < 8; k++) {
        await run((journal) =>
          Effect.gen(function* () {
            const workflow = booking([])
            const survived = yield* survive(
              journal,
              [workflow],
              (index) => (index === k ? fault : "none"),
              (engine) =>
                Effect.gen(function* () {
                  const handle = yield* engine.start(workflow, { id: "i", input: [] })
                  // It is cancelled once it is under way, and again by whoever does not know that it was.
                  while ((yield* handle.history).length < 3) yield* Effect.sleep("1 second")
                  yield* Effect.catchTag(handle.cancel("stop"), "InstanceClosed", () => Effect.void)
                  return yield* Effect.flip(handle.result)
                })
            )
            if (survived.died) died++
            expect(survived.value, `append ${k}`).toMatchObject({ _tag: "WorkflowCancelled", reason: "stop" })
            expect(told(yield* journal.read({ instance: "i", run: 0, from: 0, limit: 100 })), `append ${k}`).toEqual([
              "started Booking",
              "completed hotel",
              "completed flight",
              "cancel-requested Booking",
              "completed tell",
              "completed release flight",
              "completed release hotel",
              "ended Booking"
            ])
          })
        )
      }
      expect(died).toBeGreaterThanOrEqual(5)
    })
  }

  it("tells why where the instance was set aside; the request is kept", () =>
    run((journal) =>
      Effect.gen(function* () {
        const before = wordy("Named", line(does("check"), does("rest", Effect.never)))
        const first = yield* boot(journal, [before])
        yield* first.engine.start(before, { id: "i", input: [] })
        yield* settle
        yield* first.close
        const after = wordy("Named", line(does("validate"), does("rest", Effect.never)))
        const second = yield* boot(journal, [after])
        yield* settle
        expect(yield* Effect.flip(second.engine.cancel("i", "stop"))).toMatchObject({ _tag: "JournalMismatch" })
        yield* second.close
        const { engine } = yield* boot(journal, [before])
        expect(yield* await_(Effect.flip(engine.result(before, "i")))).toMatchObject({ _tag: "WorkflowCancelled" })
      })
    ))
})

describe("terminate", () => {
  it("ends an instance at once: what runs is interrupted, nothing is undone", () =>
    run((journal) =>
      Effect.gen(function* () {
        const ran: Array<string> = []
        const workflow = booking(ran)
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "i", input: [] })
        yield* settle
        yield* engine.terminate("i", "started by mistake")
        expect(yield* Effect.flip(handle.result)).toMatchObject({
          _tag: "WorkflowTerminated",
          reason: "started by mistake"
        })
        yield* settle
        expect(ran).toEqual(["hotel", "flight", "pay", "pay interrupted"])
        expect((yield* handle.status).status).toBe("terminated")
        expect(yield* Effect.flip(handle.terminate("again"))).toMatchObject({ _tag: "InstanceClosed" })
        const other = yield* boot(journal, [workflow])
        expect(yield* Effect.flip(other.engine.result(workflow, "i"))).toMatchObject({ _tag: "WorkflowTerminated" })
      })
    ))

  it("ends one whose cancellation does not get on", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = wordy(
          "Stubborn",
          line(does("a").pipe(WIO.compensateWith(undoes("undo a", Effect.never))), does("b", Effect.never))
        )
        const { engine } = yield* boot(journal, [workflow])
        const handle = yield* engine.start(workflow, { id: "i", input: [] })
        yield* settle
        yield* handle.cancel("first")
        yield* handle.terminate("enough")
        expect(yield* Effect.flip(handle.result)).toMatchObject({ _tag: "WorkflowTerminated" })
      })
    ))
})

describe("the engine's own messages", () => {
  it("that it does not know are refused, and no handler sees any of them", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = wordy("Flow", does("a", Effect.never))
        const { engine } = yield* boot(journal, [workflow])
        yield* engine.start(workflow, { id: "i", input: [] })
        yield* settle
        for (const [id, name, payload] of [
          ["m1", "waymark/later", {}],
          ["m2", "waymark/cancel", { because: 7 }]
        ] as const) {
          yield* Single.send(journal, { instance: "i", id, name, payload })
          yield* TestClock.adjust("5 seconds")
          yield* settle
          expect(yield* Single.sent(journal, "i", id), id).toMatchObject({
            _tag: "Settled",
            outcome: { _tag: "Refused" }
          })
        }
        expect((yield* engine.status("i")).status).toBe("running")
      })
    ))
})
