/**
 * Rules `state-does-not-round-trip` and `state-schema-accepts-anything`: states that a restart would change.
 *
 * What a schema describes is sampled, written and read again. The samples are the same each time.
 */
import type { Codec } from "@waymark/core"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import { format } from "effect/Formatter"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import { describe } from "../cause.ts"
import { difference, holdsZoned } from "./difference.ts"
import type { Place } from "./places.ts"
import type { Say } from "./report.ts"

const SAMPLES = { count: 50, size: 4, maxDiscards: 200, seed: "waymark" }

/** The longest text of a value in a message. */
const LONGEST = 120

const short = (value: unknown): string => {
  const text = format(value)
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

/** Where a schema takes whatever it is given: the way to the part that does. */
const anythingIn = (schema: Codec.AnySchema): string | undefined => {
  const seen = new Set<SchemaAST.AST>()
  const open: Array<{ readonly ast: SchemaAST.AST; readonly path: string }> = [{ ast: schema.ast, path: "" }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { ast, path } = next
    if (seen.has(ast)) continue
    seen.add(ast)
    if (SchemaAST.isUnknown(ast) || SchemaAST.isAny(ast) || SchemaAST.isObjectKeyword(ast)) return path
    const inside = (ast: SchemaAST.AST, key?: string) => {
      open.push({ ast, path: key === undefined ? path : path === "" ? key : `${path}.${key}` })
    }
    if (SchemaAST.isSuspend(ast)) inside(ast.thunk())
    else if (SchemaAST.isUnion(ast)) for (const member of ast.types) inside(member)
    else if (SchemaAST.isDeclaration(ast)) for (const parameter of ast.typeParameters) inside(parameter)
    else if (SchemaAST.isArrays(ast)) for (const item of [...ast.elements, ...ast.rest]) inside(item)
    else if (SchemaAST.isObjects(ast)) {
      for (const { name, type } of ast.propertySignatures) inside(type, String(name))
      for (const { type } of ast.indexSignatures) inside(type)
    }
  }
  return undefined
}

/** What becomes of one value, where it is not the same again. */
const lossOf = (codec: Codec.Codec<unknown>, value: unknown): string | undefined => {
  const written = codec.encode(value)
  if (Result.isFailure(written)) return `${short(value)} cannot be written: ${describe(written.failure)}`
  const read = codec.decode(JSON.parse(JSON.stringify(written.success)))
  if (Result.isFailure(read)) {
    // Of far years, Effect does not read all moments in a zone that it has written.
    return holdsZoned(value) ? undefined : `${short(value)} cannot be read again: ${describe(read.failure)}`
  }
  const found = difference(value, read.success)
  if (found === undefined) return undefined
  // A schema may say itself what it holds to be the same.
  if (Schema.toEquivalence(codec.schema as never as Schema.Schema<unknown>)(value, read.success)) return undefined
  const { after, before, path } = found
  return `${path === "" ? "" : `at "${path}", `}${short(before)} comes back as ${short(after)}`
}

/** What is wrong with a schema. */
interface Flaws {
  readonly anything: string | undefined
  readonly loss: string | undefined
}

const known = new WeakMap<Codec.Codec<unknown>, Flaws>()

const flawsOf = (codec: Codec.Codec<unknown>): Flaws => {
  const flaws = known.get(codec)
  if (flaws !== undefined) return flaws
  const found: { -readonly [K in keyof Flaws]: Flaws[K] } = { anything: undefined, loss: undefined }
  // Schemas run code of their own; one that cannot be looked into or sampled is not judged.
  try {
    found.anything = anythingIn(codec.schema)
    if (found.anything === undefined) {
      const samples = Effect.runSync(Arbitrary.sampleEffect(Arbitrary.schema(codec.schema), SAMPLES))
      for (const sample of samples) if ((found.loss = lossOf(codec, sample)) !== undefined) break
    }
  } catch {
    found.loss = undefined
  }
  known.set(codec, found)
  return found
}

const judge = (what: string, codec: Codec.Codec<unknown>, place: Place, say: Say): void => {
  const { anything, loss } = flawsOf(codec)
  if (anything !== undefined) {
    const where = anything === "" ? "" : ` at "${anything}"`
    const message = `the ${what} schema accepts anything${where}, also what JSON cannot keep, which is lost with a restart. Describe what is really there; Schema.Json takes all that can be kept.`
    say("state-schema-accepts-anything", "warning", place, message)
  }
  if (loss !== undefined) {
    const message = `the ${what} schema does not give back what it was given: ${loss}. A restart would change it; mend the schema's encoding.`
    say("state-does-not-round-trip", "error", place, message)
  }
}

export const schemas = (
  workflow: { readonly input: Codec.Codec<unknown>; readonly state: Codec.Codec<unknown> },
  places: ReadonlyArray<Place>,
  say: Say
): void => {
  const [body] = places
  if (body !== undefined) {
    judge("state", workflow.state, body, say)
    if (workflow.input !== workflow.state) judge("input", workflow.input, body, say)
  }
  for (const place of places) {
    const { node } = place
    if (node._tag === "Checkpoint" && node.state !== workflow.state) judge("checkpoint's state", node.state, place, say)
    if (node._tag === "Embed" && node.codec !== undefined && node.codec !== workflow.state) {
      judge("embedded workflow's state", node.codec, place, say)
    }
  }
}
