/** Rules `loop-without-step` and `endless-gen`: repetition that never lets go, and repetition that keeps everything. */
import type { Facts } from "./facts.ts"
import { part, type Place } from "./places.ts"
import type { Say } from "./report.ts"
import { yieldsForever } from "./source.ts"

/** What goes round without waiting for anything. */
const spins = (place: Place, facts: ReadonlyArray<Facts>): boolean => {
  const { node } = place
  const of = (place: Place | undefined): Facts | undefined => place && facts[place.index]
  if (node._tag === "Loop") return of(place.parts[0])?.gives === true && of(place)?.steps === false
  // The first state has to jump, and something has to jump back.
  return (
    node._tag === "Machine" && of(part(place, `state ${node.initial}`))?.gives === true && of(place)?.steps === false
  )
}

export const repetition = (places: ReadonlyArray<Place>, facts: ReadonlyArray<Facts>, say: Say): void => {
  /** Up to where a place holds one that was reported: the innermost is the one to mend. */
  let inside = Infinity
  for (const place of places.toReversed()) {
    const { index, node } = place
    if (node._tag === "Gen" && yieldsForever(node.body)) {
      const message =
        "it repeats itself without end, and keeps what each round gave for as long as it lives. Write the repetition as WIO.loop or WIO.machine, or begin anew with WIO.continueAsNew."
      say("endless-gen", "warning", place, message)
    }
    if ((node._tag !== "Loop" && node._tag !== "Machine") || !spins(place, facts)) continue
    if (place.end > inside) continue
    inside = index
    const what = node._tag === "Loop" ? `the loop "${node.name}"` : `the machine "${node.name}"`
    const message = `${what} has no step in it: all its rounds run within one event, and nothing else does meanwhile. Put a step, signal or timer into it, or repeat in one WIO.pure.`
    say("loop-without-step", "warning", place, message)
  }
}
