/** SQL statements for each step and each resumed instance, as the server counts them; each of ours is one round trip. */
import { setTimeout } from "node:timers/promises"
import { written } from "../support/numbers.mjs"
import { enterOurs, ours, place, withTeam } from "../support/team.mjs"

export const about = "SQL statements and round trips a step, by pg_stat_statements"

export const run = async (context) => {
  const counters = await context.database.countStatements()
  try {
    return {
      tables: [...(await ofSteps(context, counters)), ...(await ofResumed(context, counters))]
    }
  } finally {
    await counters.stop()
  }
}

const ofSteps = async (context, counters) => {
  const rows = []
  const hot = []
  await withTeam(context, "postgres", [ours], async ({ [ours]: member }) => {
    for (const concurrency of [1, 64, 1024]) {
      await counters.reset()
      const { total } = await member.ask("steps", { concurrency, seconds: context.seconds })
      const statements = await counters.read(member.at.url)
      rows.push([concurrency, ...totals(statements, total)])
      hot.push(...frequent(concurrency, statements))
    }
  })
  return [
    {
      title: "Statements of steps, postgres",
      head: ["at a time", "steps", "statements", "statements a step", "server µs a step"],
      rows
    },
    { title: "The most frequent of them", head: ["at a time", ...columns], rows: hot }
  ]
}

/** Instances that wait and have left memory, each signalled and run to its end. */
const ofResumed = async ({ database }, counters) => {
  const count = 1_000
  const { at, remove } = await place(database, "postgres")
  const member = await enterOurs(at)
  try {
    await member.ask("suspend", { tag: "w", count, concurrency: 64 })
    await setTimeout(2_000)
    await counters.reset()
    await member.ask("resume", { tag: "w", count, concurrency: 64 })
    const statements = await counters.read(at.url)
    return [
      {
        title: "Statements of instances that are signalled and come back, 64 at a time",
        head: ["instances", "statements", "statements each", "server µs each"],
        rows: [totals(statements, count)]
      },
      { title: "The most frequent of them", head: ["at a time", ...columns], rows: frequent(64, statements) }
    ]
  } finally {
    await member.kill()
    await remove()
  }
}

const totals = (statements, total) => {
  const calls = statements.reduce((sum, statement) => sum + statement.calls, 0)
  const busy = statements.reduce((sum, { calls, millis }) => sum + calls * millis, 0)
  return [written(total), written(calls), (calls / total).toFixed(4), written((busy / total) * 1000)]
}

const columns = ["calls", "mean ms", "rows a call", "statement"]

const frequent = (concurrency, statements) =>
  statements
    .slice(0, 8)
    .filter(({ calls }) => calls > 4)
    .map(({ calls, millis, rows, query }) => [concurrency, calls, written(millis), written(rows / calls), brief(query)])

/** Enough of it to tell which one it is. */
const brief = (text) => text.replace(/\s+/g, " ").trim().slice(0, 100)
