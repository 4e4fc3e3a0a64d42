/** Writing at a reference path, as `ResultPath` does. */
import * as Result from "effect/Result"
import type { AslFailure } from "../../Errors.ts"
import type { Problem } from "../../Problem.ts"
import { attempt, fail } from "./failures.ts"
import { field, isArray, isObject, kind, type Json } from "./json.ts"
import { parseReference, type ReferencePath } from "./path.ts"

/** A reference path that can be written: one into the input. */
export const parseWritable = (text: string): Result.Result<ReferencePath, Problem> =>
  Result.flatMap(parseReference(text), (path) =>
    path.root._tag === "input"
      ? Result.succeed(path)
      : Result.fail({
          path: [],
          message: `"${text}" is not in the input, and nothing else can be written`,
          mend: "begin with $., or use Assign to set a variable"
        })
  )

/** The name is the one that AWS gives this; the specification has `States.ResultPathMatchFailure`. */
const mismatch = (path: ReferencePath, depth: number, found: string): never =>
  fail(
    "States.ReferencePathConflict",
    `the reference path ${path.text} cannot be written: there is ${found} where ${named(path.keys[depth]!)} should be`
  )

const named = (key: string | number): string => (typeof key === "string" ? `the field "${key}"` : `the element ${key}`)

const put = (path: ReferencePath, depth: number, target: Json | undefined, value: Json): Json => {
  const key = path.keys[depth]
  if (key === undefined) {
    return value
  }
  if (typeof key === "string") {
    // Objects are made on the way where there is nothing, and in the place of a null.
    const fields = target === undefined || target === null ? {} : target
    return isObject(fields)
      ? Object.fromEntries([...Object.entries(fields), [key, put(path, depth + 1, field(fields, key), value)]])
      : mismatch(path, depth, kind(fields))
  }
  if (!isArray(target)) {
    return mismatch(path, depth, target === undefined ? "nothing" : kind(target))
  }
  return key < target.length
    ? target.with(key, put(path, depth + 1, target[key], value))
    : mismatch(path, depth, `an array of ${target.length}`)
}

/** `target` with `value` at a reference path. What is in the way is `States.ReferencePathConflict`. */
export const write = (path: ReferencePath, target: Json, value: Json): Result.Result<Json, AslFailure> =>
  attempt(() => writeOrThrow(path, target, value))

export const writeOrThrow = (path: ReferencePath, target: Json, value: Json): Json => put(path, 0, target, value)
