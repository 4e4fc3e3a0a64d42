/** Snapshots spare recovery most of a journal; audits keep what each event did. Neither changes what happens. */
import { Effect, Layer, Result, Schema } from "effect"
import { Signal, WIO, Workflow } from "@waymark/core"
import type { Journal } from "@waymark/interpreter"
import { Single } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import { await_, boot, does, finding, line, restless, run, settle, wordy } from "../support/engine.ts"

const Add = Signal.make("add", { payload: Schema.Number, reply: Schema.Number })

const add = WIO.handleSignal(Add, {
  event: Schema.Number,
  handle: (_: number, n) => Effect.succeed(n),
  apply: (sum, n) => sum + n,
  reply: (sum, n) => sum + n
})

/** Adds what it is sent until it has a hundred. */
const sum = (name = "add") =>
  Workflow.make("Sum", {
    version: 1,
    input: Schema.Number,
    state: Schema.Number,
    body: WIO.loop("sum", name === "add" ? add : WIO.await<number>(name, { for: "1 day" }), { while: (n) => n < 100 })
  })

/** A journal that keeps a list of what is read from it: from which event on. */
const watched = (journal: Journal["Service"]) => {
  const reads: Array<number> = []
  const finds = finding(journal, (found, { events }) => {
    if (found.events !== null && events !== undefined) reads.push(events.from)
    return found
  })
  const read: Journal["Service"]["read"] = (page) => (reads.push(page.from), journal.read(page))
  return { reads, journal: { ...finds, read } satisfies Journal["Service"] }
}

const snapshotOf = (journal: Journal["Service"], id: string) =>
  Effect.map(Single.notes(journal, id), (notes) => notes.find(({ name }) => name === "snapshot")?.value)

/** Starts a sum and sends it ones. The next process claims it at once, though it only waits. */
const summed = Effect.fnUntraced(function* (
  journal: Journal["Service"],
  ones: number,
  snapshots: { readonly every?: number; readonly onIdle?: boolean } | false,
  log: Array<string> = []
) {
  const workflow = sum()
  const { close, engine } = yield* boot(restless(journal), [workflow], { snapshots }, Layer.empty, log)
  yield* engine.start(workflow, { id: "s", input: 0 })
  for (let n = 0; n < ones; n++) yield* engine.signal("s", Add, 1)
  yield* settle
  yield* close
})

describe("a snapshot", () => {
  it("is kept after so many events, and recovery reads only what came after it", () =>
    run((journal) =>
      Effect.gen(function* () {
        yield* summed(journal, 53, { every: 10 })
        expect(yield* snapshotOf(journal, "s")).toMatchObject({ run: 0, length: 50 })
        const { journal: watching, reads } = watched(journal)
        const log: Array<string> = []
        const { engine } = yield* boot(watching, [sum()], {}, Layer.empty, log)
        yield* settle
        expect(reads).toEqual([50])
        expect(yield* engine.signal("s", Add, 4)).toBe(57)
        expect(log).toEqual([])
      })
    ))

  it("is kept as an instance comes to wait, once enough has happened, where the engine is told to", () =>
    run((journal) =>
      Effect.gen(function* () {
        yield* summed(journal, 10, { onIdle: true })
        expect(yield* snapshotOf(journal, "s")).toBeUndefined()
        yield* summed(journal, 40, { onIdle: true })
        expect(yield* snapshotOf(journal, "s")).toMatchObject({ run: 0 })
      })
    ))

  it("is not kept where the engine is told not to", () =>
    run((journal) =>
      Effect.gen(function* () {
        yield* summed(journal, 50, false)
        expect(yield* Single.notes(journal, "s")).toEqual([])
      })
    ))

  it("deleted changes nothing: the whole journal comes to the same", () =>
    run((journal) =>
      Effect.gen(function* () {
        yield* summed(journal, 23, { every: 10 })
        const forgetful = finding(journal, (found) => ({ ...found, notes: [] }))
        const { journal: watching, reads } = watched(forgetful)
        const { engine } = yield* boot(watching, [sum()])
        yield* settle
        expect(reads).toEqual([0])
        expect(yield* engine.signal("s", Add, 4)).toBe(27)
      })
    ))

  const misfits: ReadonlyArray<readonly [string, (kept: Record<string, unknown>) => unknown, string]> = [
    ["is no snapshot at all", () => "nonsense", "no snapshot"],
    ["is one of another run", (kept) => ({ ...kept, run: 3 }), "run 3"],
    ["stands after the end of the journal", (kept) => ({ ...kept, length: 1_000 }), "1000"],
    ["says another length than it has", (kept) => ({ ...kept, length: 19 }), "another position"],
    ["is not of this definition", (kept) => ({ ...kept, snapshot: { odd: true } }), "does not fit"]
  ]
  for (const [what, spoil, words] of misfits) {
    it(`that ${what} is passed over, and the log says so`, () =>
      run((journal) =>
        Effect.gen(function* () {
          yield* summed(journal, 23, { every: 10 })
          const kept = (yield* snapshotOf(journal, "s")) as Record<string, unknown>
          const notes = [{ name: "snapshot", value: spoil(kept) as never }]
          const spoilt = finding(journal, (found) => ({ ...found, notes }))
          const log: Array<string> = []
          const { engine } = yield* boot(spoilt, [sum()], {}, Layer.empty, log)
          yield* settle
          expect(log).toHaveLength(1)
          expect(log[0]).toContain("snapshot is passed over")
          expect(log[0]).toContain(words)
          expect(yield* engine.signal("s", Add, 4)).toBe(27)
        })
      ))
  }

  it("after which the journal does not fit is passed over; where nothing fits, that is what is said", () =>
    run((journal) =>
      Effect.gen(function* () {
        yield* summed(journal, 23, { every: 10 })
        const changed = finding(journal, (found) => ({
          ...found,
          events: found.events?.map((event) => (event.seq === 22 ? { ...event, step: "else" } : event)) ?? null
        }))
        const log: Array<string> = []
        const { engine } = yield* boot(changed, [sum()], {}, Layer.empty, log)
        yield* settle
        expect(log[0]).toContain("what comes after it does not fit")
        expect(yield* engine.status("s")).toMatchObject({ status: "set-aside", error: expect.stringContaining("else") })
      })
    ))

  it("serves whoever only looks, too", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = sum()
        const first = yield* boot(journal, [workflow], { snapshots: { every: 10 } })
        yield* first.engine.start(workflow, { id: "s", input: 0 })
        for (let n = 0; n < 53; n++) yield* first.engine.signal("s", Add, 1)
        yield* settle
        const { journal: watching, reads } = watched(journal)
        const { engine } = yield* boot(watching, [sum()])
        expect(yield* engine.status("s")).toMatchObject({ status: "waiting", length: 54 })
        expect(reads).toEqual([50])
      })
    ))

  it("that the position has none of is said once, and the instance goes on", () =>
    run((journal) =>
      Effect.gen(function* () {
        // Each continuation is a function of its own, within the one before: no snapshot can find it again.
        const deeper = (n: number): WIO.WIO<number, number, never, never, number> =>
          n === 0
            ? WIO.pure((sum: number) => sum)
            : (WIO.pure((sum: number) => sum).pipe(
                WIO.andThen(add),
                WIO.flatMap(() => deeper(n - 1))
              ) as never)
        const workflow = Workflow.make("Deep", {
          version: 1,
          input: Schema.Number,
          state: Schema.Number,
          body: deeper(60)
        })
        const log: Array<string> = []
        const { engine } = yield* boot(journal, [workflow], { snapshots: { every: 5 } }, Layer.empty, log)
        const handle = yield* engine.start(workflow, { id: "d", input: 0 })
        for (let n = 0; n < 60; n++) yield* handle.signal(Add, 1)
        expect(yield* handle.result).toBe(60)
        expect(log.length).toBeLessThanOrEqual(1)
      })
    ))

  it("of the run before is gone as an instance continues as new", () =>
    run((journal) =>
      Effect.gen(function* () {
        const again = WIO.branch(
          "enough?",
          { no: { when: (n: number) => n < 30, then: WIO.continueAsNew((n: number) => n) } },
          WIO.pure((n: number) => n)
        )
        const ten = WIO.loop("ten", add, { while: (n) => n % 10 !== 0 })
        const workflow = Workflow.make("Runs", {
          version: 1,
          input: Schema.Number,
          state: Schema.Number,
          body: ten.pipe(WIO.andThen(again)) as never
        }) as never as Workflow.Workflow<"Runs", number, number, never, never, number>
        const first = yield* boot(journal, [workflow], { snapshots: { every: 4 } })
        yield* first.engine.start(workflow, { id: "r", input: 0 })
        for (let n = 0; n < 11; n++) yield* first.engine.signal("r", Add, 1)
        yield* settle
        expect(yield* Single.notes(journal, "r")).toEqual([])
        yield* first.close
        const log: Array<string> = []
        const { engine } = yield* boot(journal, [workflow], {}, Layer.empty, log)
        expect(yield* await_(engine.signal("r", Add, 1))).toBe(12)
        expect(log).toEqual([])
      })
    ))
})

describe("an audit", () => {
  const workflow = wordy("Audited", line(does("a"), does("b")))
  const patches = (events: ReadonlyArray<{ readonly kind: string; readonly patch?: unknown }>) =>
    events.map(({ kind, patch }) => [kind, patch])

  it("keeps what each event did to the state; without one, history computes the same", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [workflow], { audit: true })
        const kept = yield* engine.start(workflow, { id: "kept", input: [] })
        yield* kept.result
        const { engine: plain } = yield* boot(journal, [workflow])
        const computed = yield* plain.start(workflow, { id: "computed", input: [] })
        yield* computed.result
        const read = (id: string) => journal.read({ instance: id, run: 0, from: 0, limit: 10 })
        expect((yield* read("kept")).every(({ patch }) => patch !== undefined)).toBe(true)
        expect((yield* read("computed")).every(({ patch }) => patch === undefined)).toBe(true)
        const history = yield* kept.history
        expect(patches(history)).toEqual(patches(yield* computed.history))
        expect(history.every(({ patch }) => patch !== undefined)).toBe(true)
        expect(JSON.stringify(history[1]?.patch)).toContain('"a"')
      })
    ))

  it("covers the runs of an instance that continues as new", () =>
    run((journal) =>
      Effect.gen(function* () {
        const again = WIO.branch(
          "enough?",
          { no: { when: (n: number) => n < 2, then: WIO.continueAsNew((n: number) => n + 1) } },
          WIO.pure((n: number) => n)
        )
        const runs = Workflow.make("Runs", {
          version: 1,
          input: Schema.Number,
          state: Schema.Number,
          body: again as never
        }) as never as Workflow.Workflow<"Runs", number, number, never, never, number>
        const { engine } = yield* boot(journal, [runs], { audit: true })
        const handle = yield* engine.start(runs, { id: "r", input: 0 })
        expect(yield* handle.result).toBe(2)
        const history = yield* handle.history
        expect(history.map(({ run }) => run)).toEqual([0, 0, 1, 1, 2, 2])
        expect(history.every(({ patch }) => patch !== undefined)).toBe(true)
      })
    ))

  it("of a workflow that is not hosted, or does not fit any more, has the events alone", () =>
    run((journal) =>
      Effect.gen(function* () {
        const first = yield* boot(journal, [workflow])
        yield* Effect.flatMap(first.engine.start(workflow, { id: "a", input: [] }), ({ result }) => result)
        yield* first.close
        for (const workflows of [[], [wordy("Audited", does("else"))]]) {
          const { engine } = yield* boot(journal, workflows)
          const history = yield* engine.history("a")
          expect(history.map(({ kind }) => kind)).toEqual(["started", "completed", "completed", "ended"])
          expect(history.every(({ patch }) => patch === undefined)).toBe(true)
        }
      })
    ))
})

describe("the linter, as an engine starts", () => {
  const late = wordy("Late", line(does("x"), does("x")))
  const lost = Workflow.make("Lost", {
    version: 1,
    input: Schema.Number,
    state: Schema.Number,
    error: Schema.String,
    body: WIO.fail((_: number) => "never").pipe(WIO.andThen(WIO.await<number>("lost", { for: "1 day" })))
  })

  it("fails it where a workflow would get stuck, unless it is told not to", () =>
    run((journal) =>
      Effect.gen(function* () {
        const refused = yield* Effect.flip(boot(journal, [late, lost], { lint: "error" }))
        expect(refused).toMatchObject({ _tag: "LintFailed", findings: [{ workflow: "Lost", severity: "error" }] })
        for (const lint of ["warn", "off"] as const) {
          const log: Array<string> = []
          const { engine } = yield* boot(journal, [late, lost], { lint }, Layer.empty, log)
          expect(log.length).toBe(lint === "off" ? 0 : 2)
          expect(Result.isSuccess(yield* Effect.result(engine.start(late, { id: lint, input: [] })))).toBe(true)
        }
      })
    ))
})
