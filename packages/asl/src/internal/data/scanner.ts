/** A place in a text that is being read: what the parsers of paths, filters and intrinsic functions have in common. */
import * as Result from "effect/Result"
import type { Problem } from "../../Problem.ts"

/** Thrown where a text cannot be read; `parsing` turns it into a problem. */
class Unreadable extends Error {
  readonly mend: string
  constructor(message: string, mend: string) {
    super(message)
    this.mend = mend
  }
}

export class Scanner {
  readonly text: string
  at = 0
  constructor(text: string) {
    this.text = text
  }

  get done(): boolean {
    return this.at >= this.text.length
  }

  peek(): string {
    return this.text[this.at] ?? ""
  }

  looking(word: string): boolean {
    return this.text.startsWith(word, this.at)
  }

  /** Whether `word` is next; if so, it is passed. */
  take(word: string): boolean {
    if (!this.looking(word)) {
      return false
    }
    this.at += word.length
    return true
  }

  /** What a sticky expression matches here, passed. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    this.at += found?.length ?? 0
    return found
  }

  blanks(): void {
    this.match(/\s*/y)
  }

  expect(word: string): void {
    if (!this.take(word)) {
      this.fail(`"${word}" is missing`, `write "${word}" there`)
    }
  }

  fail(message: string, mend: string): never {
    throw new Unreadable(`${message} at character ${this.at} of "${this.text}"`, mend)
  }
}

/** All of a text, read by `read`. */
export const parsing = <A>(text: string, read: (scanner: Scanner) => A): Result.Result<A, Problem> => {
  const scanner = new Scanner(text)
  try {
    const value = read(scanner)
    if (!scanner.done) {
      scanner.fail(`"${scanner.text.slice(scanner.at)}" is left over`, "take it away")
    }
    return Result.succeed(value)
  } catch (error) {
    if (error instanceof Unreadable) {
      return Result.fail({ path: [], message: error.message, mend: error.mend })
    }
    throw error
  }
}

const named: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }

/** A string in single or double quotes, with a backslash before what would end it, as JSONPath has them. */
export const quoted = (scanner: Scanner): string => {
  const quote = scanner.peek()
  scanner.at += 1
  let value = ""
  while (!scanner.take(quote)) {
    if (scanner.done) {
      scanner.fail("a string is not closed", `close it with ${quote}`)
    }
    const character = scanner.peek()
    scanner.at += 1
    value += character === "\\" ? escaped(scanner) : character
  }
  return value
}

const escaped = (scanner: Scanner): string => {
  const code = scanner.match(/u[0-9a-fA-F]{4}/y)
  if (code !== undefined) {
    return String.fromCharCode(Number.parseInt(code.slice(1), 16))
  }
  const character = scanner.peek()
  scanner.at += 1
  return named[character] ?? character
}
