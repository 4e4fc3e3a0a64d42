/** What a table of millions of events does to a lone workflow, to throughput and to the hot statements. */
import { ratio, spread, times, written } from "../support/numbers.mjs"
import { interleave } from "../support/rounds.mjs"
import { ours, withTeam } from "../support/team.mjs"

export const about = "with 100,000 and 1 million events in the table (--large: 10 million)"

/** Copies what the warm-up has left there, row by row under other ids, until the journal has so many events. */
const fill = async (database, url, events) => {
  const query = (text) => database.query(text, url)
  const [{ count }] = await query("select count(*)::float8 as count from waymark_events")
  const copies = Math.ceil((events - count) / count)
  if (copies <= 0) return
  for (const [table, key] of [
    ["waymark_instances", "id"],
    ["waymark_events", "instance"]
  ]) {
    const columns = await query(`select column_name as name from information_schema.columns
      where table_name = '${table}' and is_generated = 'NEVER' and is_identity = 'NO'`)
    const names = columns.map(({ name }) => `"${name}"`)
    const values = names.map((name) => (name === `"${key}"` ? `"${key}" || '-${events}-' || g` : name))
    await query(`insert into ${table} (${names.join(", ")})
      select ${values.join(", ")} from ${table}, generate_series(1, ${copies}) as g`)
  }
  await query("vacuum analyze waymark_events")
  await query("vacuum analyze waymark_instances")
}

const brief = (text) => text.replace(/\s+/g, " ").trim().slice(0, 60)

export const run = async (context) => {
  const { database, rounds, seconds, quick, large } = context
  const sizes = quick ? [0, 100_000] : [0, 100_000, 1_000_000, ...(large ? [10_000_000] : [])]
  const counters = await database.countStatements()
  const rows = []
  const hot = []
  try {
    await withTeam(context, "postgres", [ours], async (team) => {
      const { [ours]: member } = team
      // Some that wait are copied too.
      await member.ask("holdWaiting", { tag: "copied", count: 20 })
      let first
      for (const size of sizes) {
        await fill(database, member.at.url, size)
        const [{ events }] = await database.query(
          "select count(*)::float8 as events from waymark_events",
          member.at.url
        )
        await counters.reset()
        const lone = (await interleave(rounds, team, () => member.ask("lone", { count: 50 }), "lone"))[ours]
        const many = (await interleave(rounds, team, () => member.ask("steps", { concurrency: 64, seconds }), "steps"))[
          ours
        ]
        first ??= { lone, many }
        rows.push([
          written(events),
          written(lone.p50.median),
          spread(lone.p50),
          times(ratio(lone.p50, first.lone.p50)),
          written(many.rate.median),
          spread(many.rate),
          times(ratio(many.rate, first.many.rate))
        ])
        for (const { calls, millis, query } of (await counters.read(member.at.url)).slice(0, 6))
          hot.push([written(events), calls, written(millis), brief(query)])
      }
    })
  } finally {
    await counters.stop()
  }
  return {
    tables: [
      {
        title: "By events in the table, postgres",
        head: ["events", "lone p50 ms", "spread", "to the first", "steps/s at 64", "spread", "to the first"],
        rows
      },
      { title: "The most frequent statements", head: ["events", "calls", "mean ms", "statement"], rows: hot }
    ]
  }
}
