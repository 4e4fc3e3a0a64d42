/** `npm run bench`: Waymark beside the floor of its stores. The usage below says how. */
import { mkdirSync, writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { chart } from "./support/chart.mjs"
import { startDatabase } from "./support/database.mjs"
import { describe, printed } from "./support/machine.mjs"
import { taken } from "./support/rounds.mjs"
import { table } from "./support/table.mjs"
import * as latency from "./workloads/latency.mjs"
import * as memory from "./workloads/memory.mjs"
import * as processes from "./workloads/processes.mjs"
import * as profile from "./workloads/profile.mjs"
import * as recovery from "./workloads/recovery.mjs"
import * as resume from "./workloads/resume.mjs"
import { payload, steps } from "./workloads/shapes.mjs"
import * as statements from "./workloads/statements.mjs"
import * as tableSize from "./workloads/table.mjs"
import * as throughput from "./workloads/throughput.mjs"

const workloads = {
  throughput,
  latency,
  resume,
  steps,
  payload,
  recovery,
  processes,
  memory,
  statements,
  table: tableSize,
  profile
}
const stores = ["postgres", "sqlite", "memory"]
const quickly = ["throughput", "latency", "resume"]

const usage = `npm run bench -- [workload …] [options]

Workloads, all of them if none is named:
${Object.entries(workloads)
  .map(([name, { about }]) => `  ${name.padEnd(12)} ${about}`)
  .join("\n")}

Options:
  --quick          under two minutes: ${quickly.join(", ")} on Postgres, unless named, with short rounds
  --large          also the sizes that take long: 100,000 suspended instances, journals of 40,000, 10 million events
  --store NAME     one of ${stores.join(", ")}; may be repeated. Default: all; throughput, latency, resume and profile ask for it
  --rounds N       interleaved rounds, from 1. Default: 5
  --help           this text

WAYMARK_POSTGRES_URL names a server to use instead of a Postgres of its own; databases are made and dropped there.`

const read = () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      large: { type: "boolean", default: false },
      store: { type: "string", multiple: true },
      rounds: { type: "string", default: "5" },
      help: { type: "boolean", default: false }
    }
  })
  const { quick, large, help } = values
  const rounds = Number(values.rounds)
  const named = positionals.length > 0 ? positionals : quick ? quickly : Object.keys(workloads)
  const on = values.store ?? (quick ? ["postgres"] : stores)
  const unknown = named.find((name) => !Object.hasOwn(workloads, name))
  if (unknown !== undefined) throw new TypeError(`"${unknown}" is no workload`)
  const nowhere = on.find((store) => !stores.includes(store))
  if (nowhere !== undefined) throw new TypeError(`"${nowhere}" is no store`)
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new TypeError(`--rounds is "${values.rounds}": give a number from 1`)
  return { quick, large, help, rounds, named, stores: on, seconds: quick ? 0.4 : 1, warmUp: quick ? 6 : 10 }
}

const given = () => {
  try {
    return read()
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`)
    process.exit(2)
  }
}

const results = new URL("results/", import.meta.url)

/** Numbers as they are, beside the tables that are printed. */
const keep = (name, machine, settings, { tables, charts = [] }) => {
  mkdirSync(results, { recursive: true })
  writeFileSync(
    new URL(`${name}.json`, results),
    `${JSON.stringify({ machine, settings, tables, charts, measured: taken() }, null, 2)}\n`
  )
  for (const { file, ...drawing } of charts) writeFileSync(new URL(`${file}.svg`, results), chart(drawing))
}

const main = async ({ named, help, ...settings }) => {
  if (help) return console.log(usage)
  const database = await startDatabase()
  try {
    const machine = await describe(database)
    console.log(printed(machine))
    console.log(
      `${settings.rounds} interleaved rounds; medians, with least and most; ratios are medians of each round's\n`
    )
    for (const name of named) {
      const since = performance.now()
      const result = await workloads[name].run({ ...settings, database })
      for (const { title, head, rows } of result.tables) console.log(`${title}\n\n${table(head, rows)}\n`)
      console.log(`(${name}: ${Math.round((performance.now() - since) / 1000)} s)\n`)
      keep(name, machine, settings, result)
    }
  } finally {
    await database.stop()
  }
}

await main(given())
