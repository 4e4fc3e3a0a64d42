/**
 * Where a run takes place: a database of its own on a Postgres, or a directory with SQLite files; with the tables of
 * chaos in it, the ways that lead there, and what can be done to it.
 */
import { Effect, Layer, Schedule, type Scope } from "effect"
import { Engine } from "@waymark/interpreter"
import { PgJournal } from "@waymark/postgres"
import { temporary } from "@waymark/examples/withdrawal/snapshot"
import { type Ask, type AskWorker, viaEngine, viaWorkers } from "./client.ts"
import type { Store as Place } from "./plan.ts"
import * as Proxy from "./proxy.ts"
import type { Cut } from "./proxy.ts"
import type { Restart } from "./server.ts"
import * as Server from "./server.ts"
import * as Tables from "./tables.ts"

/** A place for a run. */
export interface Store {
  /** Opens the tables once Waymark's are there: for the verdict, and to see how far it is. */
  readonly tables: Effect.Effect<Tables.Tables, Tables.TablesFailed, Scope.Scope>
  /** The place as the worker of a slot is to see it. */
  readonly place: (slot: number) => Place
  /** How the client asks. */
  readonly ask: (workers: AskWorker) => Effect.Effect<Ask, unknown, Scope.Scope>
  readonly cut: (slot: number, cut: Cut) => void
  readonly restart: (how: Restart) => Effect.Effect<void>
  /** How many connections were cut. */
  readonly cuts: () => number
}

export interface PostgresOptions {
  /** A server that is there already; without it one is started, and stopped in the end. */
  readonly server?: string
  /** How many workers there are. */
  readonly processes: number
  /** Whether connections can be cut: everybody but the ledgers goes through a proxy then. */
  readonly lossy: boolean
  readonly poll: number
  /** A pooler before the server, by its port on this machine. It keeps no prepared statements. */
  readonly pooler?: number
}

/** A database on a server of its own, or on one that is there already. */
export const postgres = (options: PostgresOptions) =>
  Effect.gen(function* () {
    const { lossy, poll, pooler, processes, server } = options
    const own = server === undefined ? yield* ownServer : undefined
    const url = yield* database(own?.url ?? (server as string))
    const way = pooler === undefined ? url : at(url, pooler)
    const prepare = pooler === undefined
    // The last way is the client's.
    const proxies = lossy ? yield* Effect.forEach(Array.from({ length: processes + 1 }), () => proxy(way)) : []
    const wayOf = (slot: number): string => proxies[slot]?.url ?? way
    const tables = Tables.onPostgres(url)
    yield* Effect.flatMap(tables, Tables.prepare)

    const client = Layer.build(
      Engine.layer({ workflows: [], poll }).pipe(Layer.provide(PgJournal.layer({ url: wayOf(processes), prepare })))
    )
    const store: Store = {
      tables,
      place: (slot) => ({ _tag: "Postgres", url: wayOf(slot), ledger: url, prepare }),
      ask: (workers) =>
        Effect.gen(function* () {
          const context = yield* client
          // Building the client's journal has made the tables.
          yield* Effect.flatMap(tables, Tables.watch)
          return yield* Effect.provideContext(
            Effect.map(Engine, (engine) => viaEngine(engine, workers)),
            context
          )
        }),
      cut: (slot, cut) => proxies[slot]?.arm(cut),
      restart: (how) =>
        own === undefined
          ? Effect.die(new Error("a server that is not chaos's own can't be restarted: leave WAYMARK_POSTGRES_URL out"))
          : Effect.promise(() => own.restart(how)),
      cuts: () => proxies.reduce((sum, { cut }) => sum + cut(), 0)
    }
    return store
  })

/** A Postgres of one's own, for as long as the scope lasts. */
export const ownServer = Effect.acquireRelease(
  Effect.promise(() => Server.start()),
  (server) => Effect.promise(() => server.stop())
)

const proxy = (way: string) =>
  Effect.acquireRelease(
    Effect.promise(() => Proxy.open(way)),
    (proxy) => Effect.sync(() => proxy.close())
  )

/** Makes a database for one run. */
export const database = (server: string): Effect.Effect<string, Tables.TablesFailed, Scope.Scope> => {
  const name = `chaos_${globalThis.crypto.randomUUID().replaceAll("-", "")}`
  const run = (statement: string) =>
    Effect.scoped(Effect.flatMap(Tables.onPostgres(server), (tables) => tables.query(statement)))
  return Effect.acquireRelease(
    Effect.map(run(`create database ${name}`), () => {
      const url = new URL(server)
      url.pathname = `/${name}`
      return url.href
    }),
    () => Effect.orDie(run(`drop database ${name} with (force)`))
  )
}

const at = (url: string, port: number): string => {
  const way = new URL(url)
  way.hostname = "127.0.0.1"
  way.port = String(port)
  return way.href
}

/** A directory with the files of a journal and a ledger. */
export const sqlite = Effect.gen(function* () {
  const directory = yield* temporary("waymark-chaos-")
  yield* Effect.scoped(Effect.flatMap(Tables.openFiles(directory, false), (db) => Tables.prepare(Tables.onSqlite(db))))
  const tables = Effect.flatMap(Tables.openFiles(directory, true), (db) => {
    const tables = Tables.onSqlite(db)
    return Effect.as(
      // The first worker makes them.
      Effect.retry(tables.query("select 1 from waymark_signals limit 1"), Schedule.spaced("100 millis")),
      tables
    )
  })
  const store: Store = {
    tables,
    place: () => ({ _tag: "Sqlite", directory }),
    ask: (workers) => Effect.succeed(viaWorkers(workers)),
    cut: () => undefined,
    restart: () => Effect.void,
    cuts: () => 0
  }
  return store
})
