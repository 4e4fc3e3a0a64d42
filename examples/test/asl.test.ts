/** A state machine, hosted by an engine and driven by hand. */
import { Effect, Option, Result } from "effect"
import { Lint } from "@waymark/interpreter"
import { describe, expect, it } from "vitest"
import * as ByHand from "../asl/byHand.ts"
import { layer, Order, program } from "../asl/engine.ts"

const input = { customer: "ann", amount: 140, parcels: ["books", "tea"] }
const DAY = 86_400_000
const run = <A>(effect: Effect.Effect<A>): Promise<A> => Effect.runPromise(effect)

it("is a workflow that the linter has nothing to say about", () => {
  expect(Lint.check(Order)).toEqual([])
})

it("is hosted by an engine", async () => {
  expect(await Effect.runPromise(Effect.provide(program, layer))).toEqual({
    customer: "ann",
    amount: 40,
    parcels: ["books", "tea"],
    receipt: { charged: { amount: 40, reference: "order-1/ann" } },
    labels: ['LABEL {"PARCEL":"BOOKS"}', 'LABEL {"PARCEL":"TEA"}']
  })
})

describe("by hand", () => {
  /** All turns up to the end, and what was wanted in each. */
  const played = async (crash: boolean) => {
    const journal: Array<ByHand.Turn["events"][number]> = []
    const wanted: Array<string> = []
    let at = 0
    const keep = async (next: Promise<ByHand.Turn>): Promise<ByHand.Turn> => {
      const turn = await next
      journal.push(...turn.events)
      // Whoever recovers asks again for what was asked for before.
      if (!crash) return turn
      const again = await run(ByHand.recover(Order, journal, at))
      expect(again.wants).toEqual(turn.wants)
      return again
    }
    let turn = await keep(run(ByHand.start(Order, input, "order-1", at)))
    let calls = 0
    while (Option.isNone(turn.ended)) {
      const [first] = turn.wants
      if (first === undefined) throw new Error("it wants nothing")
      wanted.push(
        first._tag === "Timer" ? `wait until ${first.due / 1000}` : `${first.call.state} ${JSON.stringify(first.input)}`
      )
      if (first._tag === "Timer") {
        at = first.due
        turn = await keep(run(ByHand.tick(turn, at)))
      } else {
        const outcome = calls++ === 0 ? { error: { error: "Bank.Busy" } } : { result: `done ${calls}` }
        turn = await keep(run(ByHand.tell(turn, first.key, outcome, at)))
      }
    }
    return { wanted, result: Result.getOrThrow(turn.ended.value) }
  }

  it("says what it wants, and goes on when it is told", async () => {
    const charge = 'Charge {"amount":140,"reference":"order-1/ann"}'
    expect(await played(false)).toEqual({
      wanted: [
        charge,
        "wait until 5",
        charge,
        `wait until ${5 + DAY / 1000}`,
        'Label {"parcel":"books"}',
        'Label {"parcel":"tea"}'
      ],
      result: { ...input, receipt: "done 2", labels: ["DONE 3", "DONE 4"] }
    })
  })

  it("comes to the same where it is taken up again after each turn", async () => {
    expect(await played(true)).toEqual(await played(false))
  })
})
