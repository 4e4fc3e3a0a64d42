/**
 * A worker as it is deployed: it hosts workflows until the operating system tells it to stop. What runs then may end within the
 * grace; the rest is given back, and the next worker goes on with it.
 *
 * `node examples/dist/worker/main.js orders.db` and, from elsewhere, `kill <pid>`.
 */
import { Duration, Effect, Layer } from "effect"
import { Engine } from "@waymark/interpreter"
import { SqliteJournal } from "@waymark/sqlite"
import { parseArgs } from "node:util"
import { Delivery } from "./delivery.ts"

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
