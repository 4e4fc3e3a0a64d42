/** Which typed failures a part can end with, as far as it can be known without running it. */
import * as SchemaAST from "effect/SchemaAST"

/** The failures of one drawn node: the `_tag`s that are known, and whether there may be others. */
export interface Failures {
  readonly tags: ReadonlyArray<string>
  readonly others: boolean
}

/** What cannot fail. */
export const none: Failures = { tags: [], others: false }

/** What is known of a failure that a function of the workflow makes. */
export const unknown: Failures = { tags: [], others: true }

/** Whether there is nothing to draw. */
export const isNone = ({ others, tags }: Failures): boolean => !others && tags.length === 0

const literals = (ast: SchemaAST.AST): ReadonlyArray<string> | undefined => {
  if (SchemaAST.isLiteral(ast)) return typeof ast.literal === "string" ? [ast.literal] : undefined
  if (!SchemaAST.isUnion(ast)) return undefined
  const members = ast.types.map(literals)
  return members.every((tags) => tags !== undefined) ? members.flat() : undefined
}

/** Reads the `_tag` literals of an error schema; what it cannot read counts as `others`. */
export const ofSchema = (schema: { readonly ast: SchemaAST.AST }): Failures => {
  const tags = new Set<string>()
  let others = false
  const seen = new Set<SchemaAST.AST>()
  const stack: Array<SchemaAST.AST> = [schema.ast]
  for (let ast = stack.pop(); ast !== undefined; ast = stack.pop()) {
    if (seen.has(ast) || SchemaAST.isNever(ast)) continue
    seen.add(ast)
    if (SchemaAST.isUnion(ast)) stack.push(...ast.types.toReversed())
    else if (SchemaAST.isSuspend(ast)) stack.push(ast.thunk())
    else if (SchemaAST.isObjects(ast)) {
      const tag = ast.propertySignatures.find(({ name }) => name === "_tag")?.type
      const known = tag === undefined || SchemaAST.isOptional(tag) ? undefined : literals(tag)
      if (known === undefined) others = true
      else for (const value of known) tags.add(value)
    } else if (SchemaAST.isDeclaration(ast) && SchemaAST.toEncoded(ast) !== ast) {
      // A class says what it is made of by what it is encoded to.
      stack.push(SchemaAST.toEncoded(ast))
    } else others = true
  }
  return { tags: [...tags], others }
}

/** What any of several can end with. */
export const union = (all: ReadonlyArray<Failures>): Failures => ({
  tags: [...new Set(all.flatMap(({ tags }) => tags))],
  others: all.some(({ others }) => others)
})

/** Parts failures into those that a `catchTag` of `tags` may get and those that pass it by. No `tags` get them all. */
export const split = (failures: Failures, tags: ReadonlyArray<string> | undefined): readonly [Failures, Failures] => {
  if (tags === undefined) return [failures, none]
  return [
    { tags: failures.others ? tags : failures.tags.filter((tag) => tags.includes(tag)), others: false },
    { tags: failures.tags.filter((tag) => !tags.includes(tag)), others: failures.others }
  ]
}

/** In words, for the edge that leads to a handler. */
export const words = ({ others, tags }: Failures): string =>
  tags.length === 0 ? "failure" : [...tags, ...(others ? ["others"] : [])].join(", ")
