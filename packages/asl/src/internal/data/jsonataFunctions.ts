/**
 * What Step Functions adds to JSONata, and takes from it. `$partition`, `$range`, `$hash`, `$uuid`, `$parse` and the seed of `$random`
 * are added; `$eval` is away; `$now`, `$millis`, `$random` and `$shuffle` use what is recorded. A function that is given nothing where
 * AWS's gives nothing does so too, and the expression then fails for having no result.
 */
import { algorithms, digest, isAlgorithm } from "./digest.ts"
import { partition } from "./intrinsicFunctions.ts"
import * as JavaRandom from "./javaRandom.ts"
import type { Json } from "./json.ts"
import type { Recorded } from "./scope.ts"

/** Thrown by a function; JSONata reports it as it does its own errors. */
class Refused extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

const mismatch = (name: string, argument: number): never => {
  throw new Refused("T0410", `Argument ${argument} of function "${name}" does not match function signature`)
}

const refuse = (message: string): never => {
  throw new Refused("D3137", message)
}

const surplus = (name: string, given: ReadonlyArray<unknown>, most: number): void => {
  if (given.length > most && given[most] !== undefined) {
    mismatch(name, most + 1)
  }
}

/** Numbers that are not whole lose what is behind the point, as AWS has it here; intrinsic functions round instead. */
const whole = (value: unknown, name: string, argument: number): number =>
  typeof value === "number" ? Math.trunc(value) + 0 : mismatch(name, argument)

/** A list that JSONata treats as a sequence: one element stands for itself, and none for nothing. */
const sequence = (values: ReadonlyArray<number>): unknown =>
  values.length === 0 ? undefined : values.length === 1 ? values[0] : values

const range = (from: unknown, to: unknown, step: unknown): unknown => {
  const [first, last] = [whole(from, "range", 1), whole(to, "range", 2)]
  const by = step === undefined ? 0 : whole(step, "range", 3)
  const length = by === 0 ? 0 : Math.max(0, Math.floor((last - first) / by) + 1)
  return length > maximalRange
    ? refuse("Expression evaluation memory limit exceeded")
    : sequence(Array.from({ length }, (_, index) => first + index * by))
}

/** AWS refuses a longer sequence, and a longer `$range`. */
export const maximalLength = 873_782
const maximalRange = 360_145

const parts = (values: unknown, size: unknown): unknown => {
  if (values === undefined) {
    return undefined
  }
  if (!Array.isArray(values)) {
    throw new Refused("T0412", 'Argument 1 of function "partition" must be an array')
  }
  const by = size === undefined ? values.length : whole(size, "partition", 2)
  if (by < 0) {
    return refuse("Second argument must be zero or greater")
  }
  return by === 0 || values.length === 0 ? undefined : partition(values as ReadonlyArray<Json>, by)
}

const hash = (data: unknown, algorithm: unknown): unknown => {
  const text = typeof data === "string" ? data : mismatch("hash", 1)
  if (algorithm === undefined) {
    return undefined
  }
  if (typeof algorithm !== "string") {
    return mismatch("hash", 2)
  }
  return isAlgorithm(algorithm)
    ? digest(text, algorithm)
    : refuse(`Hash algorithm '${algorithm}' must be one of ${algorithms.join(", ")}`)
}

const parse = (json: unknown): unknown => {
  if (json === undefined) {
    return undefined
  }
  const text = typeof json === "string" ? json : mismatch("parse", 1)
  try {
    return JSON.parse(text) as unknown
  } catch {
    return refuse("Invalid JSON")
  }
}

const shuffled = (values: ReadonlyArray<unknown>, random: () => number): ReadonlyArray<unknown> => {
  const result: Array<unknown> = []
  for (const [at, value] of values.entries()) {
    const to = Math.floor(random() * (at + 1))
    if (to !== at) {
      result[at] = result[to]
    }
    result[to] = value
  }
  return result
}

type Native = (...given: ReadonlyArray<unknown>) => unknown

/** JSONata asks a function how many arguments it takes before it passes it elements, as `$map` does. */
const native = (name: string, most: number, call: Native): Native =>
  Object.defineProperty(
    (...given: ReadonlyArray<unknown>) => {
      surplus(name, given, most)
      return call(...given)
    },
    "length",
    { value: most }
  )

/** The functions by name, without the `$`, to bind over JSONata's own. `formatted` writes milliseconds as JSONata's `$fromMillis` does. */
export const functions = (
  recorded: Recorded,
  formatted: (milliseconds: number, picture: unknown, timezone: unknown) => unknown
): Readonly<Record<string, Native | undefined>> => ({
  eval: undefined,
  partition: native("partition", 2, parts),
  range: native("range", 3, range),
  hash: native("hash", 2, hash),
  parse: native("parse", 1, parse),
  uuid: native("uuid", 0, recorded.uuid),
  random: native("random", 1, (seed) =>
    seed === undefined ? recorded.random() : JavaRandom.make(BigInt(whole(seed, "random", 1))).nextDouble()
  ),
  shuffle: native("shuffle", 1, (values) =>
    values === undefined ? undefined : shuffled(Array.isArray(values) ? values : [values], recorded.random)
  ),
  millis: native("millis", 0, () => recorded.now),
  now: native("now", 2, (picture, timezone) => formatted(recorded.now, picture, timezone))
})
