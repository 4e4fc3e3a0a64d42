/** The guards of the journal, switched off one at a time: with each gone, a law is broken. */
import { Deferred, Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { WIO, Workflow } from "@waymark/core"
import type { Append, Event, Journal } from "@waymark/interpreter"
import { Laws } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import { boot, run, settle } from "../support/engine.ts"

/** A store that takes whatever it is given: it asks neither for the epoch nor for the sequence. */
const gullible = (journal: Journal["Service"], written: Array<Event.Event>): Journal["Service"] => ({
  ...journal,
  append: (batch: ReadonlyArray<Append>) =>
    Effect.forEach(batch, (group) =>
      Effect.sync(() => {
        written.push(...group.events)
        return { _tag: "Appended" as const }
      })
    )
})

/** A store that says it has written, and writes when next it is asked for the time: the flush comes too late. */
const hasty = (journal: Journal["Service"]): { readonly journal: Journal["Service"]; readonly lose: () => void } => {
  let late: Array<Append> = []
  let lost = false
  return {
    lose: () => {
      lost = true
      late = []
    },
    journal: {
      ...journal,
      append: (batch) =>
        Effect.suspend(() => {
          const before = late
          late = lost ? [] : [...batch]
          const write = before.length === 0 ? Effect.void : journal.append(before)
          return Effect.as(
            write,
            batch.map(() => ({ _tag: "Appended" as const }))
          )
        })
    }
  }
}

const gated = (gate: Deferred.Deferred<number>) => {
  let runs = 0
  return Workflow.make("Gated", {
    version: 1,
    input: Schema.Number,
    state: Schema.Number,
    body: WIO.runIO("slow", {
      event: Schema.Number,
      run: (_: number) => Effect.suspend(() => (++runs === 1 ? Deferred.await(gate) : Effect.succeed(2))),
      apply: (_, n) => n
    })
  })
}

describe("the laws bite", () => {
  it("without the check of epoch and sequence, a zombie writes what its successor wrote", () =>
    run((journal) =>
      Effect.gen(function* () {
        const story = (mutant: boolean) =>
          Effect.gen(function* () {
            const gate = yield* Deferred.make<number>()
            const workflow = gated(gate)
            const id = mutant ? "mutant" : "guarded"
            const written: Array<Event.Event> = []
            const store = (below: Journal["Service"]) => (mutant ? gullible(below, written) : below)
            const paused = { ...store(journal), renew: () => Effect.succeed(true), claim: () => Effect.succeed([]) }
            const zombie = yield* boot(paused, [workflow])
            yield* zombie.engine.start(workflow, { id, input: 0 })
            yield* settle
            const second = yield* boot(store(journal), [workflow])
            yield* TestClock.adjust("20 seconds")
            yield* settle
            yield* Deferred.succeed(gate, 1)
            yield* settle
            yield* zombie.close
            yield* second.close
            const kept = yield* journal.read({ instance: id, run: 0, from: 0, limit: 100 })
            return [...kept, ...written]
          })
        const laws = (events: ReadonlyArray<Event.Event>) => () => {
          Laws.sequenceIsDense({ journal: events, appends: [] })
          Laws.nothingAfterTheEnd({ journal: events })
        }
        expect(laws(yield* story(false))).not.toThrow()
        expect(laws(yield* story(true))).toThrow(Laws.LawBroken)
      })
    ))

  it("without the flush before what follows, an effect that was seen to be done runs again", async () => {
    const step = (name: string, trace: Array<string>) =>
      WIO.runIO(name, {
        event: Schema.Number,
        run: (_: number) =>
          Effect.andThen(
            Effect.sync(() => trace.push(name)),
            name === "second" ? Effect.never : Effect.succeed(1)
          ),
        apply: (n) => n
      })
    const story = (mutant: boolean) =>
      run((journal) =>
        Effect.gen(function* () {
          const trace: Array<string> = []
          const workflow = Workflow.make("Two", {
            version: 1,
            input: Schema.Number,
            state: Schema.Number,
            body: step("first", trace).pipe(WIO.andThen(step("second", trace)))
          })
          const late = hasty(journal)
          const first = yield* boot(mutant ? late.journal : journal, [workflow])
          yield* first.engine.start(workflow, { id: "t-1", input: 0 })
          yield* settle
          // The second effect has begun, so the event of the first one ought to be durable.
          expect(trace).toEqual(["first", "second"])
          late.lose()
          yield* first.close
          yield* boot(journal, [workflow])
          yield* settle
          return trace
        })
      )
    expect(await story(false)).toEqual(["first", "second", "second"])
    expect(await story(true)).toEqual(["first", "second", "first", "second"])
  })
})
