/** What is wrong with a definition, found before it runs: the place, the flaw and the mend. */

/** Something in a definition that has to be mended before it can run. */
export interface Problem {
  /** Where, as keys and indices from the value that was looked at. */
  readonly path: ReadonlyArray<string | number>
  readonly message: string
  /** What to write instead. */
  readonly mend: string
}

const plain = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * A place as a JSONPath.
 *
 * @example
 * ```ts
 * import { placeOf } from "@waymark/asl"
 *
 * export const place = placeOf(["States", "Wait", "Seconds"]) // "$.States.Wait.Seconds"
 * ```
 */
export const placeOf = (path: ReadonlyArray<string | number>): string =>
  path.reduce<string>((before, key) => {
    if (typeof key === "number") return `${before}[${key}]`
    return plain.test(key) ? `${before}.${key}` : `${before}[${JSON.stringify(key)}]`
  }, "$")
