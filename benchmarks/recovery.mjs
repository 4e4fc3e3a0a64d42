/**
 * How fast journals are replayed: events a second for each shape of workflow, whole and with the decoding of payloads
 * taken off. Run it with `npm run bench:recovery`; it wants the built packages.
 */
import { execFileSync } from "node:child_process"
import { cpus } from "node:os"
import { Codec, WIO, Workflow } from "@waymark/core"
import { Execution } from "@waymark/interpreter"
import { Effect, Result, Schema } from "effect"

const EVENTS = 100_000
const ROUNDS = 9

const step = (name = "step") =>
  WIO.runIO(name, { event: Schema.Number, run: () => Effect.succeed(1), apply: (n, one) => n + one })
const workflow = (body) => Workflow.make("Bench", { version: 1, input: Schema.Number, state: Schema.Unknown, body })
const chain = (nest) => Array.from({ length: EVENTS }, () => step()).reduce(nest)
const recursive = (n) => (n === 0 ? WIO.pure((x) => x) : step().pipe(WIO.flatMap(() => recursive(n - 1))))
const branches = (n) =>
  WIO.parallel(
    Object.fromEntries(
      Array.from({ length: n }, (_, i) => [`b${i}`, WIO.loop(`l${i}`, step(), { while: (x) => x < EVENTS / n })])
    ),
    { fork: () => Object.fromEntries(Array.from({ length: n }, (_, i) => [`b${i}`, 0])), join: () => 0 }
  )

/** Items of one step each, so many at a time. */
const items = (n, concurrency) =>
  WIO.forEach("all", {
    items: () => Array.from({ length: n }, (_, i) => i),
    key: (i) => `b${i}`,
    body: step(),
    concurrency,
    join: (outs) => outs.length
  })
const generated = () =>
  WIO.gen("steps", function* (n) {
    const one = step()
    for (let i = 0; i < EVENTS; i++) n = yield* WIO.step(one, n)
    return n
  })

/** The journal of a run in which step after step is completed, thread after thread in turn. */
const journal = (workflow, threads, total) => {
  const { events } = Execution.start(workflow, 0, { id: "bench", at: 0 })
  const made = Array.from({ length: total }, (_, i) => ({
    instance: "bench",
    run: 0,
    seq: i + 1,
    id: `0.${i + 1}.1`,
    at: i,
    kind: "completed",
    path: threads === 1 ? "" : `0:b${i % threads}`,
    ordinal: Math.floor(i / threads),
    step: "step",
    payload: 1
  }))
  // As a store gives them back.
  return JSON.parse(JSON.stringify([...events, ...made]))
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
const timed = (f) => {
  const before = performance.now()
  f()
  return performance.now() - before
}

const repeat = (times, f) => {
  for (let i = 0; i < times; i++) f()
}

const nested = (nest) => () => workflow(chain(nest))
const shapes = [
  ["andThen, left-nested", nested((all, next) => all.pipe(WIO.andThen(next))), 1],
  ["andThen, right-nested", nested((all, next) => next.pipe(WIO.andThen(all))), 1],
  ["flatMap, recursive", () => workflow(recursive(EVENTS)), 1],
  ["loop", () => workflow(WIO.loop("rounds", step(), { while: (n) => n < EVENTS })), 1],
  ["gen, one part after the other", () => workflow(generated()), 1],
  ...[10, 100, 1_000, 10_000].map((n) => [`parallel, ${n} branches`, () => workflow(branches(n)), n]),
  ...[10, 100, 1_000, 10_000].map((n) => [`forEach, ${n} items`, () => workflow(items(n, Infinity)), n, n]),
  ["forEach, 10000 by 100", () => workflow(items(10_000, 100)), 10_000, 10_000]
]

const measure = ([name, define, threads, total = EVENTS]) => {
  const definition = define()
  const codec = Codec.make(Schema.Number)
  const events = journal(definition, threads, total)
  const decoding = []
  const whole = []
  // Small journals are replayed often enough for the clock, and for the compiler.
  const times = Math.ceil(EVENTS / total)
  for (let round = 0; round < ROUNDS; round++) {
    decoding.push(timed(() => repeat(times, () => events.forEach(({ payload }) => codec.decode(payload)))))
    whole.push(timed(() => repeat(times, () => Result.getOrThrow(Execution.recover(definition, events)))))
  }
  const rate = (millis) => `${((times * total) / millis / 1000).toFixed(2)}M`
  const spread = `${rate(Math.max(...whole))}–${rate(Math.min(...whole))}`
  const aside = median(whole.map((millis, round) => millis - decoding[round]))
  console.log(`${name.padEnd(30)} ${rate(median(whole)).padEnd(10)} ${spread.padEnd(16)} ${rate(aside)}`)
}

// Each shape has a process of its own: what one leaves on the heap and in the compiler's profile is not the next one's.
const shape = process.argv[2]
if (shape === undefined) {
  console.log(
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}; ${EVENTS} events, median of ${ROUNDS} rounds\n`
  )
  console.log("shape                          events/s   spread           decoding aside")
  for (const index of shapes.keys())
    execFileSync(process.execPath, [import.meta.filename, `${index}`], { stdio: "inherit" })
} else if (shapes[Number(shape)] === undefined) {
  process.stderr.write(`usage: npm run bench:recovery -- [shape, from 0 to ${shapes.length - 1}]\n`)
  process.exitCode = 2
} else measure(shapes[Number(shape)])
