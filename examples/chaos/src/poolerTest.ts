/**
 * `npm run pooler-test`: the journal through PgBouncer in transaction mode. The conformance suite first, then engines in
 * several processes, some of which are killed, with the verdict of chaos.
 */
import { Cause, Effect, Exit, Layer } from "effect"
import { conformance } from "@waymark/interpreter/testing"
import { PgJournal } from "@waymark/postgres"
import { commandLine } from "@waymark/examples/withdrawal/commandLine"
import { main } from "@waymark/examples/withdrawal/main"
import { bold, dim, green, print, red } from "@waymark/examples/withdrawal/terminal"
import { quiet, show, words } from "./evidence.ts"
import * as Pooler from "./pooler.ts"
import { run } from "./run.ts"
import * as Store from "./store.ts"

/** The conformance suite on a database behind the pooler; answers how many cases fail. */
const suite = Effect.fnUntraced(function* (server: string, port: number) {
  const url = new URL(yield* Store.database(server))
  url.port = String(port)
  const journal = yield* Layer.build(PgJournal.layer({ url: url.href, prepare: false }))
  let failed = 0
  for (const { effect, name } of conformance) {
    const exit = yield* Effect.exit(Effect.timeout(Effect.provideContext(effect, journal), "60 seconds"))
    if (Exit.isSuccess(exit)) continue
    failed++
    print(`${red("failed")}  ${name}\n${Cause.pretty(exit.cause)}`)
  }
  return failed
})

const poolerTest = Effect.gen(function* () {
  const { url } = yield* Store.ownServer
  const { port, version } = yield* Pooler.start(url)
  print(`${bold("the journal behind a pooler in transaction mode")}: ${version}`)

  const failed = yield* Effect.scoped(suite(url, port))
  print(`conformance: ${conformance.length - failed} of ${conformance.length}`)

  const processes = 2
  const poll = 400
  const store = yield* Store.postgres({ processes, lossy: false, poll, server: url, pooler: port })
  const report = yield* run({
    seed: "pooler",
    store,
    instances: 60,
    processes,
    duration: 8_000,
    faults: new Set(["kill", "stop"]),
    every: 2_500,
    restartEvery: 20_000,
    lease: 5_000,
    poll,
    idle: 1_000,
    latency: 60,
    stagger: 0,
    tell: (line) => print(dim(line))
  })
  print(words(report.tally))
  yield* show(report.violations, yield* store.tables)
  print(`instances ended: ${report.tally.ended} of ${report.tally.instances}, violations: ${report.violations.length}`)
  const fine = failed === 0 && report.violations.length === 0
  print(fine ? green("It works behind a pooler") : red("Not as promised"))
  return fine
})

commandLine("pooler-test", "Tries the journal through PgBouncer in transaction mode.", {})

await main(Effect.scoped(Effect.provide(poolerTest, quiet)))
