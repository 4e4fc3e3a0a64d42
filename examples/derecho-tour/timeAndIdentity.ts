/**
 * What a workflow may know of time and of itself: `WIO.now`, `WIO.info` and `Step.info`.
 *
 * Pure code reads no clock, since a replay would read another time. `WIO.now` records the time at which it was
 * reached, `WIO.info` tells which instance and run this is and when that began, and within an effect `Step.info` tells
 * which attempt this is and under which key it is known: give that key to whatever the effect talks to, and a second
 * attempt does no harm.
 */
import { Effect, Schema } from "effect"
import { Step, WIO, Workflow } from "@waymark/core"
import { Engine } from "@waymark/interpreter"

export class Parcel extends Schema.TaggedClass<Parcel>()("Parcel", { to: Schema.String }) {}
export class Labelled extends Schema.TaggedClass<Labelled>()("Labelled", {
  label: Schema.String,
  orderedAt: Schema.Number
}) {}
export class Packed extends Schema.TaggedClass<Packed>()("Packed", { label: Schema.String, hours: Schema.Number }) {}
export class Sent extends Schema.TaggedClass<Sent>()("Sent", {
  label: Schema.String,
  hours: Schema.Number,
  key: Schema.String,
  attempts: Schema.Int
}) {}

const label = WIO.info(
  ({ to }: Parcel, { instance, startedAt }) => new Labelled({ label: `${instance} for ${to}`, orderedAt: startedAt }),
  { name: "label" }
)

const pack = WIO.await<Labelled>("packing", { for: "36 hours" })

const packed = WIO.now("packed at", ({ label, orderedAt }: Labelled, now) => {
  return new Packed({ label, hours: (now - orderedAt) / 3_600_000 })
})

const send = WIO.runIO("send", {
  event: Schema.Struct({ key: Schema.String, attempts: Schema.Int }),
  run: (_: Packed) =>
    Effect.gen(function* () {
      const { attempt, idempotencyKey, step } = yield* Step.info
      if (attempt === 1) return yield* Effect.die(new Error(`nobody was there to "${step}" it`))
      return { key: idempotencyKey, attempts: attempt }
    }),
  apply: ({ hours, label }, event) => new Sent({ label, hours, ...event })
})

export const Delivery = Workflow.make("Delivery", {
  version: 1,
  input: Parcel,
  state: Schema.Union([Parcel, Labelled, Packed, Sent]),
  body: label.pipe(WIO.andThen(pack), WIO.andThen(packed), WIO.andThen(send))
})

export const program = Effect.gen(function* () {
  const engine = yield* Engine
  const delivery = yield* engine.start(Delivery, { id: "parcel-7", input: new Parcel({ to: "ann" }) })
  return yield* delivery.result
})

export const layer = Engine.layer({ workflows: [Delivery] })
