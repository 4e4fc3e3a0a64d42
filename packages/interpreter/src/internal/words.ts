/** Words that messages share. */

/** How many of a list a message names. */
const NAMED = 8

/** A list in a message: there may be more than one should hold. */
export const someOf = (names: ReadonlyArray<string>): string =>
  names.length > NAMED ? `${names.slice(0, NAMED).join(", ")} and ${names.length - NAMED} more` : names.join(", ")
