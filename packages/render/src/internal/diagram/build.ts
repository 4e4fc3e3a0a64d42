/** From a text to its graph, or to all that is wrong with it. */
import * as Result from "effect/Result"
import * as Branches from "./branches.ts"
import * as Cycles from "./cycles.ts"
import type * as Graph from "./graph.ts"
import { DiagramInvalid, reporting } from "./problem.ts"
import { read } from "./reader.ts"
import type * as Reading from "./reading.ts"
import * as Rules from "./rules.ts"
import * as Statements from "./statements.ts"

/** A graph, with which of its states are in which branch of a fork. */
export interface Built {
  readonly graph: Graph.Graph
  readonly branches: Branches.Branches
}

type Retries = ReadonlyMap<string, Graph.Retry>

const stateOf = (state: Reading.State, retries: Retries): Graph.State =>
  Object.freeze({
    id: state.id,
    kind: Rules.kindOf(state),
    descriptions: Object.freeze(state.descriptions.map(({ text }) => text)),
    classes: Object.freeze(state.classes),
    notes: Object.freeze(state.notes),
    retry: retries.get(state.id),
    regions: Object.freeze(state.regions.map((region) => placeOf(region, retries)))
  })

const placeOf = ({ arrows, direction, states }: Reading.Place, retries: Retries): Graph.Place =>
  Object.freeze({
    direction,
    states: Object.freeze(states.map((state) => stateOf(state, retries))),
    arrows: Object.freeze(
      arrows.map(({ from, label, to }) => Object.freeze({ from, to, label: label === "" ? undefined : label }))
    )
  })

const graphOf = (reading: Reading.Reading, retries: Retries): Graph.Graph =>
  Object.freeze({
    title: reading.title ?? "",
    matter: Object.freeze(reading.matter),
    root: placeOf(reading.root, retries),
    accTitle: reading.accTitle,
    accDescr: reading.accDescr,
    scale: reading.scale,
    hideEmptyDescription: reading.hideEmptyDescription,
    classDefs: Object.freeze(reading.classDefs),
    styles: Object.freeze(reading.styles)
  })

/** Reads a text. */
export const build = (text: string, options: { readonly acyclic: boolean }): Result.Result<Built, DiagramInvalid> => {
  const lines = Statements.lines(text)
  const { problems, report } = reporting(lines.map((line) => line.text))
  const reading = read(lines, report)
  const branches = Branches.find(reading)
  let retries: Retries = new Map()
  // Without its header nothing of a text is known to be a diagram.
  if (reading.hasHeader) {
    retries = Rules.retries(reading, report)
    Rules.declarations(reading, report)
    Rules.starts(reading, report)
    Rules.ways(reading, report)
    Rules.reached(reading, report)
    Rules.forks(reading, branches, report)
    if (options.acyclic) Cycles.refuse(reading, report)
  }
  if (problems.length === 0) return Result.succeed({ graph: graphOf(reading, retries), branches })
  return Result.fail(new DiagramInvalid({ problems: problems.sort((a, b) => a.line - b.line || a.column - b.column) }))
}
