/** What stands on a node, an edge or a group in every syntax: its label, and what an execution adds to that. */
import type { Progress } from "@waymark/interpreter"
import type * as Picture from "../../Picture.ts"
import type { Settings } from "./settings.ts"

/** The last instant that has a date. */
const latest = 8.64e15

const instant = (millis: number): string =>
  Math.abs(millis) <= latest ? new Date(millis).toISOString().replace(".000Z", "Z") : `${millis} ms`

const until = (millis: number | undefined): ReadonlyArray<string> =>
  millis === undefined ? [] : [`until ${instant(millis)}`]

/** What is to be known of a wait beside the name of the step that waits. */
const wait = (waits: Progress.Wait): string => {
  switch (waits._tag) {
    case "Attempt": {
      const { attempt, lastError, notBefore } = waits
      if (notBefore === null) return [`given up at attempt ${attempt}`, ...(lastError ? [lastError] : [])].join(", ")
      // Nothing is to be said of a first attempt: that the step is current says it all.
      if (attempt === 1) return ""
      return [`attempt ${attempt}`, ...(lastError ? [`after ${lastError}`] : []), `from ${instant(notBefore)}`].join(
        ", "
      )
    }
    case "Signal":
      return until(waits.until).join()
    case "Timer":
      return `due ${instant(waits.due)}`
    case "Child":
      return [`waits for ${waits.id}`, ...until(waits.until)].join(", ")
  }
}

/** One wait in words, and how many others there are: a step of a `forEach` may wait a thousand times. */
const waited = (waits: ReadonlyArray<Progress.Wait>): ReadonlyArray<string> => {
  const said = waits.map(wait).filter((words) => words !== "")
  return said.length < 2 ? said : [`${said[0]}, and ${said.length - 1} more`]
}

/** Something, and how often. */
const times = (text: string, count: number): string =>
  count > 1 ? [text, `×${count}`].filter((part) => part !== "").join(" ") : text

/** What a mark says in lines of their own. */
const details = ({ compensated = 0, error, waits = [] }: Picture.Mark): ReadonlyArray<string> => [
  ...waited(waits),
  ...(error === undefined ? [] : [error]),
  ...(compensated > 0 ? [times("undone", compensated)] : [])
]

/** Several lines; the first one names it. */
export const nodeLabel = ({ label, mark }: Picture.Node): string => {
  if (mark === undefined) return label
  const [name = "", ...rest] = label.split("\n")
  return [times(name, mark.completed), ...rest, ...details(mark)].join("\n")
}

export const edgeLabel = ({ label, state }: Picture.Edge, { types }: Settings): string =>
  [label, types ? state : undefined].filter((text) => text !== undefined && text !== "").join("\n")

/** A frame says how often what it holds has turned, and how many of its items have ended. */
export const groupLabel = ({
  label,
  mark: { items, turns = 0 } = { status: "pending", completed: 0 }
}: Picture.Group): string =>
  [
    label,
    ...(turns > 0 ? [turns === 1 ? "1 turn" : `${turns} turns`] : []),
    ...(items === undefined ? [] : [`${items.done} of ${items.total}`])
  ].join(", ")
