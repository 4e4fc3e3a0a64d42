/**
 * Chaos, for as long as one likes: `npm run chaos -- --seconds 600 --processes 4 --instances 10000 --store postgres
 * --faults kill,freeze,stop,cut,restart`.
 *
 * Workers are killed, frozen, shut down, cut off and left without a database while a client starts instances and sends
 * their signals; then the tables are looked at from outside. It prints its seed, which `--seed` takes, each violation
 * with what is on record of its instance, and as its last line how many there are. It ends with 0 only if there are none.
 */
import { Effect } from "effect"
import { commandLine } from "@waymark/examples/withdrawal/commandLine"
import { main } from "@waymark/examples/withdrawal/main"
import { bold, dim, print } from "@waymark/examples/withdrawal/terminal"
import { quiet, show, words } from "./evidence.ts"
import { run } from "./run.ts"
import { type Kind, kinds } from "./schedule.ts"
import * as Store from "./store.ts"

const ABOUT =
  "Runs workers under faults while a client starts instances, then looks at the tables. Ends with 0 where nothing is amiss."

const { number, refuse, values } = commandLine("chaos", ABOUT, {
  seconds: { about: "how long there are faults", default: "60" },
  processes: { about: "how many workers", default: "4" },
  instances: { about: "how many instances", default: "1000" },
  store: { about: "postgres or sqlite", default: "postgres" },
  faults: { about: `of ${kinds.join(",")}, or none; all that there can be if left out` },
  seed: { about: "of an earlier run; another one each time if left out", default: String(Date.now() % 1_000_000) },
  lease: { about: "milliseconds", default: "3000" },
  poll: { about: "milliseconds", default: "500" },
  idle: { about: "how long instances that only wait stay in memory, in milliseconds", default: "1000" },
  latency: { about: "how long an effect takes at the most, in milliseconds", default: "60" },
  every: { about: "between two faults of workers, on average, in milliseconds", default: "1500" },
  "restart-every": { about: "between two restarts of Postgres, in seconds", default: "20" },
  stagger: { about: "between the starts of two workers, in milliseconds", default: "0" },
  pooler: { about: "the port of a pooler before the server that WAYMARK_POSTGRES_URL names" },
  quiet: { about: "no line every few seconds", type: "boolean" }
})

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
    if (kind === undefined) return refuse(`--faults has ${name}: there are ${kinds.join(", ")}, and none`)
    if (without.includes(kind)) {
      return refuse(
        `--faults has ${name}: there is no ${name} with ${store === "sqlite" ? store : "a server that is not chaos's own"}`
      )
    }
  }
  return new Set(names as ReadonlyArray<Kind>)
}

/** All that was asked for, before anything begins. */
const asked = () => {
  const { pooler, seed, store: kind } = values
  if (kind !== "postgres" && kind !== "sqlite") return refuse(`--store is ${kind}: give postgres or sqlite`)
  return {
    seed,
    kind,
    pooler: pooler === undefined ? undefined : number("pooler", 1, "whole"),
    faults: faultsOf(kind),
    processes: number("processes", 1, "whole"),
    instances: number("instances", 1, "whole"),
    seconds: number("seconds", 1),
    poll: number("poll", 1),
    idle: number("idle", 0),
    every: number("every", 1),
    restartEvery: number("restart-every", 1) * 1_000,
    lease: number("lease", 1),
    latency: number("latency", 1),
    stagger: number("stagger", 0)
  } as const
}

const chaos = Effect.gen(function* () {
  const {
    every,
    faults,
    idle,
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
    idle,
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
