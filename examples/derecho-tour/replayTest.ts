/**
 * A stored journal, replayed against today's definition: the test that a change fits the instances that are running.
 *
 * Keep some journals of production beside the code. Replaying one runs no effect and takes microseconds; where the
 * definition does not fit it, the answer names the event, what it says and what was expected. A change that does not
 * fit goes into a `WIO.version`, or under a higher version of the workflow. The order is that of `order.ts`.
 */
import { Effect, Schema } from "effect"
import { WIO, Workflow } from "@waymark/core"
import { Engine, Event, Execution } from "@waymark/interpreter"
import stored from "./golden/order.journal.json" with { type: "json" }
import { charge, Order, Paid, Placed, reserve, Reserved, ship, Shipped } from "./order.ts"

/** How the stored journal was made, and can be made anew: by an order on a virtual clock. */
export const record = Effect.gen(function* () {
  const engine = yield* Engine
  const order = yield* engine.start(Order, { id: "order-1", input: new Placed({ item: "lamp", price: 40 }) })
  yield* order.result
  const history = yield* order.history
  return history.map(({ patch: _, ...event }) => event) // what each event did to the state is computed, not stored
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

export const program = Effect.gen(function* () {
  const journal = yield* Schema.decodeUnknownEffect(Schema.Array(Event.Event))(stored)
  const today = yield* Effect.fromResult(Execution.recover(Order, journal))
  const refused = yield* Effect.flip(Effect.fromResult(Execution.recover(Changed, journal)))
  const versioned = yield* Effect.fromResult(Execution.recover(Versioned, journal))
  return { state: Execution.state(today), refused, versioned: Execution.status(versioned) }
})
