/** Which typed failures a part may end with, by their `_tag`s, as far as schemas say. */
import * as SchemaAST from "effect/SchemaAST"

/** The failures of a part. A set belongs to one part at a time, so that putting two together costs the smaller one. */
export interface Failures {
  readonly tags: Set<string>
  /** Whether there may be failures whose tags nobody knows beforehand. */
  readonly others: boolean
}

/** It stays that way: `union` adds to the larger of two sets. */
const empty = new Set<string>()

export const none: Failures = { tags: empty, others: false }

export const unknown: Failures = { tags: empty, others: true }

export const may = ({ others, tags }: Failures): boolean => others || tags.size > 0

/** Both together; the two that were given are used up. */
export const union = (a: Failures, b: Failures): Failures => {
  const [small, large] = a.tags.size < b.tags.size ? [a.tags, b.tags] : [b.tags, a.tags]
  for (const tag of small) large.add(tag)
  return { tags: large, others: a.others || b.others }
}

/** Whether a `catchTag` gets any of them, and what passes it by. No tags get them all. */
export const caught = (failures: Failures, tags: ReadonlyArray<string> | undefined): readonly [boolean, Failures] => {
  if (tags === undefined) return [may(failures), none]
  let some = failures.others
  for (const tag of tags) if (failures.tags.delete(tag)) some = true
  return [some, failures]
}

const texts = (ast: SchemaAST.AST): ReadonlyArray<string> | undefined => {
  if (SchemaAST.isLiteral(ast)) return typeof ast.literal === "string" ? [ast.literal] : undefined
  if (!SchemaAST.isUnion(ast)) return undefined
  const members = ast.types.map(texts)
  return members.includes(undefined) ? undefined : members.flatMap((member) => member ?? [])
}

/** The failures that a schema describes. */
export const ofSchema = ({ ast }: { readonly ast: SchemaAST.AST }): Failures => {
  const tags = new Set<string>()
  let others = false
  const seen = new Set<SchemaAST.AST>()
  const open = [ast]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next) || SchemaAST.isNever(next)) continue
    seen.add(next)
    if (SchemaAST.isUnion(next)) open.push(...next.types)
    else if (SchemaAST.isSuspend(next)) open.push(next.thunk())
    // A class is written as what it is made of.
    else if (SchemaAST.isDeclaration(next) && SchemaAST.toEncoded(next) !== next) open.push(SchemaAST.toEncoded(next))
    else {
      const tag = SchemaAST.isObjects(next) ? next.propertySignatures.find(({ name }) => name === "_tag") : undefined
      const known = tag === undefined || SchemaAST.isOptional(tag.type) ? undefined : texts(tag.type)
      if (known === undefined) others = true
      else for (const text of known) tags.add(text)
    }
  }
  return { tags, others }
}
