/** The verdict is worth something only if it finds what is wrong: each kind of violation, planted in tables that are right. */
import { Effect, Exit, Scope } from "effect"
import { afterAll, describe, expect, it } from "vitest"
import { temporary } from "@waymark/examples/withdrawal/snapshot"
import { freshDatabase } from "../../../packages/postgres/test/support/database.ts"
import type { Tables } from "../src/tables.ts"
import { checks, count, judge, type Violation } from "../src/verdict.ts"
import * as Played from "./support/played.ts"

const options = { grace: 1_000 }

/** An order, and its step "ship": it has everything that can be spoiled. */
const order = "order-4"
const ship = `instance = '${order}' and step = 'ship'`
const event = "instance, run, seq, id, at, kind, path, ordinal, step, attempt, trace, payload"
/** A copy of events, with some columns replaced. */
const copies = (where: string, replaced: Readonly<Record<string, string>>): string => {
  const columns = event.split(", ").map((column) => replaced[column] ?? column)
  return `insert into waymark_events (${event}) select ${columns.join(", ")} from waymark_events where ${where}`
}
const effect = "id, key, instance, run, path, ordinal, step, attempt, process, began, ended, outcome, late"
const reruns = (where: string, replaced: Readonly<Record<string, string>>): string => {
  const columns = effect.split(", ").map((column) => replaced[column] ?? column)
  return `insert into chaos_effects (${effect}) select ${columns.join(", ")} from chaos_effects where ${where}`
}

/** What is planted, and the check that has to find it. */
const plants: ReadonlyArray<readonly [what: string, check: string, ...sql: ReadonlyArray<string>]> = [
  ["an event deleted from the middle", "dense", `delete from waymark_events where instance = '${order}' and seq = 3`],
  ["the last event deleted", "ended-once", `delete from waymark_events where instance = '${order}' and kind = 'ended'`],
  ["a whole run deleted", "dense", "delete from waymark_events where instance = 'watch-3' and run = 1"],
  ["an instance deleted", "ended-once", `delete from waymark_instances where id = '${order}'`],
  [
    "an instance that never ended",
    "ended-once",
    `update waymark_instances set status = 'waiting' where id = '${order}'`
  ],
  [
    "a doubled event",
    "once-each",
    copies(`${ship} and kind = 'completed'`, {
      seq: "(select max(seq) + 1 from waymark_events where instance = 'order-4')"
    })
  ],
  [
    "an event after the terminal one",
    "begins-and-ends",
    copies(`${ship} and kind = 'completed'`, { seq: "seq + 2", id: "'0.99.1'", ordinal: "99" })
  ],
  [
    "another result",
    "right-result",
    `update waymark_events set payload = '{"outcome":"completed","output":{"trail":"nothing"}}'
      where instance = '${order}' and kind = 'ended'`
  ],
  [
    "a completed step turned into another event",
    "every-step",
    `update waymark_events set kind = 'version' where ${ship}`
  ],
  [
    "an instance that nobody asked for",
    "nothing-unasked",
    `update chaos_instances set id = 'somebody' where id = '${order}'`
  ],
  ["a missing row of the ledger", "has-run", `delete from chaos_effects where ${ship}`],
  [
    "a row of the ledger that is not what was recorded",
    "has-run",
    `update chaos_effects set id = 'other' where ${ship}`
  ],
  [
    "an outcome of an effect that never came to its end",
    "has-run",
    `update chaos_effects set outcome = null where ${ship}`
  ],
  ["an effect that is not on record", "is-recorded", reruns(ship, { id: "'lost'", key: "'lost'", ordinal: "99" })],
  ["a key that belongs to two steps", "one-key-one-step", reruns(ship, { id: "'again'", ordinal: "99" })],
  [
    "a second run after the record",
    "never-again",
    reruns(ship, { id: "'again'", began: "began + 9000", process: "'w2.1'", late: "1" }),
    // What has happened to others, or long before, is no excuse.
    "insert into chaos_faults select 'freeze', 'w1.1', began, began + 9000 from chaos_effects where id = 'again'",
    "insert into chaos_faults select 'freeze', 'w2.1', began - 9000, began - 5000 from chaos_effects where id = 'again'"
  ],
  [
    "a second run without a fault",
    "only-in-flight",
    reruns(ship, { id: "'again'", began: "began + 1", process: "'w2.1'" }),
    "insert into chaos_faults select 'cut', 'w1.1', began, began from chaos_effects where id = 'again'",
    "insert into chaos_faults select 'kill', 'w3.1', began, began from chaos_effects where id = 'again'",
    "insert into chaos_faults select 'kill', 'w1.1', began + 50, began + 50 from chaos_effects where id = 'again'"
  ],
  ["a lost signal", "signals-in", `delete from waymark_signals where instance = '${order}'`],
  [
    "a signal that nobody sent",
    "signals-in",
    `update waymark_signals set id = 'nobody' where instance = '${order}' and id = '${order}/yes'`
  ],
  [
    "a signal consumed twice",
    "consumed-once",
    copies(`instance = '${order}' and kind = 'signal'`, { seq: "seq + 50", id: "'0.99.1'", ordinal: "99" })
  ],
  [
    "a consumed signal that is still pending",
    "consumed-once",
    `update waymark_signals set outcome = null where instance = '${order}' and id = '${order}/yes'`
  ],
  [
    "a sender who was told something else",
    "answered-alike",
    `update chaos_signals set heard = 'consumed:no', expected = null where id = '${order}/yes'`
  ],
  [
    "a sender who was told nothing",
    "answered-alike",
    `update chaos_signals set heard = null where id = '${order}/yes'`
  ],
  [
    "a stale writer's event",
    "epochs-rise",
    `update waymark_events set id = '0.2.7' where instance = '${order}' and seq = 2`,
    `update waymark_instances set epoch = 7 where id = '${order}'`
  ],
  ["an epoch that went down", "epochs-rise", `update waymark_instances set epoch = 0 where id = '${order}'`],
  ["an event of a zombie", "fenced", `insert into chaos_changes values ('stale', '${order}', 3, null, 0)`],
  ["a changed event", "never-changed", `insert into chaos_changes values ('event', '${order}', 3, null, 0)`],
  [
    "a timer that fired early",
    "not-early",
    `update waymark_events set at = at - 60000 where instance = '${order}' and kind = 'fired'`
  ]
]

/** Plants something, asks for the verdict, and takes it back. */
const planting = (tables: Tables, sql: ReadonlyArray<string>): Promise<ReadonlyArray<Violation>> =>
  Effect.runPromise(
    Effect.acquireUseRelease(
      tables.query("begin"),
      () =>
        Effect.andThen(
          Effect.forEach(sql, (statement) => tables.query(statement)),
          judge(tables, options)
        ),
      () => Effect.orDie(tables.query("rollback"))
    )
  )

const scope = Effect.runSync(Scope.make())
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
const url = await freshDatabase()

const onPostgres = Effect.runSync(Effect.cached(Played.onPostgres(url)))

const played = { SQLite: Effect.flatMap(temporary("waymark-chaos-"), Played.onSqlite), Postgres: onPostgres }

describe.each(["SQLite", "Postgres"] as const)("the verdict on %s", async (store) => {
  const tables = await Effect.runPromise(Scope.provide(played[store], scope))

  it("finds nothing where all is as promised", async () => {
    const [violations, tally] = await Effect.runPromise(Effect.all([judge(tables, options), count(tables)]))
    expect(violations).toEqual([])
    expect(tally).toMatchObject({ instances: 30, ended: 30, repeated: 0, late: 0, claims: 0 })
    expect(tally.refused).toBeGreaterThan(0)
  })

  it.each(plants)("finds %s: %s", async (_, check, ...sql) => {
    const found = await planting(tables, sql)
    expect(found.map(({ check }) => check)).toContain(check)
  })

  it("takes back what was planted", async () => {
    expect(await Effect.runPromise(judge(tables, options))).toEqual([])
  })
})

it("Postgres itself notes a row of the journal that is changed", async () => {
  const change = `update waymark_events set step = 'other' where ${ship}`
  const found = await planting(await Effect.runPromise(Scope.provide(onPostgres, scope)), [change])
  expect(found.map(({ check }) => check)).toContain("never-changed")
})

it("Postgres itself notes an event of a writer that was succeeded", async () => {
  const claimed = `update waymark_instances set epoch = 9, recorded = recorded + 1 where id = '${order}'`
  const written = copies(`instance = '${order}' and kind = 'ended'`, { seq: "seq + 1", id: "'0.99.8'" })
  const found = await planting(await Effect.runPromise(Scope.provide(onPostgres, scope)), [claimed, written])
  expect(found.map(({ check }) => check)).toContain("fenced")
})

it("each check has something planted for it", () => {
  const planted = new Set(plants.map(([, check]) => check))
  expect(checks(options, { length: "length" }).filter(({ name }) => !planted.has(name))).toEqual([])
})
