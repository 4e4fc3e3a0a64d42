/**
 * The simulator in its long form: `npm run simulate -- --seconds 60 --seed 1`.
 *
 * First every single fault at every call of small workflows, then random trials, seed after seed. A violation is shrunk,
 * and printed with its seed, its schedule and the trial as JSON, which `Simulator.simulate` runs again.
 */
import { parseArgs } from "node:util"
import { Simulator } from "./dist/testing/index.js"

const USAGE = `usage: npm run simulate -- [options]

Tries schedules of faults on small workflows, and looks for broken promises.

  --seconds <value>  how long, a number above 0 (60)
  --seed <value>     the first seed, a whole number; another one each time if left out
`
const usage = (why) => {
  process.stderr.write(`simulate: ${why}\n\n${USAGE}`)
  process.exit(2)
}

const read = () => {
  try {
    return parseArgs({
      options: { seconds: { type: "string" }, seed: { type: "string" }, help: { type: "boolean", short: "h" } }
    }).values
  } catch (error) {
    return usage(error.message)
  }
}

const values = read()
if (values.help) {
  process.stdout.write(USAGE)
  process.exit(0)
}
const seconds = Number(values.seconds ?? 60)
const first = Number(values.seed ?? Date.now() % 1_000_000)
if (!(seconds > 0)) usage(`--seconds is ${values.seconds}`)
if (!Number.isSafeInteger(first)) usage(`--seed is ${values.seed}`)

/** How many trials a seed is good for. */
const TRIALS = 100
const until = Date.now() + seconds * 1_000
const isOver = () => Date.now() >= until

let trials = 0
const injected = {}
const violations = []
const take = (searched) => {
  trials += searched.trials
  for (const [kind, times] of Object.entries(searched.injected)) injected[kind] = (injected[kind] ?? 0) + times
  violations.push(...searched.violations)
  return searched
}

for (const [name, small] of Object.entries(Simulator.small)) {
  if (Date.now() >= until - (seconds * 1_000) / 2) break
  const { trials } = take(Simulator.exhaust(small, { faults: 1, operations: ["append", "create", "claim", "send"] }))
  process.stdout.write(`${name}: one fault everywhere, ${trials} schedules\n`)
}

/** Engines as they come, such that keep hardly anything in memory, and such that do one thing at a time. */
const engines = [
  {},
  { resident: 1, idle: 1, snapshots: { every: 1, onIdle: true } },
  { concurrency: 1, audit: true, snapshots: { every: 3 } }
]

let seed = first
for (; !isOver() && violations.length === 0; seed++) {
  const engine = engines[seed % engines.length]
  const { trials } = take(Simulator.explore({ seed, trials: TRIALS, isOver }, { engine }))
  process.stdout.write(`seed ${seed}: ${trials} schedules, engines ${JSON.stringify(engine)}\n`)
}

for (const violation of violations) process.stdout.write(`\n${Simulator.describe(violation)}\n`)
process.stdout.write(`seeds: ${first} to ${seed - 1}\n`)
process.stdout.write(`schedules tried: ${trials}\n`)
for (const [kind, times] of Object.entries(injected).sort(([a], [b]) => (a < b ? -1 : 1))) {
  process.stdout.write(`  ${kind}: ${times}\n`)
}
process.stdout.write(`violations: ${violations.length}\n`)
process.exitCode = violations.length === 0 ? 0 : 1
