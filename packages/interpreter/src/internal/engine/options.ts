/** The options of an engine, as it works with them: each is looked at as the engine is built, and says which it is where it cannot be. */
import { Node, RetryPolicy, type Workflow } from "@waymark/core"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type { Options, RecordLimits, Snapshots } from "../../Engine.ts"
import { nearest } from "../words.ts"
import type { Stay } from "./departures.ts"
import type * as Limits from "./limits.ts"
import type * as Residence from "./residence.ts"

/** The platform's timers count no further: about 24 days. */
const LONGEST_TIMER = 2 ** 31 - 1

/** A lease is counted in nanoseconds, and ends: about 30,000 years. */
const LONGEST_LEASE = 1e15

const say = (value: unknown): string => (typeof value === "string" ? JSON.stringify(value) : String(value))

/** A length of time in milliseconds; `asker` is what was called with it. */
export const millis = (asker: string, option: string, given: Duration.Input, least = 0, most = Infinity): number => {
  // Effect reads NaN as no time at all; here it is a mistake.
  const read = Number.isNaN(given) ? Option.none() : Option.map(Duration.fromInput(given), Duration.toMillis)
  const length = Option.getOrElse(read, () => Number.NaN)
  if (length >= least && length <= most) return length
  const bounds = `${least > 0 ? ` from ${least} ms` : ""}${most < Infinity ? `${least > 0 ? "" : " up"} to ${most} ms` : ""}`
  throw new RangeError(
    `${asker}: ${option} is ${say(given)}: give a length of time${bounds}, as "10 seconds" or a number of milliseconds`
  )
}

const ENGINE = "Engine.layer"

const atLeast = (option: string, least: number, given: number): number => {
  if (typeof given === "number" && given >= least) return given
  throw new RangeError(`${ENGINE}: ${option} is ${say(given)}: give a number from ${least}`)
}

const oneOf = <const Name extends string>(option: string, names: ReadonlyArray<Name>, given: Name): Name => {
  if (names.includes(given)) return given
  throw new RangeError(`${ENGINE}: ${option} is ${say(given)}: give one of ${names.join(", ")}`)
}

const snapshots = (given: Snapshots | false = {}): { readonly every: number; readonly onIdle: boolean } => {
  if (given === false) return { every: Infinity, onIdle: false }
  const { every = 1_000, onIdle = false } = given
  return { every: atLeast("snapshots.every", 1, every), onIdle }
}

/** Unless it is said how long, those that are as quickly back as a signal is stored leave soon: whoever has them may be killed. */
const idle = (given: Options<[]>["idle"]): Stay => {
  if (given === undefined) return { brief: 1_000, long: 30_000 }
  const stay = millis(ENGINE, "idle", given)
  return { brief: stay, long: stay }
}

const limits = ({ history = 50_000, payload = 2 * 1024 * 1024, warnAt = 0.5 }: RecordLimits = {}): Limits.Resolved => {
  if (!(warnAt > 0 && warnAt <= 1)) {
    throw new RangeError(`${ENGINE}: limits.warnAt is ${say(warnAt)}: give a part from 0 to 1`)
  }
  return { payload: atLeast("limits.payload", 1, payload), history: atLeast("limits.history", 1, history), warnAt }
}

/** The names of the steps whose effects are run; nothing where some are known only while an instance runs. */
const stepsOf = (workflows: ReadonlyArray<Workflow.Any>): ReadonlySet<string> | undefined => {
  const names = new Set<string>()
  const stack: Array<Node.Node> = workflows.map(({ body }) => body)
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node._tag === "FlatMap" || node._tag === "Gen") return undefined
    if (node._tag === "RunIO") names.add(node.name)
    for (const part of Node.children(node)) stack.push(part.node)
  }
  return names
}

const steps = (
  workflows: ReadonlyArray<Workflow.Any>,
  given: NonNullable<Options<[]>["steps"]> = {}
): NonNullable<Options<[]>["steps"]> => {
  const names = stepsOf(workflows)
  for (const [name, { concurrency }] of Object.entries(given)) {
    atLeast(`steps[${say(name)}].concurrency`, 1, concurrency)
    if (names === undefined || names.has(name)) continue
    const known =
      names.size === 0 ? "they have none" : `there ${names.size === 1 ? "is" : "are"} ${nearest(names, name)}`
    throw new RangeError(
      `${ENGINE}: steps[${say(name)}]: no workflow that is hosted here has a step of that name with an effect: ${known}`
    )
  }
  return given
}

/** What a residence needs of the options that its engine was given; `poll` is what the journal says. */
export const resolve = (
  options: Options<ReadonlyArray<Workflow.Any>>,
  journal: { readonly poll: number }
): Omit<Residence.Options, "observer" | "stored" | "encoders" | "readers"> => {
  const poll = millis(ENGINE, "poll", options.poll ?? journal.poll, 1)
  return {
    workflows: options.workflows,
    lease: millis(ENGINE, "lease", options.lease ?? Math.max(10_000, 3 * poll), 1, LONGEST_LEASE),
    poll,
    retry: RetryPolicy.resolve(options.retry),
    snapshots: snapshots(options.snapshots),
    audit: options.audit ?? false,
    limits: limits(options.limits),
    resident: Math.floor(atLeast("resident", 1, options.resident ?? 10_000)),
    idle: idle(options.idle),
    concurrency: atLeast("concurrency", 1, options.concurrency ?? Infinity),
    steps: steps(options.workflows, options.steps),
    takeovers: atLeast("takeovers", 1, options.takeovers ?? 10),
    grace: millis(ENGINE, "grace", options.grace ?? "5 seconds", 0, LONGEST_TIMER),
    isManual: oneOf("mode", ["auto", "manual"], options.mode ?? "auto") === "manual"
  }
}
