/** From a plan to its workflow. Every node is built by the combinators that users have. */
import { composites } from "./composites.ts"
import { forks } from "./forks.ts"
import { leaves } from "./leaves.ts"
import { fits, outermost, placeOf, type Place } from "./place.ts"
import { parts as partsOf, type Plan, type Tag } from "./plan.ts"
import type { Build, Call, Part, Site } from "./site.ts"

/** How a plan becomes a workflow. */
export interface Options {
  /** What names and positions begin with. Default: "0". */
  readonly prefix?: string
  /** Names by position, or few names for all. Default: "unique". */
  readonly names?: "unique" | "duplicates"
  /** Where it will stand. Default: as a whole workflow does. */
  readonly place?: Place
  /** A definition as it was, or will be: each version is the one road. */
  readonly road?: "before" | "after"
  /** The version of the workflow. Default: 1. */
  readonly version?: number
  /** Other names for some steps: a definition that was changed. */
  readonly rename?: Readonly<Record<string, string>>
  /** What to put around the part at a position: a definition that was added to. */
  readonly wrap?: { readonly position: string; readonly by: (part: Part) => Part }
  /** Told of every call of a function of the definition. */
  readonly watch?: (call: Call) => void
}

/** The name of the step that stands at a position of a plan. */
export const nameOf = (position: string, { names, rename }: Options = {}): string => {
  const name = names === "duplicates" ? "step" : `step ${position}`
  return rename?.[name] ?? name
}

const queryName = (position: string, { names }: Options): string =>
  names === "duplicates" ? "query" : `query ${position}`

/** The name of the trigger of the interruption at a position. */
export const triggerOf = (position: string): string => `${position}!`

/** Whether a plan is something with a trigger, of which its step has the name. */
export const isTriggered = (tag: Tag): boolean => tag === "InterruptWith" || tag === "Timeout"

const waitsForSignal = ({ k, tag }: Plan): boolean => tag === "HandleSignal" || (tag === "InterruptWith" && k % 2 === 0)

/** The names of the signals that a plan waits for. */
export const signalsOf = (plan: Plan, options: Options = {}): ReadonlyArray<string> => [
  ...new Set(
    partsOf(plan, options.prefix)
      .filter((placed) => waitsForSignal(placed.plan))
      .map(({ plan: { tag }, position }) => nameOf(isTriggered(tag) ? triggerOf(position) : position, options))
  )
]

/** The names of the queries that a plan answers. */
export const queriesOf = (plan: Plan, options: Options = {}): ReadonlyArray<string> => [
  ...new Set(
    partsOf(plan, options.prefix)
      .filter(({ plan: { tag } }) => tag === "Query")
      .map(({ position }) => queryName(position, options))
  )
]

const builds: { readonly [T in Tag]: Build } = { ...leaves, ...composites, ...forks }

/** Builds the workflow of a plan. It calls none of its functions. */
export const build = (whole: Plan, options: Options = {}): Part => {
  const { place = outermost(whole), prefix = "0", watch = () => undefined } = options
  const seen: Site["seen"] =
    (call, f) =>
    (...args) => {
      watch(call)
      return f(...args)
    }

  const make = ({ k, parts, tag: planned }: Plan, position: string, place: Place): Part => {
    const tag = fits(planned, place) ? planned : "Pure"
    const part = (index: number): Part => make(parts[index] as Plan, `${position}.${index}`, placeOf(tag, index, place))
    const made = builds[tag]({
      k,
      position,
      // Recovery looks for a checkpoint by its name.
      name: nameOf(position, tag === "Checkpoint" ? { ...options, names: "unique" } : options),
      trigger: nameOf(triggerOf(position), options),
      query: queryName(position, options),
      count: parts.length,
      part,
      parts: () => parts.map((_, index) => part(index)),
      road: options.road,
      seen
    })
    return options.wrap?.position === position ? options.wrap.by(made) : made
  }
  return make(whole, prefix, place)
}
