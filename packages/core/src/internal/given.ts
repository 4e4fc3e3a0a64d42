/** What every constructor asks of the names and records it is given, refused with an error where it is built. */

/** A name that journals, pictures and errors can show. */
export const name = (where: string, name: string): string => {
  if (typeof name !== "string" || name === "") {
    throw new TypeError(
      `${where}: the name is ${name === "" ? "empty" : String(name)}: give one that a journal and a picture can show`
    )
  }
  return name
}

/** What the names of an engine's own messages to an instance begin with. */
const RESERVED = "waymark/"

/** A name that is not one of the engine's own. */
export const unreserved = (where: string, given: string): string => {
  if (name(where, given).startsWith(RESERVED)) {
    throw new TypeError(
      `${where}: the name "${given}" begins with "${RESERVED}", which is kept for the engine: choose another`
    )
  }
  return given
}

/** A name that may be left out. */
export const optionalName = (where: string, given: string | undefined): string | undefined =>
  given === undefined ? undefined : name(where, given)

/** The entries of a record in the order in which JavaScript keeps them. */
export const entries = <A>(where: string, record: Readonly<Record<string, A>>): ReadonlyArray<readonly [string, A]> => {
  const prototype: unknown = Object.getPrototypeOf(record)
  // `{ __proto__: x }` makes `x` the prototype and no entry: the part would be lost without a word.
  const plain = prototype === null || Object.getPrototypeOf(prototype) === null
  if (!plain || Object.hasOwn(record, "__proto__")) {
    throw new TypeError(`${where}: give a plain record, without the key "__proto__"`)
  }
  return Object.entries(record)
}

const wholeNumber = /^(?:0|[1-9]\d*)$/

/** The entries of a record whose order has a meaning. */
export const ordered = <A>(where: string, record: Readonly<Record<string, A>>): ReadonlyArray<readonly [string, A]> => {
  const all = entries(where, record)
  for (const [key] of all) {
    if (wholeNumber.test(key)) {
      throw new TypeError(
        `${where}: the key "${key}" is a whole number, which JavaScript moves before the other keys. ` +
          `Their order decides here, so give it a name: "case ${key}", for one`
      )
    }
  }
  return all
}
