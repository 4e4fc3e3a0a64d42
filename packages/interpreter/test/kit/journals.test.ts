/** Journals as files: exported from a store, imported into another one, and replayed against a definition. */
import { Effect, Layer, Result, Schema } from "effect"
import { WIO, Workflow } from "@waymark/core"
import { Engine, InstanceExists, InstanceNotFound, Journal, JournalCorrupt } from "@waymark/interpreter"
import { Journals } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import { boot, run, settle } from "../support/engine.ts"

const counts = (name: string) =>
  WIO.runIO(name, { event: Schema.Number, run: (n: number) => Effect.succeed(n + 1), apply: (_, n) => n })
const counting = (step: string, version = 1) =>
  Workflow.make("Counting", {
    version,
    input: Schema.Number,
    state: Schema.Number,
    body: counts(step).pipe(
      WIO.andThen(
        WIO.branch(
          "enough?",
          { more: { when: (n: number) => n < 3, then: WIO.continueAsNew((n: number) => n) } },
          WIO.pure((n: number) => n)
        )
      )
    )
  })
const Counting = counting("count")

/** The journal of an instance of three runs. */
const exported = (): Promise<Journals.Exported> =>
  run((journal) =>
    Effect.gen(function* () {
      const { close, engine } = yield* boot(journal, [Counting])
      const handle = yield* engine.start(Counting, { id: "c-1", input: 0 })
      expect(yield* handle.result).toBe(3)
      yield* close
      return yield* Journals.export(journal, "c-1")
    })
  )

const edited = async (edit: (json: { runs: Array<Array<Record<string, unknown>>> }) => void): Promise<unknown> => {
  const json = JSON.parse(JSON.stringify(await exported())) as { runs: Array<Array<Record<string, unknown>>> }
  edit(json)
  return json
}
const failure = (replayed: Result.Result<unknown, unknown>): unknown => Result.getOrThrow(Result.flip(replayed))

describe("an exported journal", () => {
  it("has all runs, and is JSON", async () => {
    const journal = await exported()
    expect(journal).toMatchObject({
      format: "waymark/journal",
      formatVersion: 1,
      instance: "c-1",
      workflow: "Counting"
    })
    expect(journal.runs.map((events) => events.map(({ kind }) => kind))).toEqual([
      ["started", "completed", "continued"],
      ["started", "completed", "continued"],
      ["started", "completed", "ended"]
    ])
    expect(JSON.parse(JSON.stringify(journal))).toEqual(journal)
    expect(Result.getOrThrow(Journals.parse(JSON.parse(JSON.stringify(journal))))).toEqual(journal)
  })

  it("is made of a history as well, whatever that says of states", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { close, engine } = yield* boot(journal, [Counting], { audit: true })
        const handle = yield* engine.start(Counting, { id: "c-1", input: 0 })
        yield* handle.result
        const made = Journals.fromEvents(yield* handle.history)
        yield* close
        expect(made).toEqual(Result.succeed(yield* Effect.promise(exported)))
        expect(failure(Journals.fromEvents([]))).toBeInstanceOf(Journals.ExportInvalid)
      })
    ))

  it("of an instance that there is not, there is none", () =>
    run((journal) =>
      Effect.gen(function* () {
        expect(yield* Effect.flip(Journals.export(journal, "nobody"))).toBeInstanceOf(InstanceNotFound)
      })
    ))

  it("is the same once it was imported, and the instance is known there", async () => {
    const before = await exported()
    await run((journal) =>
      Effect.gen(function* () {
        yield* Journals.import(journal, before)
        expect(yield* Journals.export(journal, "c-1")).toEqual(before)
        expect(yield* Effect.flip(Journals.import(journal, before))).toBeInstanceOf(InstanceExists)
        const { close, engine } = yield* boot(journal, [Counting])
        expect(yield* engine.handle(Counting, "c-1").result).toBe(3)
        yield* close
      })
    )
  })

  it("of an instance that goes on is carried on where it was imported", async () => {
    const cut = await edited(({ runs }) => {
      runs.pop()
      runs[1]?.splice(1)
    })
    await run((journal) =>
      Effect.gen(function* () {
        yield* Journals.import(journal, cut)
        const { close, engine } = yield* boot(journal, [Counting])
        yield* settle
        expect(yield* engine.handle(Counting, "c-1").result).toBe(3)
        yield* close
      })
    )
  })
})

describe("replay", () => {
  it("tells what the journal comes to", async () => {
    expect(Journals.replay(Counting, await exported())).toEqual(
      Result.succeed({ instance: "c-1", events: 9, status: "completed", state: 3 })
    )
    expect(Result.isSuccess(Journals.replay(counting("count", 2), await exported()))).toBe(true)
  })

  it("refuses a change that the instance does not survive, with its place", async () => {
    expect(failure(Journals.replay(counting("add"), await exported()))).toMatchObject({
      _tag: "JournalMismatch",
      instance: "c-1",
      run: 0,
      position: 1,
      expected: "add",
      recorded: "count"
    })
  })

  it("refuses a damaged journal, with its place", async () => {
    const cut = await edited(({ runs }) => void runs[2]?.splice(1, 1))
    const error = failure(Journals.replay(Counting, cut))
    expect(error).toBeInstanceOf(JournalCorrupt)
    expect(error).toMatchObject({ run: 2, position: 2 })
  })

  it("refuses a definition that reads the clock", async () => {
    const Reading = Workflow.make("Counting", {
      version: 1,
      input: Schema.Number,
      state: Schema.Number,
      body: counts("count").pipe(WIO.map((n) => (Date.now() > 0 ? n : 0)))
    })
    expect(failure(Journals.replay(Reading, await exported()))).toMatchObject({ _tag: "DefinitionThrew", position: 1 })
  })
})

describe("a file that is no exported journal is refused:", () => {
  it.each([
    ["a bare list of events", () => exported().then(({ runs }) => runs[0]), "format"],
    ["another format", () => Promise.resolve({ format: "derecho", formatVersion: 1 }), "format"],
    ["nothing", () => Promise.resolve(undefined), "format"],
    ["a version to come", () => exported().then((json) => ({ ...json, formatVersion: 2 })), "formatVersion"],
    ["no runs", () => exported().then((json) => ({ ...json, runs: [] })), ""],
    ["an unknown kind of event", () => edited(({ runs }) => Object.assign(runs[0]?.[1] ?? {}, { kind: "undone" })), ""],
    ["a run that is missing", () => edited(({ runs }) => void runs.splice(1, 1)), "runs[1][0].run"],
    [
      "another instance's events",
      () => edited(({ runs }) => Object.assign(runs[0]?.[1] ?? {}, { instance: "c-2" })),
      "runs[0][1].instance"
    ]
  ])("%s", async (_, make, place) => {
    const json = await make()
    expect(failure(Journals.replay(Counting, json))).toMatchObject({ _tag: "ExportInvalid", place })
    const layer = Engine.layer({ workflows: [Counting] }).pipe(Layer.provideMerge(Journal.layerMemory))
    const imported = Journal.use((journal) => Journals.import(journal, json)).pipe(Effect.provide(layer), Effect.flip)
    expect(await Effect.runPromise(imported)).toMatchObject({ _tag: "ExportInvalid", place })
  })
})
