/** The grammar of filters, `[?(@.price < 10 && @.name in ['a', 'b'])]`: comparisons of paths and constants, joined by `&&`, `||`, `!`. */
import type { Json } from "./json.ts"
import { operators, type Filter, type Operand, type Segment } from "./pathTree.ts"
import { quoted, type Scanner } from "./scanner.ts"

const pattern = (scanner: Scanner): Operand => {
  const source = scanner.match(/\/(?:[^/\\]|\\.)*\/[a-zA-Z]*/y)
  if (source === undefined) {
    return scanner.fail("a pattern is not closed", "close it with /")
  }
  const end = source.lastIndexOf("/")
  try {
    // The whole value has to match, as with Java's `matches`.
    return { _tag: "pattern", pattern: new RegExp(`^(?:${source.slice(1, end)})$`, source.slice(end + 1)) }
  } catch {
    return scanner.fail("no pattern that can be understood", "write a regular expression between slashes")
  }
}

const list = (scanner: Scanner): Json => {
  const values: Array<Json> = []
  scanner.expect("[")
  scanner.blanks()
  while (!scanner.take("]")) {
    values.push(constant(scanner))
    scanner.blanks()
    if (!scanner.take(",") && scanner.peek() !== "]") {
      scanner.fail("a list is not closed", "close it with ]")
    }
    scanner.blanks()
  }
  return values
}

const constant = (scanner: Scanner): Json => {
  if (scanner.peek() === "'" || scanner.peek() === '"') {
    return quoted(scanner)
  }
  if (scanner.peek() === "[") {
    return list(scanner)
  }
  const word = scanner.match(/(?:true|false|null)(?!\p{ID_Continue})|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/uy)
  return word === undefined
    ? scanner.fail(
        "nothing to compare",
        "write a path from @ or $, a string in quotes, a number, true, false, null or a list"
      )
    : (JSON.parse(word.replace(/^(-?)0+(?=\d)/, "$1")) as Json)
}

/** Reads the segments of a path. It is given, as paths have filters and filters have paths. */
type ReadSegments = (scanner: Scanner, stop: string) => ReadonlyArray<Segment>

const operand = (scanner: Scanner, segments: ReadSegments): Operand => {
  scanner.blanks()
  if (scanner.peek() === "/") {
    return pattern(scanner)
  }
  const from = scanner.take("@") ? "here" : scanner.take("$") ? "root" : undefined
  return from === undefined
    ? { _tag: "constant", value: constant(scanner) }
    : { _tag: "path", from, segments: segments(scanner, ")]=<>!&|,~") }
}

/** Operators that a text may follow without quotes. The others want a list, a pattern, a number or exactness. */
const beforeWords: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="])

/** A text that somebody forgot to quote, as it is taken after an operator: AWS deploys `[?(@.name == a)]`. */
const word = (scanner: Scanner): Operand | undefined => {
  scanner.blanks()
  const value = scanner.match(/(?!(?:true|false|null)(?!\p{ID_Continue}))[\p{ID_Start}_]\p{ID_Continue}*/uy)
  if (value === undefined) return undefined
  // Whoever writes these has no text in mind, and a comparison with one would match nothing.
  if (/^(?:true|false|null|undefined)$/i.test(value)) {
    scanner.fail(`"${value}" is no constant`, "write true, false or null, or put the text in quotes")
  }
  return { _tag: "constant", value }
}

const comparison = (scanner: Scanner, segments: ReadSegments): Filter => {
  const left = operand(scanner, segments)
  scanner.blanks()
  const operator = operators.find((word) => scanner.looking(word))
  if (operator === undefined) {
    return { _tag: "exists", operand: left }
  }
  scanner.expect(operator)
  const right = (beforeWords.has(operator) ? word(scanner) : undefined) ?? operand(scanner, segments)
  return { _tag: "compares", left, operator, right }
}

const unary = (scanner: Scanner, segments: ReadSegments): Filter => {
  scanner.blanks()
  if (scanner.take("!")) {
    return { _tag: "not", filter: unary(scanner, segments) }
  }
  if (!scanner.take("(")) {
    return comparison(scanner, segments)
  }
  const inner = disjunction(scanner, segments)
  scanner.blanks()
  scanner.expect(")")
  return inner
}

const joined = (scanner: Scanner, word: string, _tag: "or" | "and", one: () => Filter): Filter => {
  const filters = [one()]
  for (scanner.blanks(); scanner.take(word); scanner.blanks()) {
    filters.push(one())
  }
  return filters.length === 1 ? filters[0]! : { _tag, filters }
}

const disjunction = (scanner: Scanner, segments: ReadSegments): Filter =>
  joined(scanner, "||", "or", () => joined(scanner, "&&", "and", () => unary(scanner, segments)))

/** What stands after the `?` of a filter. */
export const filter = (scanner: Scanner, segments: ReadSegments): Filter => {
  scanner.blanks()
  return scanner.peek() === "("
    ? disjunction(scanner, segments)
    : scanner.fail("a filter has no parentheses", "write [?(…)]")
}
