/** The mark of a node or group, and one for several: of equal parts that are drawn once, and of a group that is drawn as one node. */
import type { Progress } from "@waymark/interpreter"

/** What has become of a node or of what a group holds. What does not apply is left out. */
export interface Mark {
  readonly status: Progress.Status
  /** How often it was completed; of composites it is seen on the steps inside. */
  readonly completed: number
  /** The tag of the typed failure that it ended in. */
  readonly error?: string
  /** How often it was undone. */
  readonly compensated?: number
  /** How often a loop has begun another round, or a machine has gone to another state. */
  readonly turns?: number
  /** How many items of a `forEach`, or branches of another fork, have ended. */
  readonly items?: Progress.Items
  /** What it waits for: signals, instants, attempts, children. */
  readonly waits?: ReadonlyArray<Progress.Wait>
  /** Of what stands for several equal parts: how many of these have which status. */
  readonly tally?: { readonly [S in Progress.Status]?: number }
}

interface Marked {
  readonly mark: Mark | undefined
}

/** What is to be seen first, where parts differ. */
const order: ReadonlyArray<Progress.Status> = ["current", "failed", "pending", "compensated", "done", "skipped"]

const sum = (values: ReadonlyArray<number | undefined>): number | undefined => {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : known.reduce((a, b) => a + b, 0)
}

const itemsOf = (marks: ReadonlyArray<Mark>): Progress.Items | undefined => {
  const known = marks.flatMap(({ items }) => (items === undefined ? [] : [items]))
  if (known.length === 0) return undefined
  return { done: sum(known.map(({ done }) => done)) ?? 0, total: sum(known.map(({ total }) => total)) ?? 0 }
}

/** How many of equal parts have which status; where some of them stand for several, all of those. */
const tally = (marks: ReadonlyArray<Mark>): NonNullable<Mark["tally"]> => {
  const counts = new Map<Progress.Status, number>()
  const add = (status: Progress.Status, by: number) => counts.set(status, (counts.get(status) ?? 0) + by)
  for (const mark of marks) {
    if (mark.tally === undefined) add(mark.status, 1)
    else for (const status of order) if (mark.tally[status] !== undefined) add(status, mark.tally[status])
  }
  return Object.fromEntries(order.flatMap((status) => (counts.has(status) ? [[status, counts.get(status)]] : [])))
}

/** The mark of what stands for several equal parts; none in a picture of no execution. */
export const together = (parts: ReadonlyArray<Marked>): Mark | undefined => {
  const marks = parts.flatMap(({ mark }) => (mark === undefined ? [] : [mark]))
  if (marks.length === 0) return undefined
  const error = marks.findLast((mark) => mark.error !== undefined)?.error
  const compensated = sum(marks.map((mark) => mark.compensated))
  const turns = sum(marks.map((mark) => mark.turns))
  const items = itemsOf(marks)
  const waits = marks.flatMap((mark) => mark.waits ?? [])
  const counts = tally(marks)
  return Object.freeze({
    status: order.find((status) => counts[status] !== undefined) ?? "pending",
    completed: sum(marks.map((mark) => mark.completed)) ?? 0,
    ...(error !== undefined && { error }),
    ...(compensated !== undefined && { compensated }),
    ...(turns !== undefined && { turns }),
    ...(items !== undefined && { items }),
    ...(waits.length > 0 && { waits: Object.freeze(waits) }),
    tally: Object.freeze(counts)
  })
}

/** The mark of a group that is drawn as one node: its own, and what is waited for inside. */
export const inShort = ({ mark }: Marked, holds: ReadonlyArray<Marked>): Mark | undefined => {
  if (mark === undefined) return undefined
  const waits = holds.flatMap((held) => held.mark?.waits ?? [])
  return Object.freeze({ ...mark, ...(waits.length > 0 && { waits: Object.freeze(waits) }) })
}
