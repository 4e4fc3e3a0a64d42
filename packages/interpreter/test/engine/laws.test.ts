/** The laws, held by real engines over generated workflows: an engine's run is looked at like a driven one. */
import { Deferred, Effect, Layer, Option, Result } from "effect"
import { TestClock } from "effect/testing"
import { Execution, isTerminal, type Event, type Journal } from "@waymark/interpreter"
import { Faults, Generator, Laws, type Run } from "@waymark/interpreter/testing"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { agree } from "../reference/agreement.ts"
import { boot, run, settle } from "../support/engine.ts"

const LONG = { poll: "10 minutes", lease: "30 minutes" } as const
/** With everything that an engine may do besides: what it keeps and what it records changes no run. */
const THOROUGH = { ...LONG, snapshots: { every: 1 }, audit: true } as const

/** Whether somebody meddles: cancels the instance, and decides what becomes of steps that were given up. */
type Operator = "none" | "busy"

/** How long an operator has patience with what is stuck again and again. */
const PATIENCE = 30

/** The branch keys of a path. */
const keysOf = (path: string): ReadonlyArray<string> =>
  path.split("/").flatMap((segment) => {
    const key = segment.slice(segment.indexOf(":") + 1)
    return path === "" || key === "interrupt"
      ? []
      : [key.replaceAll("~2", "interrupt").replaceAll("~1", "/").replaceAll("~0", "~")]
  })

/** Sends what is waited for and lets time pass until the instance has ended or is stuck. */
const carryThrough = Effect.fnUntraced(function* (
  engine: Effect.Success<ReturnType<typeof boot>>["engine"],
  salt: number,
  died: Deferred.Deferred<void>,
  operator: Operator
) {
  for (let round = 0; round < 400; round++) {
    yield* settle
    if (Deferred.isDoneUnsafe(died)) return false
    const { status, waitsFor } = yield* engine.status("generated")
    if (isTerminal(status)) return true
    const givenUp = waitsFor.find((waiting) => "notBefore" in waiting && waiting.notBefore === Infinity)
    if (status === "stuck" && (operator === "none" || givenUp === undefined || round > PATIENCE)) return true
    if (operator === "busy" && round === 1 + (salt % 5)) {
      yield* Effect.forkChild(Effect.ignore(engine.cancel("generated", "enough")))
      yield* settle
      continue
    }
    if (status === "stuck" && givenUp !== undefined) {
      const decided = engine.resolve("generated", givenUp.step, { _tag: "Fail", error: { _tag: "Oops", n: 1 } })
      yield* Effect.forkChild(Effect.ignore(salt % 2 === 0 ? engine.retry("generated") : decided))
      yield* settle
      continue
    }
    const signals = waitsFor.filter(({ _tag }) => _tag === "Signal")
    const waiting = signals[(salt + round) % Math.max(1, signals.length)]
    if (waiting !== undefined) {
      const keys = keysOf(waiting.step.path)
      const to = keys[round % (keys.length + 1)]
      const options = { id: `${salt}-${round}`, ...(to !== undefined && { to }) }
      yield* Effect.forkChild(
        Effect.ignore(engine.signal("generated", Generator.signal(waiting.step.name), { n: salt + round }, options))
      )
      yield* settle
    }
    yield* TestClock.adjust("1 minute")
  }
  throw new Error("the run did not end")
})

/** Children have journals of their own. */
const isOwn = ([first]: ReadonlyArray<Event.Event>): boolean => first?.instance === "generated"

/** Runs a case on engines, the first of which may die, and gives what is to be seen of it. */
const engineRun = (
  generated: Generator.Case,
  fault: Faults.Fault,
  at: number,
  { operator, options }: { readonly operator: Operator; readonly options: typeof LONG | typeof THOROUGH } = {
    operator: "none",
    options: LONG
  }
): Promise<Run> =>
  run((journal) =>
    Effect.gen(function* () {
      const appends: Array<Run["appends"][number]> = []
      let durable = 0
      const counting: Journal["Service"] = {
        ...journal,
        create: (batch) =>
          Effect.tap(journal.create(batch), (answers) =>
            Effect.sync(() => {
              for (const [index, { events }] of batch.entries()) {
                if (answers[index]?._tag === "Created" && isOwn(events)) durable += events.length
              }
            })
          ),
        append: (batch) =>
          Effect.tap(journal.append(batch), (answers) =>
            Effect.sync(() => {
              for (const [index, { epoch, events }] of batch.entries()) {
                const before = appends.some((known) => known.events[0]?.id === events[0]?.id)
                if (answers[index]?._tag !== "Appended" || !isOwn(events) || before) continue
                appends.push({ epoch, events, effects: [] })
                durable += events.length
              }
            })
          )
      }
      const world = Generator.world(generated.script.outcomes, () => durable)
      const workflow = Generator.workflow(generated)
      const workflows = [workflow, Generator.Other]
      const services = Layer.succeed(Generator.World, world)
      const faulty = yield* Faults.make(counting, (index) => (index === at ? fault : "none"))
      const first = yield* boot(faulty.journal, workflows, options, services)
      yield* Effect.forkChild(first.engine.start(workflow, { id: "generated", input: generated.input }))
      if (!(yield* carryThrough(first.engine, generated.salt, faulty.crashed, operator))) {
        yield* first.close
        yield* TestClock.adjust("30 minutes")
        const second = yield* boot(counting, workflows, options, services)
        yield* Effect.forkChild(second.engine.start(workflow, { id: "generated", input: generated.input }))
        yield* carryThrough(second.engine, generated.salt, yield* Deferred.make<void>(), operator)
      }
      const events = yield* journal.read({ instance: "generated", run: 0, from: 0, limit: 10_000 })
      const recovered = Result.getOrThrow(Execution.recover(workflow, events))
      return {
        workflow,
        journal: events,
        appends,
        status: Execution.status(recovered),
        result: Execution.result(recovered),
        trace: world.entries,
        executions: [],
        rejections: [],
        signals: new Map(),
        lost: []
      }
    })
  )

/** What comes of these is a matter of who is first. */
const racing = ["HandleSignal", "Await", "InterruptWith", "Timeout", "Race", "Compensate", "Child"] as const

/** What these record is another thing each time. */
const restless = ["SideEffect", "ContinueAsNew"] as const

const started = ({ journal }: Run): ReadonlyArray<Event.Event["kind"]> => journal.map(({ kind }) => kind)

describe("the laws of runs, on the engine", () => {
  // The journal of one run is looked at.
  const cases = Generator.cases({ size: 12, duplicates: false, without: ["ContinueAsNew"] })
  for (const fault of ["none", "crash-before", "crash-after", "unknown-committed"] as const) {
    it(`hold with ${fault === "none" ? "no fault" : fault}`, () =>
      fc.assert(
        fc.asyncProperty(cases, fc.nat(12), async (generated, at) => {
          const seen = await engineRun(generated, fault, at)
          for (const law of Object.values(Laws.lawsOfRuns)) law(seen)
          expect(started(seen)[0]).toBe("started")
          expect(Option.isSome(seen.result) || seen.journal.some(({ kind }) => kind === "attempt")).toBe(true)
        }),
        { numRuns: 200 }
      ))
  }

  for (const fault of ["none", "crash-before", "crash-after"] as const) {
    it(`hold under an operator, with snapshots and an audit, ${fault === "none" ? "no fault" : fault}, and the reference agrees`, () =>
      fc.assert(
        fc.asyncProperty(cases, fc.nat(12), async (generated, at) => {
          const seen = await engineRun(generated, fault, at, { operator: "busy", options: THOROUGH })
          for (const law of Object.values(Laws.lawsOfRuns)) law(seen)
          expect(seen.journal.filter(({ patch }) => patch === undefined)).toEqual([])
          agree(
            seen.workflow,
            seen.journal.map(({ patch: _, ...event }) => event)
          )
          if (!started(seen).includes("cancel-requested")) return
          const { pending, recover } = Execution
          const rest = pending(Result.getOrThrow(recover(seen.workflow, seen.journal)))
          // A step with a compensation that was given up waits for the operator, whose patience is over.
          if (!rest.some((waiting) => "notBefore" in waiting && waiting.notBefore === Infinity)) {
            expect(seen.status).toBe("cancelled")
          }
        }),
        { numRuns: 300 }
      ))
  }

  it("R1: without signals and timers to race, a crash changes neither the result nor the journal", () => {
    const calm = Generator.cases({ size: 12, duplicates: false, without: [...racing, ...restless] }).map(
      (generated) => ({
        ...generated,
        // How far a branch has come when another one fails, or ends it early, is a race too.
        plan: Generator.mapped(generated.plan, (plan) => {
          if (plan.tag === "Parallel") return { ...plan, k: 2 + (plan.k % 2) }
          return plan.tag === "ForEach" ? { ...plan, k: 3 + (plan.k % 3) } : plan
        })
      })
    )
    return fc.assert(
      fc.asyncProperty(
        calm,
        fc.nat(8),
        fc.constantFrom("crash-before", "crash-after"),
        async (generated, at, fault) => {
          const expected = await engineRun(generated, "none", 0)
          const seen = await engineRun(generated, fault, at)
          expect(seen.result).toEqual(expected.result)
          const facts = (events: Run["journal"]) =>
            events
              .map(({ kind, ordinal, path, payload, step }) => JSON.stringify([path, ordinal, kind, step, payload]))
              .filter((line) => !line.includes('"attempt"') && !line.includes('"due"'))
              .sort()
          expect(facts(seen.journal)).toEqual(facts(expected.journal))
        }
      ),
      { numRuns: 150 }
    )
  })
})
