/**
 * The child's side of a contender: a process of its own that opens one engine, or a floor without any, and measures what
 * `contender.mjs` asks for. So all of them are timed by the same lines, and what one leaves on the heap or in the
 * compiler's profile is nobody else's.
 *
 * A contender is a module with `open(settings)`, which gives its operations:
 *
 * - `run(id, shape)`: a workflow from its start to its end, of ten steps unless `shape` says otherwise
 * - `wait(id)`, `waiting()`: starts one that waits for a signal; how many of those have got as far
 * - `signal(id)`, `ended()`: sends it; how many have ended since this process began
 *
 * and whatever else a workload asks of it by name.
 */
import { setTimeout } from "node:timers/promises"
import { pathToFileURL } from "node:url"
import { percentile } from "./numbers.mjs"
import { profiled } from "./profile.mjs"

const [, , module, settings] = process.argv
const begun = performance.now()

/** Does something so many times, so many at a time. */
const pool = async (count, concurrency, work) => {
  let next = 0
  const worker = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: Math.min(count, concurrency) }, worker))
}

const until = async (holds) => {
  while (!holds()) await setTimeout(5)
}

let runs = 0
const runIds = (contender, shape) => () => contender.run(`r${process.pid}-${runs++}`, shape)

/** Steps a second by concurrency and shape, as last seen: they say how many make a round of the length that is wanted. */
const rates = new Map()

/** Steps a second with so many workflows at a time, in a round of about so many seconds. */
const steps = async (contender, { concurrency, seconds, shape = {} }) => {
  const { steps = 10 } = shape
  const key = `${concurrency} ${JSON.stringify(shape)}`
  const measure = async (count) => {
    const cpu = process.cpuUsage()
    const since = performance.now()
    await pool(count, concurrency, runIds(contender, shape))
    const took = (performance.now() - since) / 1000
    const { user, system } = process.cpuUsage(cpu)
    rates.set(key, (count * steps) / took)
    return { rate: (count * steps) / took, total: count * steps, cpuMicrosPerStep: (user + system) / count / steps }
  }
  if (!rates.has(key)) await measure(Math.ceil(Math.min(Math.max(concurrency, 8), 256, 2_000 / steps)))
  const measured = await measure(Math.max(concurrency, Math.round((rates.get(key) * seconds) / steps)))
  return { ...measured, ...memory() }
}

const asks = (contender) => ({
  warm: async ({ seconds }) => {
    const run = runIds(contender)
    const end = performance.now() + seconds * 1000
    const worker = async () => {
      while (performance.now() < end) await run()
    }
    await Promise.all(Array.from({ length: 64 }, worker))
  },

  steps: (given) => steps(contender, given),

  profile: ({ file, ...given }) => profiled(file, () => steps(contender, given)),

  /** How long workflows take, in milliseconds, one after the other: so many, or fewer where time is up before. */
  lone: async ({ count, seconds = 30 }) => {
    const run = runIds(contender)
    await pool(5, 1, run)
    const took = []
    const end = performance.now() + seconds * 1000
    while (took.length < count && performance.now() < end) {
      const since = performance.now()
      await run()
      took.push(performance.now() - since)
    }
    return { p50: percentile(took, 0.5), p99: percentile(took, 0.99) }
  },

  /** Starts instances that wait, and returns when all do. */
  suspend: async ({ tag, count, concurrency }) => {
    await pool(count, concurrency, (n) => contender.wait(`${tag}-${n}`))
    await until(() => contender.waiting() >= count)
    return memory()
  },

  /** Signals them all: milliseconds from the first signal until the last one has ended. */
  resume: async ({ tag, count, concurrency }) => {
    const since = performance.now()
    await pool(count, concurrency, (n) => contender.signal(`${tag}-${n}`))
    const sent = performance.now() - since
    await until(() => contender.ended() >= count)
    return { millis: performance.now() - since, sent, ...memory() }
  },

  /** Bytes on the heap, when it holds no garbage. */
  heap: async () => {
    for (let i = 0; i < 4; i++) {
      globalThis.gc()
      await setTimeout(50)
    }
    return process.memoryUsage().heapUsed
  }
})

const memory = () => ({ peak: process.resourceUsage().maxRSS * 1024 })

const enter = async () => {
  const { open } = await import(pathToFileURL(module).href)
  return open(JSON.parse(settings))
}
const contender = await enter().catch((error) => {
  process.send({ error: String(error?.stack ?? error) }, () => process.exit(1))
  return new Promise(() => {})
})
const known = { ...contender, ...asks(contender) }

process.on("message", ({ ask, given }) => {
  // oxlint-disable-next-line typescript/no-floating-promises
  known[ask](given).then(
    (answer) => process.send({ answer }),
    (error) => process.send({ error: String(error?.stack ?? error) })
  )
})
process.on("disconnect", () => process.exit(0))
process.send({ answer: performance.now() - begun })
