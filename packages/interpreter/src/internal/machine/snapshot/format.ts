/**
 * What a snapshot looks like. Threads are a flat list, the main one first, so nesting is no limit; sites are numbers, which the shape of
 * the definition gives their meaning; what a function has computed is told by the function's site and what it was given.
 */
import type { Schema } from "effect"
import type { Closed, Parent, Stopping } from "../machine.ts"
import type { OpenChild } from "../thread.ts"
import type { Remark } from "../turn.ts"

export const FORMAT = 4

/** A site by its number in the definition, or in the tree that a source computes. */
export type SiteRef = number | readonly [source: number, number: number]

/**
 * A state: by its schema, the input, the record of a fork, or what a handler starts from. What no state schema covers: by the schema of
 * the input around it, or part by part, down to what is JSON.
 */
export type Value =
  | readonly ["s", Schema.Json]
  | readonly ["i"]
  | readonly ["n", Schema.Json]
  | readonly ["r", { readonly [key: string]: Value }]
  | readonly ["l", ReadonlyArray<Value>]
  | readonly ["j", null | boolean | number | string]
  | readonly ["p", { readonly [key: string]: Value }]
  | readonly ["f", Value, Raised]

/** An error: by the schema of the step at a site, or as what the `fail` at a site makes of a state. */
export type Raised = readonly ["e", SiteRef, Schema.Json, Value] | readonly ["c", SiteRef, Value]

/** How many attempts there were, when the next one is due (`null`: never), what the last one failed with, when the step opened. */
export type Attempts = readonly [number, number | null, string | null, number]

export type Then =
  | readonly ["give", Value]
  | readonly ["raise", Value, Raised]
  | readonly ["cut", Value]
  | readonly ["continue", Value, Schema.Json]

export type Job = readonly ["run", SiteRef, Value] | readonly ["close", OpenChild, Value]

export type Memory =
  | readonly ["scope", number, boolean]
  | readonly ["outer", Value]
  | readonly ["gen", activation: number, position: number]
  | readonly ["jobs", ReadonlyArray<Job>, Then]

export type Frame = readonly [SiteRef, number] | readonly [SiteRef, number, Memory]

/** The frame by its place in the stack, ordinal, index, state; of a timer also when it is due and whether that is on record. */
export type Armed =
  | readonly [frame: number, ordinal: number, index: number, Value]
  | readonly [frame: number, ordinal: number, index: number, Value, due: number, recorded: boolean]

export type Leaf =
  | readonly ["run", SiteRef, Value, Attempts]
  | readonly ["signal", SiteRef, Value]
  | readonly ["timer", SiteRef, Value, due: number, recorded: boolean]
  | readonly ["child", SiteRef, Value, Attempts, id: string, started: boolean]
  | readonly ["send", SiteRef, Value, Attempts, to: string]
  | readonly ["close", SiteRef, Value, Attempts, OpenChild]
  | readonly ["version", SiteRef, Value]
  | readonly ["checkpoint", SiteRef, Value]
  | readonly ["continue", Value, Schema.Json]
  | readonly ["fork", SiteRef, Fork]
  | readonly ["done", Value]
  | readonly ["failed", Value, Raised]
  | readonly ["cut", Value]

export interface Fork {
  readonly ordinal: number
  readonly input?: Value
  /** The keys of items. */
  readonly keys?: ReadonlyArray<string>
  /** What the items that wait for a place start from. */
  readonly waiting?: ReadonlyArray<Value>
  /** The branches that were entered, by their places in the list of threads. */
  readonly threads: ReadonlyArray<number>
  readonly closing?: Then
}

/** Down to which frame (`-1`: altogether), whether a continuation follows, whether it undoes, and how it goes on. */
export type Cut = readonly [target: number, continues: boolean, undoes: boolean, Then]

export interface Thread {
  readonly path: string
  readonly ordinal: number
  readonly leaf: Leaf
  readonly stack?: ReadonlyArray<Frame>
  readonly armed?: ReadonlyArray<Armed>
  readonly undos?: ReadonlyArray<readonly [SiteRef, Value, number]>
  readonly cuts?: ReadonlyArray<Cut>
  readonly nested?: true
}

/** What has computed a tree, and the shape that this had. */
export type Source =
  | readonly ["computed", SiteRef, Value, shape: string]
  | readonly ["yielded", activation: number, position: number, shape: string]

/** A generator that was called: where, with what, what it was given since, and a digest of what it has yielded. */
export type Activation = readonly [SiteRef, Value, ReadonlyArray<Value>, digest: number]

export interface Snapshot {
  readonly format: number
  readonly workflow: string
  readonly shape: string
  readonly instance: string
  readonly run: number
  readonly length: number
  readonly startedAt: number
  readonly parent?: Parent
  readonly input: Schema.Json
  readonly threads: ReadonlyArray<Thread>
  readonly sources?: ReadonlyArray<Source>
  readonly activations?: ReadonlyArray<Activation>
  /** Sites and their counters, in turn. */
  readonly trail: ReadonlyArray<number>
  /** Sites, and what else is remembered of each. */
  readonly remarks?: ReadonlyArray<readonly [site: number, Remark]>
  readonly children?: ReadonlyArray<OpenChild>
  readonly orders?: number
  readonly stopping?: Stopping
  readonly closed?: Closed
}
