/** What a JSONPath is once it is read: a root and segments, with the filters among them. */
import type { Json } from "./json.ts"

export type Root =
  | { readonly _tag: "input" }
  | { readonly _tag: "context" }
  | { readonly _tag: "variable"; readonly name: string }

export const functionNames = [
  "length",
  "size",
  "min",
  "max",
  "avg",
  "sum",
  "stddev",
  "keys",
  "first",
  "last",
  "concat"
] as const

export type Segment =
  | { readonly _tag: "name"; readonly name: string }
  | { readonly _tag: "names"; readonly names: ReadonlyArray<string> }
  | { readonly _tag: "index"; readonly index: number }
  | { readonly _tag: "indices"; readonly indices: ReadonlyArray<number> }
  | { readonly _tag: "slice"; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly _tag: "wildcard" }
  | { readonly _tag: "filter"; readonly filter: Filter }
  /** `..`: what follows is looked for in every value below. */
  | { readonly _tag: "descent" }
  | { readonly _tag: "call"; readonly name: (typeof functionNames)[number] }

export const operators = [
  "===",
  "!==",
  "==",
  "!=",
  "=~",
  "<=",
  ">=",
  "<",
  ">",
  "in",
  "nin",
  "subsetof",
  "anyof",
  "noneof",
  "contains",
  "size",
  "empty"
] as const

export type Operator = (typeof operators)[number]

export type Operand =
  | { readonly _tag: "path"; readonly from: "here" | "root"; readonly segments: ReadonlyArray<Segment> }
  | { readonly _tag: "constant"; readonly value: Json }
  | { readonly _tag: "pattern"; readonly pattern: RegExp }

export type Filter =
  | { readonly _tag: "or" | "and"; readonly filters: ReadonlyArray<Filter> }
  | { readonly _tag: "not"; readonly filter: Filter }
  | { readonly _tag: "exists"; readonly operand: Operand }
  | { readonly _tag: "compares"; readonly left: Operand; readonly operator: Operator; readonly right: Operand }
