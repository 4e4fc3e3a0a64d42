/** Guards switched off, one at a time: for each of them some law has to fail, or the laws prove nothing. */
import { Step } from "@waymark/core"
import { Execution, type Command, type Event, type Pending } from "@waymark/interpreter"
import { drive, Generator, Laws, type Drive, type Machine, type Run, type Running } from "@waymark/interpreter/testing"
import * as fc from "fast-check"
import { Effect, Result } from "effect"
import { describe, expect, it } from "vitest"

const cases = Generator.cases({ duplicates: false })

/** Laws that fail under a mutant within some runs. */
const caught = (subject: Laws.Subject): ReadonlyArray<string> =>
  Object.entries(Laws.laws)
    .filter(
      ([, law]) =>
        fc.check(
          fc.property(cases, (generated) => law(generated, subject)),
          { numRuns: 60, seed: 1 }
        ).failed
    )
    .map(([name]) => name)

/** A machine whose recovery is the fold of its own `evolve`. */
const folding = (evolve: (execution: Running, event: Event.Event) => Result.Result<unknown, unknown>): Machine => {
  const evolveAll = (execution: Running, events: Iterable<Event.Event>): Result.Result<unknown, unknown> => {
    let current: Result.Result<unknown, unknown> = Result.succeed(execution)
    for (const event of events) {
      current = evolve((current as Result.Success<Running, unknown>).success, event)
      if (Result.isFailure(current)) return current
    }
    return current
  }
  const recover = (workflow: Generator.Generated, events: Iterable<Event.Event>): Result.Result<unknown, unknown> => {
    const [first, ...rest] = events
    const begun = Execution.recover(workflow, first === undefined ? [] : [first])
    return Result.flatMap(begun, (execution) => evolveAll(execution, rest))
  }
  return { ...Execution, evolve, evolveAll, recover } as unknown as Machine
}

const under = (machine: Machine): Laws.Subject => ({ machine, drive: (options) => drive({ ...options, machine }) })

/** The driver, but what a step opens is started before the step's events are appended. */
const eagerly = (options: Drive): Run => {
  let ahead = new Set<string>()
  let world: Generator.Ledger | undefined
  const nameOf = ({ attempt, idempotencyKey }: { readonly attempt: number; readonly idempotencyKey: string }) =>
    `${idempotencyKey}, ${attempt}`
  const makeWorld: typeof Generator.world = (outcomes, durable) => {
    const seen = Generator.world(outcomes, durable)
    const silent = Generator.world(outcomes, durable)
    world = seen
    const perform = (n: number) =>
      Effect.flatMap(Step.info, (info) => (ahead.delete(nameOf(info)) ? silent.perform(n) : seen.perform(n)))
    return { ...seen, perform }
  }
  const start = (pending: Pending.Pending, at: number): void => {
    if (pending._tag !== "RunIO" || pending.notBefore > at || world === undefined) return
    const { attempt, effect, idempotencyKey, step } = pending
    const identity = { instance: "", run: 0, ...step, step: step.name, attempt, idempotencyKey }
    const info: Step.Info = { ...identity, now: at, details: undefined }
    const provided = Effect.provideService(effect, Step.Current, info).pipe(
      Effect.provideService(Generator.World, world)
    )
    Effect.runSyncExit(provided as Effect.Effect<unknown, unknown>)
    ahead.add(nameOf(pending))
  }
  const step = (execution: Running, command: Command.Command, moment: Execution.Moment) =>
    Result.map(Execution.step(execution, command, moment), (next) => {
      for (const pending of Execution.diff(execution, next.execution).opened) start(pending, moment.at)
      return next
    })
  const recover = (workflow: Generator.Generated, events: Iterable<Event.Event>) => {
    ahead = new Set()
    return Execution.recover(workflow, events)
  }
  return drive({ ...options, world: makeWorld, machine: { ...Execution, recover, step } as unknown as Machine })
}

describe("the laws catch", () => {
  it("nothing in the machine as it is", () => {
    expect(caught(under(folding(Execution.evolve)))).toEqual([])
  })

  it("a recovery that takes steps on record for pending", () => {
    const forgetful = (workflow: Generator.Generated, events: Iterable<Event.Event>) => {
      const [first, ...rest] = events
      const { at } = first ?? { at: 0 }
      const begun = Execution.recover(workflow, first === undefined ? [] : [first])
      const opened = rest.slice(
        0,
        rest.findIndex(({ kind }) => kind !== "due")
      )
      return Result.flatMap(begun, (execution) =>
        Result.map(Execution.settle(execution, { at }), (settled) =>
          opened.length > 0 ? settled.execution : execution
        )
      )
    }
    const laws = caught(under({ ...Execution, recover: forgetful } as unknown as Machine))
    expect(laws).toContain("R1 crash equivalence")
    expect(laws).toContain("R5 completed effects never start again")
    expect(laws).toContain("promise 2: no effect before the flush")
  })

  it("no check of the expected sequence", () => {
    const lenient = folding((execution, event) =>
      Execution.evolve(execution, { ...event, seq: Execution.length(execution) })
    )
    expect(caught(under(lenient))).toContain("R7 a damaged sequence is refused")
  })

  it("effects that start before the event before them is durable", () => {
    const laws = caught({ machine: Execution, drive: eagerly })
    expect(laws).toContain("R1 crash equivalence")
    expect(laws).toContain("promise 2: no effect before the flush")
  })

  it("no check that the event fits the definition", () => {
    const blind = folding((execution, event) => {
      const pending = Execution.pending(execution)
      const own = pending.find(({ step }) => step.path === event.path && step.ordinal === event.ordinal) ?? pending[0]
      if (own === undefined || event.kind === "ended") return Execution.evolve(execution, event)
      const { name, ordinal, path } = own.step
      const kind = own._tag === "RunIO" ? event.kind : own._tag === "Timer" ? "fired" : "signal"
      return Execution.evolve(execution, { ...event, kind, ordinal, path, step: name })
    })
    expect(caught(under(blind))).toContain("R13 a changed definition is refused")
  })
})
