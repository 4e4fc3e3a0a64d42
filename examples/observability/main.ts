/** Watches a parcel over a restart, and shows what the collector has of it. Run it: `node examples/dist/observability/main.js`. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { Engine } from "@waymark/interpreter"
import * as Collector from "./collector.ts"
import { Delivery, HandedOver, process } from "./parcel.ts"

/** Two processes one after the other, and all that they have sent. */
export const watch: Effect.Effect<Collector.Collector> = Effect.gen(function* () {
  const home = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "waymark-observability-"))),
    (home) => Effect.sync(() => rmSync(home, { recursive: true, force: true }))
  )
  const collector = yield* Collector.make
  const filename = join(home, "parcels.db")

  const begin = Effect.gen(function* () {
    const engine = yield* Engine
    const parcel = yield* engine.start(Delivery, { id: "parcel-1", input: { to: "Ann", said: [] } })
    // The first process ends where only the hand-over is waited for.
    while ((yield* parcel.status).status !== "waiting") yield* Effect.sleep("10 millis")
  }).pipe(Effect.withSpan("an order comes in"), Effect.provide(process(filename, collector.url, "first")))

  const end = Effect.gen(function* () {
    const engine = yield* Engine
    yield* engine.signal("parcel-1", HandedOver, "Bob")
    yield* engine.result(Delivery, "parcel-1")
  }).pipe(Effect.provide(process(filename, collector.url, "second")))

  yield* begin
  yield* end
  return collector
}).pipe(Effect.scoped, Effect.orDie)

/** A trace as a tree, with what its spans came to. */
export const tree = (spans: ReadonlyArray<Collector.Span>): ReadonlyArray<string> => {
  const sorted = spans.toSorted((a, b) => Number(a.startedAt - b.startedAt))
  const below = (parent: string | undefined, depth: number): ReadonlyArray<string> =>
    sorted
      .filter(({ parentSpanId }) => parentSpanId === parent)
      .flatMap(({ attributes, name, spanId }) => {
        const { "waymark.attempt": attempt, "waymark.outcome": outcome } = attributes
        const said = outcome === undefined ? "" : ` (attempt ${attempt}: ${outcome})`
        return [`${"  ".repeat(depth)}${name}${said}`, ...below(spanId, depth + 1)]
      })
  return below(undefined, 0)
}

if (import.meta.url === `file://${globalThis.process.argv[1]}`) {
  const { lines, metrics, spans } = await Effect.runPromise(watch)
  console.log(tree(spans).join("\n"))
  for (const { attributes, text } of lines) console.log(`${text} ${JSON.stringify(attributes)}`)
  for (const { attributes, name, value } of metrics.values()) console.log(name, JSON.stringify(attributes), value)
}
