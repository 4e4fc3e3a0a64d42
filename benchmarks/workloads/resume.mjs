/** Instances that wait for a signal; their process is killed and started again, and all are signalled. */
import { setTimeout } from "node:timers/promises"
import { megabytes, spread, summary, written } from "../support/numbers.mjs"
import { record } from "../support/rounds.mjs"
import { enterOurs, place } from "../support/team.mjs"

export const about =
  "1,000 instances suspended, process killed: from the first signal to all done (--large: 100,000 too)"

/** One round; instances that only wait have left memory by the time of the kill, as those have that wait for long. */
const once = async (at, tag, { count, concurrency, idle, rest }) => {
  const options = { patience: 1_800_000 }
  const before = await enterOurs(at, { idle }, options)
  const suspended = await before.ask("suspend", { tag, count, concurrency })
  await setTimeout(rest)
  await before.kill()
  const after = await enterOurs(at, { idle }, options)
  try {
    const resumed = await after.ask("resume", { tag, count, concurrency })
    return { ...resumed, peak: Math.max(suspended.peak, resumed.peak), opened: after.millis }
  } finally {
    await after.kill()
  }
}

const left = { idle: "250 millis", rest: 2_000 }
const held = { idle: "30 seconds", rest: 0 }

export const run = async ({ database, rounds, quick, large, stores }) => {
  const cases = [
    ["64 signals at a time", { count: 1_000, concurrency: 64, ...left }, rounds],
    ["all signals at once", { count: 1_000, concurrency: 1_000, ...left }, quick ? 0 : rounds],
    ["killed while held: its lease must lapse", { count: 1_000, concurrency: 64, ...held }, quick ? 0 : 1],
    ["100,000", { count: 100_000, concurrency: 1_000, ...left, rest: 20_000 }, large ? 1 : 0]
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
