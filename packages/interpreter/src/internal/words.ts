/** Words that messages share. */

/** How many of a list a message names. */
const NAMED = 8

/** A list in a message: there may be more than one should hold. */
export const someOf = (names: ReadonlyArray<string>): string =>
  names.length > NAMED ? `${names.slice(0, NAMED).join(", ")} and ${names.length - NAMED} more` : names.join(", ")

/** How many letters have to be put in, left out or exchanged to make one word of another. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const exchanged = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(exchanged, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** Some of the names that there are, those first that one may have been meant to be. */
export const nearest = (names: Iterable<string>, meant: string): string => {
  const far = (name: string): number => distance(name.toLowerCase(), meant.toLowerCase())
  return someOf(
    Array.from(names, (name) => ({ name, far: far(name) }))
      .sort((a, b) => a.far - b.far)
      .map(({ name }) => JSON.stringify(name))
  )
}
