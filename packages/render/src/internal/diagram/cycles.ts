/** Circles of arrows, for diagrams that must have none. */
import type { Report } from "./problem.ts"
import type * as Reading from "./reading.ts"
import { leaving, placesOf } from "./rules.ts"

/** Finds each arrow that closes a circle, and names the states of the circle in order. */
export const refuse = (reading: Reading.Reading, report: Report): void => {
  const out = leaving(reading)
  const done = new Set<string>()
  const firsts = placesOf(reading.root).flatMap(({ arrows }) => arrows.filter(({ from }) => from === "[*]"))
  for (const id of [...firsts.map(({ to }) => to), ...reading.states.keys()]) {
    const way: Array<string> = []
    const ahead: Array<Array<Reading.Arrow>> = []
    const enter = (state: string): void => {
      way.push(state)
      ahead.push([...(out.get(state) ?? [])])
    }
    if (!done.has(id)) enter(id)
    while (way.length > 0) {
      const arrow = ahead.at(-1)?.shift()
      if (arrow === undefined) {
        done.add(way.pop() as string)
        ahead.pop()
      } else if (way.includes(arrow.to)) {
        report(arrow.spot, "circle", [[...way.slice(way.indexOf(arrow.to)), arrow.to].join(" --> ")])
      } else if (!done.has(arrow.to) && arrow.to !== "[*]") enter(arrow.to)
    }
  }
}
