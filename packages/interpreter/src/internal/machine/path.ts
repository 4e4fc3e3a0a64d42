/**
 * Paths: which thread of an execution an event belongs to. One segment for each fork passed, `ordinal:key`; the root
 * thread's path is empty. Long paths stay cheap because strings are joined lazily.
 */

const INTERRUPT = "interrupt"

const escape = (key: string): string =>
  key === INTERRUPT
    ? "~2"
    : key.includes("~") || key.includes("/")
      ? key.replaceAll("~", "~0").replaceAll("/", "~1")
      : key

const unescape = (text: string): string =>
  text.includes("~") ? text.replaceAll("~2", INTERRUPT).replaceAll("~1", "/").replaceAll("~0", "~") : text

const join = (parent: string, ordinal: number, segment: string): string =>
  parent === "" ? `${ordinal}:${segment}` : `${parent}/${ordinal}:${segment}`

/** The path of a branch of the fork at an ordinal of the parent's thread. */
export const branch = (parent: string, ordinal: number, key: string): string => join(parent, ordinal, escape(key))

/** The path of an interruption's trigger, armed at an ordinal of the thread it may cut short. */
export const interruption = (parent: string, ordinal: number): string => join(parent, ordinal, INTERRUPT)

/** One segment: a branch of a fork, or the trigger of an interruption. */
export interface Segment {
  readonly ordinal: number
  /** The branch key; `undefined` for a trigger. */
  readonly key: string | undefined
}

const segment = (text: string): Segment | undefined => {
  const colon = text.indexOf(":")
  const digits = text.slice(0, colon)
  const ordinal = Number(digits)
  // One text for each path: "00" or "0x0" would name a thread by a second name.
  if (colon < 1 || !Number.isSafeInteger(ordinal) || ordinal < 0 || String(ordinal) !== digits) return undefined
  const key = text.slice(colon + 1)
  return { ordinal, key: key === INTERRUPT ? undefined : unescape(key) }
}

/** The segments of a path, from the root; `undefined` where it is not one. */
export const parse = (path: string): ReadonlyArray<Segment> | undefined => {
  if (path === "") return []
  const segments: Array<Segment> = []
  for (let from = 0; from <= path.length;) {
    const slash = path.indexOf("/", from)
    const to = slash === -1 ? path.length : slash
    const next = segment(from === 0 && to === path.length ? path : path.slice(from, to))
    if (next === undefined) return undefined
    segments.push(next)
    from = to + 1
  }
  return segments
}

/** The identity of a step as one string: what an effect gives to the outside so that running twice does no harm. */
export const idempotencyKey = (instance: string, run: number, path: string, ordinal: number): string =>
  `${instance.replaceAll("~", "~0").replaceAll("/", "~1")}/${run}/${path === "" ? "" : `${path}/`}${ordinal}`
