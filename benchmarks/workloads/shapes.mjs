/** How cost grows with the steps of a workflow, and with the size of what a step gives back. */
import { ratio, spread, times, written } from "../support/numbers.mjs"
import { interleave } from "../support/rounds.mjs"
import { group, ours, withTeam } from "../support/team.mjs"

/** Steps a second for each shape. */
const sweep = async (context, concurrency, shapes) => {
  const { rounds, seconds } = context
  return withTeam(context, "postgres", [ours, group], async (team) => {
    const measured = []
    for (const [label, shape] of shapes) {
      const ask = (member) => member.ask("steps", { concurrency, seconds, shape })
      measured.push([label, await interleave(rounds, team, ask, label)])
    }
    return measured
  })
}

const result = (file, title, x, measured) => ({
  tables: [
    {
      title,
      head: [x, "contender", "steps/s", "spread", "ours / it", "peak MB"],
      rows: measured.flatMap(([label, by]) =>
        Object.entries(by).map(([name, { rate, peak }]) => [
          written(label),
          name,
          written(rate.median),
          spread(rate),
          name === ours ? "" : times(ratio(by[ours].rate, rate)),
          Math.round(peak.most / 2 ** 20)
        ])
      )
    }
  ],
  charts: [
    {
      file,
      title,
      x,
      y: "steps/s",
      curves: Object.fromEntries(
        [ours, group].map((name) => [name, measured.map(([label, by]) => [label, by[name].rate.median])])
      )
    }
  ]
})

export const steps = {
  about: "steps a second for workflows of 1 … 10,000 steps",
  run: async (context) => {
    const lengths = context.quick ? [1, 100] : [1, 10, 100, 1_000, 10_000]
    // Bytes say that the looping workflow is meant also at ten steps.
    const shapes = lengths.map((length) => [length, { steps: length, bytes: 10 }])
    return result("steps", "By steps of a workflow, 4 at a time, postgres", "steps", await sweep(context, 4, shapes))
  }
}

export const payload = {
  about: "steps a second for results of 100 B … 1 MiB",
  run: async (context) => {
    const sizes = context.quick ? [100, 10_000] : [100, 1_000, 10_000, 100_000, 2 ** 20]
    const shapes = sizes.map((bytes) => [bytes, { steps: 10, bytes }])
    return result("payload", "By bytes of a result, 16 at a time, postgres", "bytes", await sweep(context, 16, shapes))
  }
}
