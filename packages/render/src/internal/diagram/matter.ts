/** The front matter of a diagram, line by line: which line gives the title, and what YAML makes of it. */
import { trim } from "./statements.ts"

/** What a line of the front matter says. */
export type Matter =
  | { readonly _tag: "Other" }
  /** `title` is nothing where YAML reads `text` as something else than it says. */
  | { readonly _tag: "Title"; readonly text: string; readonly title: string | undefined }

/** What YAML takes for a text as it stands: nothing in it is a sign of YAML, and it is no number or word of that. */
const isPlain = (text: string): boolean =>
  !/^[-?:,[\]{}#&*!|>'"%@`~]|:[ \t]|:$|[ \t]#|^(?:null|true|false)$|^[\d+.][^ ]*$/iu.test(text)

/** A title as YAML reads it; nothing where that would be another one, or none. */
const titled = (text: string): string | undefined =>
  /^"([^"\\]*)"$/u.exec(text)?.[1] ??
  /^'((?:[^']|'')*)'$/u.exec(text)?.[1]?.replaceAll("''", "'") ??
  (isPlain(text) ? text : undefined)

/** Reads a line. An indented one belongs to the setting above it, and is no title. */
export const read = (line: string): Matter => {
  const title = /^title:(.*)$/u.exec(line.trimEnd())?.[1]
  if (title === undefined) return { _tag: "Other" }
  const text = trim(title)
  return { _tag: "Title", text, title: /^[^ \t]/u.test(title) ? undefined : titled(text) }
}
