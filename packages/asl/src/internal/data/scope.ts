/** What the paths and expressions of a state can refer to, and the recorded values that stand in for chance and time. */
import type { Json } from "./json.ts"

/** The variables that a state sees, by name. */
export interface Variables {
  readonly [name: string]: Json
}

/** What a path or an intrinsic function reads from. */
export interface Scope {
  /** `$`. */
  readonly input: Json
  /** `$$`, the context object. */
  readonly context: Json
  /** `$name`. */
  readonly variables: Variables
}

/** What a JSONata expression reads from: `$states`, and a variable for each name. */
export interface QueryScope {
  readonly states: {
    readonly input: Json
    readonly context: Json
    /** Of a task, a map or a parallel state that has succeeded. */
    readonly result?: Json
    /** In a `Catch`. */
    readonly errorOutput?: Json
  }
  readonly variables: Variables
}

/** Values that differ from run to run. The caller draws them and records what was drawn, so that replay sees the same ones. */
export interface Recorded {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The next number from 0 to below 1. */
  readonly random: () => number
  /** The next version 4 UUID. */
  readonly uuid: () => string
}
