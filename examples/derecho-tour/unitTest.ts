/**
 * A workflow under test, in two ways: on an engine with stubs and a virtual clock, and as a pure machine that is
 * driven by hand.
 *
 * The first is for what a workflow does to the world: its services are layers, so a test gives it others, and a week
 * takes no time. The second is for which way it goes: no effect is run, the test says what each step came to, and
 * every value on the way may be looked at. Its subject is the trial of `weekLongSleep.ts`.
 */
import { Effect, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import { Command, Engine, Execution, Journal } from "@waymark/interpreter"
import { Mail, Trial, Trying } from "./weekLongSleep.ts"

/** On an engine: a mail service that keeps what it is given, a journal in memory, and a clock that the test turns. */
export const onAnEngine = Effect.suspend(() => {
  const sent: Array<string> = []
  const stub = Layer.succeed(Mail, {
    send: (text) => Effect.sync(() => void sent.push(text)),
    sent: Effect.sync(() => sent)
  })
  const engine = Engine.layer({
    workflows: [Trying],
    poll: "1 day" // a journal in memory has one engine, so there is nothing to look for every few seconds of a week
  }).pipe(Layer.provide(stub), Layer.provide(Journal.layerMemory))
  return Effect.gen(function* () {
    const { start } = yield* Engine
    const trial = yield* start(Trying, { id: "trial-1", input: new Trial({ customer: "ann" }) })
    const nextDay = TestClock.adjust("1 day")
    for (let day = 1; day <= 6; day++) yield* nextDay
    const dayBefore = [...sent]
    yield* nextDay
    return { dayBefore, reminded: yield* trial.result, sent }
  }).pipe(Effect.provide(engine), Effect.provide(TestClock.layer()))
})

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

export const program = Effect.all({ onAnEngine, byHand: Effect.fromResult(byHand) })
