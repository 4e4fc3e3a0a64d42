/** Payload templates: JSON in which a key that ends in `.$` takes its value from a path or an intrinsic function. */
import * as Result from "effect/Result"
import type { AslFailure } from "../../Errors.ts"
import type { Problem } from "../../Problem.ts"
import { attempt, fail } from "./failures.ts"
import * as Intrinsic from "./intrinsic.ts"
import { isArray, isObject, object, type Json } from "./json.ts"
import * as Path from "./path.ts"
import type { Recorded, Scope } from "./scope.ts"

type Source =
  | { readonly _tag: "path"; readonly path: Path.Path }
  | { readonly _tag: "call"; readonly call: Intrinsic.Call }

const suffix = ".$"

const isDynamic = (key: string): boolean => key.endsWith(suffix)

/** The value of a key that ends in `.$`, read. */
const source = (value: Json): Result.Result<Source, Problem> => {
  if (typeof value !== "string") {
    return Result.fail({
      path: [],
      message: "the value of a key that ends in .$ is no string",
      mend: "write a path or an intrinsic function there, or take .$ from the key"
    })
  }
  return Intrinsic.looksLike(value)
    ? Result.map(Intrinsic.parse(value), (call) => ({ _tag: "call", call }))
    : Result.map(Path.parse(value), (path) => ({ _tag: "path", path }))
}

/** Every `.$` in a template, with its place. */
const sources = (
  template: Json,
  path: ReadonlyArray<string | number> = []
): ReadonlyArray<{
  readonly path: ReadonlyArray<string | number>
  readonly source: Result.Result<Source, Problem>
}> => {
  if (isArray(template)) {
    return template.flatMap((element, index) => sources(element, [...path, index]))
  }
  return isObject(template)
    ? Object.entries(template).flatMap(([key, value]) =>
        isDynamic(key) ? [{ path: [...path, key], source: source(value) }] : sources(value, [...path, key])
      )
    : []
}

const clashes = (template: Json, path: ReadonlyArray<string | number> = []): ReadonlyArray<Problem> => {
  if (isArray(template)) {
    return template.flatMap((element, index) => clashes(element, [...path, index]))
  }
  return isObject(template)
    ? Object.entries(template).flatMap(([key, value]) => [
        ...(isDynamic(key) && Object.hasOwn(template, key.slice(0, -suffix.length))
          ? [
              {
                path: [...path, key],
                message: `"${key.slice(0, -suffix.length)}" is there with .$ and without`,
                mend: "take one of them away"
              }
            ]
          : []),
        ...clashes(value, [...path, key])
      ])
    : []
}

const sound = (source: Source): Result.Result<unknown, Problem> =>
  source._tag === "call" ? Intrinsic.sound(source.call) : Result.succeed(source)

/** What is wrong with a template: values of `.$` keys that are no path and no intrinsic function that may be called, and keys given twice. */
export const problems = (template: Json): ReadonlyArray<Problem> => [
  ...sources(template).flatMap(({ path, source }) => {
    const read = Result.flatMap(source, sound)
    return Result.isFailure(read) ? [{ ...read.failure, path: [...path, ...read.failure.path] }] : []
  }),
  ...clashes(template)
]

const pathsOf = (source: Source): ReadonlyArray<Path.Path> =>
  source._tag === "path" ? [source.path] : Intrinsic.paths(source.call)

/** The variables that a template reads. */
export const variables = (template: Json): ReadonlySet<string> =>
  new Set(
    sources(template)
      .flatMap(({ source }) => (Result.isSuccess(source) ? pathsOf(source.success) : []))
      .flatMap(({ root }) => (root._tag === "variable" ? [root.name] : []))
  )

const dynamic = (key: string, value: Json, scope: Scope, recorded: Recorded): Json => {
  const read = source(value)
  if (Result.isFailure(read)) {
    return fail("States.Runtime", `the field '${key}': ${read.failure.message}`)
  }
  if (read.success._tag === "call") {
    return Intrinsic.evaluateOrThrow(read.success.call, scope, recorded)
  }
  const { path } = read.success
  if (path.root._tag === "input" && scope.input === null) {
    return fail("States.Runtime", `the field '${key}': a path cannot be applied to an input that is null`)
  }
  return Path.readOrThrow(path, scope, `, for the field '${key}',`)
}

export const evaluateOrThrow = (template: Json, scope: Scope, recorded: Recorded): Json => {
  if (isArray(template)) {
    return template.map((element) => evaluateOrThrow(element, scope, recorded))
  }
  return isObject(template)
    ? object(
        Object.entries(template).map(([key, value]) =>
          isDynamic(key)
            ? [key.slice(0, -suffix.length), dynamic(key, value, scope, recorded)]
            : [key, evaluateOrThrow(value, scope, recorded)]
        )
      )
    : template
}

/** A template with its values. A path that leads nowhere is `States.Runtime`, as AWS has it, and not `States.ParameterPathFailure`. */
export const evaluate = (template: Json, scope: Scope, recorded: Recorded): Result.Result<Json, AslFailure> =>
  attempt(() => evaluateOrThrow(template, scope, recorded))
