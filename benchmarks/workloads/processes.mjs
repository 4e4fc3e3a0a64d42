/** Steps a second of all processes together that share one database. */
import { ratio, spread, summary, times, written } from "../support/numbers.mjs"
import { enterOurs, place } from "../support/team.mjs"

export const about = "1, 2 and 4 engine processes on one database"

const concurrency = 256

export const run = async ({ database, rounds, seconds, warmUp }) => {
  const { at, remove } = await place(database, "postgres")
  const members = []
  const measured = new Map([1, 2, 4].map((count) => [count, []]))
  try {
    for (let i = 0; i < 4; i++) {
      members.push(await enterOurs(at))
      await members[i].ask("warm", { seconds: warmUp })
    }
    for (let round = 0; round < rounds; round++) {
      for (const [count, rates] of measured) {
        const asked = members
          .slice(0, count)
          .map((member) => member.ask("steps", { concurrency: concurrency / count, seconds }))
        const answers = await Promise.all(asked)
        rates.push(answers.reduce((sum, { rate }) => sum + rate, 0))
      }
    }
  } finally {
    for (const member of members) await member.kill()
    await remove()
  }
  const all = Array.from(measured, ([count, rates]) => [count, summary(rates)])
  const [[, alone]] = all
  return {
    tables: [
      {
        title: `Processes on one database, ${concurrency} workflows at a time in all`,
        head: ["processes", "steps/s", "spread", "to one"],
        rows: all.map(([count, rate]) => [count, written(rate.median), spread(rate), times(ratio(rate, alone))])
      }
    ]
  }
}
