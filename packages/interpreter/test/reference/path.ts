/** Paths and keys, as journals write them. */

const below = (path: string, ordinal: number, segment: string): string =>
  `${path === "" ? "" : `${path}/`}${ordinal}:${segment}`

const escaped = (text: string): string => text.replaceAll("~", "~0").replaceAll("/", "~1")

/** A branch of the fork that has this ordinal in the thread with this path. */
export const branch = (path: string, ordinal: number, key: string): string =>
  below(path, ordinal, key === "interrupt" ? "~2" : escaped(key))

/** The trigger of an interruption that was entered at this ordinal. */
export const interruption = (path: string, ordinal: number): string => below(path, ordinal, "interrupt")

export const idempotencyKey = (instance: string, run: number, path: string, ordinal: number): string =>
  [escaped(instance), run, ...(path === "" ? [] : [path]), ordinal].join("/")
