/** The compiler's own sampling profile of some work in this process: self time by function. */
import { writeFileSync } from "node:fs"
import { Session } from "node:inspector/promises"

/** Profiles the work; keeps what was sampled in a file that browsers' developer tools show as a flame graph. */
export const profiled = async (file, work) => {
  const session = new Session()
  session.connect()
  await session.post("Profiler.enable")
  await session.post("Profiler.setSamplingInterval", { interval: 200 })
  await session.post("Profiler.start")
  const result = await work()
  const { profile } = await session.post("Profiler.stop")
  session.disconnect()
  writeFileSync(file, JSON.stringify(profile))
  return { result, functions: selfTimes(profile) }
}

const selfTimes = ({ nodes, samples, timeDeltas }) => {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const micros = new Map()
  for (const [index, id] of samples.entries()) {
    const { functionName, url, lineNumber } = frames.get(id)
    const key = `${functionName || "(anonymous)"} ${url}:${lineNumber + 1}`
    micros.set(key, (micros.get(key) ?? 0) + timeDeltas[index])
  }
  return Array.from(micros, ([where, micros]) => ({ where, micros })).toSorted((a, b) => b.micros - a.micros)
}
