/** The branches of forks: which states are in which, and the join that they end in. */
import type * as Reading from "./reading.ts"
import { kindOf, leaving, placesOf } from "./rules.ts"

/** A fork: its branches by their first states, and the join that all of them end in. */
export interface Fork {
  readonly firsts: ReadonlyArray<string>
  /** `undefined` where they do not end in one. */
  readonly join: string | undefined
  /** Arrows that enter a branch, or the join, from elsewhere. */
  readonly leaks: ReadonlyArray<Reading.Arrow>
}

export interface Branches {
  readonly forks: ReadonlyMap<string, Fork>
  /** For each state in a branch, the first state of the innermost one. */
  readonly of: ReadonlyMap<string, string>
}

interface Walk {
  readonly inside: ReadonlySet<string>
  /** The joins, and the end, that it comes to. */
  readonly ends: ReadonlySet<string>
}

/** Finds the branches. A fork within a branch counts as one step, from the fork to its join. */
export const find = (reading: Reading.Reading): Branches => {
  const out = leaving(reading)
  const next = (id: string): ReadonlyArray<string> => (out.get(id) ?? []).map(({ to }) => to)
  const kind = (id: string) => kindOf(reading.states.get(id))
  const joins = new Map<string, string | undefined>()

  const walk = (first: string): Walk => {
    const inside = new Set<string>()
    const ends = new Set<string>()
    const open = [first]
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (id === "[*]" || kind(id) === "join") ends.add(id)
      else if (!inside.has(id)) {
        inside.add(id)
        const join = kind(id) === "fork" ? joinOf(id) : undefined
        if (join !== undefined) inside.add(join)
        open.push(...(kind(id) === "fork" ? (join === undefined ? [] : next(join)) : next(id)))
      }
    }
    return { inside, ends }
  }
  const joinOf = (fork: string): string | undefined => {
    if (!joins.has(fork)) {
      joins.set(fork, undefined) // A fork within itself has none.
      const ends = new Set(next(fork).flatMap((first) => [...walk(first).ends]))
      const [end] = ends
      if (ends.size === 1 && end !== "[*]") joins.set(fork, end)
    }
    return joins.get(fork)
  }

  const arrows = placesOf(reading.root).flatMap((place) => place.arrows)
  const forks = new Map<string, Fork>()
  const of = new Map<string, string>()
  for (const { id } of [...reading.states.values()].filter((state) => kindOf(state) === "fork")) {
    const firsts = next(id)
    const join = joinOf(id)
    const all = new Set<string>()
    const leaks = firsts.flatMap((first) => {
      const { inside } = walk(first)
      for (const state of inside) all.add(state)
      for (const state of inside) of.set(state, first)
      // What enters the join of a fork in it is looked at with that fork.
      return arrows.filter(
        ({ from, to }) => inside.has(to) && kind(to) !== "join" && !inside.has(from) && !(from === id && to === first)
      )
    })
    const late = arrows.filter(({ from, to }) => to === join && from !== "[*]" && from !== id && !all.has(from))
    forks.set(id, { firsts, join, leaks: [...leaks, ...late] })
  }
  return { forks, of }
}
