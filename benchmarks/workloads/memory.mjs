/** Bytes of the heap for each instance: one that runs a step, one that waits in memory, one that waits and has left it. */
import { setTimeout } from "node:timers/promises"
import { spread, summary, written } from "../support/numbers.mjs"
import { enterOurs, place } from "../support/team.mjs"

export const about = "bytes on the heap for each instance that is live, and for each that only waits"

const kinds = {
  "runs a step": { ask: "holdBusy", idle: "1 hour" },
  "waits, in memory": { ask: "holdWaiting", idle: "1 hour" },
  "waits, has left memory": { ask: "holdWaiting", idle: "500 millis", rest: 4_000 }
}

const once = async (database, { ask, idle, rest = 500 }, count) => {
  const { at, remove } = await place(database, "postgres")
  const member = await enterOurs(at, { idle, resident: 100_000 })
  try {
    // What the first ones bring with them is the engine's, not an instance's.
    await member.ask(ask, { tag: "first", count: 1_000 })
    await setTimeout(rest)
    const before = await member.ask("heap")
    await member.ask(ask, { tag: "then", count })
    await setTimeout(rest)
    return ((await member.ask("heap")) - before) / count
  } finally {
    await member.kill()
    await remove()
  }
}

export const run = async ({ database, rounds, quick }) => {
  const count = quick ? 2_000 : 10_000
  const measured = Object.fromEntries(Object.keys(kinds).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const [name, kind] of Object.entries(kinds)) measured[name].push(await once(database, kind, count))
  const rows = Object.entries(measured).map(([name, values]) => {
    const bytes = summary(values)
    return [name, written(bytes.median), spread(bytes)]
  })
  const head = ["an instance that", "bytes", "spread"]
  return { tables: [{ title: `Heap for each of ${written(count)} instances, postgres`, head, rows }] }
}
