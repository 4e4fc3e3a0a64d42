/** What each intrinsic function does with the values of its arguments. Which ones it refuses, and how it rounds, is AWS's. */
import { algorithms, digest, isAlgorithm } from "./digest.ts"
import { fail } from "./failures.ts"
import type { arities } from "./intrinsicSyntax.ts"
import * as JavaRandom from "./javaRandom.ts"
import { inOrderOfHashes, written } from "./javaText.ts"
import { equal, isArray, isObject, kind, object, show, type Json, type JsonObject } from "./json.ts"
import type { Recorded } from "./scope.ts"

/** A function, given the values of its arguments and what is recorded. `Format` is given its template as segments between `{}`. */
export type Intrinsic = (values: ReadonlyArray<Json>, recorded: Recorded) => Json

/** AWS raises `States.Runtime` where the specification has `States.IntrinsicFailure`. */
const refuse = (cause: string): never => fail("States.Runtime", cause)

const array = (value: Json | undefined, what: string): ReadonlyArray<Json> =>
  isArray(value) ? value : refuse(`${what} has to be an array, and is ${kind(value!)}`)

const text = (value: Json | undefined, what: string): string =>
  typeof value === "string" ? value : refuse(`${what} has to be a string, and is ${kind(value!)}`)

const textWithin = (value: Json | undefined, what: string): string => {
  const found = text(value, what)
  return found.length <= 10_000 ? found : refuse(`${what} has ${found.length} characters; 10,000 are allowed`)
}

const record = (value: Json | undefined, what: string): JsonObject =>
  isObject(value) ? value : refuse(`${what} has to be an object, and is ${kind(value!)}`)

const number = (value: Json | undefined, what: string): number =>
  typeof value === "number" ? value : refuse(`${what} has to be a number, and is ${kind(value!)}`)

/** A whole number. What is behind the point is cut off, while AWS's documentation has it rounded. */
const whole = (value: Json | undefined, what: string): number => Math.trunc(number(value, what)) + 0

/** A whole number of 32 bits. */
const integer = (value: number, what: string): number =>
  Math.abs(value + 0.5) <= 2 ** 31 ? value : refuse(`${what} is ${value}, which has more than 32 bits`)

/** A summand is rounded, as Java does it: what is halfway goes up. */
const summand = (value: Json | undefined, what: string): number => integer(Math.floor(number(value, what) + 0.5), what)

const maximalRange = 1000

const range = ([from, to, step]: ReadonlyArray<Json>): Json => {
  const first = whole(from, "the start")
  const by = whole(step, "the step")
  if (by === 0) {
    return refuse("the step of a range cannot be 0")
  }
  const length = Math.max(0, Math.floor((whole(to, "the end") - first) / by) + 1)
  return length <= maximalRange
    ? Array.from({ length }, (_, index) => first + index * by)
    : refuse(`a range of ${length} elements; ${maximalRange} are allowed`)
}

export const partition = (values: ReadonlyArray<Json>, size: number): ReadonlyArray<ReadonlyArray<Json>> =>
  Array.from({ length: Math.ceil(values.length / size) }, (_, at) => values.slice(at * size, (at + 1) * size))

const parts = (value: Json, size: Json): Json => {
  const by = whole(size, "the size of the parts")
  return by > 0 ? partition(array(value, "what is parted"), by) : refuse(`parts of ${by} elements`)
}

const item = (value: Json, index: Json): Json => {
  const all = array(value, "what is looked into")
  const at = whole(index, "the index")
  // An array that is empty gives null for every element.
  return at >= 0 && at < all.length
    ? all[at]!
    : all.length === 0
      ? null
      : refuse(`there is no element ${at} in an array of ${all.length}`)
}

/** What is no Base64 is passed over, and what stands after the padding as well. */
const decoded = (encoded: string): string => Buffer.from(encoded.split("=", 1)[0]!, "base64").toString("utf8")

const merged = (left: Json, right: Json, deep: Json): Json =>
  deep === true
    ? refuse("objects are merged at their first level only: the third argument has to be false")
    : object([
        ...Object.entries(record(left, "the first object")),
        ...Object.entries(record(right, "the second object"))
      ])

/** Nothing but blanks is null, and not refused as the rest of what is no JSON. */
const parsed = (json: string): Json => {
  try {
    return json.trim() === "" ? null : (JSON.parse(json) as Json)
  } catch {
    return refuse(`no JSON: ${show(json)}`)
  }
}

const random = ([from, to, seed]: ReadonlyArray<Json>, recorded: Recorded): Json => {
  const first = integer(whole(from, "the start"), "the start")
  const size = integer(whole(to, "the end"), "the end") - first
  if (size <= 0) {
    return refuse(`the end has to be greater than the start ${first}`)
  }
  return seed === undefined || size > 0x7fffffff
    ? first + Math.floor(recorded.random() * size)
    : first + JavaRandom.make(BigInt(whole(seed, "the seed"))).nextInt(size)
}

/** Every character of `delimiters` parts the text, and nothing is left of what is empty between two of them. */
const split = (value: string, delimiters: string): ReadonlyArray<string> => {
  const pieces = [""]
  for (const character of value) {
    if (delimiters.includes(character)) {
      pieces.push("")
    } else {
      pieces[pieces.length - 1] += character
    }
  }
  return pieces.filter((piece) => piece !== "")
}

/** The text of a `States.Format` from what stands between its `{}` and the values for them. */
export const format = (between: ReadonlyArray<string>, values: ReadonlyArray<Json>): string =>
  between.length === values.length + 1
    ? between.map((piece, index) => piece + (index < values.length ? written(values[index]!) : "")).join("")
    : refuse(`the template has ${between.length - 1} times {} for ${values.length} values`)

export const functions: Readonly<Record<Exclude<keyof typeof arities, "Format">, Intrinsic>> = {
  Array: (values) => values,
  // Values are the same where they are written alike, so that 1 is in ["1"], and the order of fields counts.
  ArrayContains: ([value, one]) =>
    array(value, "what is looked into").some((element) => written(element) === written(one!)),
  ArrayGetItem: ([value, index]) => item(value!, index!),
  ArrayLength: ([value]) => array(value, "what is counted").length,
  ArrayPartition: ([value, size]) => parts(value!, size!),
  ArrayRange: range,
  ArrayUnique: ([value]) => {
    const all = array(value, "what is made unique")
    const unique = all.filter((one, index) => all.findIndex((other) => equal(one, other)) === index)
    return inOrderOfHashes(unique, all.length)
  },
  Base64Decode: ([value]) => decoded(textWithin(value, "what is decoded")),
  Base64Encode: ([value]) => Buffer.from(textWithin(value, "what is encoded"), "utf8").toString("base64"),
  Hash: ([data, algorithm]) =>
    isAlgorithm(algorithm)
      ? digest(textWithin(written(data!), "what is hashed"), algorithm)
      : refuse(`there is no algorithm ${show(algorithm!)}: it is one of ${algorithms.join(", ")}`),
  JsonMerge: ([left, right, deep]) => merged(left!, right!, deep!),
  JsonToString: ([value]) => JSON.stringify(value),
  MathAdd: ([left, right]) =>
    integer(summand(left, "the first number") + summand(right, "the second number"), "the sum"),
  MathRandom: random,
  StringSplit: ([value, delimiters]) => split(text(value, "what is split"), text(delimiters, "the delimiters")),
  StringToJson: ([value]) => parsed(text(value, "what is parsed")),
  UUID: (_, recorded) => recorded.uuid()
}
