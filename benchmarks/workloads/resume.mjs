/** Instances that wait for a signal; their process is killed and started again, and all are signalled. */
import { setTimeout } from "node:timers/promises"
import { megabytes, spread, summary, written } from "../support/numbers.mjs"
import { record } from "../support/rounds.mjs"
import { enterOurs, place } from "../support/team.mjs"

export const about =
  "1,000 instances suspended, process killed: from the first signal to all done (--large: 100,000 too)"

/** One round, with options that nobody gave. Instances that only wait have left memory by the time of the kill, where that comes later. */
const once = async (at, tag, { count, concurrency, rest }) => {
  const options = { patience: 1_800_000 }
  const before = await enterOurs(at, {}, options)
  const suspended = await before.ask("suspend", { tag, count, concurrency })
  await setTimeout(rest)
  await before.kill()
  const after = await enterOurs(at, {}, options)
  try {
    const resumed = await after.ask("resume", { tag, count, concurrency })
    return { ...resumed, peak: Math.max(suspended.peak, resumed.peak), opened: after.millis }
  } finally {
    await after.kill()
  }
}

/** As long as the scripts of the rivals wait before they kill, in milliseconds. */
const LATER = 3_000

export const run = async ({ database, rounds, quick, large, stores }) => {
  const cases = [
    ["64 signals at a time", { count: 1_000, concurrency: 64, rest: LATER }, rounds],
    ["all signals at once", { count: 1_000, concurrency: 1_000, rest: LATER }, quick ? 0 : rounds],
    ["killed as soon as they wait: its lease must lapse", { count: 1_000, concurrency: 64, rest: 0 }, quick ? 0 : 1],
    ["100,000", { count: 100_000, concurrency: 1_000, rest: 20_000 }, large ? 1 : 0]
  ]
  const rows = []
  for (const store of stores.filter((store) => store !== "memory")) {
    for (const [name, settings, times] of cases) {
      const measured = []
      for (let round = 0; round < times; round++) {
        const { at, remove } = await place(database, store)
        try {
          measured.push(await once(at, `w${round}`, settings))
        } finally {
          await remove()
        }
      }
      record({ store, name }, measured)
      if (measured.length > 0) rows.push(row(store, name, settings.count, measured))
    }
  }
  const head = ["store", "case", "instances", "first signal to all done", "spread", "start of the process", "peak"]
  return { tables: [{ title: "Suspended, killed, started again, signalled", head, rows }] }
}

const row = (store, name, count, measured) => {
  const of = (key) => summary(measured.map((round) => round[key]))
  return [
    store,
    name,
    count,
    `${written(of("millis").median)} ms`,
    spread(of("millis")),
    `${written(of("opened").median)} ms`,
    megabytes(of("peak").most)
  ]
}
