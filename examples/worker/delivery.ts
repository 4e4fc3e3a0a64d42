/** What the worker hosts: a delivery of one step. */
import { Effect, Schema } from "effect"
import { WIO, Workflow } from "@waymark/core"

/** A delivery takes as long as whoever calls the worker says; by itself it takes a minute. */
const delivered = Effect.raceFirst(
  Effect.sleep("1 minute"),
  Effect.callback<void>((resume) => {
    const arrived = (): void => resume(Effect.void)
    process.once("message", arrived)
    return Effect.sync(() => process.off("message", arrived))
  })
)

const deliver = WIO.runIO("deliver", {
  event: Schema.String,
  run: (parcel: string) =>
    Effect.sync(() => console.log(`delivering ${parcel}`)).pipe(
      Effect.andThen(delivered),
      Effect.as(`delivered ${parcel}`)
    ),
  apply: (_, receipt) => receipt
})

export const Delivery = Workflow.make("Delivery", {
  version: 1,
  input: Schema.String,
  state: Schema.String,
  body: deliver
})
