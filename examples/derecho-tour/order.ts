/**
 * An order, one step after the other: reserve, charge, ship.
 *
 * The shape of most workflows. Each step starts from the state that the one before it ended in, so shipping what
 * nobody paid for does not compile. What a step recorded is never done again, whatever becomes of the process.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { WIO, Workflow } from "@waymark/core"
import { Engine } from "@waymark/interpreter"

export class Placed extends Schema.TaggedClass<Placed>()("Placed", { item: Schema.String, price: Schema.Number }) {}
export class Reserved extends Schema.TaggedClass<Reserved>()("Reserved", {
  price: Schema.Number,
  shelf: Schema.String
}) {}
export class Paid extends Schema.TaggedClass<Paid>()("Paid", { shelf: Schema.String, receipt: Schema.String }) {}
export class Shipped extends Schema.TaggedClass<Shipped>()("Shipped", {
  receipt: Schema.String,
  parcel: Schema.String
}) {}

/** What the steps need of the world. */
export class Shop extends Context.Service<
  Shop,
  {
    readonly reserve: (item: string) => Effect.Effect<string>
    readonly charge: (price: number) => Effect.Effect<string>
    readonly ship: (shelf: string) => Effect.Effect<string>
  }
>()("derecho-tour/Shop") {
  static readonly layer = Layer.succeed(Shop, {
    reserve: (item) => Effect.succeed(`shelf of ${item}s`),
    charge: (price) => Effect.succeed(`receipt for ${price}`),
    ship: (shelf) => Effect.succeed(`parcel from the ${shelf}`)
  })
}

export const reserve = WIO.runIO("reserve", {
  event: Schema.String, // what is journaled
  run: ({ item }: Placed) => Shop.use((shop) => shop.reserve(item)),
  apply: ({ price }, shelf) => new Reserved({ price, shelf }) // what state that makes of the one before
})

export const charge = WIO.runIO("charge", {
  event: Schema.String,
  run: ({ price }: Reserved) => Shop.use((shop) => shop.charge(price)),
  apply: ({ shelf }, receipt) => new Paid({ shelf, receipt })
})

export const ship = WIO.runIO("ship", {
  event: Schema.String,
  run: ({ shelf }: Paid) => Shop.use((shop) => shop.ship(shelf)),
  apply: ({ receipt }, parcel) => new Shipped({ receipt, parcel })
})

export const Order = Workflow.make("Order", {
  version: 1,
  input: Placed,
  state: Schema.Union([Placed, Reserved, Paid, Shipped]),
  body: reserve.pipe(WIO.andThen(charge), WIO.andThen(ship))
})

export const program = Effect.gen(function* () {
  const engine = yield* Engine
  const order = yield* engine.start(Order, { id: "order-1", input: new Placed({ item: "lamp", price: 40 }) })
  // Asking twice does no harm: the same id with the same input is the instance that is there already.
  yield* engine.start(Order, { id: "order-1", input: new Placed({ item: "lamp", price: 40 }) })
  return yield* order.result
})

export const layer = Engine.layer({ workflows: [Order] }).pipe(Layer.provide(Shop.layer))
