/** A state diagram as plain data: what reading one gives, what `write` makes text of, and what a drawing can be made from. */

/** Which way a picture, or what is in a frame, reads: from the top to the bottom, the other way, from left to right, the other way. */
export type Direction = "TB" | "BT" | "LR" | "RL"

/** A whole diagram. */
export interface Graph {
  /** The title of the front matter: the workflow's name. */
  readonly title: string
  /** The other lines of the front matter, as they stand. */
  readonly matter: ReadonlyArray<string>
  readonly root: Place
  readonly accTitle: string | undefined
  readonly accDescr: string | undefined
  /** The width that `scale` asks for, in pixels. */
  readonly scale: number | undefined
  readonly hideEmptyDescription: boolean
  /** `classDef`: the names of classes and their style, as they stand. */
  readonly classDefs: ReadonlyArray<{ readonly names: string; readonly style: string }>
  /** `style`: states and their style. */
  readonly styles: ReadonlyArray<{ readonly ids: ReadonlyArray<string>; readonly style: string }>
}

/** States and the arrows between them: the diagram itself, the inside of a composite state, or one of its regions. */
export interface Place {
  readonly direction: Direction | undefined
  /** In the order in which the text names them. */
  readonly states: ReadonlyArray<State>
  readonly arrows: ReadonlyArray<Arrow>
}

/** A state. */
export interface State {
  readonly id: string
  readonly kind: "step" | "choice" | "fork" | "join" | "composite"
  /** What people read in place of the id, line by line. */
  readonly descriptions: ReadonlyArray<string>
  readonly classes: ReadonlyArray<string>
  readonly notes: ReadonlyArray<{ readonly side: "left" | "right"; readonly text: string }>
  /** How a step is tried again: the arrow to itself. */
  readonly retry: Retry | undefined
  /** What is in a composite state: one place, or several that go on side by side. */
  readonly regions: ReadonlyArray<Place>
}

/** How often a step is tried, the first time included, and how many milliseconds are between two attempts. */
export interface Retry {
  readonly attempts: number | undefined
  readonly backoffMs: number | undefined
}

/** An arrow; `[*]` is the start where it comes from there, and the end where it goes there. */
export interface Arrow {
  readonly from: string
  readonly to: string
  readonly label: string | undefined
}

/** All states of a place and of what is in it. */
export const statesOf = (place: Place): ReadonlyArray<State> =>
  place.states.flatMap((state) => [state, ...state.regions.flatMap(statesOf)])

/** The first state of a place. */
export const firstOf = (place: Place): string => place.arrows.find(({ from }) => from === "[*]")?.to ?? ""
