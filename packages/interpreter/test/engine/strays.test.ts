/** What a process holds and does not know of, and when it gives that back. */
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { describe, expect, it } from "vitest"
import { Strays } from "../../src/internal/engine/strays.ts"

interface Held {
  readonly id: string
  readonly epoch: number
}

/** Looks once a second, with what is held each time; answers what was given back at each look. */
const looks = (held: ReadonlyArray<ReadonlyArray<Held> | "forget">, known: ReadonlyArray<string> = []) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const clock = yield* Effect.clockWith(Effect.succeed)
      let holds: ReadonlyArray<Held> = []
      const given: Array<ReadonlyArray<string>> = []
      const strays = new Strays({
        journal: { held: () => Effect.sync(() => holds) },
        owner: "one",
        clock,
        apart: 1_000,
        isKnown: (id) => known.includes(id),
        release: (all) => Effect.sync(() => void given.push(all.map(({ epoch, id }) => `${id} at ${epoch}`)))
      })
      const all: Array<ReadonlyArray<string>> = []
      for (const one of held) {
        if (one === "forget") strays.forget()
        else {
          holds = one
          yield* strays.look
          all.push(given.splice(0).flat())
        }
        yield* TestClock.adjust(1_000)
      }
      return all
    }).pipe(Effect.provide(TestClock.layer()))
  )

const [x, y] = [
  { id: "x", epoch: 1 },
  { id: "y", epoch: 1 }
]

describe("what is held, and nobody here knows of", () => {
  it("is given back once two looks have found it, so far apart", async () => {
    expect(await looks([[x], [x, y], [y]])).toEqual([[], ["x at 1"], ["y at 1"]])
  })

  it("is not where it is known", async () => {
    expect(
      await looks(
        [
          [x, y],
          [x, y]
        ],
        ["x"]
      )
    ).toEqual([[], ["y at 1"]])
  })

  it("is not where it was claimed anew between two looks, or was known between them", async () => {
    const later = { ...x, epoch: 2 }
    expect(await looks([[x], [later], [later]])).toEqual([[], [], ["x at 2"]])
    expect(await looks([[x], [], [x], [x]])).toEqual([[], [], [], ["x at 1"]])
    expect(await looks([[x], "forget", [x], [x]])).toEqual([[], [], ["x at 1"]])
  })
})
