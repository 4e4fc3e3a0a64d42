/** A collector of telemetry for the example to send to: it takes OTLP as JSON over HTTP, and keeps what it is sent. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect, type Scope } from "effect"

/** A span, as far as the example shows it. */
export interface Span {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly startedAt: bigint
  readonly attributes: Attributes
}

/** A line of a log. */
export interface Line {
  readonly text: string
  readonly attributes: Attributes
}

/** A measurement, as it was sent last. */
export interface Measurement {
  readonly name: string
  readonly attributes: Attributes
  /** How much it is; of a histogram how many values there are. */
  readonly value: number
}

export type Attributes = Readonly<Record<string, string>>

export interface Collector {
  readonly url: string
  readonly spans: ReadonlyArray<Span>
  readonly lines: ReadonlyArray<Line>
  readonly metrics: ReadonlyMap<string, Measurement>
}

/** JSON of which nothing is known. */
type Json = { readonly [key: string]: Json } & ReadonlyArray<Json>

const list = (json: Json | undefined): ReadonlyArray<Json> => (Array.isArray(json) ? json : [])
const text = (json: Json | undefined): string =>
  typeof json === "string" || typeof json === "number" ? String(json) : ""

const attributesOf = (json: Json | undefined): Attributes =>
  Object.fromEntries(
    list(json).map(({ key, value }) => [
      text(key),
      Object.values(value ?? {})
        .map((inner) => text(inner))
        .join()
    ])
  )

/** What is in a batch: `resourceSpans`, then `scopeSpans`, then `spans`, and so for the others. */
const within = (batch: Json, outer: string, middle: string, inner: string): ReadonlyArray<Json> =>
  list(batch[outer]).flatMap((one) => list(one[middle]).flatMap((part) => list(part[inner])))

/** Starts a collector, which ends with the scope. */
export const make: Effect.Effect<Collector, never, Scope.Scope> = Effect.gen(function* () {
  const spans: Array<Span> = []
  const lines: Array<Line> = []
  const metrics = new Map<string, Measurement>()

  const take = (batch: Json): void => {
    for (const span of within(batch, "resourceSpans", "scopeSpans", "spans")) {
      const parent = text(span["parentSpanId"])
      spans.push({
        name: text(span["name"]),
        traceId: text(span["traceId"]),
        spanId: text(span["spanId"]),
        parentSpanId: parent === "" ? undefined : parent,
        startedAt: BigInt(text(span["startTimeUnixNano"])),
        attributes: attributesOf(span["attributes"])
      })
    }
    for (const line of within(batch, "resourceLogs", "scopeLogs", "logRecords")) {
      const said = Object.values(line["body"] ?? {}).map((inner) => text(inner))
      lines.push({ text: said.join(), attributes: attributesOf(line["attributes"]) })
    }
    for (const metric of within(batch, "resourceMetrics", "scopeMetrics", "metrics")) {
      const name = text(metric["name"])
      for (const kind of ["sum", "gauge", "histogram"]) {
        for (const point of list(metric[kind]?.["dataPoints"])) {
          const attributes = attributesOf(point["attributes"])
          const value = Number(text(point["asInt"]) || text(point["asDouble"]) || text(point["count"]))
          metrics.set(`${name} ${JSON.stringify(attributes)}`, { name, attributes, value })
        }
      }
    }
  }

  const server = createServer((request, response) => {
    const parts: Array<Buffer> = []
    request.on("data", (part: Buffer) => parts.push(part))
    request.on("end", () => {
      take(JSON.parse(Buffer.concat(parts).toString()) as Json)
      response.writeHead(200, { "content-type": "application/json" }).end("{}")
    })
  })
  yield* Effect.acquireRelease(
    Effect.callback<void>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.void))
    }),
    () =>
      Effect.callback<void>((resume) => {
        server.closeAllConnections()
        server.close(() => resume(Effect.void))
      })
  )
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, lines, metrics }
})
