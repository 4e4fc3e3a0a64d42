/** The functions that a path can end with: `$.prices.max()`. */
import { fail } from "./failures.ts"
import { isArray, isObject, show, type Json } from "./json.ts"
import type { functionNames } from "./pathTree.ts"

const numbers = (value: Json): ReadonlyArray<number> =>
  isArray(value) ? value.filter((element) => typeof element === "number") : []

const ofNumbers = (value: Json, reduce: (all: ReadonlyArray<number>) => number): Json => {
  const all = numbers(value)
  return all.length === 0 ? fail("States.Runtime", `a function of numbers has none in ${show(value)}`) : reduce(all)
}

const sum = (all: ReadonlyArray<number>): number => all.reduce((total, one) => total + one, 0)

const average = (all: ReadonlyArray<number>): number => sum(all) / all.length

const deviation = (all: ReadonlyArray<number>): number =>
  Math.sqrt(average(all.map((one) => (one - average(all)) ** 2)))

const element = (value: Json, at: number): Json => {
  const found = isArray(value) ? value.at(at) : undefined
  return found === undefined ? fail("States.Runtime", `there is no element ${at} in ${show(value)}`) : found
}

const size = (value: Json): Json => (isArray(value) ? value.length : isObject(value) ? Object.keys(value).length : null)

const functions: Readonly<Record<(typeof functionNames)[number], (value: Json) => Json>> = {
  length: size,
  size,
  min: (value) => ofNumbers(value, (all) => all.reduce((least, one) => Math.min(least, one))),
  max: (value) => ofNumbers(value, (all) => all.reduce((most, one) => Math.max(most, one))),
  avg: (value) => ofNumbers(value, average),
  sum: (value) => ofNumbers(value, sum),
  stddev: (value) => ofNumbers(value, deviation),
  keys: (value) => (isObject(value) ? Object.keys(value) : null),
  first: (value) => element(value, 0),
  last: (value) => element(value, -1),
  concat: (value) => (isArray(value) ? value.filter((element) => typeof element === "string").join("") : null)
}

export const call = (name: (typeof functionNames)[number], value: Json): Json => functions[name](value)

/** A function of everything that a path beginning with `$..` has found. What is counted then is what is in all that was found. */
export const callOnAll = (name: (typeof functionNames)[number], found: ReadonlyArray<Json>): Json =>
  name === "length" || name === "size"
    ? found.reduce<number>((total, value) => total + ((size(value) as number | null) ?? 0), 0)
    : call(name, found)
