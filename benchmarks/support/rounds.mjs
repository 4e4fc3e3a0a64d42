/** Interleaved rounds: everybody is measured once before anybody is measured again, each round begun by another. */
import { summary } from "./numbers.mjs"

/**
 * Measures contenders by name, so many rounds; gives the summary of each one's values. `measure` answers a number, or an
 * object with several.
 */
export const interleave = async (rounds, contenders, measure) => {
  const names = Object.keys(contenders)
  const measured = new Map(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    const first = round % names.length
    for (const name of [...names.slice(first), ...names.slice(0, first)])
      measured.get(name).push(await measure(contenders[name], name, round))
    // Somebody may be watching.
    if (process.stderr.isTTY) process.stderr.write(".")
  }
  return Object.fromEntries(names.map((name) => [name, summarise(measured.get(name))]))
}

const summarise = (values) =>
  typeof values[0] === "number"
    ? summary(values)
    : Object.fromEntries(Object.keys(values[0]).map((key) => [key, summary(values.map((value) => value[key]))]))
