/** The one state of every generated workflow, so that any composition of them fits, and the failures they end with. */
import { Failure } from "@waymark/core"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/** `n` is a digest of all that happened, `fuel` bounds the rounds that loops may still take, `match` goes by `_tag`. */
export const State = Schema.Struct({ _tag: Schema.Literals(["S", "T"]), n: Schema.Int, fuel: Schema.Int })
/** `n` is a digest of all that happened, `fuel` bounds the rounds that loops may still take, `match` goes by `_tag`. */
export type State = typeof State.Type

/** The business failures of generated workflows. */
export const Problem = Schema.Struct({ _tag: Schema.Literals(["Oops", "Nope"]), n: Schema.Int })
/** The business failures of generated workflows. */
export type Problem = typeof Problem.Type

const Settled = Schema.Result(State, Problem)

/** Whatever a generated workflow may rest in: also what forks without a `fork` start from, and end in without a `join`. */
export const Resting = Schema.Union([
  State,
  Settled,
  Schema.Array(State),
  Schema.Array(Settled),
  Schema.Record(Schema.String, State)
])

const PRIME = 9973

/** Mixes a number into a digest: order and repetition show. */
export const mix = (n: number, k: number): number => (((n * 31 + k + 7) % PRIME) + PRIME) % PRIME

/** The state after something that is told apart by a number. */
export const step = ({ fuel, n }: State, k: number): State => {
  const next = mix(n, k)
  return { _tag: next % 3 === 0 ? "T" : "S", n: next, fuel }
}

/** The state after one round of a loop. */
export const burn = (state: State): State => ({ ...state, fuel: state.fuel - 1 })

const isState = (value: unknown): value is State => Predicate.hasProperty(value, "n") && typeof value.n === "number"

/** A text as a number. */
export const digest = (text: string): number => {
  let value = 0
  for (let index = 0; index < text.length; index++) value = mix(value, text.charCodeAt(index))
  return value
}

/**
 * One state for whatever a part may start or rest in: a state, the record of a fork, how a branch settled, or what a
 * handler is given. The order of a record's keys makes no difference.
 */
export const summary = (value: unknown): State => {
  if (isState(value)) return value
  if (Failure.is(value)) return step(summary(value.state), digest(JSON.stringify(value.error)))
  if (Result.isResult(value)) {
    if (Result.isSuccess(value)) return summary(value.success)
    return step({ _tag: "S", n: 0, fuel: 0 }, digest(JSON.stringify(value.failure)))
  }
  let all: State = { _tag: "S", n: 0, fuel: Infinity }
  for (const [key, part] of Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { fuel, n } = summary(part)
    all = step({ ...all, fuel: Math.min(all.fuel, fuel) }, n + digest(key))
  }
  return all.fuel === Infinity ? { ...all, fuel: 0 } : all
}
