/**
 * A workflow as the text of a diagram, which is read back as the same graph: what a picture adds to that are a theme, a direction that is asked
 * for, and a class on each state for what has become of it.
 */
import type { Progress } from "@waymark/interpreter"
import type { Drawn } from "../diagram/fromWorkflow.ts"
import type * as Graph from "../diagram/graph.ts"
import { distinct } from "../diagram/names.ts"
import { write } from "../diagram/write.ts"
import { lines } from "./escape.ts"
import { css, mermaids, styles, type Theme } from "./themes.ts"

/** What a picture adds. */
export interface Added {
  readonly direction?: "TD" | "LR" | undefined
  readonly theme?: Theme | undefined
  readonly progress?: Progress.Progress | undefined
}

/** A theme in the front matter, in place of one that is chosen there. */
const themed = (matter: ReadonlyArray<string>, theme: string): ReadonlyArray<string> => {
  const at = matter.findIndex((line) => line.startsWith("config:"))
  if (at === -1) return [...matter, "config:", `  theme: ${theme}`]
  // Settings in one line are the author's, and no place for another.
  if (matter[at]?.trim() !== "config:") return matter
  const margin = /^\s*/u.exec(matter[at + 1] ?? "")?.[0] ?? ""
  const rest = matter.slice(at + 1).filter((line) => !line.startsWith(`${margin}theme:`))
  return [...matter.slice(0, at + 1), `${margin || "  "}theme: ${theme}`, ...rest]
}

const turned = (place: Graph.Place, direction: Graph.Direction): Graph.Place => ({
  ...place,
  direction,
  states: place.states.map((state) => ({
    ...state,
    regions: state.regions.map((region) => turned(region, direction))
  }))
})

const classed = (place: Graph.Place, classOf: (id: string) => string | undefined): Graph.Place => ({
  ...place,
  states: place.states.map((state) => {
    const found = state.kind === "step" ? classOf(state.id) : undefined
    return {
      ...state,
      classes: found === undefined ? state.classes : [...state.classes, found],
      regions: state.regions.map((region) => classed(region, classOf))
    }
  })
})

/** Classes of what has become of each step, by names that the diagram has not given away. */
const marked = ({ addresses, graph }: Drawn, progress: Progress.Progress, theme: Theme): Graph.Graph => {
  const taken = new Set(graph.classDefs.flatMap(({ names }) => names.split(",")))
  const named = (status: Progress.Status): string => distinct(status, taken, (nth) => `_${nth}`)
  const seen = new Set<Progress.Status>()
  const root = classed(graph.root, (id) => {
    const address = addresses.get(id)
    if (address === undefined) return undefined
    const { status } = progress.get(address) ?? { status: "pending" as const }
    seen.add(status)
    return named(status)
  })
  const classDefs = Object.entries(styles[theme])
    .filter(([status]) => seen.has(status as Progress.Status))
    .map(([status, style]) => ({ names: named(status as Progress.Status), style: css(style) }))
  return { ...graph, root, classDefs: [...graph.classDefs, ...classDefs] }
}

/** The graph with what a picture adds. */
const added = (drawn: Drawn, { direction, progress, theme = "auto" }: Added): Graph.Graph => {
  const graph = progress === undefined ? drawn.graph : marked(drawn, progress, theme)
  const chosen = mermaids[theme]
  return {
    ...graph,
    matter: chosen === undefined ? graph.matter : themed(graph.matter, chosen),
    root: direction === undefined ? graph.root : turned(graph.root, direction === "TD" ? "TB" : direction)
  }
}

/** What no diagram can say is told in a remark. */
const remark = ({ beside }: Drawn): ReadonlyArray<string> =>
  beside.length === 0 ? [] : [`%% Not drawn: ${beside.map(lines).join("; ")}`]

export const diagram = (drawn: Drawn, options: Added): string => write(added(drawn, options), remark(drawn))
