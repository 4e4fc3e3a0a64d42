/**
 * A stored journal, replayed against today's definition: the test that a change fits the instances that are running.
 *
 * Keep some journals of production beside the code: `Journals.export` gives them. Replaying one runs no effect and takes microseconds; where the
 * definition does not fit it, the answer names the event, what it says and what was expected. A change that does not
 * fit goes into a `WIO.version`, or under a higher version of the workflow. The order is that of `order.ts`.
 */
import { Effect, Schema } from "effect"
import { WIO, Workflow } from "@waymark/core"
import { Engine, Journal } from "@waymark/interpreter"
import { Journals } from "@waymark/interpreter/testing"
import stored from "./golden/order.journal.json" with { type: "json" }
import { charge, Order, Paid, Placed, reserve, Reserved, ship, Shipped } from "./order.ts"

/** How the stored journal was made, and can be made anew: by an order on a virtual clock. */
export const record = Effect.gen(function* () {
  const engine = yield* Engine
  const order = yield* engine.start(Order, { id: "order-1", input: new Placed({ item: "lamp", price: 40 }) })
  yield* order.result
  return yield* Journals.export(yield* Journal, order.id)
})

const inspect = WIO.runIO("inspect", {
  event: Schema.Void,
  run: (_: Reserved) => Effect.void,
  apply: (reserved) => reserved
})

const settings = { version: 1, input: Placed, state: Schema.Union([Placed, Reserved, Paid, Shipped]) }

/** The order with a new step in it. An instance that was charged already would come to the inspection too late. */
const Changed = Workflow.make("Order", {
  ...settings,
  body: reserve.pipe(WIO.andThen(inspect), WIO.andThen(charge), WIO.andThen(ship))
})

/** The same change, for those orders that come to it. */
const Versioned = Workflow.make("Order", {
  ...settings,
  body: reserve.pipe(
    WIO.andThen(WIO.version("inspection", { before: WIO.pure((reserved: Reserved) => reserved), after: inspect })),
    WIO.andThen(charge),
    WIO.andThen(ship)
  )
})

/** What a build asks of each stored journal: `Result.getOrThrow` of it is the whole test. */
export const program = Effect.all({
  today: Effect.fromResult(Journals.replay(Order, stored)),
  refused: Effect.flip(Effect.fromResult(Journals.replay(Changed, stored))),
  versioned: Effect.fromResult(Journals.replay(Versioned, stored))
})
