/**
 * A workflow as the text of a diagram, which is read back as the same graph: what a picture adds to that are a theme, a direction that is asked
 * for, and a class on each step for what has become of it.
 */
import type { Progress } from "@waymark/interpreter"
import type { Drawn } from "../diagram/fromWorkflow.ts"
import type * as Graph from "../diagram/graph.ts"
import { statesOf } from "../diagram/graph.ts"
import { distinct } from "../diagram/names.ts"
import { write } from "../diagram/write.ts"
import { lines } from "./escape.ts"
import { paper } from "./head.ts"
import { printable } from "../words.ts"
import { needed } from "./limits.ts"
import { themed } from "./matter.ts"
import { css, mermaids, styles, type Theme } from "./themes.ts"

/** What a picture adds. */
export interface Added {
  readonly direction?: "TD" | "LR" | undefined
  readonly theme?: Theme | undefined
  readonly progress?: Progress.Progress | undefined
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

const isNoted = (place: Graph.Place): boolean => statesOf(place).some(({ notes }) => notes.length > 0)

/** The graph with what a picture adds. */
const added = (drawn: Drawn, { direction, progress, theme = "auto" }: Added): Graph.Graph => {
  const graph = progress === undefined ? drawn.graph : marked(drawn, progress, theme)
  const chosen = mermaids[theme]
  return {
    ...graph,
    matter: chosen === undefined ? graph.matter : themed(graph.matter, chosen, isNoted(graph.root) ? paper : []),
    root: direction === undefined ? graph.root : turned(graph.root, direction === "TD" ? "TB" : direction)
  }
}

/** What no diagram can say is told in remarks. */
const remarks = ({ beside }: Drawn): ReadonlyArray<string> =>
  beside.map(({ id, says }) => `%% Not drawn${id === undefined ? "" : ` in ${id}`}: ${lines(printable(says))}`)

export const diagram = (drawn: Drawn, options: Added): string => {
  const graph = added(drawn, options)
  const text = write(graph, remarks(drawn))
  const note = needed({ maxTextSize: text.length })
  return note.length === 0 ? text : write(graph, [...note, ...remarks(drawn)])
}
