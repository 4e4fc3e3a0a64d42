/**
 * Paths: which thread of an execution an event belongs to. One segment for each fork passed, `ordinal:key`; the root
 * thread's path is empty. Long paths stay cheap because strings are joined lazily.
 */

const INTERRUPT = "interrupt"

const SLASH = 47
const TILDE = 126

/** Keys are short: a loop over one takes less time than to ask for a search. */
const isPlain = (key: string): boolean => {
  for (let index = 0; index < key.length; index++) {
    const code = key.charCodeAt(index)
    if (code === SLASH || code === TILDE) return false
  }
  return key !== INTERRUPT
}

const escape = (key: string): string =>
  isPlain(key) ? key : key === INTERRUPT ? "~2" : key.replaceAll("~", "~0").replaceAll("/", "~1")

const unescape = (text: string): string =>
  text.includes("~") ? text.replaceAll("~2", INTERRUPT).replaceAll("~1", "/").replaceAll("~0", "~") : text

const prefix = (parent: string, ordinal: number): string => (parent === "" ? `${ordinal}:` : `${parent}/${ordinal}:`)

/** The path of a branch of the fork at an ordinal of the parent's thread. */
export const branch = (parent: string, ordinal: number, key: string): string => prefix(parent, ordinal) + escape(key)

/** The path of an interruption's trigger, armed at an ordinal of the thread it may cut short. */
export const interruption = (parent: string, ordinal: number): string => prefix(parent, ordinal) + INTERRUPT

const ZERO = 48

/**
 * The ordinal of the segment that begins at a place; `undefined` where it is none. One text for each path: "00" or "0x0" would
 * name a thread by a second name.
 */
export const ordinalIn = (path: string, from: number, colon: number): number | undefined => {
  if (colon <= from || (colon > from + 1 && path.charCodeAt(from) === ZERO)) return undefined
  let ordinal = 0
  for (let index = from; index < colon; index++) {
    const digit = path.charCodeAt(index) - ZERO
    if (digit < 0 || digit > 9) return undefined
    ordinal = ordinal * 10 + digit
  }
  return Number.isSafeInteger(ordinal) ? ordinal : undefined
}

/** The branch key of the segment that ends at a slash, or with the path; `undefined` for a trigger. */
export const keyIn = (path: string, from: number, slash: number): string | undefined => {
  const text = slash === -1 ? path.slice(from) : path.slice(from, slash)
  return text === INTERRUPT ? undefined : unescape(text)
}

/** The branch keys that a text names, each within the one before: written as in paths, without ordinals. */
export const chain = (text: string): ReadonlyArray<string> => text.split("/").map(unescape)

/** The identity of a step as one string: what an effect gives to the outside so that running twice does no harm. */
export const idempotencyKey = (instance: string, run: number, path: string, ordinal: number): string =>
  `${instance.replaceAll("~", "~0").replaceAll("/", "~1")}/${run}/${path === "" ? "" : `${path}/`}${ordinal}`
