/**
 * A worker as it is deployed: it hosts workflows until the operating system tells it to stop. What runs then may end within the
 * grace; the rest is given back, and the next worker goes on with it.
 *
 * `node examples/dist/worker/main.js orders.db` and, from elsewhere, `kill <pid>`.
 */
import { Duration, Effect, Layer, Schema } from "effect"
import { WIO, Workflow } from "@waymark/core"
import { Engine } from "@waymark/interpreter"
import { SqliteJournal } from "@waymark/sqlite"
import { parseArgs } from "node:util"

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

/** Something to do, so that there is something to see. */
const begin = (parcel: string) =>
  Effect.flatMap(Engine, (engine) => engine.start(Delivery, { id: parcel, input: parcel }))

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { grace: { type: "string", default: "20 seconds" }, parcel: { type: "string", default: "p-1" } }
})
const layer = Engine.layer({
  workflows: [Delivery],
  grace: Duration.fromInputUnsafe(values.grace as Duration.Input)
}).pipe(Layer.provide(SqliteJournal.layer({ filename: positionals[0] ?? "deliveries.db" })))
// It listens before it begins anything: a signal that finds no listener kills the process.
const worker = Effect.all([Engine.untilStopped(), begin(values.parcel)], { concurrency: 2, discard: true })
await Effect.runPromise(Effect.provide(worker, layer))
