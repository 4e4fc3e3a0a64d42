/** Interleaved rounds: everybody is measured once before anybody is measured again, each round begun by another. */
import { summary } from "./numbers.mjs"

/** What was measured in each round since it was last taken, for those who want more than its summary. */
let seen = []
export const record = (what, rounds) => void seen.push({ what, rounds })
export const taken = () => {
  const all = seen
  seen = []
  return all
}

/**
 * Measures contenders by name, so many rounds; gives the summary of each one's values. `what` says of what. `measure` answers a number, or an
 * object with several.
 */
export const interleave = async (rounds, contenders, measure, what) => {
  const names = Object.keys(contenders)
  const measured = new Map(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    const first = round % names.length
    for (const name of [...names.slice(first), ...names.slice(0, first)])
      measured.get(name).push(await measure(contenders[name], name, round))
    // Somebody may be watching.
    if (process.stderr.isTTY) process.stderr.write(".")
  }
  record(what, Object.fromEntries(measured))
  return Object.fromEntries(names.map((name) => [name, summarise(measured.get(name))]))
}

const summarise = (values) =>
  typeof values[0] === "number"
    ? summary(values)
    : Object.fromEntries(Object.keys(values[0]).map((key) => [key, summary(values.map((value) => value[key]))]))
