/** How long an instance takes to come back with its signal, by the length of its journal, with snapshots and without. */
import { spread, summary, written } from "../support/numbers.mjs"
import { enterOurs, place } from "../support/team.mjs"

export const about =
  "a signal to an instance that must be recovered, by length of its journal, with snapshots and without"

const variants = {
  "with snapshots": {},
  "without snapshots": { snapshots: false }
}

export const run = async ({ database, rounds, quick, large }) => {
  const lengths = quick ? [10, 1_000] : [10, 100, 1_000, 10_000, ...(large ? [40_000] : [])]
  const places = {}
  const members = {}
  const measured = new Map(lengths.map((length) => [length, {}]))
  const ids = (length) => Array.from({ length: rounds }, (_, round) => `l${length}-${round}`)
  try {
    for (const [name, engine] of Object.entries(variants)) {
      places[name] = await place(database, "postgres")
      const writer = await enterOurs(places[name].at, engine)
      for (const length of [...lengths, 11]) for (const id of ids(length)) await writer.ask("lengthen", { id, length })
      for (const length of lengths) for (const id of ids(length)) await writer.ask("rested", { id })
      // It gives its instances back: whoever wakes one must read its journal.
      await writer.ask("close")
      await writer.kill()
      members[name] = await enterOurs(places[name].at, engine)
      for (const id of ids(11)) await members[name].ask("wake", { id })
    }
    for (const length of lengths) {
      for (const id of ids(length)) {
        for (const [name, member] of Object.entries(members))
          (measured.get(length)[name] ??= []).push(await member.ask("wake", { id }))
      }
    }
  } finally {
    for (const member of Object.values(members)) await member.kill()
    for (const { remove } of Object.values(places)) await remove()
  }
  const seen = Array.from(measured, ([length, by]) => [
    length,
    Object.fromEntries(Object.entries(by).map(([name, values]) => [name, summary(values)]))
  ])
  return {
    tables: [
      {
        title: "From the signal to the end, after recovery, postgres",
        head: ["events", "snapshots", "ms", "spread"],
        rows: seen.flatMap(([length, by]) =>
          Object.entries(by).map(([name, millis]) => [length, name, written(millis.median), spread(millis)])
        )
      }
    ],
    charts: [
      {
        file: "recovery",
        title: "From the signal to the end, after recovery, postgres",
        x: "events in the journal",
        y: "ms",
        curves: Object.fromEntries(
          Object.keys(variants).map((name) => [name, seen.map(([length, by]) => [length, by[name].median])])
        )
      }
    ]
  }
}
