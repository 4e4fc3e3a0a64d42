/** SQL statements for each step, as the server counts them; each of ours is one round trip. */
import { written } from "../support/numbers.mjs"
import { ours, withTeam } from "../support/team.mjs"

export const about = "SQL statements and round trips a step, by pg_stat_statements"

const brief = (text) => text.replace(/\s+/g, " ").trim().slice(0, 60)

export const run = async (context) => {
  const { database, seconds } = context
  const counters = await database.countStatements()
  try {
    const rows = []
    const hot = []
    await withTeam(context, "postgres", [ours], async ({ [ours]: member }) => {
      for (const concurrency of [1, 64, 1024]) {
        await counters.reset()
        const { total } = await member.ask("steps", { concurrency, seconds })
        const statements = await counters.read(member.at.url)
        const calls = statements.reduce((sum, statement) => sum + statement.calls, 0)
        const busy = statements.reduce((sum, { calls, millis }) => sum + calls * millis, 0)
        rows.push([concurrency, written(total), calls, (calls / total).toFixed(4), written((busy / total) * 1000)])
        for (const { calls, millis, rows, query } of statements.slice(0, 4))
          hot.push([concurrency, calls, written(millis), written(rows / calls), brief(query)])
      }
    })
    return {
      tables: [
        {
          title: "Statements (each is one round trip), postgres",
          head: ["at a time", "steps", "statements", "statements a step", "server µs a step"],
          rows
        },
        {
          title: "The most frequent of them",
          head: ["at a time", "calls", "mean ms", "rows a call", "statement"],
          rows: hot
        }
      ]
    }
  } finally {
    await counters.stop()
  }
}
