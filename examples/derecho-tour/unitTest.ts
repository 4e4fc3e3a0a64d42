/**
 * A workflow under test, in two ways: on an engine with stubs and a time that advances by itself, and as a pure machine that
 * is driven by hand.
 *
 * The first is for what a workflow asks of the world: stubs stand in for its steps, and a week takes no time. The second is for which way it goes: no effect is run, the test says what each step came to, and
 * every value on the way may be looked at. Its subject is the trial of `weekLongSleep.ts`.
 */
import { Effect, Result } from "effect"
import { Command, Execution } from "@waymark/interpreter"
import { Stub, TestRun } from "@waymark/interpreter/testing"
import { Trial, Trying } from "./weekLongSleep.ts"

/** With stubs: the test says what each step comes to, and asks afterwards what it was called with. */
export const withStubs = Effect.scoped(
  Effect.gen(function* () {
    const stubs = { greet: Stub.succeed(undefined), remind: Stub.succeed(undefined) }
    const trial = yield* TestRun.make(Trying, { input: new Trial({ customer: "ann" }), stubs })
    yield* trial.advance("6 days")
    const dayBefore = trial.calls().map(({ step }) => step)
    const reminded = yield* trial.result
    return { dayBefore, reminded, calls: trial.calls().map(({ at, step }) => `${step} at ${at}`) }
  })
)

const WEEK = 7 * 24 * 60 * 60 * 1_000

/** By hand: each command gives the next value and the events that a journal would keep. */
export const byHand = Result.gen(function* () {
  const started = Execution.start(Trying, new Trial({ customer: "ann" }), { id: "trial-1", at: 0 })
  const greeted = yield* Execution.step(
    started.execution,
    Command.succeed({ path: "", ordinal: 0, name: "greet" }, undefined),
    { at: 0 }
  )
  const early = yield* Execution.step(greeted.execution, Command.tick(WEEK - 1), { at: WEEK - 1 })
  const woken = yield* Execution.step(early.execution, Command.tick(WEEK), { at: WEEK })
  const reminded = yield* Execution.step(
    woken.execution,
    Command.succeed({ path: "", ordinal: 2, name: "remind" }, undefined),
    { at: WEEK }
  )
  const lives = [started, greeted, early, woken, reminded]
  return {
    waitsFor: lives.map(({ execution }) => Execution.pending(execution).map(({ step }) => step.name)),
    events: lives.flatMap(({ events }) => events.map(({ kind, step }) => `${kind} ${step}`)),
    end: Execution.result(reminded.execution)
  }
})

export const program = Effect.all({ withStubs, byHand: Effect.fromResult(byHand) })
