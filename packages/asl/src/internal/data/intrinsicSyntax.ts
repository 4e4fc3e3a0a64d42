/** The grammar of intrinsic functions: `States.Name(…)` over strings in single quotes, numbers, `true`, `false`, `null`, paths and calls. */
import type { Json } from "./json.ts"
import { scan, type Path } from "./path.ts"
import type { Scanner } from "./scanner.ts"

export type Argument =
  /** `raw` is the text between the quotes, escapes and all, which `States.Format` reads for itself. */
  | { readonly _tag: "string"; readonly raw: string }
  | { readonly _tag: "constant"; readonly value: Json }
  | { readonly _tag: "path"; readonly path: Path }
  | { readonly _tag: "call"; readonly call: Call }

export interface Call {
  readonly name: string
  readonly arguments: ReadonlyArray<Argument>
}

/** How many arguments each function takes: at least, at most. */
export const arities = {
  Array: [0, Infinity],
  ArrayContains: [2, 2],
  ArrayGetItem: [2, 2],
  ArrayLength: [1, 1],
  ArrayPartition: [2, 2],
  ArrayRange: [3, 3],
  ArrayUnique: [1, 1],
  Base64Decode: [1, 1],
  Base64Encode: [1, 1],
  Format: [1, Infinity],
  Hash: [2, 2],
  JsonMerge: [3, 3],
  JsonToString: [1, 1],
  MathAdd: [2, 2],
  MathRandom: [2, 3],
  StringSplit: [2, 2],
  StringToJson: [1, 1],
  UUID: [0, 0]
} as const satisfies Readonly<Record<string, readonly [number, number]>>

/** Which arguments are numbers in every call: a literal of another kind there can only be refused. */
export const numbers: { readonly [name: string]: ReadonlyArray<number> | undefined } = {
  ArrayGetItem: [1],
  ArrayPartition: [1],
  ArrayRange: [0, 1, 2],
  MathAdd: [0, 1],
  MathRandom: [0, 1, 2]
}

/** The functions that give, or may give, a string. */
export const textual = ["ArrayGetItem", "Base64Decode", "Base64Encode", "Format", "Hash", "JsonToString", "UUID"]

/** AWS takes ten functions within one another. */
const maximalDepth = 10

const hasOpenEscape = (raw: string): boolean => /\\(?![\\'{}])/.test(raw.replaceAll("\\\\", ""))

const argument = (scanner: Scanner, depth: number): Argument => {
  scanner.blanks()
  if (scanner.peek() === "'") {
    const raw = scanner.match(/'(?:[^'\\]|\\[\s\S])*'/y)
    if (raw === undefined) {
      return scanner.fail("a string is not closed", "close it with ', and write \\' for a quote within")
    }
    return hasOpenEscape(raw)
      ? scanner.fail(
          `a backslash in ${raw} escapes nothing`,
          "write \\\\ for a backslash, and one before ' { and } only"
        )
      : { _tag: "string", raw: raw.slice(1, -1) }
  }
  if (scanner.peek() === "$") {
    return { _tag: "path", path: scan(scanner, ",)\t\n\r") }
  }
  if (scanner.looking("States.")) {
    return { _tag: "call", call: call(scanner, depth + 1) }
  }
  const word = scanner.match(/true\b|false\b|null\b|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/y)
  return word === undefined
    ? scanner.fail("no argument", "write a string in single quotes, a number, true, false, null, a path or a call")
    : { _tag: "constant", value: Number.isNaN(Number(word)) ? (JSON.parse(word) as Json) : Number(word) + 0 }
}

const list = (scanner: Scanner, depth: number): ReadonlyArray<Argument> => {
  const all: Array<Argument> = []
  scanner.blanks()
  if (scanner.take(")")) {
    return all
  }
  do {
    all.push(argument(scanner, depth))
    scanner.blanks()
  } while (scanner.take(","))
  scanner.expect(")")
  return all
}

/** A call, of which `depth` are around it. */
export const call = (scanner: Scanner, depth = 1): Call => {
  if (depth > maximalDepth) {
    scanner.fail(`more than ${maximalDepth} functions within one another`, "take some to a state before")
  }
  scanner.expect("States.")
  const name = scanner.match(/\w*/y) ?? ""
  if (!Object.hasOwn(arities, name)) {
    scanner.fail(`there is no intrinsic function "States.${name}"`, `one of ${Object.keys(arities).join(", ")}`)
  }
  scanner.blanks()
  scanner.expect("(")
  const given = list(scanner, depth)
  const [least, most] = arities[name as keyof typeof arities]
  if (given.length < least || given.length > most) {
    const wanted = least === most ? `${least}` : most === Infinity ? `${least} or more` : `${least} to ${most}`
    scanner.fail(`States.${name} has ${given.length} arguments`, `give it ${wanted}`)
  }
  return { name, arguments: given }
}

/** A string without its escapes. */
export const unescaped = (raw: string): string => raw.replaceAll(/\\([\\'{}])/g, "$1")

/** A template, escapes and all, cut at each `{}`; `undefined` where a brace is neither escaped nor one of a pair. */
export const pieces = (raw: string): ReadonlyArray<string> | undefined => {
  const all = [""]
  for (const [token] of raw.matchAll(/\\[\s\S]|\{\}|[\s\S]/g)) {
    if (token === "{" || token === "}") {
      return undefined
    }
    if (token === "{}") {
      all.push("")
    } else {
      all[all.length - 1] += token
    }
  }
  return all
}
