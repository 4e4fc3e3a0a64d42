/** What a mark says in words, beyond its status. */
import type { Progress } from "@waymark/interpreter"
import type { Mark, Node } from "../Picture.ts"

/** The last instant that has a date. */
const LATEST = 8.64e15

const instant = (millis: number): string =>
  Math.abs(millis) <= LATEST ? new Date(millis).toISOString().replace(".000Z", "Z") : `${millis} ms`

const until = (millis: number | undefined): string => (millis === undefined ? "" : ` until ${instant(millis)}`)

const after = (error: string | undefined): string => (error === undefined ? "" : ` after ${error}`)

/** What one thread waits for; nothing where it runs for the first time. */
const wait = (given: Progress.Wait): string => {
  switch (given._tag) {
    case "Attempt": {
      const { attempt, lastError, notBefore } = given
      if (notBefore === null) return `given up at attempt ${attempt}${after(lastError)}`
      return attempt === 1 ? "" : `attempt ${attempt} from ${instant(notBefore)}${after(lastError)}`
    }
    case "Signal":
      return `waits for signal ${given.signal}${until(given.until)}`
    case "Timer":
      return `due ${instant(given.due)}`
    case "Child":
      return `waits for child ${given.id}${until(given.until)}`
    case "Closing":
      return `closes child ${given.id}`
  }
}

/** The first wait of many, those that somebody has to look at before others. */
const waits = (all: ReadonlyArray<Progress.Wait>): ReadonlyArray<string> => {
  const isGivenUp = (given: Progress.Wait) => given._tag === "Attempt" && given.notBefore === null
  const said = [...all.filter(isGivenUp), ...all.filter((given) => !isGivenUp(given))]
    .map(wait)
    .filter((text) => text !== "")
  return said.length < 2 ? said : [`${said[0]} and ${said.length - 1} more`]
}

const times = (count: number, one: string, many: string): string => (count === 1 ? one : `${many} ×${count}`)

const tallied = ({ tally = {} }: Mark): ReadonlyArray<string> => {
  const counts = Object.entries(tally)
  return counts.length < 2 ? [] : [counts.map(([status, count]) => `${count} ${status}`).join(", ")]
}

/** How often it was completed, where that was more than once. */
export const count = ({ completed }: Mark): ReadonlyArray<string> => (completed > 1 ? [`×${completed}`] : [])

/** What comes before that, the most important first. */
const urgent = ({ error, waits: waited = [] }: Mark): ReadonlyArray<string> => [
  ...(error === undefined ? [] : [error]),
  ...waits(waited)
]

const counters = (mark: Mark): ReadonlyArray<string> => {
  const { compensated = 0, items, status, turns = 0 } = mark
  return [
    ...(items === undefined ? [] : [`${items.done} of ${items.total} items`]),
    ...(turns === 0 ? [] : [times(turns, "1 turn", "turns")]),
    // That something was undone at all is its status.
    ...(compensated === 0 || (compensated === 1 && status === "compensated")
      ? []
      : [times(compensated, "undone", "undone")]),
    ...tallied(mark)
  ]
}

/** The parts of what is said, the most important first. */
export const said = (mark: Mark): ReadonlyArray<string> => [...urgent(mark), ...count(mark), ...counters(mark)]

/** The same without the count, which stands beside a name where there is one. */
export const saidBelow = (mark: Mark): ReadonlyArray<string> => [...urgent(mark), ...counters(mark)]

/** What is said below the name of a node: that a signal is waited for is what a signal's name says, until when is not. */
export const saidOfNode = ({ kind }: Pick<Node, "kind">, mark: Mark): ReadonlyArray<string> =>
  saidBelow({
    ...mark,
    waits: (mark.waits ?? []).filter((one) => kind !== "signal" || one._tag !== "Signal" || one.until !== undefined)
  })
