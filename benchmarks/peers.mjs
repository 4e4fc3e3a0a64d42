/** `npm run bench:peers`: the rivals beside Waymark, on one machine in one run. The usage below says how. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { setTimeout } from "node:timers/promises"
import { parseArgs } from "node:util"
import { startDatabase } from "./support/database.mjs"
import { describe, printed } from "./support/machine.mjs"
import { ratio, spread, summary, times, written } from "./support/numbers.mjs"
import { begin, install, rivals, settle } from "./support/rivals.mjs"
import { table } from "./support/table.mjs"

const concurrency = 64
/** Seconds of work at which nobody looks: until then compilers are what is measured. */
const warmUp = 6

const usage = `npm run bench:peers -- [rival …] [options]

Rivals, all of them if none is named: ${Object.keys(rivals).join(", ")}

Options:
  --quick       without the part that kills and resumes, short rounds
  --rounds N    interleaved rounds, from 1. Default: 5
  --help        this text

Each is installed into benchmarks/peers/<rival> when it is first run, and runs in a process of its own, one at a time.
WAYMARK_POSTGRES_URL names a server to use instead of a Postgres of its own; databases are made and dropped there.`

const read = () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      rounds: { type: "string", default: "5" },
      help: { type: "boolean", default: false }
    }
  })
  const rounds = Number(values.rounds)
  const unknown = positionals.find((name) => !Object.hasOwn(rivals, name))
  if (unknown !== undefined) throw new TypeError(`"${unknown}" is no rival`)
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new TypeError(`--rounds is "${values.rounds}": give a number from 1`)
  return { ...values, rounds, named: positionals.length > 0 ? positionals : Object.keys(rivals) }
}

const given = () => {
  try {
    return read()
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`)
    process.exit(2)
  }
}

/** One round of one of them, on a database that nobody has used, with nobody else about. */
const measure = async (database, name, quick) => {
  const { at, remove } = await settle(database, concurrency)
  let member
  try {
    member = await begin(name, at, true)
    await member.ask("warm", { seconds: warmUp })
    const { rate, peak } = await member.ask("steps", { concurrency, seconds: quick ? 1 : 2 })
    const { p50, p99 } = await member.ask("lone", { count: 100, seconds: 6 })
    const seen = { rate, p50, p99, peak }
    if (quick) return seen
    const count = rivals[name]?.suspended ?? 1_000
    await member.ask("suspend", { tag: "w", count, concurrency })
    await setTimeout(3_000)
    await member.kill()
    member = await begin(name, at, false)
    const { millis } = await member.ask("resume", { tag: "w", count, concurrency })
    return { ...seen, resume: millis }
  } finally {
    await member?.kill()
    await remove()
  }
}

const versions = (name) => {
  const { dependencies } = JSON.parse(readFileSync(new URL(`peers/${name}/package.json`, import.meta.url), "utf8"))
  return Object.entries(dependencies)
    .map(([dependency, version]) => `${dependency} ${version}`)
    .join(", ")
}

const main = async ({ named, rounds, quick, help }) => {
  if (help) return console.log(usage)
  const failed = new Map()
  const attempt = async (name, work) => {
    try {
      return await work()
    } catch (error) {
      failed.set(name, error.message.split("\n")[0].slice(0, 400))
      console.log(`  ${name} is left out: ${failed.get(name)}`)
      return undefined
    }
  }
  const database = await startDatabase()
  try {
    const machine = await describe(database)
    console.log(`${printed(machine)}\n`)
    for (const name of named) await attempt(name, async () => install(name))
    const measured = new Map()
    for (let round = 0; round < rounds; round++) {
      for (const name of ["waymark", ...named].filter((name) => !failed.has(name))) {
        const seen = await attempt(name, () => measure(database, name, quick))
        if (seen !== undefined) measured.set(name, [...(measured.get(name) ?? []), seen])
      }
      console.log(`round ${round + 1} of ${rounds} is done`)
    }
    report(machine, { rounds, quick, concurrency }, measured, failed)
  } finally {
    await database.stop()
  }
}

const report = (machine, settings, measured, failed) => {
  const whole = Array.from(measured).filter(([name]) => !failed.has(name))
  const of = (rows, key) => summary(rows.map((row) => row[key]))
  const ours = measured.get("waymark")
  const compared = (rows, key) => {
    const value = of(rows, key)
    return [written(value.median), spread(value), rows === ours ? "" : times(ratio(of(ours, key), value))]
  }
  const rows = whole.map(([name, seen]) => [
    rivals[name]?.label ?? "Waymark",
    ...compared(seen, "rate"),
    ...compared(seen, "p50"),
    written(of(seen, "p99").median),
    ...(settings.quick ? [] : compared(seen, "resume")),
    Math.round(of(seen, "peak").most / 2 ** 20)
  ])
  const resumed = settings.quick ? [] : ["resume ms", "spread", "ours / it"]
  const head = ["", "steps/s", "spread", "ours / it", "p50 ms", "spread", "ours / it", "p99 ms", ...resumed, "peak MB"]
  console.log(`\nTen steps: ${concurrency} workflows at a time; one alone; suspended, killed and signalled\n`)
  console.log(`${table(head, rows)}\n`)
  for (const [name] of whole)
    if (name !== "waymark") console.log(`${rivals[name].label} (${versions(name)}): ${remark(rivals[name])}`)
  for (const [name, reason] of failed) console.log(`${rivals[name]?.label ?? name} is left out: ${reason}`)
  const results = new URL("results/", import.meta.url)
  mkdirSync(results, { recursive: true })
  const kept = { machine, settings, measured: Object.fromEntries(measured), failed: Object.fromEntries(failed) }
  writeFileSync(new URL("peers.json", results), `${JSON.stringify(kept, null, 2)}\n`)
}

const remark = ({ note, suspended }) => (suspended === undefined ? note : `${note}; ${suspended} suspended, not 1,000`)

await main(given())
