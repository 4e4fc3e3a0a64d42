/** The proof finds what it is to find: real evidence passes, and evidence that was tampered with does not. */
import { Effect, Layer } from "effect"
import { Engine, Journal, type Event } from "@waymark/interpreter"
import { beforeAll, describe, expect, it } from "vitest"
import * as Ledger from "../withdrawal/ledger.ts"
import { examine } from "../withdrawal/proof.ts"
import * as Services from "../withdrawal/services.ts"
import * as Snapshot from "../withdrawal/snapshot.ts"
import { Order, Requested, Withdrawal } from "../withdrawal/workflow.ts"

interface Evidence {
  readonly journals: Snapshot.Journals
  readonly entries: ReadonlyArray<Ledger.Entry>
}

/** A small withdrawal, paid at the second attempt, with the services of the demo. */
const paid = Effect.scoped(
  Effect.gen(function* () {
    const directory = yield* Snapshot.temporary("waymark-proof-")
    const engine = Engine.layer({ workflows: [Withdrawal] }).pipe(
      Layer.provide(Services.layer(directory, () => Effect.void)),
      Layer.provide(Journal.layerMemory)
    )
    const events = yield* Effect.gen(function* () {
      const { start } = yield* Engine
      const order = new Order({ reference: "w-1", account: "ann-1", amount: 40, requestedBy: "ann" })
      const withdrawal = yield* start(Withdrawal, { id: "w-1", input: new Requested({ order }) })
      yield* withdrawal.result
      return yield* withdrawal.history
    }).pipe(Effect.provide(engine))
    const { bank, fees } = Services.ledgers(directory)
    const entries = [...Ledger.read(fees), ...Ledger.read(bank)]
    return { journals: new Map([["w-1", events]]), entries }
  })
)

/** The process that was killed, as far as the proof is told. */
const killed = 1

describe("the proof", () => {
  let evidence: Evidence = { journals: new Map(), entries: [] }
  beforeAll(async () => {
    evidence = await Effect.runPromise(paid)
  })

  const run = (step: string): Ledger.Entry => {
    const entry = evidence.entries.findLast((one) => one.step === step)
    if (entry === undefined) throw new Error(`"${step}" is in no ledger`)
    return entry
  }
  const violations = (change: (evidence: Evidence) => Partial<Evidence>) =>
    examine({ ...evidence, ...change(evidence), killed: new Set([killed]) }).violations
  const withRun = (changed: Partial<Ledger.Entry>) =>
    violations(({ entries }) => ({ entries: [{ ...run("fees"), ...changed }, ...entries] }))
  const withEvents = (change: (events: ReadonlyArray<Event.Event>) => ReadonlyArray<Event.Event>) =>
    violations(({ journals }) => ({ journals: new Map([...journals].map(([id, events]) => [id, change(events)])) }))

  it("finds nothing amiss where nothing is", () => {
    const { steps, violations } = examine({ ...evidence, killed: new Set() })
    expect(violations).toEqual([])
    expect(steps.map(({ runs, step }) => [step, runs.length])).toEqual([
      ["fees", 1],
      ["validate", 1],
      ["hold funds", 1],
      ["execute", 2]
    ])
  })

  it("accepts a run whose process was killed before it was recorded", () => {
    expect(withRun({ pid: killed })).toEqual([])
  })

  it("finds a run after the outcome was recorded", () => {
    expect(withRun({ pid: killed, at: Date.now() + 1 })).toEqual([
      `w-1, "fees": attempt 1 ran in process ${killed} after its outcome was recorded`
    ])
  })

  it("finds a run that was not recorded although its process lived", () => {
    expect(withRun({ pid: 2 })).toEqual([`w-1, "fees": attempt 1 ran in process 2, which lived, and was not recorded`])
  })

  it("finds a step that ran twice in one process", () => {
    expect(withRun({})).toContain(`w-1, "fees": attempt 1 ran more than once in one process`)
  })

  it("finds an outcome without a run", () => {
    expect(violations(({ entries }) => ({ entries: entries.filter(({ step }) => step !== "fees") }))).toEqual([
      `w-1, "fees": the outcome of attempt 1 is recorded, but it never ran`
    ])
  })

  it("finds an event that says something else than the service did", () => {
    const entries = (all: ReadonlyArray<Ledger.Entry>) =>
      all.map((entry) => (entry.step === "fees" ? { ...entry, did: { _tag: "Priced", fee: 99 } as const } : entry))
    expect(violations(({ entries: all }) => ({ entries: entries(all) }))).toEqual([
      `w-1, "fees": the journal has {"fee":1}, but the service did {"_tag":"Priced","fee":99}`
    ])
  })

  it("finds money that was paid twice", () => {
    expect(violations(({ entries }) => ({ entries: [...entries, { ...run("execute"), instance: "w-2" }] }))).toContain(
      "w-1: it is Completed, and the bank paid it 2 times"
    )
  })

  it("finds a journal that a step's end was lost from", () => {
    expect(withEvents((events) => events.filter(({ step }) => step !== "fees"))).not.toEqual([])
  })

  it("finds a withdrawal that has not ended", () => {
    expect(withEvents((events) => events.slice(0, -1))).toEqual(["w-1: it has not ended"])
  })
})
