/** How far an execution has come, for each static node of its workflow: what pictures and status pages show. */

import type { Node } from "@waymark/core"

/**
 * What has become of a node: ahead, being waited at, done, done and undone again, ended in a typed failure, or passed by
 * for good.
 */
export type Status = "pending" | "current" | "done" | "compensated" | "failed" | "skipped"

/** What a step waits for, in one of the threads that stand at it. All instants are in milliseconds since the epoch. */
export type Wait =
  /** An effect that runs or is to run, a child to start, a message to deliver. */
  | {
      readonly _tag: "Attempt"
      readonly path: string
      /** Which attempt it is, from 1; the last one where it was given up. */
      readonly attempt: number
      /** When it may start; `null` where it was given up, and waits for somebody to decide. */
      readonly notBefore: number | null
      /** What the attempt before it failed with. */
      readonly lastError?: string
    }
  /** A signal; `until` is when a timer around it cuts the waiting short. */
  | { readonly _tag: "Signal"; readonly path: string; readonly signal: string; readonly until?: number }
  | { readonly _tag: "Timer"; readonly path: string; readonly due: number }
  /** The end of a child; `until` as with a signal. */
  | { readonly _tag: "Child"; readonly path: string; readonly id: string; readonly until?: number }
  /** Of the whole: a child that has to be told to end first. */
  | { readonly _tag: "Closing"; readonly path: string; readonly id: string }

/** How far the items of a `forEach` have come. */
export interface Items {
  /** Those that have come to an end of their own, be it a failure. */
  readonly done: number
  readonly total: number
}

/** One node's part in an execution. What does not apply is left out. */
export interface Entry {
  readonly status: Status
  /** How often it was completed: more than once in loops. */
  readonly completed: number
  /** How often it ended in a typed failure. */
  readonly failed: number
  /** The `_tag` of the last typed failure it ended in, where that has one. Of a composite that is `failed`: of what made it fail. */
  readonly error?: string
  /** Of what can be undone: how often it was. */
  readonly compensated?: number
  /** Of a loop: how often it has begun another round; of a machine, how often it has gone to another state. */
  readonly turns?: number
  /** Of a `forEach`: its items now, of all threads that stand in it; those of the last time where none does. */
  readonly items?: Items
  /** Of a step that is `current`, in the order of the threads; of a part that is decided at run time, of the steps in it. */
  readonly waits?: ReadonlyArray<Wait>
}

/**
 * What a `flatMap` or `gen` has decided on in a run, and how far that has come. Decisions of one place that have the same shape are one,
 * as the rounds of a loop are one body: their counters are added up.
 */
export interface Decision {
  /** The address of the `flatMap` or `gen`: in the workflow, or in the part that this decision is found in. */
  readonly address: string
  /** How often it has decided so. */
  readonly times: number
  /** What it has decided on: one part of a `flatMap`; of a `gen` all that it has yielded, one after the other. */
  readonly parts: ReadonlyArray<Decided>
}

/** A part that was decided on. */
export interface Decided {
  readonly node: Node.Node
  /** By addresses within the part, which is at the empty one itself. */
  readonly progress: Progress
  /** What was decided within it. */
  readonly decisions: ReadonlyArray<Decision>
}

/** Every static node by its address (`Node.address`), composites included. */
export type Progress = ReadonlyMap<string, Entry>
