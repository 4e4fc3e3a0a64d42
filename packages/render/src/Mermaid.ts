/**
 * Workflows as Mermaid flowcharts and state diagrams: text that GitHub, documentation sites and editors show as a picture.
 *
 * Ids come from addresses, so the text of two versions of a workflow differs where they do, and golden files of it are
 * worth reading in a review. `docs/pictures.md` shows some.
 */
import type { Workflow } from "@waymark/core"
import { Execution, type Progress } from "@waymark/interpreter"
import * as Result from "effect/Result"
import { fromWorkflow } from "./internal/diagram/fromWorkflow.ts"
import { diagram } from "./internal/mermaid/diagram.ts"
import { flowchart } from "./internal/mermaid/flowchart.ts"
import { fitting } from "./internal/mermaid/limits.ts"
import { state } from "./internal/mermaid/state.ts"
import type { Theme } from "./internal/mermaid/themes.ts"
import * as Picture from "./Picture.ts"

/** How a workflow is written, and how much of it in short (`Picture.collapse`). */
export interface Options extends Picture.Collapse {
  /**
   * The language: a `flowchart`, whose shapes tell the kinds of nodes apart, or a `state` diagram (`stateDiagram-v2`), where
   * they are told by a word. Default: `flowchart`.
   */
  readonly syntax?: "flowchart" | "state"
  /**
   * Which way all of the picture reads: from the top down, or from left to right. Default: as the diagram says that the workflow was made of, else `TD`.
   */
  readonly direction?: "TD" | "LR"
  /**
   * For a `light` page, a `dark` one, or whichever the text is shown on: `auto` leaves the theme to whoever shows it, and
   * colours nothing but what has become of nodes. Default: `auto`.
   */
  readonly theme?: Theme
  /** Whether edges say the types of the states that go along them, where those are known. Default: `false`. */
  readonly types?: boolean
}

/** How a workflow is written as a diagram that `Diagram.read` takes. */
export interface DiagramOptions {
  readonly syntax: "diagram"
  /** Which way the picture reads, and all that is in it. Default: as the diagram says that the workflow was made of. */
  readonly direction?: "TD" | "LR"
  /** For a `light` page, a `dark` one, or whichever the text is shown on, as in other syntaxes. Default: `auto`. */
  readonly theme?: Theme
}

const writers = { flowchart, state } satisfies Record<NonNullable<Options["syntax"]>, unknown>

/**
 * Writes a picture as the text of a Mermaid diagram.
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
export const fromPicture = (picture: Picture.Picture, options: Options = {}): string => {
  const { depth, direction, repeated, syntax = "flowchart", theme = "auto", types = false } = options
  return fitting(
    depth === undefined && repeated === undefined ? picture : Picture.collapse(picture, options),
    (drawn, notes) => [...writers[syntax](drawn, { direction, notes, theme, types }), ""].join("\n"),
    syntax === "flowchart"
  )
}

/**
 * Draws a workflow as a Mermaid diagram. It runs nothing of it, and equal workflows give equal bytes.
 *
 * Use it for documentation and reviews. Mermaid itself shows 50,000 characters and, of a flowchart, 500 edges, unless whoever shows
 * it raises `maxTextSize` and `maxEdges`: no text can. Where it helps, ids are short; else a comment says what is needed.
 *
 * With `syntax: "diagram"` it is the text of a diagram: `Diagram.read` gives the graph that `Diagram.of` does, and that of the diagram which a workflow was made
 * of. What no diagram can say, such as what cuts it short, is named in a remark; the other syntaxes draw it.
 *
 * @throws NoDiagram with `syntax: "diagram"`, where the workflow is neither a machine nor a path of steps. The other syntaxes draw any.
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
 * export const states = Mermaid.render(Reminder, { syntax: "state", theme: "dark", types: true })
 * export const diagram = Mermaid.render(Reminder, { syntax: "diagram" })
 * ```
 */
export const render = (workflow: Workflow.Any, options: Options | DiagramOptions = {}): string =>
  options.syntax === "diagram"
    ? diagram(Result.getOrThrow(fromWorkflow(workflow)), options)
    : fromPicture(Picture.make(workflow), options)

/**
 * The picture that `render` gives, with a class on each node for what has become of it (`done`, `current`, `compensated`,
 * `failed`, `skipped`, `pending`), counters where something was done more than once, and in words what is waited for. A diagram has the classes alone, of
 * its steps, so that it is read back as well.
 *
 * Use it where there is a progress but no execution at hand, such as one that came over a network; else
 * `renderExecution`.
 *
 * @throws NoDiagram as `render` does.
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
export const renderProgress = (
  workflow: Workflow.Any,
  progress: Progress.Progress,
  options: Options | DiagramOptions = {}
): string =>
  options.syntax === "diagram"
    ? diagram(Result.getOrThrow(fromWorkflow(workflow)), { ...options, progress })
    : fromPicture(Picture.annotate(Picture.make(workflow), progress), options)

/**
 * Draws how far an execution has come: the picture of its workflow node for node, with classes and counters.
 *
 * Use it for status pages and for looking into an instance that is stuck. The colours differ in the outline's width and
 * dashes too, and can be read on a light page and on a dark one.
 *
 * @throws NoDiagram as `render` does.
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
export const renderExecution = (execution: Execution.Any, options?: Options | DiagramOptions): string =>
  renderProgress(Execution.workflow(execution), Execution.progress(execution), options)
