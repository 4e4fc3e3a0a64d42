/** How long one workflow of ten steps takes that has the engine to itself. */
import { ratio, spread, times, written } from "../support/numbers.mjs"
import { interleave } from "../support/rounds.mjs"
import { namesOn, ours, withTeam } from "../support/team.mjs"

export const about = "a lone workflow of ten steps, one after the other: p50, p99"

export const run = async (context) => {
  const { rounds, quick, stores } = context
  const rows = []
  for (const store of stores) {
    const measured = await withTeam(context, store, namesOn(store), (team) =>
      interleave(rounds, team, (member) => member.ask("lone", { count: quick ? 50 : 150 }), { store })
    )
    for (const [name, { p50, p99 }] of Object.entries(measured))
      rows.push([
        store,
        name,
        written(p50.median),
        spread(p50),
        name === ours ? "" : times(ratio(measured[ours].p50, p50)),
        written(p99.median),
        spread(p99)
      ])
  }
  const head = ["store", "contender", "p50 ms", "spread", "ours / it", "p99 ms", "spread"]
  return { tables: [{ title: "A lone workflow of ten steps", head, rows }] }
}
