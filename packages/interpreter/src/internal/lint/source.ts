/** Reads the source text of a function for loops that never end. It knows JavaScript by its looks only. */

/** What may hold anything: comments, strings, templates. */
const quoted = /\/\*[^]*?\*\/|\/\/[^\n]*|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'|`(?:\\[^]|[^`\\])*`/gu

const endless = /\bwhile\s*\(\s*(?:true|1|!0)\s*\)|\bfor\s*\([^;{}]*;\s*(?:true|1|!0)?\s*;[^;{}]*?\)(?=\s*[{\w])/gu

/** The end of the block that opens at a position. */
const closing = (text: string, from: number): number => {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    if (text[at] === "{") depth++
    else if (text[at] === "}" && --depth === 0) return at
  }
  return text.length
}

/** The beginning of the block that closes at a position. */
const opening = (text: string, from: number): number => {
  let depth = 0
  for (let at = from; at >= 0; at--) {
    if (text[at] === "}") depth++
    else if (text[at] === "{" && --depth === 0) return at
  }
  return 0
}

/** What is repeated by the loop whose head stands there. */
const repeated = (text: string, head: RegExpMatchArray): string => {
  const start = head.index ?? 0
  const after = start + head[0].length
  const next = after + (/\S/u.exec(text.slice(after))?.index ?? 0)
  const before = text.slice(0, start).trimEnd()
  if (before.endsWith("}")) {
    const from = opening(text, before.length - 1)
    if (/\bdo\s*$/u.test(text.slice(0, from))) return text.slice(from, start)
  }
  if (text[next] === "{") return text.slice(next, closing(text, next))
  const end = text.indexOf(";", next)
  return text.slice(next, end === -1 ? text.length : end)
}

/** Whether a generator function yields within a loop that has no end. */
export const yieldsForever = (f: (...args: never) => unknown): boolean => {
  const text = String(f).replaceAll(quoted, '""')
  return [...text.matchAll(endless)].some((head) => /\byield\b/u.test(repeated(text, head)))
}
