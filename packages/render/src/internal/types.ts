/** What a schema describes, in short: the type of a state, the fields of a payload. It is read off the schema, and nothing is run. */
import * as SchemaAST from "effect/SchemaAST"

/** Whatever has a schema's description. */
export interface Described {
  readonly ast: SchemaAST.AST
}

/** So many members of a union, or fields, are named; deeper than this nothing is. */
const WIDTH = 6
const DEPTH = 3

const primitives: { readonly [tag: string]: string } = {
  Null: "null",
  Undefined: "undefined",
  Void: "void",
  Never: "never",
  Any: "unknown",
  Unknown: "unknown",
  String: "string",
  TemplateLiteral: "string",
  Number: "number",
  Boolean: "boolean",
  BigInt: "bigint",
  Symbol: "symbol",
  UniqueSymbol: "symbol",
  ObjectKeyword: "object",
  Enum: "enum"
}

const cut = (texts: ReadonlyArray<string>): ReadonlyArray<string> =>
  texts.length > WIDTH ? [...texts.slice(0, WIDTH - 1), "…"] : texts

/** The literal `_tag` of a struct, which says what it is better than its fields do. */
const tagOf = ({ propertySignatures }: SchemaAST.Objects): string | undefined => {
  const tag = propertySignatures.find(({ name }) => name === "_tag")?.type
  return tag !== undefined && SchemaAST.isLiteral(tag) ? String(tag.literal) : undefined
}

const withoutUndefined = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> =>
  SchemaAST.isUnion(ast) ? ast.types.filter((type) => !SchemaAST.isUndefined(type)) : [ast]

const fields = (ast: SchemaAST.Objects, depth: number): ReadonlyArray<string> => [
  ...ast.propertySignatures
    .filter(({ name }) => name !== "_tag")
    .map(({ name, type }) =>
      SchemaAST.isOptional(type)
        ? `${String(name)}?: ${union(withoutUndefined(type), depth)}`
        : `${String(name)}: ${text(type, depth)}`
    ),
  ...ast.indexSignatures.map(({ parameter, type }) => `[${text(parameter, depth)}]: ${text(type, depth)}`)
]

const union = (types: ReadonlyArray<SchemaAST.AST>, depth: number): string =>
  cut([...new Set(types.map((type) => text(type, depth)))]).join(" | ")

const array = ({ elements, rest }: SchemaAST.Arrays, depth: number): string => {
  const [tail] = rest
  if (elements.length > 0 || tail === undefined) {
    const all = [
      ...elements.map((type) => text(type, depth)),
      ...(tail === undefined ? [] : [`...${text(tail, depth)}[]`])
    ]
    return `[${cut(all).join(", ")}]`
  }
  const item = text(tail, depth)
  return item.includes(" ") ? `Array<${item}>` : `${item}[]`
}

/** Schemas of Effect's own are declarations with an id, such as `effect/schema/Option`. */
const declaration = (ast: SchemaAST.Declaration, depth: number): string => {
  const representation = ast.annotations?.["representation"] as { readonly id?: unknown } | undefined
  const id = typeof representation?.id === "string" ? representation.id : ""
  const name = id.slice(id.lastIndexOf("/") + 1) || "unknown"
  return ast.typeParameters.length === 0
    ? name
    : `${name}<${ast.typeParameters.map((type) => text(type, depth)).join(", ")}>`
}

/** A picture is drawn all the same where a schema is not there yet. */
const suspended = ({ thunk }: SchemaAST.Suspend, depth: number): string => {
  try {
    return text(thunk(), depth)
  } catch {
    return "…"
  }
}

const text = (ast: SchemaAST.AST, depth: number): string => {
  const name = SchemaAST.resolveIdentifier(ast)
  if (name !== undefined) return name
  if (SchemaAST.isLiteral(ast))
    return typeof ast.literal === "string" ? JSON.stringify(ast.literal) : String(ast.literal)
  const primitive = primitives[ast._tag]
  if (primitive !== undefined) return primitive
  if (depth === 0) return "…"
  if (SchemaAST.isUnion(ast)) return union(ast.types, depth)
  if (SchemaAST.isArrays(ast)) return array(ast, depth - 1)
  if (SchemaAST.isDeclaration(ast)) return declaration(ast, depth - 1)
  if (SchemaAST.isSuspend(ast)) return suspended(ast, depth - 1)
  if (!SchemaAST.isObjects(ast)) return "unknown"
  const all = fields(ast, depth - 1)
  return tagOf(ast) ?? (all.length === 0 ? "{}" : `{ ${cut(all).join(", ")} }`)
}

/** The members of a type, one text for each; nothing where it could be anything. */
export const members = ({ ast }: Described): ReadonlyArray<string> | undefined => {
  const types = SchemaAST.isUnion(ast) && SchemaAST.resolveIdentifier(ast) === undefined ? ast.types : [ast]
  const texts = [...new Set(types.map((type) => text(type, DEPTH)))]
  return texts.includes("unknown") || texts.includes("never") ? undefined : texts
}

/** Members as one text. */
export const together = (texts: ReadonlyArray<string>): string => cut(texts).join(" | ")

/** The fields of a payload; its type where it has none, and nothing where there is nothing to say. */
export const payload = ({ ast }: Described): string | undefined => {
  const struct = SchemaAST.isDeclaration(ast) ? ast.typeParameters[0] : ast
  if (struct !== undefined && SchemaAST.isObjects(struct)) {
    const all = fields(struct, DEPTH)
    return all.length === 0 ? undefined : cut(all).join(", ")
  }
  const type = text(ast, DEPTH)
  return ["void", "undefined", "unknown", "never"].includes(type) ? undefined : type
}
