/** Looking at a definition: what every check is given, and how a problem is noted. */
import type { QueryLanguage } from "../../Definition.ts"
import type { Unfilled } from "../data/placeholder.ts"
import type { Problem } from "../../Problem.ts"

export type Path = ReadonlyArray<string | number>

/** A value of the definition: what it is, where it stands, and how its expressions are written. */
export interface Look {
  readonly path: Path
  readonly language: QueryLanguage
  /** Whether it is of a catcher: only there is an error output. */
  readonly caught?: boolean
  /** Whether it is evaluated after the work of a state that has a result. */
  readonly resulted?: boolean
  readonly note: (problem: Problem) => void
  /** Takes note of a placeholder in place of a value: it is no flaw, but nothing can run before it has one. */
  readonly unfilled: (placeholder: Unfilled) => void
}

/** A part of what is looked at. */
export const at = (look: Look, ...keys: Path): Look => ({ ...look, path: [...look.path, ...keys] })

/** What a parser says to write instead, as the sentence that it is for a reader. */
const sentence = (mend: string): string =>
  `${mend.charAt(0).toUpperCase()}${mend.slice(1)}${/[.?]$/.test(mend) ? "" : "."}`

/** Notes a problem where it is. */
export const wrong = ({ note, path }: Look, message: string, mend: string): void =>
  note({ path, message, mend: sentence(mend) })

/** Notes what another module has found within a value. */
export const found = (look: Look, problems: ReadonlyArray<Problem>): void => {
  for (const { mend, message, path } of problems) wrong(at(look, ...path), message, mend)
}

export type Fields = Readonly<Record<string, unknown>>

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** A value in a message, cut short. */
export const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
