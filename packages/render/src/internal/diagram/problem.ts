/** What is wrong with a diagram: where, what, and what to do about it. */
import * as Schema from "effect/Schema"
import type { Code } from "./words.ts"
import { words } from "./words.ts"

/** A place in a text: line and column, from 1. */
export interface Spot {
  readonly line: number
  readonly column: number
}

/** One thing that is wrong. */
export interface Problem extends Spot {
  /** The line, as it stands. */
  readonly text: string
  /** What is wrong, with the names in question. */
  readonly what: string
  /** What to do about it. */
  readonly mend: string
}

/** Makes problems of a text. */
export type Report = (spot: Spot, code: Code, names?: ReadonlyArray<string>, mend?: string) => void

/** What is wrong, in words: the names stand between the pieces. */
export const say = (code: Code, names: ReadonlyArray<string> = []): string =>
  words[code].what.map((piece, index) => piece + (names[index] ?? "")).join("")

/** A list of problems that is filled while a text is read. */
export const reporting = (
  lines: ReadonlyArray<string>
): { readonly report: Report; readonly problems: Array<Problem> } => {
  const problems: Array<Problem> = []
  return {
    problems,
    report: ({ column, line }, code, names, mend = words[code].mend) => {
      problems.push({ line, column, text: lines[line - 1] ?? "", what: say(code, names), mend })
    }
  }
}

const one = ({ column, line, mend, text, what }: Problem): string =>
  `line ${line}, column ${column}: ${what}: ${mend}\n    ${text.trim()}`

/**
 * A text is no diagram that can be run: all that is wrong with it, in the order of its lines. Mend each as its `mend` says.
 *
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { Diagram } from "@waymark/render"
 *
 * const read = Diagram.read("---\ntitle: Parcel\n---\nstateDiagram-v2\n[*] --> pack")
 * export const lines = Result.match(read, {
 *   onSuccess: () => [],
 *   onFailure: ({ problems }) => problems.map(({ line, what }) => `${line}: ${what}`)
 * })
 * ```
 */
export class DiagramInvalid extends Schema.TaggedError<DiagramInvalid>()("DiagramInvalid", {
  problems: Schema.Array(
    Schema.Struct({
      line: Schema.Int,
      column: Schema.Int,
      text: Schema.String,
      what: Schema.String,
      mend: Schema.String
    })
  )
}) {
  override get message(): string {
    const { length } = this.problems
    return `the diagram has ${length} ${length === 1 ? "problem" : "problems"}:\n${this.problems.map(one).join("\n")}`
  }
}
