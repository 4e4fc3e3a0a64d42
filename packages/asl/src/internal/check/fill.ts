/**
 * A definition's value with its placeholders filled in, which is what the check looks at and what is compiled. Where a value can be read in
 * two ways, the check says which.
 */
import { filledText, functionIn, readings, type Substitutions } from "../data/placeholder.ts"
import { at, wrong, type Look, type Path } from "./look.ts"

/** How deep a definition is: what walks through its data goes as deep. */
const DEEPEST = 500

export const keyOf = (path: Path): string => JSON.stringify(path)

/** A filling under way. */
export interface Filling {
  readonly values: Substitutions
  /** The places that are read the other way, by their keys. */
  readonly turned: ReadonlySet<string>
  /** The places that can be read in two ways, as they are met. */
  readonly open: Map<string, Path>
  /** The objects around the one that is being filled. */
  readonly around: Set<object>
}

const chosen = (given: unknown, otherwise: unknown, { path }: Look, { open, turned }: Filling): unknown => {
  if (otherwise === undefined) return given
  open.set(keyOf(path), path)
  return turned.has(keyOf(path)) ? otherwise : given
}

const filledFields = (value: object, look: Look, filling: Filling): object => {
  const fields = new Map<string, unknown>()
  for (const [written, part] of Object.entries(value)) {
    const key = filledText(written, filling.values)
    const place = at(look, key)
    if (fields.has(key)) wrong(place, `the key "${key}" is there twice`, "Rename one of the two.")
    // CloudFormation's functions stand for what a task calls. Elsewhere they may be data, where nothing asks for a text.
    const called = written === "Resource" && "Type" in value && value.Type === "Task" ? functionIn(part) : undefined
    const otherwise = called === undefined ? undefined : filledText(called, filling.values)
    fields.set(key, chosen(filled(part, place, filling), otherwise, place, filling))
  }
  return Object.fromEntries(fields)
}

/** A value with its placeholders filled in. What JSON does not have is noted. */
export const filled = (value: unknown, look: Look, filling: Filling): unknown => {
  if (typeof value === "string") {
    const [given, otherwise] = readings(value, filling.values)
    return chosen(given, otherwise, look, filling)
  }
  if (typeof value === "bigint" || typeof value === "symbol" || typeof value === "function") {
    wrong(look, `it is a ${typeof value}, which JSON does not have`, "Give a value that JSON has.")
    return null
  }
  if (typeof value !== "object" || value === null) return value
  if (filling.around.has(value)) {
    wrong(look, "it holds itself", "Give a value that JSON has, with an end to it.")
    return null
  }
  if (filling.around.size === DEEPEST) {
    wrong(look, `it is more than ${DEEPEST} levels deep`, "Give a value with fewer levels.")
    return null
  }
  filling.around.add(value)
  const copy = Array.isArray(value)
    ? value.map((part, index) => filled(part, at(look, index), filling))
    : filledFields(value, look, filling)
  filling.around.delete(value)
  return copy
}
