/** Text as a quoted Mermaid string that reads back as exactly that text. */

const named: Readonly<Record<string, string>> = { '"': "quot", "&": "amp", "<": "lt", ">": "gt" }

const entity = (char: string): string => `#${named[char] ?? char.codePointAt(0)};`

/**
 * What Mermaid, or the HTML it makes, would take for something else:
 *
 * - signs of its grammar, of entities, directives, icons, formulas and markdown, a list at the start of a line included;
 * - white space other than a single blank between words, since the ends of a label are trimmed, and control characters
 *   (but not U+0080 to U+009F: as numbers, HTML takes those for other characters);
 * - a colon, unless a blank and a word follow: from an entity somewhere after `style` and `:`, Mermaid takes the `;`;
 * - U+FB02 and U+00B6, by which Mermaid marks entities while it parses.
 */
const special =
  /["#&<>;%`\\[\]{}|*_~^$\u00b6\ufb02]|(?! )\s|(?![\u0080-\u009f])\p{Cc}|^[ +-]| $|:(?! \S)|(?<=^\d+)[.)]/gu

/** Lines stay lines. An empty string is written as a blank, which is trimmed again: Mermaid has no empty one. */
export const quoted = (text: string): string =>
  text === ""
    ? '" "'
    : `"${text
        .split("\n")
        .map((line) => line.replaceAll(special, entity))
        .join("<br/>")}"`
