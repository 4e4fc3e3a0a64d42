/**
 * Child workflows: an order ships each of its parcels as a workflow of its own and waits for all of them; a survey
 * that it starts at the end outlives it.
 *
 * A child has its own journal, so it can be looked at, signalled and cancelled by itself. Its id is made from its
 * parent's unless it is given, so a restart finds the same one. When a parent ends or is cancelled first,
 * `onParentClose` decides what becomes of a child: it is terminated, asked to cancel, or abandoned to its own life.
 */
import { Effect, Schema } from "effect"
import { ChildStopped, Signal, WIO, Workflow } from "@waymark/core"
import { Engine } from "@waymark/interpreter"

export class Parcel extends Schema.TaggedClass<Parcel>()("Parcel", { order: Schema.String, item: Schema.String }) {}
export class Delivered extends Schema.TaggedClass<Delivered>()("Delivered", { item: Schema.String }) {}
export class Survey extends Schema.TaggedClass<Survey>()("Survey", { order: Schema.String }) {}
export class Answered extends Schema.TaggedClass<Answered>()("Answered", { stars: Schema.Int }) {}
export class Order extends Schema.TaggedClass<Order>()("Order", {
  id: Schema.String,
  items: Schema.Array(Schema.String)
}) {}
export class Closed extends Schema.TaggedClass<Closed>()("Closed", {
  id: Schema.String,
  delivered: Schema.Array(Schema.String)
}) {}

export const Delivery = Workflow.make("Delivery", {
  version: 1,
  input: Parcel,
  state: Schema.Union([Parcel, Delivered]),
  body: WIO.await<Parcel>("on its way", { for: "2 days" }).pipe(WIO.map(({ item }) => new Delivered({ item })))
})

export const Rate = Signal.make("rate", { payload: Schema.Int })

export const Surveying = Workflow.make("Surveying", {
  version: 1,
  input: Survey,
  state: Schema.Union([Survey, Answered]),
  body: WIO.handleSignal(Rate, {
    event: Schema.Int,
    handle: (_: Survey, stars) => Effect.succeed(stars),
    apply: (_, stars) => new Answered({ stars })
  })
})

const deliverAll = WIO.forEach("deliver all", {
  items: ({ id, items }: Order) => items.map((item) => new Parcel({ order: id, item })),
  key: ({ item }) => item,
  body: WIO.child(Delivery, { id: ({ item, order }: Parcel) => `${order}/${item}`, input: (parcel) => parcel }),
  join: (delivered, { id }) => new Closed({ id, delivered: delivered.map(({ item }) => item) })
})

const survey = WIO.child(Surveying, {
  id: ({ id }: Closed) => `${id}/survey`,
  input: ({ id }) => new Survey({ order: id }),
  await: false, // it goes on as soon as the child is started
  onParentClose: "abandon"
})

export const Ordering = Workflow.make("Ordering", {
  version: 1,
  input: Order,
  state: Schema.Union([Order, Parcel, Delivered, Closed]),
  error: ChildStopped, // a child that somebody else has cancelled or terminated
  body: deliverAll.pipe(WIO.andThen(survey))
})

export const program = Effect.gen(function* () {
  const engine = yield* Engine
  const order = new Order({ id: "order-1", items: ["lamp", "table", "chair"] })
  const ordering = yield* engine.start(Ordering, { id: order.id, input: order })
  const closed = yield* ordering.result
  yield* Effect.sleep("30 days")
  const surveying = engine.handle(Surveying, "order-1/survey")
  yield* surveying.signal(Rate, 5)
  return { closed, answered: yield* surveying.result }
})

export const layer = Engine.layer({ workflows: [Ordering, Delivery, Surveying] })
