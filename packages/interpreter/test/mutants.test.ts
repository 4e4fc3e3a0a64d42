/** Guards switched off, one at a time: for each of them some law has to fail, or the laws prove nothing. */
import { Step } from "@waymark/core"
import { Command, Execution, type Event, type Pending } from "@waymark/interpreter"
import { drive, Generator, Laws, type Drive, type Machine, type Run, type Running } from "@waymark/interpreter/testing"
import * as fc from "fast-check"
import { Effect, Option, Result } from "effect"
import { describe, expect, it, vi } from "vitest"

const cases = Generator.cases({ duplicates: false })

/** Laws that fail under a mutant within some runs: of all, or of those named. */
const caught = (subject: Laws.Subject, names = Object.keys(Laws.laws)): ReadonlyArray<string> =>
  names.filter((name) => {
    const law = Laws.laws[name] ?? expect.fail(`there is no law "${name}"`)
    const property = fc.property(cases, (generated) => law(generated, subject))
    return fc.check(property, { numRuns: 60, seed: 1, endOnFailure: true }).failed
  })

const expectCaught = (subject: Laws.Subject, ...names: ReadonlyArray<string>): void =>
  expect(caught(subject, [...names])).toEqual(names)

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

type Step = (
  execution: Running,
  command: Command.Command,
  moment: Execution.Moment
) => ReturnType<typeof Execution.step>

/** A machine that takes commands in a way of its own. */
const stepping = (step: Step): Laws.Subject => under({ ...Execution, step } as unknown as Machine)

/** A machine whose snapshots are without a field, of the whole or of the threads. */
const without = (...fields: ReadonlyArray<string>): Laws.Subject => {
  const trySnapshot = (execution: Execution.Any) =>
    Result.map(Execution.trySnapshot(execution), (json) =>
      JSON.parse(JSON.stringify(json), (key: string, value: unknown) => (fields.includes(key) ? undefined : value))
    )
  return under({ ...Execution, trySnapshot })
}

/** Nothing happens, and nobody is told that it does not. */
const ignored = (execution: Running): ReturnType<typeof Execution.step> => Result.succeed({ execution, events: [] })

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

// All laws, over again for each mutant: some twenty seconds for the largest on a machine of one's own.
vi.setConfig({ testTimeout: 240_000 })

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
    expectCaught(
      under({ ...Execution, recover: forgetful } as unknown as Machine),
      "R1 crash equivalence",
      "R5 completed effects never start again",
      "R6 a crash repeats what was in flight",
      "promise 2: no effect before the flush"
    )
  })

  it("no check of the expected sequence", () => {
    const lenient = folding((execution, event) =>
      Execution.evolve(execution, { ...event, seq: Execution.length(execution) })
    )
    expectCaught(under(lenient), "R7 a damaged sequence is refused")
  })

  it("effects that start before the event before them is durable", () => {
    expectCaught(
      { machine: Execution, drive: eagerly },
      "R1 crash equivalence",
      "promise 2: no effect before the flush"
    )
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
    expectCaught(under(blind), "R13 a changed definition is refused")
  })

  it("late completions that are taken without a word", () => {
    const lenient = stepping((execution, command, moment) => {
      const told = Execution.step(execution, command, moment)
      return Result.isFailure(told) && told.failure.rejection === "NotWaiting" ? ignored(execution) : told
    })
    expectCaught(lenient, "late completions are refused", "R11 signals are accounted for")
  })

  it("signals that are lost", () => {
    let sent = 0
    const lossy = stepping((execution, command, moment) =>
      command._tag === "Signal" && sent++ % 2 === 0 ? ignored(execution) : Execution.step(execution, command, moment)
    )
    expectCaught(lossy, "R11 signals are accounted for")
  })

  it("a cancellation that undoes nothing", () => {
    const abrupt = stepping((execution, command, moment) =>
      Execution.step(execution, command._tag === "Cancel" ? Command.terminate(command.reason) : command, moment)
    )
    expectCaught(abrupt, "cancelled runs end so", "cancellation undoes what was completed")
  })

  it("a cancellation that can be asked for again", () => {
    const eager = stepping((execution, command, moment) => {
      const told = Execution.step(execution, command, moment)
      return command._tag === "Cancel" && Result.isFailure(told) ? ignored(execution) : told
    })
    expectCaught(eager, "cancelled runs end so")
  })

  it("a termination that waits for what is pending", () => {
    const polite = stepping((execution, command, moment) =>
      Execution.step(execution, command._tag === "Terminate" ? Command.cancel(command.reason) : command, moment)
    )
    expectCaught(polite, "termination is at once")
  })

  it("an end that is not the end", () => {
    const endless = folding((execution, event) =>
      Option.isSome(Execution.result(execution)) ? Result.succeed(execution) : Execution.evolve(execution, event)
    )
    expectCaught(under(endless), "R8 the end is final")
  })

  it("a snapshot without the counters of what was done", () => {
    expectCaught(without("trail"), "R9 a snapshot and the rest of the journal")
  })

  it("a snapshot without what is to be undone", () => {
    expectCaught(without("undos"), "R9 a snapshot and the rest of the journal")
  })

  it("a snapshot without the children to be closed", () => {
    expectCaught(without("children"), "R9 a snapshot and the rest of the journal")
  })

  it("a recovery that passes a version by without its mark", () => {
    // Every mark is taken for one of another event: the old road, as if it had been passed before the change.
    const unmarked = folding((execution, event) =>
      event.kind === "version"
        ? Execution.evolve(execution, { ...event, step: `not ${event.step}` })
        : Execution.evolve(execution, event)
    )
    expectCaught(under(unmarked), "R3 replay is idempotent")
  })

  it("code from before a version that goes on where the version has been passed", () => {
    // Marks that do not say who made them are passed over.
    const unsigned = folding((execution, event) =>
      Execution.evolve(execution, event.kind === "version" ? { ...event, payload: null } : event)
    )
    expectCaught(under(unsigned), "R13 code from before a version is refused")
  })
})
