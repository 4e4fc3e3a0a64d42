/**
 * A picture: what is to be seen of a workflow, as plain data, before any language of diagrams.
 *
 * `Mermaid` writes one as text. Whoever wants another notation reads `nodes`, `edges` and `groups` and writes those.
 */
import type { Workflow } from "@waymark/core"
import { Execution, type Event, type Progress, type RecoveryError } from "@waymark/interpreter"
import * as Result from "effect/Result"
import { annotated } from "./internal/annotated.ts"
import type { Direction } from "./internal/diagram/graph.ts"
import { drawn } from "./internal/drawing.ts"
import type { Mark } from "./internal/marks.ts"
import { repeated } from "./internal/repeated.ts"
import { shallow } from "./internal/shallow.ts"
import { unfolded } from "./internal/unfolded.ts"

export type { Direction } from "./internal/diagram/graph.ts"
export type { Mark } from "./internal/marks.ts"

/**
 * What a node stands for.
 *
 * - `start`, `completed`, `failed`: where the workflow begins and the two ways it can end;
 * - `step`, `signal`, `timer`, `pure`, `fail`: the leaves, each at its own address;
 * - `child`, `send`: a workflow that is started, a signal to another instance;
 * - `checkpoint`: where replay can begin; `continued`: where the run ends and the next one begins;
 * - `draft`: a step that is not written yet;
 * - `dynamic`: a part that is decided at run time (`flatMap`, `gen`);
 * - `choice`: where the roads of a `match`, `branch` or `version` part; `again`: where a loop goes round or goes on;
 * - `goto`: where each state of a `machine` ends, and it goes to any of them or goes on;
 * - `fork`: where the branches of a `parallel`, `forEach` or `race` part; `join`: where they come together again, with a
 *   label if that is not simply when all are done; `winner`: where the first of a `race` comes in;
 * - `collapsed`: a group in short (`collapse`).
 */
export type Kind =
  | "start"
  | "completed"
  | "failed"
  | "step"
  | "signal"
  | "timer"
  | "pure"
  | "fail"
  | "child"
  | "send"
  | "checkpoint"
  | "continued"
  | "draft"
  | "dynamic"
  | "choice"
  | "again"
  | "goto"
  | "fork"
  | "join"
  | "winner"
  | "collapsed"

/** Something to be seen: a step, a choice, an end. */
export interface Node {
  /** Made from the address, so it stays put when something else is inserted. Letters, digits and underscores. */
  readonly id: string
  /** The static node it stands for (`Node.address`); markers carry the root's. */
  readonly address: string
  readonly kind: Kind
  /** May have several lines. */
  readonly label: string
  /** What the diagram notes at it that the workflow was made of (`Diagram`). May have several lines. */
  readonly note?: string
  /** Of a state of a machine that says its ways (`ways` of `WIO.machine`, or a diagram): where it goes. */
  readonly ways?: ReadonlyArray<Way>
  /** The innermost group it is in. */
  readonly group: string | undefined
  /** The innermost lane it is in, where there is one within that group. */
  readonly lane?: string
  /**
   * The address of the workflow it is part of, the innermost that a child starts: that child's and `/workflow`. What becomes of it
   * is in a journal of its own, so it has no mark.
   */
  readonly child?: string
  /** In pictures of an execution only. */
  readonly mark: Mark | undefined
  /** What it stands for, where `collapse` has put one node in the place of several. */
  readonly holds?: ReadonlyArray<Node>
  /** The group that it was, of a `collapsed` one. */
  readonly frame?: Group
}

/**
 * How one gets from one node to the other.
 *
 * - `next`: when it is done; `again`: in another round of a loop; `goto`: when a state of a machine says so;
 * - `failure`: when it ends in a typed failure;
 * - `interruption`: when a signal or timer cuts the group it comes from short, or a condition that ends a `parallel` early;
 * - `compensation`: when it was done and is to be undone; `cancellation`: when it is given up. What follows leads nowhere;
 * - `decision`: from a `dynamic` node to what it has decided on, where that is unfolded. What follows leads nowhere;
 * - `start`: from a `child` node to where its workflow begins. What follows leads nowhere: its end is that of the `child` node.
 */
export type EdgeKind =
  | "next"
  | "again"
  | "goto"
  | "failure"
  | "interruption"
  | "compensation"
  | "cancellation"
  | "decision"
  | "start"

/** An arrow. */
export interface Edge {
  /** The id of a node; of a group where what may happen to it happens to all of it (`interruption` and below). */
  readonly from: string
  readonly to: string
  readonly kind: EdgeKind
  readonly label: string | undefined
  /** The type of the state that goes along it, in short, where that is known without running anything. */
  readonly state?: string
}

/**
 * What holds the nodes of a group together.
 *
 * - `loop`, `forEach`: a body that runs often; `branch`: one of a `parallel` or `race`;
 * - `machine`, and in it each `state`; one that says its ways has no frame around a state that is one node of the same name, and a state or branch that is
 *   such a machine of the same name has the frame of that;
 * - `interruptible`, `compensated`, `cancellable`: what may be cut short, undone, given up, with an edge to what is done then;
 * - `saga`, `uncancellable`: what is undone together, what is not cut short;
 * - `embedded`: a workflow in place of a step; `query`: what answers a query;
 * - `child`: the workflow that the `child` node of the same address starts, beside that. Each workflow is drawn once in a picture, where it is started first, and no
 *   more than three deep; other children that start it are plain nodes with its name;
 * - `decided`: what a `dynamic` node has decided on, where that is unfolded.
 */
export type GroupKind =
  | "loop"
  | "forEach"
  | "branch"
  | "machine"
  | "state"
  | "interruptible"
  | "compensated"
  | "cancellable"
  | "saga"
  | "uncancellable"
  | "embedded"
  | "query"
  | "child"
  | "decided"

/** A way out of a state of a machine: to the state that is called so, or out of the machine. */
export interface Way {
  readonly to?: string
  readonly label?: string
}

/** A frame around some of the nodes, with a title. */
export interface Group {
  readonly id: string
  /** The static node that draws it; a branch or a state has the address of its body. */
  readonly address: string
  readonly kind: GroupKind
  readonly label: string
  /** What the diagram notes at it that the workflow was made of (`Diagram`). May have several lines. */
  readonly note?: string
  /** Of a state of a machine that says its ways (`ways` of `WIO.machine`, or a diagram): where it goes. */
  readonly ways?: ReadonlyArray<Way>
  /** Which way it reads, where the diagram says so that the workflow was made of; else as what is around it. */
  readonly direction?: Direction
  /** The innermost group around it. */
  readonly group: string | undefined
  /** The innermost lane it is in, where there is one within that group. */
  readonly lane?: string
  /** The address of the child's workflow it is part of, as of nodes. */
  readonly child?: string
  /** In pictures of an execution only: what has become of what it holds. */
  readonly mark: Mark | undefined
  /** The groups it stands for, where `collapse` has put one in the place of several. */
  readonly holds?: ReadonlyArray<Group>
}

/**
 * What a lane is: a road of a choice, the branches of a fork together, or what is done beside the way: where something fails
 * (`handler`), cuts it short (`interruption`), undoes it (`undo`), or where it is given up (`cancellation`); what a `dynamic` node has
 * decided on (`decision`), and the workflow of a `child` node (`child`).
 */
export type LaneKind = "road" | "fork" | "handler" | "interruption" | "undo" | "cancellation" | "decision" | "child"

/**
 * Nodes and groups that belong together without a frame around them. Pictures show that by edges; what has no edges, such as
 * a tree, needs to be told.
 */
export interface Lane {
  readonly id: string
  /** The address of the part that it is. */
  readonly address: string
  readonly kind: LaneKind
  readonly label: string
  /** The innermost group around it, and the innermost lane, where there is one within that group. */
  readonly group: string | undefined
  readonly lane?: string
  /** The choice that a road leaves from; the `dynamic` node that has decided; the `child` node that starts it. */
  readonly of?: string
  /** The address of the child's workflow it is part of, as of nodes. */
  readonly child?: string
}

/** Nodes and groups in the order of the workflow; a group holds at least one node, and its nodes stand together. */
export interface Picture {
  readonly nodes: ReadonlyArray<Node>
  readonly edges: ReadonlyArray<Edge>
  readonly groups: ReadonlyArray<Group>
  readonly lanes?: ReadonlyArray<Lane>
  /** Which way it reads, where the diagram says so that the workflow was made of. */
  readonly direction?: Direction
}

/**
 * Draws a workflow. It runs nothing of it, never fails, and equal workflows give equal pictures.
 *
 * Use it where a picture is to be looked into or written in a notation of your own; for Mermaid there is
 * `Mermaid.render`.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Picture } from "@waymark/render"
 *
 * const Reminder = Workflow.make("Reminder", {
 *   version: 1,
 *   input: Schema.String,
 *   state: Schema.String,
 *   body: WIO.await<string>("a day", { for: "1 day" })
 * })
 *
 * export const timers = Picture.make(Reminder).nodes.filter((node) => node.kind === "timer")
 * ```
 */
export const make = (workflow: Workflow.Any): Picture => drawn(workflow)

/**
 * The same picture, each node marked with what has become of it.
 *
 * Use it with `Execution.progress`; an address that is left out is `pending`. A node that stands for the beginning of a
 * composite (a choice, a fork) is done once that is entered, one that stands for its end once that is done.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
 * import { Picture } from "@waymark/render"
 *
 * const Reminder = Workflow.make("Reminder", {
 *   version: 1,
 *   input: Schema.String,
 *   state: Schema.String,
 *   body: WIO.await<string>("a day", { for: "1 day" })
 * })
 * const { execution } = Execution.start(Reminder, "water the plants", { id: "r-1", at: 0 })
 *
 * export const marks = Picture.annotate(Picture.make(Reminder), Execution.progress(execution)).nodes.map((node) => node.mark)
 * ```
 */
export const annotate = (picture: Picture, progress: Progress.Progress): Picture => annotated(picture, progress)

/**
 * The picture of an execution: that of its workflow, marked with its progress.
 *
 * Use it where an execution is at hand; of a stored journal there is `ofJournal`.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
 * import { Picture } from "@waymark/render"
 *
 * const Reminder = Workflow.make("Reminder", {
 *   version: 1,
 *   input: Schema.String,
 *   state: Schema.String,
 *   body: WIO.await<string>("a day", { for: "1 day" })
 * })
 * const { execution } = Execution.start(Reminder, "water the plants", { id: "r-1", at: 0 })
 *
 * export const waits = Picture.ofExecution(execution).nodes.flatMap((node) => node.mark?.waits ?? []) // due at 86400000
 * ```
 */
export const ofExecution = (execution: Execution.Any): Picture =>
  annotate(make(Execution.workflow(execution)), Execution.progress(execution))

/** What the picture of a journal shows. */
export interface OfJournal {
  /** Whether what its `flatMap`s and `gen`s have decided on is drawn beside them. Default: `false`. */
  readonly unfold?: boolean
}

/**
 * The picture of a run by its journal: what an engine's `history` gives, for one.
 *
 * Use it for instances that are not at hand as an `Execution`, and where it is to be seen what was decided at run time. A journal that
 * does not fit the workflow is a failure, as in `Execution.recover`.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
 * import { Picture } from "@waymark/render"
 *
 * const Reminder = Workflow.make("Reminder", {
 *   version: 1,
 *   input: Schema.Number,
 *   state: Schema.Number,
 *   body: WIO.pure((days: number) => days).pipe(
 *     WIO.flatMap((days) => WIO.await<number>(`${days} days`, { for: days * 86_400_000 }))
 *   )
 * })
 * const { events } = Execution.start(Reminder, 3, { id: "r-1", at: 0 })
 *
 * export const picture = Picture.ofJournal(Reminder, events, { unfold: true }) // with the timer "3 days"
 * ```
 */
export const ofJournal = (
  workflow: Workflow.Any,
  events: ReadonlyArray<Event.Event>,
  { unfold: unfolds = false }: OfJournal = {}
): Result.Result<Picture, RecoveryError> =>
  Result.flatMap(Execution.recover(workflow, events), (execution) =>
    unfolds
      ? Result.map(Execution.decisions(workflow, events), (decisions) => unfold(ofExecution(execution), decisions))
      : Result.succeed(ofExecution(execution))
  )

/**
 * The same picture, with what its `flatMap`s and `gen`s have decided on in groups beside them. It adds nodes, edges and groups, and changes
 * none; these are marked where the picture is.
 *
 * Use it with `Execution.decisions`, after `annotate` and before `collapse`; of a journal `ofJournal` does it all.
 *
 * @example
 * ```ts
 * import { Result, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
 * import { Picture } from "@waymark/render"
 *
 * const Reminder = Workflow.make("Reminder", {
 *   version: 1,
 *   input: Schema.Number,
 *   state: Schema.Number,
 *   body: WIO.pure((days: number) => days).pipe(
 *     WIO.flatMap((days) => WIO.await<number>(`${days} days`, { for: days * 86_400_000 }))
 *   )
 * })
 * const { events, execution } = Execution.start(Reminder, 3, { id: "r-1", at: 0 })
 *
 * export const picture = Result.map(Execution.decisions(Reminder, events), (decisions) =>
 *   Picture.unfold(Picture.ofExecution(execution), decisions)
 * )
 * ```
 */
export const unfold = (picture: Picture, decisions: ReadonlyArray<Progress.Decision>): Picture =>
  unfolded(picture, decisions)

/** How much of a picture is drawn in short. */
export interface Collapse {
  /** How deep groups may be nested: what is deeper is a node. Default: any depth. */
  readonly depth?: number
  /** From how many equal siblings on, but at least two, the first one stands for all. Default: they are all drawn. */
  readonly repeated?: number
}

/**
 * A smaller picture of the same: groups that are nested too deep become nodes that say how many steps they hold, and equal siblings
 * are drawn once. What stays keeps its id, and a group that becomes a node has the same one. It never fails.
 *
 * Use it where a picture would be too large to read. Marks are put together: collapsing an annotated picture and annotating a
 * collapsed one give the same.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Picture } from "@waymark/render"
 *
 * const remind = WIO.await<number>("a day", { for: "1 day" })
 * const Reminder = Workflow.make("Reminder", {
 *   version: 1,
 *   input: Schema.Number,
 *   state: Schema.Number,
 *   body: WIO.loop("until it is done", remind, { while: (n) => n > 0 })
 * })
 *
 * export const labels = Picture.collapse(Picture.make(Reminder), { depth: 0, repeated: 3 }).nodes.map((node) => node.label)
 * ```
 */
export const collapse = (picture: Picture, { depth = Infinity, repeated: atLeast = Infinity }: Collapse): Picture =>
  shallow(repeated(picture, Math.max(2, atLeast)), depth)
