/** A picture as a flowchart: each kind of node has a shape of its own, what may happen is dashed. */
import type * as Picture from "../../Picture.ts"
import { quoted } from "./escape.ts"
import { classes, frontMatter } from "./head.ts"
import { edgeLabel, groupLabel, nodeLabel } from "./labels.ts"
import { indent, inOrder, ordered, type Written } from "./order.ts"
import { reach } from "./reach.ts"
import type { Settings } from "./settings.ts"

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

/** What may happen, where it does, and not as a matter of course. */
const dashed: { readonly [K in Picture.EdgeKind]: boolean } = {
  next: false,
  again: false,
  goto: true,
  failure: true,
  interruption: true,
  compensation: true,
  cancellation: true,
  decision: true,
  start: true
}

const nodeLine = (node: Picture.Node): string => {
  const [open, close] = (node.label === "" ? plain[node.kind] : undefined) ?? shapes[node.kind]
  return `${node.id}${open}${quoted(nodeLabel(node))}${close}`
}

/** Each dash or dot more is a rank more. */
const edgeLine = (edge: Picture.Edge, ranks: number, settings: Settings): string => {
  const label = edgeLabel(edge, settings)
  const arrow = dashed[edge.kind] ? `-${".".repeat(ranks)}->` : `${"-".repeat(ranks + 1)}>`
  return [edge.from, label === "" ? arrow : `${arrow}|${quoted(label)}|`, edge.to].join(" ")
}

const line = (item: Written, settings: Settings): ReadonlyArray<string> => {
  switch (item._tag) {
    case "Open": {
      const { direction, id } = item.group
      return [
        `subgraph ${id}[${quoted(groupLabel(item.group))}]`,
        ...(direction === undefined || settings.direction !== undefined ? [] : [`  direction ${direction}`])
      ]
    }
    case "Node":
      return [nodeLine(item.node)]
    case "Close":
      return ["end"]
  }
}

export const flowchart = (picture: Picture.Picture, settings: Settings): ReadonlyArray<string> => {
  const inside = ordered(picture)
  const ranks = reach(picture, inside)
  return [
    ...frontMatter(undefined, settings.theme),
    ...settings.notes,
    `flowchart ${settings.direction ?? picture.direction ?? "TD"}`,
    ...inOrder(inside).flatMap((item) => line(item, settings).map((text) => `${indent(item.depth)}${text}`)),
    ...picture.edges.map((edge) => `  ${edgeLine(edge, ranks.get(edge.from) ?? 1, settings)}`),
    ...classes(picture, settings.theme, (id) => id)
  ]
}
