/** A run without faults, in this process: tables in which all is as promised, for a test to spoil. */
import { Effect, Layer, Random } from "effect"
import { Engine, type Journal } from "@waymark/interpreter"
import { PgJournal } from "@waymark/postgres"
import { SqliteJournal } from "@waymark/sqlite"
import { Client } from "../../src/client.ts"
import type { Ledger } from "../../src/effects.ts"
import { quiet } from "../../src/evidence.ts"
import * as Ledgers from "../../src/ledger.ts"
import * as Records from "../../src/records.ts"
import { perform } from "../../src/requests.ts"
import * as Schedule from "../../src/schedule.ts"
import * as Tables from "../../src/tables.ts"
import { workflows } from "../../src/workflows.ts"

const options = { process: "w1.1", latency: 5 }

/** So many that every workflow is there, with an end of each kind, and a signal with each answer. */
const CASES = 24

const play = (stores: Layer.Layer<Journal | Ledger, unknown>, tables: Tables.Tables) =>
  Effect.gen(function* () {
    const cases = yield* Random.withSeed(Schedule.cases(CASES, 100), "self")
    const client = yield* Effect.gen(function* () {
      const engine = yield* Engine
      const client = new Client((request) => Effect.orDie(Effect.provideService(perform(request), Engine, engine)))
      const lives = cases.map((one) => client.live({ ...one, watched: true }, Date.now()))
      yield* Effect.all(lives, { concurrency: "unbounded", discard: true })
      return client
    }).pipe(
      Effect.provide(Layer.provide(Engine.layer({ workflows, poll: "200 millis", idle: "1 minute" }), stores)),
      Effect.provide(quiet)
    )
    yield* Records.write(tables, { cases, heard: client.heard, happened: [] })
  })

/** In the files of a directory. */
export const onSqlite = (directory: string) =>
  Effect.gen(function* () {
    const ledger = yield* Tables.openFiles(directory, false)
    yield* Tables.prepare(Tables.onSqlite(ledger))
    const stores = Ledgers.layerSqlite(directory, options).pipe(
      Layer.provideMerge(SqliteJournal.layer({ filename: Tables.files(directory).journal }))
    )
    yield* play(stores, Tables.onSqlite(ledger))
    return Tables.onSqlite(yield* Tables.openFiles(directory, true))
  })

/** In a database. A single connection, so that what is spoiled in a transaction can be taken back. */
export const onPostgres = (url: string) =>
  Effect.gen(function* () {
    const tables = yield* Tables.onPostgres(url, 1)
    yield* Tables.prepare(tables)
    yield* Effect.scoped(Layer.build(PgJournal.layer({ url })))
    yield* Tables.watch(tables)
    yield* play(Layer.merge(PgJournal.layer({ url }), Ledgers.layerPostgres(url, options)), tables)
    return tables
  })
