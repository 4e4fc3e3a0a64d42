/** Events that do not fit, and the words for it. */

/** Why an event does not fit: the step that is waited for at its place, and what is wrong with the event. */
export interface Misfit {
  readonly _tag: "Misfit"
  readonly expected: string
  readonly reason: string
}

export const misfit = (expected: string, reason: string): Misfit => ({ _tag: "Misfit", expected, reason })
