/** Steps a second: instances of a workflow of ten steps that do nothing, so many at a time. */
import { ratio, spread, times, written } from "../support/numbers.mjs"
import { interleave } from "../support/rounds.mjs"
import { each, group, namesOn, ours, withTeam } from "../support/team.mjs"

export const about = "steps a second at 1 … 4,096 workflows at a time"

const levels = [1, 4, 16, 64, 256, 1024, 4096]
const quickly = [1, 64, 1024]
/** Where the floor of single inserts has long been as fast as its connections allow, and would only take long. */
const enough = 256

export const run = async (context) => {
  const { rounds, seconds, quick, stores } = context
  const tables = []
  const charts = []
  for (const store of stores) {
    const names = namesOn(store)
    const byLevel = new Map()
    await withTeam(context, store, names, async (team) => {
      for (const concurrency of quick ? quickly : levels) {
        const asked = names.filter((name) => name !== each || concurrency <= enough)
        const measured = Object.fromEntries(asked.map((name) => [name, team[name]]))
        byLevel.set(
          concurrency,
          await interleave(
            rounds,
            measured,
            async (member, name) => {
              // What has ended stays in a journal in memory, and the collector would go through ever more of it.
              if (store === "memory" && name === ours) await member.ask("purge")
              return member.ask("steps", { concurrency, seconds })
            },
            { store, concurrency }
          )
        )
      }
    })
    const levelsSeen = Array.from(byLevel)
    tables.push({
      title: `Steps a second, ${store}`,
      head: ["at a time", "contender", "steps/s", "spread", "ours / it", "CPU µs a step", "peak MB"],
      rows: levelsSeen.flatMap(([concurrency, measured]) =>
        Object.entries(measured).map(([name, { rate, cpuMicrosPerStep, peak }]) => [
          concurrency,
          name,
          written(rate.median),
          spread(rate),
          name === ours ? "" : times(ratio(measured[ours].rate, rate)),
          written(cpuMicrosPerStep.median),
          Math.round(peak.most / 2 ** 20)
        ])
      )
    })
    const curve = (name) =>
      levelsSeen
        .filter(([, measured]) => name in measured)
        .map(([concurrency, measured]) => [concurrency, measured[name].rate.median])
    charts.push({
      file: `throughput-${store}`,
      title: `Steps a second, ${store}`,
      x: "workflows at a time",
      y: "steps/s",
      curves: Object.fromEntries(
        [ours, each, group].filter((name) => names.includes(name)).map((name) => [name, curve(name)])
      )
    })
  }
  return { tables, charts }
}
