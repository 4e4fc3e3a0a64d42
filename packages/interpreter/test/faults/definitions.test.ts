/** Definitions that changed under a journal, and journals that are not what was written. */
import { Deferred, Effect, Result, Schema } from "effect"
import { WIO, Workflow } from "@waymark/core"
import type { Event, Journal } from "@waymark/interpreter"
import { Generator, Laws, Simulator } from "@waymark/interpreter/testing"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { await_, boot, finding, run, settle } from "../support/engine.ts"
import { call, only } from "../support/simulator.ts"

const { plan } = Generator

/** Cases that have something on record once their first process has died. */
const begun = Generator.cases({ size: 6, duplicates: false, without: ["Checkpoint", "ContinueAsNew"] }).map(
  (given) => ({
    ...given,
    plan: plan("AndThen", 0, plan("RunIO"), plan("RunIO"), given.plan)
  })
)
const dying = (seed: number, more: ReadonlyArray<Simulator.Fault> = []) =>
  only({ seed, effects: "quick", faults: [call("append", 0, "crash-after"), ...more] })

describe("nondeterministic-change", () => {
  it("nondeterministic-change: a process with another definition runs nothing and writes nothing, and the right one goes on", () =>
    fc.assert(
      fc.property(begun, fc.nat(1_000_000), (given, seed) => {
        const own = Generator.workflow(given)
        const changed = Generator.workflow(given, { rename: { "step 0.0": "renamed" } })
        const subject: Simulator.Subject = { hosted: (process) => (process === 1 ? changed : own) }
        const schedule = dying(seed, [{ _tag: "Shutdown", at: 60_000, worker: 0, millis: 0 }])
        const seen = Simulator.simulate({ case: given, schedule }, subject)
        expect(Simulator.violations(seen, subject).map(Simulator.describe)).toEqual([])
        expect(seen.ledger.starts.filter(({ process }) => process.name === "process 1")).toEqual([])
        const processes = new Set(seen.ledger.starts.map(({ process }) => process.name))
        expect(processes.has("process 0")).toBe(true)
      }),
      { numRuns: 25 }
    ))

  it("nondeterministic-change: renamed, removed, reordered and retyped steps are named, with what was recorded", () =>
    fc.assert(
      fc.property(Generator.cases({ duplicates: false }), (generated) => Laws.changedDefinitionIsRefused(generated)),
      { numRuns: 60 }
    ))
})

describe("compatible-change", () => {
  it("compatible-change: a process with more steps past what is on record takes over", () =>
    fc.assert(
      fc.property(begun, fc.nat(1_000_000), (given, seed) => {
        const withMore = (what: Generator.Plan, version: number) =>
          Generator.workflowOf(
            Generator.sequence([Generator.build(given.plan), Generator.build(what, { prefix: "more" })]),
            version
          )
        const [shorter, extended] = [withMore(plan("Pure"), 1), withMore(plan("RunIO"), 2)]
        const subject: Simulator.Subject = {
          hosted: (process) => (process === 0 ? shorter : extended),
          workflow: extended
        }
        const seen = Simulator.simulate({ case: given, schedule: dying(seed) }, subject)
        const bad = Simulator.violations(seen, subject)
        expect(bad.map(Simulator.describe)).toEqual([])
        const last = seen.truth.row(Simulator.INSTANCE)
        const events = seen.truth.events(Simulator.INSTANCE, last?.run ?? 0)
        if (last?.status === "completed") expect(events.map(({ step }) => step)).toContain("step more")
      }),
      { numRuns: 25 }
    ))

  it("compatible-change: wrapping, extending and declaring a version leave what is on record as it is", () =>
    fc.assert(
      fc.property(Generator.cases({ duplicates: false }), (generated) => {
        Laws.extensionIsAccepted(generated)
        Laws.wrappingIsAccepted(generated)
        Laws.passedVersionsStay(generated)
      }),
      { numRuns: 40 }
    ))
})

const number = (name: string, effect: Effect.Effect<number>) =>
  WIO.runIO(name, { event: Schema.Number, run: (_: number) => effect, apply: (n, one) => n + one })

/** Two steps, of which the second waits for a gate. */
const gated = (trace: Array<string>, gate: Deferred.Deferred<void>) => {
  const step = (name: string, wait: Effect.Effect<void>) =>
    number(
      name,
      Effect.as(
        Effect.andThen(
          Effect.sync(() => void trace.push(name)),
          wait
        ),
        1
      )
    )
  const body = step("first", Effect.void).pipe(
    WIO.andThen(step("second", Effect.void)),
    WIO.andThen(step("third", Deferred.await(gate)))
  )
  return Workflow.make("Gated", { version: 1, input: Schema.Number, state: Schema.Number, body })
}

type Rows = ReadonlyArray<Event.Event>

/** A journal in which the rows of one instance are read as others. */
const misread = (journal: Journal["Service"], id: string, by: (rows: Rows) => Rows): Journal["Service"] =>
  finding(journal, (found) =>
    found.instance.id === id && found.events !== null ? { ...found, events: by(found.events) } : found
  )

/** What becomes of an instance whose rows are read as others, and of its neighbour. */
const misreading = (by: (rows: Rows) => Rows) =>
  run((journal) =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const before = gated([], gate)
      const first = yield* boot(journal, [before])
      for (const id of ["bad", "good"]) yield* first.engine.start(before, { id, input: 0 })
      yield* settle
      yield* first.close
      const written = yield* journal.read({ instance: "bad", run: 0, from: 0, limit: 100 })
      const trace: Array<string> = []
      const workflow = gated(trace, gate)
      const second = yield* boot(misread(journal, "bad", by), [workflow])
      yield* Deferred.succeed(gate, undefined)
      const neighbour = yield* await_(second.engine.result(workflow, "good"))
      const refused = yield* Effect.result(second.engine.result(workflow, "bad"))
      const { status } = yield* second.engine.status("bad")
      const ran = [...trace]
      const after = yield* journal.read({ instance: "bad", run: 0, from: 0, limit: 100 })
      yield* second.close
      // Read as it was written it goes on: whoever mends the rows, or knows the newer kind of event, takes it up again.
      const third = yield* boot(journal, [workflow])
      const mended = yield* await_(third.engine.result(workflow, "bad"))
      const error = Result.isFailure(refused)
        ? (refused.failure as { readonly _tag: string; readonly message: string })
        : undefined
      return { neighbour, error, status, ran, untouched: after.length === written.length, mended }
    })
  )

const changed =
  (at: number, by: (event: Event.Event) => unknown) =>
  (rows: Rows): Rows =>
    rows.map((row) => (row.seq === at ? (by(row) as Event.Event) : row))

const corruptions: Readonly<Record<string, (rows: Rows) => Rows>> = {
  "a gap": (rows) => rows.filter(({ seq }) => seq !== 1),
  "a row that is there twice": (rows) => rows.flatMap((row) => (row.seq === 1 ? [row, row] : [row])),
  "a payload that was cut": changed(1, (row) => ({ ...row, payload: null })),
  "a payload that was flipped": changed(1, (row) => ({ ...row, payload: "one" })),
  "an event after the end": (rows) =>
    rows.flatMap((row) =>
      row.seq === 1 ? [{ ...row, kind: "ended" as const, payload: { outcome: "cancelled", reason: "none" } }] : [row]
    ),
  "a last row that is gone": (rows) => rows.slice(0, -1),
  "nothing at all": () => []
}

describe("corrupt-journal-row", () => {
  for (const [what, by] of Object.entries(corruptions)) {
    it(`corrupt-journal-row: ${what} sets its instance aside, runs and writes nothing of it, and neighbours go on`, async () => {
      const seen = await misreading(by)
      expect(seen.neighbour).toBe(3)
      expect(seen.error?._tag).toMatch(/^Journal(Corrupt|Mismatch)$/)
      expect(seen.error?.message).toContain("bad")
      expect(seen.status).toBe("set-aside")
      // What the neighbour waited for, and nothing else.
      expect(seen.ran).toEqual(["third"])
      expect(seen.untouched).toBe(true)
      expect(seen.mended).toBe(3)
    })
  }
})

describe("undecodable-or-newer-event", () => {
  const unknown: Readonly<Record<string, (rows: Rows) => Rows>> = {
    "an event of a kind that nobody knows yet": changed(2, (row) => ({ ...row, kind: "telepathy" })),
    "an event that an older schema has written": changed(2, (row) => ({ ...row, payload: { old: 1 } }))
  }
  for (const [what, by] of Object.entries(unknown)) {
    it(`undecodable-or-newer-event: ${what} is a typed error before any effect, and its instance goes on after an upgrade`, async () => {
      const seen = await misreading(by)
      expect(seen.error?._tag).toMatch(/^Journal(Corrupt|Mismatch)$/)
      expect(seen.ran).toEqual(["third"])
      expect(seen.untouched).toBe(true)
      expect(seen.mended).toBe(3)
    })
  }
})
