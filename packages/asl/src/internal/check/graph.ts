/** How the states of a machine lead to one another: no transition leads nowhere, no state is out of reach, and there is an end. */
import { at, isFields, wrong, type Fields, type Look, type Path } from "./look.ts"

/** A transition: where it is written, and where it leads. */
interface Transition {
  readonly path: Path
  readonly to: unknown
}

const listed = (state: Fields, name: string): ReadonlyArray<Transition> => {
  const list = state[name]
  if (!Array.isArray(list)) return []
  return list.flatMap((one, index) =>
    isFields(one) && Object.hasOwn(one, "Next") ? [{ path: [name, index, "Next"], to: one["Next"] }] : []
  )
}

const transitions = (state: Fields): ReadonlyArray<Transition> => [
  ...["Next", "Default"].flatMap((name) => (Object.hasOwn(state, name) ? [{ path: [name], to: state[name] }] : [])),
  ...listed(state, "Choices"),
  ...listed(state, "Catch")
]

const isEnd = (state: unknown): boolean =>
  isFields(state) && (state["Type"] === "Succeed" || state["Type"] === "Fail" || state["End"] === true)

const reached = (start: string, states: Fields): ReadonlySet<string> => {
  const seen = new Set([start])
  for (const name of seen) {
    const state = states[name]
    if (!isFields(state)) continue
    for (const { to } of transitions(state)) if (typeof to === "string" && Object.hasOwn(states, to)) seen.add(to)
  }
  return seen
}

export const connected = (start: unknown, states: Fields, look: Look): void => {
  const names = Object.keys(states)
  const lead = (to: unknown, place: Look): void => {
    if (typeof to === "string" && !Object.hasOwn(states, to)) {
      wrong(place, `there is no state "${to}"`, `Give one of ${names.join(", ")}.`)
    }
  }
  lead(start, at(look, "StartAt"))
  for (const [name, state] of Object.entries(states)) {
    if (!isFields(state)) continue
    for (const { path, to } of transitions(state)) lead(to, at(look, "States", name, ...path))
  }
  if (!Object.values(states).some(isEnd)) {
    wrong(at(look, "States"), "no state ends the machine", 'Let one have "End": true, or add a Succeed or Fail state.')
  }
  if (typeof start !== "string" || !Object.hasOwn(states, start)) return
  const seen = reached(start, states)
  for (const name of names) {
    if (!seen.has(name)) {
      wrong(
        at(look, "States", name),
        "no way leads to it from StartAt",
        "Let another state lead to it, or take it out."
      )
    }
  }
}
