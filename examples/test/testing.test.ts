/** The programs that show the test kit. */
import { Effect, Result } from "effect"
import { Lint } from "@waymark/interpreter"
import { RecoveryViolated } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import * as Recovery from "../testing/recovery.ts"
import * as Stubs from "../testing/stubs.ts"

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

describe("testing workflows", () => {
  it.each([Recovery.Buying, Stubs.Expense])(
    "$name is a workflow that the linter has nothing to say about",
    (workflow) => {
      expect(Lint.check(workflow)).toEqual([])
    }
  )

  it("recovery: each planted bug is found with its place, and the mended workflow passes", async () => {
    const { careless, forgetful, mended, secretive } = await Effect.runPromise(Recovery.program)
    expect(mended).toEqual({ events: 5, appends: 3, crashes: 6, repeated: 3 })
    expect(forgetful).toBeInstanceOf(RecoveryViolated)
    expect(forgetful).toMatchObject({ law: "replay", crash: null, step: "quote" })
    expect(secretive).toMatchObject({
      law: "crash",
      crash: { append: 0, when: "after" },
      step: "pay",
      expected: `completed "pay" "receipt for 90, token for 0.9"`,
      found: `completed "pay" "receipt for 90, none"`
    })
    expect(careless).toMatchObject({
      law: "crash",
      crash: { append: 2, when: "before" },
      step: null,
      expected: "[90]",
      found: "[90,90]"
    })
    expect(careless.message).toContain(`workflow "Buying", killed before append 2: the world is another one`)
  })

  it("stubs: attempts, failures, time and calls", async () => {
    const { byHand, refused, retried, tooSlow } = await Effect.runPromise(Stubs.program)
    const state = new Stubs.Approved({ euros: 40, by: "ann" })
    expect(retried).toEqual({
      result: Result.succeed(new Stubs.Booked({ entry: "e-1" })),
      took: 11 * MINUTE,
      attempts: [
        { at: 0, state },
        { at: MINUTE, state },
        { at: 11 * MINUTE, state }
      ]
    })
    expect(refused).toEqual(Result.fail(new Stubs.AccountClosed({ since: new Date("2025-12-31") })))
    expect(tooSlow).toEqual({ result: Result.succeed(new Stubs.Lapsed()), took: 7 * DAY })
    expect(byHand).toEqual({
      waitsFor: ["approve", "a week"],
      reply: "thank you, bob",
      result: new Stubs.Booked({ entry: "40 euros" }),
      booked: 1
    })
  })
})
