/**
 * Chaos, for as long as one likes: `npm run chaos -- --seconds 600 --processes 4 --instances 10000 --store postgres
 * --faults kill,freeze,stop,cut,restart`.
 *
 * Workers are killed, frozen, shut down, cut off and left without a database while a client starts instances and sends
 * their signals; then the tables are looked at from outside. It prints its seed, which `--seed` takes, each violation
 * with what is on record of its instance, and as its last line how many there are. It ends with 0 only if there are none.
 */
import { Effect } from "effect"
import { parseArgs } from "node:util"
import { main } from "@waymark/examples/withdrawal/main"
import { bold, dim, print } from "@waymark/examples/withdrawal/terminal"
import { quiet, show, words } from "./evidence.ts"
import { run } from "./run.ts"
import { type Kind, kinds } from "./schedule.ts"
import * as Store from "./store.ts"

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    processes: { type: "string", default: "4" },
    instances: { type: "string", default: "1000" },
    store: { type: "string", default: "postgres" },
    faults: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    lease: { type: "string", default: "3000" },
    poll: { type: "string", default: "500" },
    latency: { type: "string", default: "60" },
    /** Milliseconds between two faults of processes, on average. */
    every: { type: "string", default: "1500" },
    "restart-every": { type: "string", default: "20" },
    stagger: { type: "string", default: "0" },
    pooler: { type: "string" },
    quiet: { type: "boolean", default: false }
  }
})

const number = (
  name: "seconds" | "processes" | "instances" | "lease" | "poll" | "latency" | "every" | "restart-every" | "stagger"
) => {
  const value = Number(values[name])
  if (Number.isFinite(value) && value >= (name === "stagger" ? 0 : 1)) return value
  throw new RangeError(`--${name} is ${values[name]}: give a number`)
}

const impossible = (store: string): ReadonlyArray<Kind> =>
  store === "sqlite"
    ? ["cut", "restart"]
    : process.env["WAYMARK_POSTGRES_URL"] === undefined && values.pooler === undefined
      ? []
      : ["restart"]

/** The faults that were asked for, or all that there can be. */
const faultsOf = (store: string): ReadonlySet<Kind> => {
  const without = impossible(store)
  if (values.faults === undefined) return new Set(kinds.filter((kind) => !without.includes(kind)))
  const names = values.faults.split(",").filter((name) => name !== "" && name !== "none")
  for (const name of names) {
    const kind = kinds.find((kind) => kind === name)
    if (kind === undefined) throw new RangeError(`--faults has ${name}: there are ${kinds.join(", ")}, and none`)
    if (without.includes(kind)) {
      throw new RangeError(
        `--faults has ${name}: there is no ${name} with ${store === "sqlite" ? store : "a server that is not chaos's own"}`
      )
    }
  }
  return new Set(names as ReadonlyArray<Kind>)
}

const chaos = Effect.gen(function* () {
  const { seed, store: kind } = values
  if (kind !== "postgres" && kind !== "sqlite") throw new RangeError(`--store is ${kind}: give postgres or sqlite`)
  const faults = faultsOf(kind)
  const [processes, instances, seconds] = [number("processes"), number("instances"), number("seconds")]
  const named = [...faults].join(", ")
  print(
    `${bold("chaos")}: ${instances} instances, ${processes} processes on ${kind}, ${seconds} s of ${named === "" ? "no faults" : named}; seed ${seed}`
  )
  const poll = number("poll")
  const server = process.env["WAYMARK_POSTGRES_URL"]
  const store =
    kind === "sqlite"
      ? yield* Store.sqlite
      : yield* Store.postgres({
          processes,
          lossy: faults.has("cut"),
          poll,
          ...(server === undefined ? {} : { server }),
          ...(values.pooler === undefined ? {} : { pooler: Number(values.pooler) })
        })
  const report = yield* run({
    seed,
    store,
    instances,
    processes,
    duration: seconds * 1_000,
    faults,
    every: number("every"),
    restartEvery: number("restart-every") * 1_000,
    lease: number("lease"),
    poll,
    latency: number("latency"),
    stagger: number("stagger"),
    tell: (line) => (values.quiet ? undefined : print(dim(line)))
  })
  print(`faults: ${words(report.faults)}`)
  print(words(report.tally))
  yield* show(report.violations, yield* store.tables)
  print(`violations: ${report.violations.length}`)
  return report.violations.length === 0
})

await main(Effect.scoped(Effect.provide(chaos, quiet)))
