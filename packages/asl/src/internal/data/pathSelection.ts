/**
 * What a JSONPath selects, after Jayway's JsonPath, which AWS names as its syntax. It parts from RFC 9535, and so from the libraries
 * that follow it, in that: fields named together (`['a','b']`) give one object; a filter over an object asks the object itself; a
 * definite path that leads nowhere is an error while an indefinite one gives an empty list; paths end in functions.
 */
import { accepts } from "./filter.ts"
import { field, isArray, isObject, object, type Json, type JsonObject } from "./json.ts"
import { call, callOnAll } from "./pathFunctions.ts"
import type { Segment } from "./pathTree.ts"

/** Whether the segments name one place at most. */
export const isDefinite = (segments: ReadonlyArray<Segment>): boolean =>
  segments.every(
    ({ _tag }, at) =>
      _tag === "name" || _tag === "index" || _tag === "call" || (_tag === "names" && at === segments.length - 1)
  ) || summary(segments) !== undefined

/** A function at the end of a path that begins with `$..` is one of the list of everything found, so its path names one value again. */
const summary = (segments: ReadonlyArray<Segment>) => {
  const last = segments.at(-1)
  return last?._tag === "call" && segments[0]?._tag === "descent" ? last : undefined
}

const elements = (values: ReadonlyArray<Json>, indices: ReadonlyArray<number>): ReadonlyArray<Json> =>
  indices.flatMap((index) => {
    const value = values.at(index)
    return value === undefined ? [] : [value]
  })

/** With both ends given, negative positions count on past the end, as Jayway has it: `[-2:1]` has the last two and the first. */
const slice = (values: ReadonlyArray<Json>, from: number | undefined, to: number | undefined): ReadonlyArray<Json> =>
  from === undefined || to === undefined
    ? values.slice(from ?? 0, to)
    : elements(
        values,
        Array.from({ length: Math.max(0, Math.min(to, values.length) - from) }, (_, at) => from + at)
      )

const below = (value: Json): ReadonlyArray<Json> =>
  isArray(value) ? value : isObject(value) ? Object.values(value) : []

const withAllBelow = (value: Json): ReadonlyArray<Json> => [value, ...below(value).flatMap(withAllBelow)]

const named = (names: ReadonlyArray<string>, value: JsonObject): ReadonlyArray<readonly [string, Json]> =>
  names.flatMap((name) => (Object.hasOwn(value, name) ? [[name, value[name]!] as const] : []))

/** Fields named together are one object at the end of a path only; a path that goes on goes on from each of them. */
const chooseOnTheWay = (segment: Segment, value: Json, root: Json): ReadonlyArray<Json> | undefined =>
  segment._tag === "names" && isObject(value)
    ? named(segment.names, value).map(([, one]) => one)
    : choose(segment, value, root)

/** What one segment selects in one value; `undefined` where it cannot be asked of such a value. */
const choose = (segment: Segment, value: Json, root: Json): ReadonlyArray<Json> | undefined => {
  switch (segment._tag) {
    case "name": {
      const found = isObject(value) ? field(value, segment.name) : undefined
      return found === undefined ? undefined : [found]
    }
    case "names":
      return isObject(value) ? [object(named(segment.names, value))] : undefined
    case "index":
      return isArray(value) ? elements(value, [segment.index]) : undefined
    case "indices":
      return isArray(value) ? elements(value, segment.indices) : undefined
    case "slice":
      return isArray(value) ? slice(value, segment.from, segment.to) : undefined
    case "wildcard":
      return below(value)
    case "filter":
      return isArray(value)
        ? value.filter((element) => accepts(segment.filter, element, root, select))
        : isObject(value)
          ? [value].filter((itself) => accepts(segment.filter, itself, root, select))
          : undefined
    case "descent":
      return withAllBelow(value)
    case "call":
      return [call(segment.name, value)]
  }
}

const isDescentOverFilter = (segments: ReadonlyArray<Segment>, at: number): boolean =>
  segments[at]?._tag === "filter" && segments[at - 1]?._tag === "descent"

/** Everything that the segments select, in order; `undefined` where a definite beginning leads nowhere. */
const selectAll = (segments: ReadonlyArray<Segment>, start: Json, root: Json): ReadonlyArray<Json> | undefined => {
  let values: ReadonlyArray<Json> = [start]
  let definite = true
  for (const [at, segment] of segments.entries()) {
    // `..[?(…)]` asks every value that there is, so the elements of an array are not asked once more.
    const asked = isDescentOverFilter(segments, at) ? values.filter((value) => !isArray(value)) : values
    const take = at === segments.length - 1 ? choose : chooseOnTheWay
    const chosen = asked.map((value) => take(segment, value, root))
    if (definite && chosen[0] === undefined && chosen.length === 1) {
      return undefined
    }
    values = chosen.flatMap((some) => some ?? [])
    definite &&= segment._tag !== "names" && isDefinite([segment])
  }
  return values
}

/** The value of a definite path or the list of an indefinite one; `undefined` where the path leads nowhere. */
export const select = (segments: ReadonlyArray<Segment>, start: Json, root: Json): Json | undefined => {
  const last = summary(segments)
  if (last !== undefined) {
    const all = selectAll(segments.slice(0, -1), start, root)
    return all === undefined ? undefined : callOnAll(last.name, all)
  }
  const values = selectAll(segments, start, root)
  return isDefinite(segments) ? values?.[0] : values
}
