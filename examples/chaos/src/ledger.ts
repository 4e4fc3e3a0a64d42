/**
 * The ledgers that workers write. The statement that begins a row also says whether the attempt's outcome was on record
 * by then: `late`. It sees what is committed and nothing else, so the answer needs no clock: an effect that began before
 * its outcome was durable cannot see it, and one that began after cannot miss it.
 */
import { Effect, Layer, Random, Schedule } from "effect"
import type { Step } from "@waymark/core"
import { Journal } from "@waymark/interpreter"
import { Ledger } from "./effects.ts"
import { connection, openFiles } from "./tables.ts"

/** Whose rows they are, and how long effects take at the most, in milliseconds. */
export interface Options {
  readonly process: string
  readonly latency: number
}

const columns = "id, key, instance, run, path, ordinal, step, attempt, process, began, late"

const beginning = (mark: (place: number) => string, truth: (condition: string) => string): string => {
  const [instance, run, path, ordinal, attempt] = [3, 4, 5, 6, 8].map(mark)
  const recorded = `exists (select 1 from waymark_events e
    where e.instance = ${instance} and e.run = ${run} and e.path = ${path} and e.ordinal = ${ordinal}
      and (e.kind in ('completed', 'failed') or e.kind = 'attempt' and e.attempt >= ${attempt}))`
  const given = Array.from({ length: 10 }, (_, index) => mark(index + 1)).join(", ")
  return `insert into chaos_effects (${columns}) values (${given}, ${truth(recorded)}) on conflict (id) do nothing`
}

const values = (row: string, info: Step.Info, process: string): Array<string | number> => {
  const { attempt, idempotencyKey, instance, ordinal, path, run, step } = info
  return [row, idempotencyKey, instance, run, path, ordinal, step, attempt, process, Date.now()]
}

const work = (latency: number) => (): Effect.Effect<void> =>
  Effect.flatMap(Random.nextBetween(0, latency), (millis) => Effect.sleep(millis))

/** A ledger in Postgres. It waits for a server that is away: an effect that cannot be written has not happened. */
export const layerPostgres = (url: string, { latency, process }: Options) =>
  Layer.effect(
    Ledger,
    Effect.gen(function* () {
      const sql = yield* patiently(connection(url, 8))
      const types = ["text", "text", "text", "int", "text", "int", "text", "int", "text", "double precision"]
      const begin = beginning(
        (place) => `$${place}::${types[place - 1]}`,
        (condition) => `(${condition})::int`
      )
      const end = "update chaos_effects set ended = $2::double precision, outcome = $3::text where id = $1::text"
      return {
        begin: (row, info) => {
          const given = values(row, info, process)
          return patiently(Effect.asVoid(sql.unsafe(begin, given)))
        },
        end: (row, how) => patiently(Effect.asVoid(sql.unsafe(end, [row, Date.now(), how]))),
        work: work(latency)
      }
    })
  )

const patiently = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, never, R> =>
  self.pipe(
    Effect.catchDefect((defect) => Effect.fail(defect)),
    Effect.retry({ schedule: Schedule.spaced("50 millis"), times: 1_200 }),
    Effect.orDie
  )

/** A ledger in a file beside the journal's. It needs the journal to be open, since it looks into its file. */
export const layerSqlite = (directory: string, { latency, process }: Options) =>
  Layer.effect(
    Ledger,
    Effect.gen(function* () {
      yield* Journal
      const db = yield* openFiles(directory, true)
      const begin = db.prepare(
        beginning(
          (place) => `?${place}`,
          (condition) => condition
        )
      )
      const end = db.prepare("update chaos_effects set ended = ?, outcome = ? where id = ?")
      return {
        begin: (row, info) => Effect.sync(() => void begin.run(values(row, info, process))),
        end: (row, how) => Effect.sync(() => void end.run([Date.now(), how, row])),
        work: work(latency)
      }
    })
  )
