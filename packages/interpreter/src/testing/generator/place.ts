/** Where a part of a plan stands: some nodes only may in few places, and are built as a `Pure` anywhere else. */
import type { Plan, Tag } from "./plan.ts"

/** The main thread with nothing around it, the main thread, or inside of a branch or of something that is run later. */
export type Place = "spine" | "main" | "inside"

/** What is around the parts of a node, by their index, where it is more than was around the node. */
const around: { readonly [T in Tag]?: (index: number) => Place } = {
  FlatMap: (index) => (index === 0 ? "spine" : "main"),
  Gen: () => "main",
  InterruptWith: () => "main",
  Timeout: () => "main",
  Saga: () => "main",
  Uncancellable: () => "main",
  Compensate: (index) => (index === 0 ? "main" : "inside"),
  OnCancel: (index) => (index === 0 ? "main" : "inside"),
  Parallel: () => "inside",
  ForEach: () => "inside",
  Race: () => "inside",
  Embed: () => "inside"
}

const order: ReadonlyArray<Place> = ["spine", "main", "inside"]

/** Where the part at an index stands, of a node that stands in a place. */
export const placeOf = (tag: Tag, index: number, place: Place): Place => {
  const [outer, own] = [order.indexOf(place), order.indexOf(around[tag]?.(index) ?? "spine")]
  return order[Math.max(outer, own)] as Place
}

/** Whether a node may stand in a place. */
export const fits = (tag: Tag, place: Place): boolean =>
  tag === "Checkpoint" ? place === "spine" : tag === "ContinueAsNew" ? place !== "inside" : true

/** What is run when a part is given up is outside of the sagas around that part: they are left by then. */
const leavesUndos = ({ parts, tag }: Plan, isInSaga = false): boolean =>
  (tag === "Compensate" && !isInSaga) ||
  parts.some((part, index) =>
    leavesUndos(part, tag === "Saga" || (isInSaga && (index === 0 || (tag !== "Compensate" && tag !== "OnCancel"))))
  )

/** Where a whole workflow stands: a checkpoint can't be where something is left to undo, so then there is no place for one. */
export const outermost = (whole: Plan): Place => (leavesUndos(whole) ? "main" : "spine")

/** The plan with what cannot stand where it does as the `Pure` that it is built as. */
export const settled = (whole: Plan, place: Place = outermost(whole)): Plan => ({
  ...whole,
  tag: fits(whole.tag, place) ? whole.tag : "Pure",
  parts: whole.parts.map((part, index) => settled(part, placeOf(whole.tag, index, place)))
})
