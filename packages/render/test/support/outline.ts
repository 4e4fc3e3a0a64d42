/** A picture in short: what an expectation written by hand can be compared with. Nodes go by their labels. */
import type { Picture } from "@waymark/render"

const arrow: { readonly [K in Picture.EdgeKind]: string } = {
  next: "->",
  again: "~>",
  goto: "=>",
  failure: "!>",
  interruption: "?>",
  compensation: "<-",
  cancellation: "x>",
  decision: "%>",
  start: "*>"
}

const line = (text: string) => text.replaceAll("\n", " | ")

export const outline = ({ edges, groups, nodes }: Picture.Picture) => {
  const called = new Map<string, string>([
    ...groups.map(({ id, label }) => [id, `[${line(label)}]`] as const),
    ...nodes.map(({ id, kind, label }) => [id, label === "" ? kind : line(label)] as const)
  ])
  const name = (id: string) => called.get(id) ?? `nothing with the id ${id}`
  return {
    nodes: nodes.map(({ group, id, kind }) => `${kind} ${name(id)}${group === undefined ? "" : ` in ${name(group)}`}`),
    edges: edges.map(({ from, kind, label, to }) =>
      label === undefined
        ? `${name(from)} ${arrow[kind]} ${name(to)}`
        : `${name(from)} ${arrow[kind]} ${name(to)} : ${label}`
    ),
    groups: groups.map(({ group, id, kind }) => `${kind} ${name(id)}${group === undefined ? "" : ` in ${name(group)}`}`)
  }
}
