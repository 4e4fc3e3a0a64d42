/** What is wrong with a definition, found before it runs: the place, the flaw and the mend. */

/** Something in a definition that has to be mended before it can run. */
export interface Problem {
  /** Where, as keys and indices from the value that was looked at. */
  readonly path: ReadonlyArray<string | number>
  readonly message: string
  /** What to write instead. */
  readonly mend: string
}
