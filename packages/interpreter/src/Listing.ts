/** What callers of `Engine.list` and `Engine.purge` ask for, and what they are given. */
import type { Workflow } from "@waymark/core"
import type * as Duration from "effect/Duration"
import type { Instance, Span } from "./Journal.ts"
import type { Status } from "./Status.ts"

/**
 * Which instances to list. What is left out does not matter.
 *
 * @see {@link Engine} for an example
 */
export interface ListOptions<Attributes = Workflow.SearchAttributes> {
  /** Those of a workflow: given as the value, its search attributes are typed. */
  readonly workflow?: string | Workflow.Workflow<string, unknown, unknown, unknown, unknown, unknown, Attributes>
  /** As their rows say it; none says `set-aside`, which is what one process finds. */
  readonly status?: Status | ReadonlyArray<Status>
  /** When they were started, in milliseconds since the epoch. */
  readonly created?: Span
  /** When something happened to them last, in milliseconds since the epoch. */
  readonly updated?: Span
  /** Each of these search attributes has to be equal. */
  readonly attributes?: Partial<Attributes>
  /** Default: `created`. */
  readonly order?: "created" | "updated"
  /** The latest first. Default: true. */
  readonly descending?: boolean
  /** How many at the most, up to 1,000. Default: 100. */
  readonly limit?: number
  /** Goes on where a page ended, in the same order. */
  readonly cursor?: string
}

/** An instance in a list. Times are in milliseconds since the epoch. */
export type Listed<Attributes = Workflow.SearchAttributes> = Omit<
  Instance,
  "epoch" | "wakeAt" | "takeovers" | "attributes"
> & {
  readonly attributes: Attributes
}

/** A page of a list, and what the next one begins with; without a `cursor` it is the last. */
export interface Page<Attributes = Workflow.SearchAttributes> {
  readonly instances: ReadonlyArray<Listed<Attributes>>
  readonly cursor: string | undefined
}

/** Which instances to delete: only ended ones ever are. */
export interface PurgeOptions {
  readonly workflow?: string | Workflow.Any
  /** Which ends. Default: all of them. */
  readonly status?: Status | ReadonlyArray<Status>
  /** Only those to which nothing happened for so long. */
  readonly olderThan: Duration.Input
}
