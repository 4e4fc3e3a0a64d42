/** A diagram that has been read, and is not checked yet: mutable, while `reader.ts` fills it. */
import type { Direction } from "./graph.ts"
import type { Spot } from "./problem.ts"
import type * as Statements from "./statements.ts"

/** A state that is being read. */
export interface State {
  readonly id: string
  /** Where it is named first. */
  readonly spot: Spot
  readonly place: Place
  readonly kinds: Array<{ readonly kind: Statements.Kind | "composite"; readonly spot: Spot }>
  readonly descriptions: Array<{ readonly text: string; readonly spot: Spot }>
  readonly classes: Array<string>
  readonly notes: Array<{ readonly side: "left" | "right"; readonly text: string }>
  readonly retries: Array<{ readonly text: string; readonly spot: Spot }>
  readonly regions: Array<Place>
  /** Whether it is named in another place, too. */
  isTwice: boolean
}

/** An arrow, where it stands. */
export interface Arrow {
  readonly from: string
  readonly to: string
  readonly label: string
  readonly spot: Spot
}

/** States and arrows that belong together: the diagram itself (`owner` is `undefined`), or a region of a composite state. */
export interface Place {
  readonly owner: State | undefined
  /** The line that opens it. */
  spot: Spot
  direction: Direction | undefined
  readonly states: Array<State>
  readonly arrows: Array<Arrow>
}

/** What has been read. */
export interface Reading {
  title: string | undefined
  readonly matter: Array<string>
  readonly root: Place
  readonly states: Map<string, State>
  /** States that are spoken of, and need to be there. */
  readonly spokenOf: Array<{ readonly id: string; readonly spot: Spot; readonly then: (state: State) => void }>
  hasHeader: boolean
  accTitle: string | undefined
  accDescr: string | undefined
  scale: number | undefined
  hideEmptyDescription: boolean
  readonly classDefs: Array<{ readonly names: string; readonly style: string }>
  readonly styles: Array<{ readonly ids: ReadonlyArray<string>; readonly style: string }>
}

/** A place that nothing has been read of yet. */
export const placeOf = (owner: State | undefined, spot: Spot): Place => ({
  owner,
  spot,
  direction: undefined,
  states: [],
  arrows: []
})

/** A state of which nothing but its name has been read yet. */
export const stateOf = (id: string, spot: Spot, place: Place): State => ({
  id,
  spot,
  place,
  kinds: [],
  descriptions: [],
  classes: [],
  notes: [],
  retries: [],
  regions: [],
  isTwice: false
})

/** A diagram that nothing has been read of yet. */
export const readingOf = (root: Place): Reading => ({
  title: undefined,
  matter: [],
  root,
  states: new Map(),
  spokenOf: [],
  hasHeader: true,
  accTitle: undefined,
  accDescr: undefined,
  scale: undefined,
  hideEmptyDescription: false,
  classDefs: [],
  styles: []
})
