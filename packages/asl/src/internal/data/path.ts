/**
 * JSONPath as Step Functions has it: a query over the input (`$`), the context object (`$$`) or a variable (`$name`). Paths are read
 * by every JSONPath state; reference paths, a subset that names one place, are also written by `ResultPath`.
 */
import * as Result from "effect/Result"
import type { AslFailure } from "../../Errors.ts"
import type { Problem } from "../../Problem.ts"
import { attempt, fail } from "./failures.ts"
import { field, show, type Json } from "./json.ts"
import { isDefinite, select } from "./pathSelection.ts"
import { root, segments } from "./pathSyntax.ts"
import type { Filter, Operand, Root, Segment } from "./pathTree.ts"
import { parsing, type Scanner } from "./scanner.ts"
import type { Scope } from "./scope.ts"

export interface Path {
  readonly text: string
  readonly root: Root
  readonly segments: ReadonlyArray<Segment>
  /** Whether it names at most one place, so that its result is the value there and not a list. */
  readonly definite: boolean
}

/** A path of names and indices only. */
export interface ReferencePath extends Path {
  readonly keys: ReadonlyArray<string | number>
}

/** A path within a longer text: it ends before one of `stop`. */
export const scan = (scanner: Scanner, stop: string): Path => {
  const start = scanner.at
  const from = root(scanner)
  const rest = segments(scanner, stop)
  return { text: scanner.text.slice(start, scanner.at), root: from, segments: rest, definite: isDefinite(rest) }
}

/** A path that is all of a text, but for blanks at its end. */
export const parse = (text: string): Result.Result<Path, Problem> =>
  parsing(text.trimEnd(), (scanner) => scan(scanner, ""))

const keyOf = (segment: Segment): string | number | undefined =>
  segment._tag === "name" ? segment.name : segment._tag === "index" && segment.index >= 0 ? segment.index : undefined

export const parseReference = (text: string): Result.Result<ReferencePath, Problem> =>
  Result.flatMap(parse(text), (path) => {
    const keys = path.segments.map(keyOf)
    return keys.every((key) => key !== undefined)
      ? Result.succeed({ ...path, keys })
      : Result.fail({
          path: [],
          message: `"${text}" is no reference path: it does not name one place`,
          mend: "use names and indices only, without wildcards, slices, filters and functions"
        })
  })

/** Whether a filter compares what is in its element with constants: that is what AWS has in reference paths. */
const isPlain = (filter: Filter): boolean => {
  switch (filter._tag) {
    case "and":
    case "or":
      return filter.filters.every(isPlain)
    case "not":
      return isPlain(filter.filter)
    case "exists":
      return isOfElement(filter.operand)
    case "compares":
      return !/^(?:=~|[a-z]+)$/.test(filter.operator) && isOfElement(filter.left) && filter.right._tag === "constant"
  }
}

const isOfElement = (operand: Operand): boolean => operand._tag === "path" && operand.from === "here"

/** A path that items are read from. It names one place, or the elements there that a plain filter lets pass. */
export const parseItems = (text: string): Result.Result<Path, Problem> =>
  Result.flatMap(parse(text), (path) =>
    path.segments.every(
      (segment) => keyOf(segment) !== undefined || (segment._tag === "filter" && isPlain(segment.filter))
    )
      ? Result.succeed(path)
      : Result.fail({
          path: [],
          message: `"${text}" is no reference path`,
          mend: "use names, indices and filters that compare fields with constants, as in $.jobs[?(@.open == true)]"
        })
  )

const rootValue = (path: Path, scope: Scope): Json | undefined => {
  switch (path.root._tag) {
    case "input":
      return scope.input
    case "context":
      return scope.context
    case "variable":
      return field(scope.variables, path.root.name)
  }
}

/** The value at a path, or `undefined` where it leads nowhere. */
export const find = (path: Path, scope: Scope): Json | undefined => {
  const start = rootValue(path, scope)
  return start === undefined ? undefined : select(path.segments, start, start)
}

/** As `read`, for use within. `where` names the field that the path stands in. */
export const readOrThrow = (path: Path, scope: Scope, where = ""): Json => {
  const value = find(path, scope)
  if (value !== undefined) {
    return value
  }
  const start = rootValue(path, scope)
  const searched =
    path.root._tag === "variable" && start === undefined ? "which is no variable here" : `in ${show(start!)}`
  return fail("States.Runtime", `the path ${path.text}${where} leads nowhere, ${searched}`)
}

/** The value at a path; leading nowhere is `States.Runtime`. */
export const read = (path: Path, scope: Scope, where = ""): Result.Result<Json, AslFailure> =>
  attempt(() => readOrThrow(path, scope, where))
