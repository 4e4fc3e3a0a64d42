/** The grammar of JSONPath: a root and segments. Names are wider than RFC 9535 has them, as AWS takes what Jayway's JsonPath takes. */
import { filter } from "./filterSyntax.ts"
import { functionNames, type Root, type Segment } from "./pathTree.ts"
import { quoted, type Scanner } from "./scanner.ts"

/** A name after a dot ends where something else begins. `stop` has what ends it in the text around. */
const nameAfterDot = (scanner: Scanner, stop: string): string => {
  const start = scanner.at
  while (!scanner.done && !`.[( ${stop}`.includes(scanner.peek())) {
    scanner.at += 1
  }
  if (scanner.at === start) {
    scanner.fail("a name is missing", "write the name of a field after the dot, or a name in ['…']")
  }
  return scanner.text.slice(start, scanner.at)
}

const afterDot = (scanner: Scanner, stop: string): Segment => {
  if (scanner.take("*")) {
    return { _tag: "wildcard" }
  }
  const name = nameAfterDot(scanner, stop)
  if (scanner.peek() !== "(") {
    return { _tag: "name", name }
  }
  const call = functionNames.find((known) => known === name)
  if (call === undefined) {
    return scanner.fail(`there is no function "${name}"`, `one of ${functionNames.join(", ")}`)
  }
  scanner.expect("(")
  scanner.blanks()
  scanner.expect(")")
  return { _tag: "call", name: call }
}

const listOf = <A>(scanner: Scanner, one: () => A): ReadonlyArray<A> => {
  const all: Array<A> = []
  do {
    scanner.blanks()
    all.push(one())
    scanner.blanks()
  } while (scanner.take(","))
  return all
}

const integer = (scanner: Scanner): number | undefined => {
  const found = scanner.match(/-?\d+/y)
  return found === undefined ? undefined : Number(found)
}

const names = (scanner: Scanner): Segment => {
  const all = listOf(scanner, () =>
    scanner.peek() === "'" || scanner.peek() === '"'
      ? quoted(scanner)
      : scanner.fail("a name is missing", "write it in quotes")
  )
  return all.length === 1 ? { _tag: "name", name: all[0]! } : { _tag: "names", names: all }
}

const positions = (scanner: Scanner): Segment => {
  const from = integer(scanner)
  scanner.blanks()
  if (scanner.take(":")) {
    scanner.blanks()
    const to = integer(scanner)
    if (from === undefined && to === undefined) {
      scanner.fail("a slice has neither a beginning nor an end", "[*] has all elements")
    }
    // A step is taken and says nothing.
    scanner.match(/\s*:\s*(?:-?\d+)?/y)
    return { _tag: "slice", from, to }
  }
  if (from === undefined) {
    return scanner.fail("nothing that can be in brackets", "write a name in quotes, an index, a slice, * or ?(…)")
  }
  if (!scanner.take(",")) {
    return { _tag: "index", index: from }
  }
  const more = listOf(scanner, () => integer(scanner) ?? scanner.fail("an index is missing", "write a whole number"))
  return { _tag: "indices", indices: [from, ...more] }
}

const inBrackets = (scanner: Scanner): Segment => {
  scanner.blanks()
  const first = scanner.peek()
  let segment: Segment
  if (scanner.take("*")) {
    segment = { _tag: "wildcard" }
  } else if (scanner.take("?")) {
    segment = { _tag: "filter", filter: filter(scanner, segments) }
  } else {
    segment = first === "'" || first === '"' ? names(scanner) : positions(scanner)
  }
  scanner.blanks()
  scanner.expect("]")
  return segment
}

/** The segments from here to the first character that cannot go on a path, or to one of `stop`. */
export const segments = (scanner: Scanner, stop: string): ReadonlyArray<Segment> => {
  const all: Array<Segment> = []
  for (;;) {
    if (scanner.take("..")) {
      all.push({ _tag: "descent" }, scanner.take("[") ? inBrackets(scanner) : afterDot(scanner, stop))
    } else if (scanner.take("[") || scanner.take(".[")) {
      all.push(inBrackets(scanner))
    } else if (scanner.take(".")) {
      all.push(afterDot(scanner, stop))
    } else {
      return all
    }
    if (all.findIndex((segment) => segment._tag === "call") !== -1 && ".[".includes(scanner.peek() || " ")) {
      scanner.fail("something follows a function", "a function ends its path")
    }
  }
}

/** `$`, `$$` or `$name`. */
export const root = (scanner: Scanner): Root => {
  if (scanner.take("$$")) {
    return { _tag: "context" }
  }
  if (!scanner.take("$")) {
    scanner.fail("no path", "a path begins with $, $$ or the $name of a variable")
  }
  const name = scanner.match(/[\p{ID_Start}_][\p{ID_Continue}]*/uy)
  return name === undefined ? { _tag: "input" } : { _tag: "variable", name }
}
