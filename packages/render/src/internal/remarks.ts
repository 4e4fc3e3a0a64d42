/**
 * What a diagram says of the machine that was made of it, beyond what that runs by: for pictures of the workflow.
 *
 * A node of a workflow has no place for it, and nothing that runs depends on it: so it is kept beside the machine, and for as long.
 */
import type { Direction, Graph } from "./diagram/graph.ts"

/** What is said of a state. */
export interface Remark {
  /** What people read in place of its name, line by line. */
  readonly title: ReadonlyArray<string>
  /** What is noted at it, line by line. */
  readonly note: ReadonlyArray<string>
}

/** What is said of a machine. */
export interface Remarks {
  /** Of its states, by their names. */
  readonly states: ReadonlyMap<string, Remark>
  /** Which way it is drawn. */
  readonly direction: Direction | undefined
  /** The whole diagram, where the machine is all of it. */
  readonly graph?: Graph
}

const none: Remark = Object.freeze({ title: [], note: [] })

const kept = new WeakMap<object, Remarks>()

/** Keeps what is said of a machine. */
export const keep = (machine: object, remarks: Remarks): void => void kept.set(machine, remarks)

/** What is said of a state. */
export const of = (machine: object, state: string): Remark => kept.get(machine)?.states.get(state) ?? none

/** Which way a machine is drawn, where the diagram says so. */
export const directionOf = (machine: object): Direction | undefined => kept.get(machine)?.direction

/** The diagram that a machine was made of; nothing where it was written by hand, or is a part of another. */
export const graphOf = (machine: object): Graph | undefined => kept.get(machine)?.graph
