/**
 * Pictures as trees of plain text, for terminals and logs: what belongs to something stands below it.
 *
 * They are written from the same `Picture` that `Mermaid` draws. Statuses are told by a sign and a word, never by a colour.
 */
import { lines } from "./internal/lines.ts"
import type * as Picture from "./Picture.ts"

/** How a tree is written. */
export interface Options {
  /** Letters and signs of ASCII only. Names stay what they are. Default: `false`. */
  readonly ascii?: boolean
  /** Whether the types of states are shown where they are known. Default: `false`. */
  readonly types?: boolean
}

/**
 * Writes a picture as a tree of text, one line for each step, group and road. It never fails, and equal pictures give equal text.
 *
 * Use it in terminals; large pictures are put through `Picture.collapse` first. In a picture of an execution each line says what has
 * become of it.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Picture, Tree } from "@waymark/render"
 *
 * const Reminder = Workflow.make("Reminder", {
 *   version: 1,
 *   input: Schema.String,
 *   state: Schema.String,
 *   body: WIO.await<string>("a day", { for: "1 day" })
 * })
 *
 * export const text = Tree.render(Picture.make(Reminder), { ascii: true })
 * ```
 */
export const render = (picture: Picture.Picture, options: Options = {}): string =>
  lines(picture, options).join("\n") + "\n"
