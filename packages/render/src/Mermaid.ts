/**
 * Workflows as Mermaid flowcharts: text that GitHub, documentation sites and editors show as a picture.
 *
 * Ids come from addresses, so the text of two versions of a workflow differs where they do, and golden files of it are
 * worth reading in a review.
 */
import type { Workflow } from "@waymark/core"
import { Execution, type Progress } from "@waymark/interpreter"
import { quoted } from "./internal/escape.ts"
import * as Picture from "./Picture.ts"

/** Which way the picture reads: from the top down, or from left to right. Default: `TD`. */
export interface Options {
  readonly direction?: "TD" | "LR"
}

type Shape = readonly [open: string, close: string]

const shapes: { readonly [K in Picture.Kind]: Shape } = {
  start: ["([", "])"],
  completed: ["([", "])"],
  failed: ["([", "])"],
  step: ["[", "]"],
  signal: [">", "]"],
  timer: ["[", "]@{ shape: delay }"],
  pure: ["(", ")"],
  fail: ["{{", "}}"],
  child: ["[[", "]]"],
  send: ["[/", "/]"],
  checkpoint: ["[", "]@{ shape: bow-rect }"],
  continued: ["(((", ")))"],
  draft: ["[", "]"],
  dynamic: ["[", "]@{ shape: st-rect }"],
  choice: ["{", "}"],
  again: ["{", "}"],
  goto: ["{", "}"],
  fork: ["[", "]@{ shape: fork }"],
  join: ["[\\", "/]"],
  winner: ["[\\", "/]"],
  collapsed: ["[", "]@{ shape: procs }"]
}

// What has no label asks for no attention: a change of state is a dot, and where all branches come together a bar,
// which could not show a label.
const plain: { readonly [K in Picture.Kind]?: Shape } = { pure: ["((", "))"], join: shapes.fork }

const arrows: { readonly [K in Picture.EdgeKind]: string } = {
  next: "-->",
  again: "-->",
  goto: "-.->",
  failure: "-.->",
  interruption: "-.->",
  compensation: "-.->",
  cancellation: "-.->",
  decision: "-.->"
}

// Told apart by the width and dashes of the outline too. Each brings its own colour of text, so that it can be read on
// a light page and on a dark one. No `;` at the end: Mermaid would take a colour before it for an entity.
const styles: { readonly [S in Progress.Status]: string } = {
  done: "fill:#d3f0dd,stroke:#1b7f4b,stroke-width:2px,color:#0b2e1c",
  current: "fill:#fff1b8,stroke:#b26a00,stroke-width:5px,color:#3d2500",
  compensated: "fill:#e4ddf7,stroke:#5b3fa8,stroke-width:2px,stroke-dasharray:6 2 1 2,color:#22123f",
  failed: "fill:#ffd9d6,stroke:#b3261e,stroke-width:3px,stroke-dasharray:9 4,color:#410e0b",
  skipped: "fill:#e6e6e6,stroke:#8a8a8a,stroke-width:1px,stroke-dasharray:2 3,color:#595959",
  pending: "fill:#ffffff,stroke:#6b7280,stroke-width:1px,color:#333333"
}

const indent = (depth: number): string => "  ".repeat(Math.min(depth, 16))

const nodeLine = ({ id, kind, label, mark }: Picture.Node): string => {
  const [open, close] = (label === "" ? plain[kind] : undefined) ?? shapes[kind]
  const count = mark !== undefined && mark.completed > 1 ? `×${mark.completed}` : ""
  const counted = label !== "" && count !== "" ? `${label} ${count}` : `${label}${count}`
  return `${id}${open}${quoted(counted)}${close}`
}

const edgeLine = ({ from, kind, label, to }: Picture.Edge): string =>
  label === undefined || label === ""
    ? `${from} ${arrows[kind]} ${to}`
    : `${from} ${arrows[kind]}|${quoted(label)}| ${to}`

/** Nodes with their groups around them: a group opens at its first node and closes after its last. */
const body = ({ groups, nodes }: Picture.Picture): ReadonlyArray<string> => {
  const byId = new Map(groups.map((group) => [group.id, group]))
  const lines: Array<string> = []
  const open: Array<string> = []
  const opened = new Set<string>()
  const leaveFor = (group: string | undefined) => {
    while (open.length > 0 && open[open.length - 1] !== group) {
      opened.delete(open.pop() as string)
      lines.push(`${indent(open.length + 1)}end`)
    }
  }
  for (const node of nodes) {
    const ahead: Array<Picture.Group> = []
    let around = node.group
    while (around !== undefined && !opened.has(around)) {
      const group = byId.get(around) as Picture.Group
      ahead.push(group)
      around = group.group
    }
    leaveFor(around)
    for (const { id, label } of ahead.toReversed()) {
      open.push(id)
      opened.add(id)
      lines.push(`${indent(open.length)}subgraph ${id}[${quoted(label)}]`)
    }
    lines.push(`${indent(open.length + 1)}${nodeLine(node)}`)
  }
  leaveFor(undefined)
  return lines
}

const classes = ({ groups, nodes }: Picture.Picture): ReadonlyArray<string> => {
  const lines: Array<string> = []
  const assign = (ids: ReadonlyArray<string>, name: string, style: string) => {
    if (ids.length > 0) lines.push(`  classDef ${name} ${style}`, `  class ${ids.join(",")} ${name}`)
  }
  assign(
    groups.filter(({ kind }) => kind === "query").map(({ id }) => id),
    "query",
    "fill:none,stroke-dasharray:2 3"
  )
  assign(
    nodes.filter(({ kind }) => kind === "draft").map(({ id }) => id),
    "draft",
    "stroke-dasharray:6 4"
  )
  for (const [status, style] of Object.entries(styles)) {
    assign(
      nodes.filter(({ mark }) => mark?.status === status).map(({ id }) => id),
      status,
      style
    )
  }
  return lines
}

/**
 * Writes a picture as the text of a Mermaid flowchart.
 *
 * Use it after changing a `Picture` yourself, such as leaving out nodes; `render` is this after `Picture.make`.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Mermaid, Picture } from "@waymark/render"
 *
 * const Reminder = Workflow.make("Reminder", {
 *   version: 1,
 *   input: Schema.String,
 *   state: Schema.String,
 *   body: WIO.await<string>("a day", { for: "1 day" })
 * })
 * const picture = Picture.make(Reminder)
 *
 * export const shouted = Mermaid.fromPicture({
 *   ...picture,
 *   nodes: picture.nodes.map((node) => ({ ...node, label: node.label.toUpperCase() }))
 * })
 * ```
 */
export const fromPicture = (picture: Picture.Picture, options?: Options): string =>
  [
    `flowchart ${options?.direction ?? "TD"}`,
    ...body(picture),
    ...picture.edges.map((edge) => `  ${edgeLine(edge)}`),
    ...classes(picture),
    ""
  ].join("\n")

/**
 * Draws a workflow as a Mermaid flowchart. It runs nothing of it, never fails, and equal workflows give equal bytes.
 *
 * Use it for documentation and reviews. Mermaid itself shows at most 500 edges and 50,000 characters unless its
 * `maxEdges` and `maxTextSize` are raised.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Mermaid } from "@waymark/render"
 *
 * const Reminder = Workflow.make("Reminder", {
 *   version: 1,
 *   input: Schema.String,
 *   state: Schema.String,
 *   body: WIO.await<string>("a day", { for: "1 day" })
 * })
 *
 * export const chart = Mermaid.render(Reminder, { direction: "LR" })
 * ```
 */
export const render = (workflow: Workflow.Any, options?: Options): string =>
  fromPicture(Picture.make(workflow), options)

/**
 * The picture that `render` gives, with a class on each node for what has become of it (`done`, `current`, `failed`,
 * `skipped`, `pending`) and a counter on steps that were completed more than once.
 *
 * Use it where there is a progress but no execution at hand, such as one that came over a network; else
 * `renderExecution`.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import type { Progress } from "@waymark/interpreter"
 * import { Mermaid } from "@waymark/render"
 *
 * const Reminder = Workflow.make("Reminder", {
 *   version: 1,
 *   input: Schema.String,
 *   state: Schema.String,
 *   body: WIO.await<string>("a day", { for: "1 day" })
 * })
 * const progress: Progress.Progress = new Map([["", { status: "current", completed: 0, failed: 0 }]])
 *
 * export const chart = Mermaid.renderProgress(Reminder, progress)
 * ```
 */
export const renderProgress = (workflow: Workflow.Any, progress: Progress.Progress, options?: Options): string =>
  fromPicture(Picture.annotate(Picture.make(workflow), progress), options)

/**
 * Draws how far an execution has come: the picture of its workflow node for node, with classes and counters.
 *
 * Use it for status pages and for looking into an instance that is stuck. The colours differ in the outline's width and
 * dashes too, and can be read on a light page and on a dark one.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Execution } from "@waymark/interpreter"
 * import { Mermaid } from "@waymark/render"
 *
 * const Reminder = Workflow.make("Reminder", {
 *   version: 1,
 *   input: Schema.String,
 *   state: Schema.String,
 *   body: WIO.await<string>("a day", { for: "1 day" })
 * })
 * const { execution } = Execution.start(Reminder, "water the plants", { id: "r-1", at: 0 })
 *
 * export const chart = Mermaid.renderExecution(execution)
 * ```
 */
export const renderExecution = (execution: Execution.Any, options?: Options): string =>
  renderProgress(Execution.workflow(execution), Execution.progress(execution), options)
