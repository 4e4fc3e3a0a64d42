/** A parcel whose journey is watched: its steps are spans of one trace, although two processes run them. */
import { Effect, Layer, Schema } from "effect"
import { FetchHttpClient } from "effect/http"
import { Otlp } from "effect/observability"
import { Signal, WIO, Workflow } from "@waymark/core"
import { Engine } from "@waymark/interpreter"
import { SqliteJournal } from "@waymark/sqlite"

/** Somebody has handed it over. */
export const HandedOver = Signal.make("handed over", { payload: Schema.String, reply: Schema.String })

const Parcel = Schema.Struct({ to: Schema.String, said: Schema.Array(Schema.String) })
type Parcel = typeof Parcel.Type

const step = (name: string, effect: (parcel: Parcel) => Effect.Effect<string>) =>
  WIO.runIO(name, {
    event: Schema.String,
    run: effect,
    apply: (parcel, said): Parcel => ({ ...parcel, said: [...parcel.said, said] }),
    retry: { attempts: 3, initial: "10 millis" }
  })

let attempts = 0

/** The printer jams the first time. */
const label = step("print the label", ({ to }) =>
  Effect.suspend(() =>
    ++attempts === 1
      ? Effect.die(new Error("the printer jams"))
      : Effect.as(Effect.logInfo("printed"), `label for ${to}`)
  )
)

const route = step("find a route", () =>
  Effect.withSpan(Effect.succeed("by train"), "ask the timetable", { attributes: { timetable: "winter" } })
)

const handOver = WIO.handleSignal(HandedOver, {
  event: Schema.String,
  handle: (_: Parcel, by) => Effect.succeed(by),
  apply: (parcel, by): Parcel => ({ ...parcel, said: [...parcel.said, `from ${by}`] }),
  reply: ({ to }, by) => `${by} sends it to ${to}`
})

const deliver = step("deliver", ({ to }) => Effect.succeed(`delivered to ${to}`))

export const Delivery = Workflow.make("Delivery", {
  version: 1,
  input: Parcel,
  state: Parcel,
  body: label.pipe(WIO.andThen(route), WIO.andThen(handOver), WIO.andThen(deliver))
})

/** Sends spans, metrics and log lines to a collector; what is left is sent as the layer ends. */
const telemetry = (url: string, process: string) =>
  Otlp.layerJson({
    baseUrl: url,
    resource: { serviceName: "parcels", attributes: { process } },
    metricsExportInterval: "1 second",
    loggerMergeWithExisting: false
  }).pipe(Layer.provide(FetchHttpClient.layer))

/** One process: an engine on the file, watched by the collector. The same telemetry serves whoever calls it. */
export const process = (filename: string, url: string, name: string) =>
  Engine.layer({ workflows: [Delivery] }).pipe(
    Layer.provide(SqliteJournal.layer({ filename })),
    Layer.provideMerge(telemetry(url, name))
  )
