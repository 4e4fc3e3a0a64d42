/** What is wrong with a diagram that has been read: the rules, each over all of it, so that everything is said at once. */
import type { Branches } from "./branches.ts"
import type * as Graph from "./graph.ts"
import type { Report } from "./problem.ts"
import type * as Reading from "./reading.ts"

export type Kind = Graph.State["kind"]

/** What a state is; the first declaration counts. */
export const kindOf = (state: Reading.State | undefined): Kind => state?.kinds[0]?.kind ?? "step"

export const placesOf = (place: Reading.Place): ReadonlyArray<Reading.Place> => [
  place,
  ...place.states.flatMap((state) => state.regions.flatMap(placesOf))
]

const where = ({ owner }: Reading.Place): string => (owner === undefined ? "the diagram" : `\`${owner.id}\``)

/** The arrows of everything, by the state that they leave; those of the starts are left out. */
export const leaving = ({ root }: Reading.Reading): ReadonlyMap<string, ReadonlyArray<Reading.Arrow>> => {
  const found = new Map<string, Array<Reading.Arrow>>()
  for (const arrow of placesOf(root).flatMap(({ arrows }) => arrows)) {
    if (arrow.from === "[*]") continue
    const known = found.get(arrow.from)
    if (known === undefined) found.set(arrow.from, [arrow])
    else known.push(arrow)
  }
  return found
}

const attribute = /^(attempts|backoffMs)=(.*)$/u

/** How a step is tried again, from the words on its arrows to itself. */
const retryOf = (state: Reading.State, report: Report): Graph.Retry | undefined => {
  const found = new Map<string, number>()
  for (const { spot, text } of state.retries) {
    if (text === "") {
      report(spot, "noRetry", [state.id])
      continue
    }
    for (const piece of text.split(/\\n|,/u).map((part) => part.replace(/^ +| +$/gu, ""))) {
      const [, key, value = ""] = attribute.exec(piece) ?? []
      if (key === undefined) report(spot, "attribute", [piece, state.id])
      else if (!/^[1-9]\d*$/u.test(value) || !Number.isSafeInteger(Number(value))) {
        report(spot, "number", [key, state.id, value])
      } else if (found.has(key)) report(spot, "again", [key, state.id])
      else found.set(key, Number(value))
    }
  }
  if (state.retries.length === 0) return undefined
  return { attempts: found.get("attempts"), backoffMs: found.get("backoffMs") }
}

/** Looks at the arrows of states to themselves. */
export const retries = ({ states }: Reading.Reading, report: Report): ReadonlyMap<string, Graph.Retry> => {
  const found = new Map<string, Graph.Retry>()
  for (const state of states.values()) {
    const kind = kindOf(state)
    const code = kind === "choice" ? "choiceToItself" : kind === "step" ? undefined : "retryOdd"
    if (code !== undefined) for (const { spot } of state.retries) report(spot, code, [state.id])
    else {
      const retry = retryOf(state, report)
      if (retry !== undefined) found.set(state.id, retry)
    }
  }
  return found
}

/** Looks at where everything starts. */
export const starts = (reading: Reading.Reading, report: Report): void => {
  for (const place of placesOf(reading.root)) {
    const [first, ...others] = place.arrows.filter(({ from }) => from === "[*]")
    if (first === undefined) report(place.spot, "noStart", [where(place)])
    for (const { spot } of others) report(spot, "starts", [where(place)])
    for (const { spot, to } of first === undefined ? [] : [first, ...others]) {
      if (to === "[*]") report(spot, "startToEnd", [where(place)])
      else if (["choice", "join"].includes(kindOf(reading.states.get(to)))) report(spot, "startsOdd", [to])
    }
  }
}

const choice = (reading: Reading.Reading, id: string, arrows: ReadonlyArray<Reading.Arrow>, report: Report): void => {
  const labels = new Set<string>()
  for (const { label, spot, to } of arrows) {
    if (label === "") report(spot, "unlabelled", [id, to])
    else if (labels.has(label)) report(spot, "sameLabel", [id, label])
    labels.add(label)
    if (kindOf(reading.states.get(to)) === "choice") report(spot, "choiceToChoice", [id, to])
  }
}

const fork = (reading: Reading.Reading, id: string, arrows: ReadonlyArray<Reading.Arrow>, report: Report): void => {
  if (arrows.length < 2) for (const { spot } of arrows) report(spot, "forks", [id])
  const firsts = new Set<string>()
  for (const { spot, to } of arrows) {
    if (firsts.has(to)) report(spot, "sameBranch", [id, to])
    firsts.add(to)
    if (to === "[*]" || ["choice", "join"].includes(kindOf(reading.states.get(to)))) report(spot, "startsOdd", [to])
  }
}

/** Looks at what leaves each state. */
export const ways = (reading: Reading.Reading, report: Report): void => {
  const out = leaving(reading)
  for (const state of reading.states.values()) {
    const arrows = out.get(state.id) ?? []
    const [first, second] = arrows
    if (first === undefined) report(state.spot, "deadEnd", [state.id])
    const kind = kindOf(state)
    if (kind === "choice") choice(reading, state.id, arrows, report)
    else if (kind === "fork") fork(reading, state.id, arrows, report)
    else if (second !== undefined) report(second.spot, "arrows", [state.id])
  }
}

/** Looks for what no arrow leads to. Where there is no start nothing is reached, which is said once. */
export const reached = (reading: Reading.Reading, report: Report): void => {
  const out = leaving(reading)
  const started = placesOf(reading.root).filter(({ arrows }) => arrows.some(({ from }) => from === "[*]"))
  const seen = new Set<string>()
  const open = started.flatMap(({ arrows }) => arrows.filter(({ from }) => from === "[*]").map(({ to }) => to))
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    open.push(...(out.get(id) ?? []).map(({ to }) => to))
  }
  for (const { id, place, spot } of reading.states.values()) {
    if (!seen.has(id) && started.includes(place)) report(spot, "unreached", [id])
  }
}

/** Looks at what states are declared as, and whether those that are spoken of are there. */
export const declarations = ({ spokenOf, states }: Reading.Reading, report: Report): void => {
  for (const state of states.values()) {
    const { descriptions, id, kinds } = state
    if (kindOf(state) === "composite") for (const { spot } of descriptions.slice(1)) report(spot, "described", [id])
    const other = kinds.find(({ kind }) => kind !== kinds[0]?.kind)
    if (other !== undefined) report(other.spot, "kinds", [id])
  }
  for (const { id, spot, then } of spokenOf) {
    const state = states.get(id)
    if (state === undefined) report(spot, "noState", [id])
    else then(state)
  }
}

/** Looks at the branches of forks. */
export const forks = (reading: Reading.Reading, branches: Branches, report: Report): void => {
  const out = leaving(reading)
  const joins = new Map<string | undefined, string>()
  for (const [id, { join, leaks }] of branches.forks) {
    const other = joins.get(join)
    if (join !== undefined && other === undefined) joins.set(join, id)
    const spot = reading.states.get(id)?.spot
    if (spot === undefined || (out.get(id)?.length ?? 0) < 2) continue
    if (join === undefined) report(spot, "noJoin", [id])
    else if (other !== undefined) report(spot, "sameJoin", [other, id, join])
    else for (const { spot: at, to } of leaks) report(at, to === join ? "joined" : "shared", [to, id])
  }
  for (const state of reading.states.values()) {
    if (kindOf(state) === "join" && !joins.has(state.id)) report(state.spot, "noFork", [state.id])
  }
}
