/** Text as Mermaid reads it back: exactly that text, in a quoted string or after a colon. */

const named: Readonly<Record<string, string>> = { '"': "quot", "&": "amp", "<": "lt", ">": "gt" }

const entity = (char: string): string => `#${named[char] ?? char.codePointAt(0)};`

/**
 * What Mermaid, or the HTML it makes, would take for something else:
 *
 * - signs of its grammar, of entities, directives, icons, formulas and markdown, a list at the start of a line included;
 * - white space other than a single blank between words, since the ends of a label are trimmed, and control characters
 *   (but not U+0080 to U+009F: as numbers, HTML takes those for other characters);
 * - a colon, unless a blank and a word follow: from an entity somewhere after `style` and `:`, Mermaid takes the `;`;
 * - U+FB02 and U+00B6, by which Mermaid marks entities while it parses;
 * - the blank in `direction LR` and its like: a state diagram takes the whole line for that, wherever it stands.
 */
const special =
  /["#&<>;%`\\[\]{}|*_~^$\u00b6\ufb02]|(?! )\s|(?![\u0080-\u009f])\p{Cc}|^[ +-]| $|:(?! \S)|(?<=^\d+)[.)]|(?<=direction) (?=TB|BT|RL|LR)/giu

/** Mermaid has no empty text: a blank that is not trimmed away stands for it. */
const blank = "#160;"

/** A line without quotes around it; a state diagram reads it to its end. */
export const line = (text: string): string => (text === "" ? blank : text.replaceAll(special, entity))

/** Several lines as one. */
export const lines = (text: string): string =>
  text
    .split("\n")
    .map((part) => part.replaceAll(special, entity))
    .join("<br/>")

/** Several lines as one that a note can have, which no colon may be in. */
export const noteText = (text: string): string => lines(text).replaceAll(":", "#58;")

/** A quoted string. An empty one is written as a blank, which is trimmed again. */
export const quoted = (text: string): string => (text === "" ? '" "' : `"${lines(text)}"`)

/** Text that shows something, be it a blank. */
export const shown = (text: string): string => (text === "" ? blank : text)

/** A quoted string that shows something: a state without a label would show its id. */
export const visible = (text: string): string => `"${shown(lines(text))}"`

const signs = new Map(Object.entries(named).map(([sign, name]) => [name, sign]))

/** Text of a diagram as people read it there: signs in place of their numbers, and lines where Mermaid breaks them. */
export const unescaped = (text: string): string =>
  text.replaceAll(/<br\s*\/?>|#(\w+);/giu, (written, name?: string) => {
    if (name === undefined) return "\n"
    const code = /^\d{1,7}$/.test(name) ? Number(name) : Number.NaN
    return signs.get(name) ?? (code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : written)
  })

// Titles know no entities and are cleaned of tags: what looks the same stands for the signs of HTML.
const lookalikes: Readonly<Record<string, string>> = { "<": "‹", ">": "›", "&": "＆", "%": "％", "\n": " " }

/** A double-quoted scalar of YAML, for the title in the front matter. */
export const title = (text: string): string =>
  JSON.stringify(text.replaceAll(/[<>&%\n]/g, (char) => lookalikes[char] as string)).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`
  )
