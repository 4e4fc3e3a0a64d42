/** A picture as a flowchart: each kind of node has a shape of its own, what may happen is dashed. */
import type * as Picture from "../../Picture.ts"
import { quoted } from "./escape.ts"
import { classes, frontMatter } from "./head.ts"
import { edgeLabel, groupLabel, nodeLabel } from "./labels.ts"
import { indent, nested, type Item } from "./nesting.ts"
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

const nodeLine = (node: Picture.Node): string => {
  const [open, close] = (node.label === "" ? plain[node.kind] : undefined) ?? shapes[node.kind]
  return `${node.id}${open}${quoted(nodeLabel(node))}${close}`
}

const edgeLine = (edge: Picture.Edge, settings: Settings): string => {
  const label = edgeLabel(edge, settings)
  const { from, kind, to } = edge
  return label === "" ? `${from} ${arrows[kind]} ${to}` : `${from} ${arrows[kind]}|${quoted(label)}| ${to}`
}

const line = (item: Item): string => {
  switch (item._tag) {
    case "Open":
      return `subgraph ${item.group.id}[${quoted(groupLabel(item.group))}]`
    case "Node":
      return nodeLine(item.node)
    case "Close":
      return "end"
  }
}

export const flowchart = (picture: Picture.Picture, settings: Settings): ReadonlyArray<string> => [
  ...frontMatter(undefined, settings.theme),
  ...settings.notes,
  `flowchart ${settings.direction}`,
  ...nested(picture).map((item) => `${indent(item.depth)}${line(item)}`),
  ...picture.edges.map((edge) => `  ${edgeLine(edge, settings)}`),
  ...classes(picture, settings.theme, (id) => id)
]
