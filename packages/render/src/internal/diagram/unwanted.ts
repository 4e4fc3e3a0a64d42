/** Why a state of a diagram is not asked for where something is given for it. `types/given.ts` has the same words for the compiler. */
import type * as Graph from "./graph.ts"

/** What is wrong with a key, and what to do about it. */
export interface Wrong {
  readonly what: string
  readonly mend: string
}

/** What is wrong with a key that is a state; nothing where it is none, or no more is to be said. */
export type Why = (id: string) => Wrong | undefined

/** A state, and the composite one that it stands in. */
export type Standing = ReadonlyMap<string, { readonly kind: Graph.State["kind"]; readonly owner: string | undefined }>

export const standing = (states: ReadonlyArray<Graph.State>): Standing => {
  const found = new Map<string, { kind: Graph.State["kind"]; owner: string | undefined }>()
  const add = (all: ReadonlyArray<Graph.State>, owner: string | undefined): void => {
    for (const { id, kind, regions } of all) {
      found.set(id, { kind, owner })
      for (const region of regions) add(region.states, id)
    }
  }
  add(states, undefined)
  return found
}

/** Why a state has no handler where another is asked for. */
export const elsewhere =
  (all: Standing): Why =>
  (id) => {
    const found = all.get(id)
    if (found === undefined) return undefined
    const { kind, owner } = found
    if (kind === "choice") {
      return {
        what: "is a choice, which has no handler",
        mend: "take it out, the states before it choose by its labels"
      }
    }
    return owner === undefined
      ? { what: "stands in no composite state", mend: "give its handler in the outermost `states`" }
      : { what: `stands in "${owner}"`, mend: `give its handler there, in \`states\` of "${owner}"` }
  }

/** Why a state has no schema for what it is entered with. */
export const payloadless =
  (all: Standing, entered: ReadonlyMap<string, string>): Why =>
  (id) => {
    const first = entered.get(id)
    if (first !== undefined) {
      return {
        what: "is a composite state, which has no payload of its own",
        mend: `give those of the states in it, beginning with "${first}"`
      }
    }
    switch (all.get(id)?.kind) {
      case "choice":
        return {
          what: "is a choice, which has no payload",
          mend: "take it out, the states that its arrows lead to have theirs"
        }
      case "join":
        return { what: "is a join, which has no payload", mend: "take it out, `branches` says what comes to it" }
      default:
        return undefined
    }
  }
