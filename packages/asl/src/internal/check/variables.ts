/** Scopes of variables: what a branch assigns must not have the name of a variable around it. */
import { at, isFields, wrong, type Fields, type Look } from "./look.ts"

const namesIn = (assign: unknown): ReadonlyArray<string> =>
  isFields(assign) ? Object.keys(assign).map((key) => (key.endsWith(".$") ? key.slice(0, -2) : key)) : []

interface Assigned {
  readonly look: Look
  readonly names: ReadonlyArray<string>
}

const assignedIn = (state: Fields, look: Look): ReadonlyArray<Assigned> => {
  const lists = ["Choices", "Catch"].flatMap((list) => {
    const entries = state[list]
    return Array.isArray(entries)
      ? entries.map((entry, index) => ({
          look: at(look, list, index, "Assign"),
          names: isFields(entry) ? namesIn(entry["Assign"]) : []
        }))
      : []
  })
  return [{ look: at(look, "Assign"), names: namesIn(state["Assign"]) }, ...lists]
}

const machinesIn = (state: Fields, look: Look): ReadonlyArray<readonly [unknown, Look]> => {
  const { Branches, ItemProcessor, Iterator } = state
  return [
    ...(Array.isArray(Branches)
      ? Branches.map((branch, index): readonly [unknown, Look] => [branch, at(look, "Branches", index)])
      : []),
    [ItemProcessor, at(look, "ItemProcessor")],
    [Iterator, at(look, "Iterator")]
  ]
}

/** Notes each variable of a machine within another that has the name of one around it. */
export const scoped = (machine: unknown, look: Look, outer: ReadonlySet<string> = new Set()): void => {
  const states = isFields(machine) ? machine["States"] : undefined
  if (!isFields(states)) return
  const entries = Object.entries(states).flatMap(([name, state]) =>
    isFields(state) ? [{ state, look: at(look, "States", name) }] : []
  )
  const own = entries.flatMap(({ look: place, state }) => assignedIn(state, place))
  for (const { look: place, names } of own) {
    for (const name of names) {
      if (outer.has(name)) {
        wrong(
          place,
          `the variable "${name}" is one of the machine around this one, which can only be read here`,
          "Give it another name."
        )
      }
    }
  }
  const visible = new Set([...outer, ...own.flatMap(({ names }) => names)])
  for (const { look: place, state } of entries) {
    for (const [inner, where] of machinesIn(state, place)) scoped(inner, where, visible)
  }
}
