/**
 * How much memory an engine needs when it is given more than it can run: so many instances that wait for a signal, or so many
 * starts at once (at most 100,000 of those). Run it with `npm run bench:pressure -- [instances] [sqlite file]`; it wants the built packages.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { cpus, tmpdir } from "node:os"
import { join } from "node:path"
import { Signal, WIO, Workflow } from "@waymark/core"
import { Engine } from "@waymark/interpreter"
import { SqliteJournal } from "@waymark/sqlite"
import { Effect, Layer, Schema } from "effect"

const INSTANCES = Number(process.argv[2] ?? 100_000)
if (!Number.isSafeInteger(INSTANCES) || INSTANCES < 1) {
  process.stderr.write("usage: npm run bench:pressure -- [instances] [sqlite file]\n")
  process.exit(2)
}
const RESIDENT = 1_000
const SIGNALLED = 1_000
const STARTS = Math.min(INSTANCES, 100_000)

const Go = Signal.make("go", { payload: Schema.Number, reply: Schema.Number })
const wait = WIO.handleSignal(Go, {
  event: Schema.Number,
  handle: (_, n) => Effect.succeed(n),
  apply: (sum, n) => sum + n,
  reply: (sum, n) => sum + n
})
const step = (name) =>
  WIO.runIO(name, { event: Schema.Number, run: () => Effect.succeed(1), apply: (n, one) => n + one })
const make = (name, body) => Workflow.make(name, { version: 1, input: Schema.Number, state: Schema.Number, body })
const Waiting = make("Waiting", wait)
const Busy = make("Busy", step("one").pipe(WIO.andThen(step("two")), WIO.andThen(step("three"))))

const megabytes = (bytes) => `${Math.round(bytes / 1024 / 1024)} MB`
/** Of the whole process, so far. */
const peak = () => megabytes(process.resourceUsage().maxRSS * 1024)
const heap = () => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`

const each = (count, run) =>
  Effect.forEach(Array.from({ length: count }).keys(), run, { concurrency: 2_000, discard: true })

const program = Effect.gen(function* () {
  const engine = yield* Engine
  const before = heap()
  console.log(`at rest: heap ${megabytes(before)}, resident set ${megabytes(process.memoryUsage().rss)}`)

  let since = performance.now()
  yield* each(INSTANCES, (n) => engine.start(Waiting, { id: `w${n}`, input: 0 }))
  console.log(`${INSTANCES} instances that wait: started in ${seconds(since)}, peak ${peak()}`)
  yield* Effect.sleep("3 seconds")
  console.log(`  heap now ${megabytes(heap())}: ${Math.round((heap() - before) / INSTANCES)} bytes an instance`)
  since = performance.now()
  yield* each(SIGNALLED, (n) => {
    const id = `w${Math.floor((n * INSTANCES) / SIGNALLED)}`
    return engine.signal(id, Go, 1, { id: "one" })
  })
  console.log(`  ${SIGNALLED} of them signalled and answered in ${seconds(since)}`)

  since = performance.now()
  yield* each(STARTS, (n) => engine.start(Busy, { id: `b${n}`, input: 0 }))
  console.log(`${STARTS} starts at once: stored in ${seconds(since)}`)
  for (;;) {
    const { instances } = yield* engine.list({ workflow: Busy, status: ["running", "waiting"], limit: 1 })
    if (instances.length === 0) break
    yield* Effect.sleep("500 millis")
  }
  console.log(`  all of them ended after ${seconds(since)}, peak ${peak()}`)
})

console.log(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}; at most ${RESIDENT} instances in memory\n`
)
const directory = mkdtempSync(join(tmpdir(), "waymark-pressure-"))
const layer = Engine.layer({ workflows: [Waiting, Busy], resident: RESIDENT, idle: "1 second" }).pipe(
  Layer.provide(SqliteJournal.layer({ filename: join(directory, "pressure.db") }))
)
try {
  await Effect.runPromise(program.pipe(Effect.provide(layer)))
} finally {
  rmSync(directory, { recursive: true })
}
