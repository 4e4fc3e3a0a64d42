/**
 * Schemas of which JSON is the value itself: scalars, and structs and lists of them. What passes here is taken over without a parser, which
 * takes several times as long; whatever does not is left to the parser, which knows why.
 */
import type * as SchemaAST from "effect/SchemaAST"

/** What stands for a value that the parser has to look at. */
export const OTHER: unique symbol = Symbol.for("@waymark/core/OTHER")

/** Takes a value over, both from JSON and to it: what is made is new, as a parser makes it. */
export type Copy = (value: unknown) => unknown

const string: Copy = (value) => (typeof value === "string" ? value : OTHER)
const boolean: Copy = (value) => (typeof value === "boolean" ? value : OTHER)
// Minus zero is another number in JSON.
const number: Copy = (value) => (Number.isFinite(value) && !Object.is(value, -0) ? value : OTHER)

const oneOf =
  (literals: ReadonlySet<unknown>): Copy =>
  (value) =>
    literals.has(value) && !Object.is(value, -0) ? value : OTHER

interface Field {
  readonly name: string
  readonly copy: Copy
  readonly isOptional: boolean
}

const structOf =
  (fields: ReadonlyArray<Field>): Copy =>
  (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return OTHER
    const given = value as Readonly<Record<string, unknown>>
    const struct: Record<string, unknown> = {}
    for (const { copy, isOptional, name } of fields) {
      if (!(name in given)) {
        if (isOptional) continue
        return OTHER
      }
      const copied = copy(given[name])
      if (copied === OTHER) return OTHER
      struct[name] = copied
    }
    return struct
  }

const listOf =
  (copy: Copy): Copy =>
  (value) => {
    if (!Array.isArray(value)) return OTHER
    const list: Array<unknown> = []
    for (let index = 0; index < value.length; index++) {
      const copied = copy(value[index])
      if (copied === OTHER) return OTHER
      list.push(copied)
    }
    return list
  }

const orNull =
  (copy: Copy): Copy =>
  (value) =>
    value === null ? null : copy(value)

/** A scalar of which more is asked. */
const checked = (copy: Copy, ast: SchemaAST.AST, checks: SchemaAST.Checks): Copy => {
  const passes = (check: SchemaAST.Check<unknown>, value: unknown): boolean =>
    check._tag === "Filter"
      ? check.run(value, ast, {}) === undefined
      : check.checks.every((inner) => passes(inner, value))
  return (value) => (copy(value) !== OTHER && checks.every((check) => passes(check, value)) ? value : OTHER)
}

const all = <A, B>(items: ReadonlyArray<A>, make: (item: A) => B | undefined): ReadonlyArray<B> | undefined => {
  const made: Array<B> = []
  for (const item of items) {
    const one = make(item)
    if (one === undefined) return undefined
    made.push(one)
  }
  return made
}

const fieldOf = ({ name, type }: SchemaAST.PropertySignature): Field | undefined => {
  if (typeof name !== "string" || name === "__proto__") return undefined
  const copy = copyOf(type)
  return copy && { name, copy, isOptional: type.context?.isOptional === true }
}

const unionOf = (types: ReadonlyArray<SchemaAST.AST>): Copy | undefined => {
  const literals = all(types, (type) => literalOf(type))
  if (literals !== undefined) return oneOf(new Set(literals.map(({ literal }) => literal)))
  const [one, other] = types
  if (one === undefined || other === undefined || types.length > 2) return undefined
  const some = isNull(one) ? other : isNull(other) ? one : undefined
  const copy = some && copyOf(some)
  return copy && orNull(copy)
}

const isNull = (ast: SchemaAST.AST): boolean => ast._tag === "Null" && isBare(ast)

const literalOf = (ast: SchemaAST.AST): { readonly literal: unknown } | undefined => {
  if (isNull(ast)) return { literal: null }
  return ast._tag === "Literal" && isBare(ast) && typeof ast.literal !== "bigint" && !Object.is(ast.literal, -0)
    ? ast
    : undefined
}

/** Whether nothing more is asked of a value, and it is written as it is. */
const isBare = (ast: SchemaAST.AST): boolean =>
  ast.checks === undefined &&
  ast.encoding === undefined &&
  (!("encodingChecks" in ast) || ast.encodingChecks === undefined)

const scalars: { readonly [Tag in SchemaAST.AST["_tag"]]?: Copy } = { String: string, Number: number, Boolean: boolean }

const known = new WeakMap<SchemaAST.AST, Copy | undefined>()

/** How values of a schema are taken over; `undefined` where that is for the parser. What is part of many schemas is looked at once. */
export const copyOf = (ast: SchemaAST.AST): Copy | undefined => {
  if (known.has(ast)) return known.get(ast)
  const copy = made(ast)
  known.set(ast, copy)
  return copy
}

const made = (ast: SchemaAST.AST): Copy | undefined => {
  const scalar = ast.encoding === undefined ? scalars[ast._tag] : undefined
  if (scalar !== undefined) return ast.checks === undefined ? scalar : checked(scalar, ast, ast.checks)
  if (!isBare(ast)) return undefined
  switch (ast._tag) {
    case "Null":
    case "Literal":
      return unionOf([ast])
    case "Union":
      return ast.options?.mode === "oneOf" ? undefined : unionOf(ast.types)
    case "Objects": {
      // A struct without fields takes whatever is not nothing.
      if (ast.indexSignatures.length > 0 || ast.propertySignatures.length === 0) return undefined
      const fields = all(ast.propertySignatures, fieldOf)
      return fields && structOf(fields)
    }
    case "Arrays": {
      const [item, ...others] = ast.rest
      const copy = item === undefined || others.length + ast.elements.length > 0 ? undefined : copyOf(item)
      return copy && listOf(copy)
    }
    default:
      return undefined
  }
}
