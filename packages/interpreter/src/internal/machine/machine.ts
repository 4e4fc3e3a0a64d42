/** The machine behind `Execution`: what it consists of, and why a journal may not fit it. */
import type { Workflow } from "@waymark/core"
import * as Result from "effect/Result"
import { DefinitionThrew, JournalCorrupt, JournalMismatch } from "../../Errors.ts"
import type { Event } from "../../Event.ts"
import { advance } from "./advance.ts"
import * as Site from "./site.ts"
import type { OpenChild, Thread } from "./thread.ts"
import type * as Trie from "./trie.ts"
import type { Info, Remark, Turn, Watch } from "./turn.ts"

export interface Machine {
  readonly workflow: Workflow.Any
  readonly id: string
  readonly run: number
  /** How many events were folded in. */
  readonly length: number
  /** What pure code may know of it. */
  readonly info: Info
  /** The step that has started it, where it is a child. */
  readonly parent: Parent | undefined
  readonly input: unknown
  readonly root: Thread
  readonly trail: Trie.Trie<number>
  readonly remarks: Trie.Trie<Remark>
  /** Children that run on their own. */
  readonly children: ReadonlyArray<OpenChild>
  /** How many steps were completed that can be undone. */
  readonly orders: number
  /** Why and how it is brought to its end, where it is. */
  readonly stopping: Stopping | undefined
  /** Whether the end is on record, nothing may follow, and how it ended. */
  readonly closed: Closed | undefined
}

/** A step of another instance. */
export interface Parent {
  readonly instance: string
  readonly run: number
  readonly path: string
  readonly ordinal: number
}

/** That an execution does not come to an end of its own. */
export interface Stopping {
  readonly how: "cancelled" | "terminated"
  readonly reason: string
}

/** The end that is on record. */
export type Closed =
  | { readonly _tag: "Ended" }
  | { readonly _tag: "Continued" }
  | { readonly _tag: "Terminated"; readonly reason: string }

export type RecoveryError = JournalMismatch | JournalCorrupt | DefinitionThrew

/** A machine in the making: nobody else has seen it. */
export type Draft = { -readonly [K in keyof Machine]: Machine[K] }

/** The machine to be changed. Field by field: a spread asks for each of them what it is, at every event. */
export const draftOf = ({
  children,
  closed,
  id,
  info,
  input,
  length,
  orders,
  parent,
  remarks,
  root,
  run,
  stopping,
  trail,
  workflow
}: Machine): Draft => ({
  workflow,
  id,
  run,
  length,
  info,
  parent,
  input,
  root,
  trail,
  remarks,
  children,
  orders,
  stopping,
  closed
})

/** What an event moves a machine by. */
export const turnOf = (
  machine: Pick<Machine, "workflow" | "info" | "trail" | "remarks" | "children" | "orders">,
  event: Event,
  owner: object | undefined,
  watch?: Watch
): Turn => ({
  at: event.at,
  owner,
  info: machine.info,
  watch,
  version: machine.workflow.version,
  advance,
  trail: machine.trail,
  remarks: machine.remarks,
  children: machine.children,
  orders: machine.orders,
  path: event.path,
  site: Site.root(machine.workflow)
})

/** Why an event does not fit, as what came of it. */
export type Refusal = Result.Failure<never, RecoveryError>

const fail = (error: RecoveryError): Refusal => Result.fail(error) as Refusal

export const corrupt = (event: Event, reason: string): Refusal =>
  fail(new JournalCorrupt({ instance: event.instance, run: event.run, position: event.seq, reason }))

export const mismatch = (event: Event, expected: string, recorded: string, reason: string): Refusal =>
  fail(
    new JournalMismatch({
      instance: event.instance,
      run: event.run,
      position: event.seq,
      path: event.path,
      expected,
      recorded,
      reason
    })
  )

export const threw = (event: Event, turn: Turn, cause: unknown): Refusal => {
  const { node } = turn.site
  const name = "name" in node && node.name !== undefined ? `${node._tag} "${node.name}"` : node._tag
  return fail(
    new DefinitionThrew({
      instance: event.instance,
      run: event.run,
      position: event.seq,
      path: turn.path,
      step: name,
      cause
    })
  )
}
