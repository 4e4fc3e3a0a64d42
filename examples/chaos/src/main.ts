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

const OPTIONS = {
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
} as const

/** Ends with 2, as commands do that are not called as they can be. */
const usage = (why: string): never => {
  const options = Object.entries(OPTIONS).map(
    ([name, { type }]) => `[--${name}${type === "boolean" ? "" : " <value>"}]`
  )
  process.stderr.write(`chaos: ${why}\nusage: chaos ${options.join(" ")}\n`)
  return process.exit(2)
}

const read = () => {
  try {
    return parseArgs({ options: OPTIONS }).values
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error))
  }
}
const values = read()

const number = (
  name:
    | "seconds"
    | "processes"
    | "instances"
    | "lease"
    | "poll"
    | "latency"
    | "every"
    | "restart-every"
    | "stagger"
    | "pooler"
) => {
  const value = Number(values[name])
  const least = name === "stagger" ? 0 : 1
  const isWhole = Number.isInteger(value) || (name !== "processes" && name !== "instances")
  if (Number.isFinite(value) && value >= least && isWhole) return value
  return usage(`--${name} is ${values[name]}: give a ${isWhole ? "" : "whole "}number from ${least}`)
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
    if (kind === undefined) return usage(`--faults has ${name}: there are ${kinds.join(", ")}, and none`)
    if (without.includes(kind)) {
      return usage(
        `--faults has ${name}: there is no ${name} with ${store === "sqlite" ? store : "a server that is not chaos's own"}`
      )
    }
  }
  return new Set(names as ReadonlyArray<Kind>)
}

/** All that was asked for, before anything begins. */
const asked = () => {
  const { pooler, seed, store: kind } = values
  if (kind !== "postgres" && kind !== "sqlite") return usage(`--store is ${kind}: give postgres or sqlite`)
  return {
    seed,
    kind,
    pooler: pooler === undefined ? undefined : number("pooler"),
    faults: faultsOf(kind),
    processes: number("processes"),
    instances: number("instances"),
    seconds: number("seconds"),
    poll: number("poll"),
    every: number("every"),
    restartEvery: number("restart-every") * 1_000,
    lease: number("lease"),
    latency: number("latency"),
    stagger: number("stagger")
  } as const
}

const chaos = Effect.gen(function* () {
  const {
    every,
    faults,
    instances,
    kind,
    latency,
    lease,
    poll,
    pooler,
    processes,
    restartEvery,
    seconds,
    seed,
    stagger
  } = asked()
  const named = [...faults].join(", ")
  print(
    `${bold("chaos")}: ${instances} instances, ${processes} processes on ${kind}, ${seconds} s of ${named === "" ? "no faults" : named}; seed ${seed}`
  )
  const server = process.env["WAYMARK_POSTGRES_URL"]
  const store =
    kind === "sqlite"
      ? yield* Store.sqlite
      : yield* Store.postgres({
          processes,
          lossy: faults.has("cut"),
          poll,
          ...(server === undefined ? {} : { server }),
          ...(pooler === undefined ? {} : { pooler })
        })
  const report = yield* run({
    seed,
    store,
    instances,
    processes,
    duration: seconds * 1_000,
    faults,
    every,
    restartEvery,
    lease,
    poll,
    latency,
    stagger,
    tell: (line) => (values.quiet ? undefined : print(dim(line)))
  })
  print(`faults: ${words(report.faults)}`)
  print(words(report.tally))
  yield* show(report.violations, yield* store.tables)
  print(`violations: ${report.violations.length}`)
  return report.violations.length === 0
})

await main(Effect.scoped(Effect.provide(chaos, quiet)))
