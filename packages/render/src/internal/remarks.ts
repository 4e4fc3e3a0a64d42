/**
 * What a diagram says of the states of a machine beyond their names: for pictures of the workflow that was made of it.
 *
 * A node of a workflow has no place for it, and nothing that runs depends on it: so it is kept beside the machine, and for as long.
 */

/** What is said of a state. */
export interface Remark {
  /** What people read in place of its name, line by line. */
  readonly title: ReadonlyArray<string>
  /** What is noted at it, line by line. */
  readonly note: ReadonlyArray<string>
}

const none: Remark = Object.freeze({ title: [], note: [] })

const kept = new WeakMap<object, ReadonlyMap<string, Remark>>()

/** Keeps what is said of the states of a machine, by their names. */
export const keep = (machine: object, remarks: ReadonlyMap<string, Remark>): void => void kept.set(machine, remarks)

/** What is said of a state. */
export const of = (machine: object, state: string): Remark => kept.get(machine)?.get(state) ?? none
