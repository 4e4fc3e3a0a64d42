/** The order of texts by their code points: that of ids and names wherever a journal has an order. */

/** The order of databases, where a string is bytes of UTF-8. JavaScript's own puts surrogate pairs before U+E000. */
export const compareCodePoints = (a: string, b: string): number => {
  const [left, right] = [Array.from(a), Array.from(b)]
  const at = left.findIndex((character, index) => character !== right[index])
  return at === -1 ? left.length - right.length : (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? -1)
}
