/** What is done before a thread goes on: completed steps undone, handlers of a cancellation run, children closed. */
import * as Site from "./site.ts"
import { frame, type CloseLeaf, type Frame, type Job, type OpenChild, type Then, type Undo } from "./thread.ts"
import type { Cursor, Move, Turn } from "./turn.ts"

/** A job before it has its place in a list. */
export type Work =
  | { readonly _tag: "Run"; readonly site: Site.Site; readonly state: unknown }
  | { readonly _tag: "Close"; readonly child: OpenChild; readonly state: unknown }

const listOf = (works: ReadonlyArray<Work>): Job | undefined =>
  works.reduceRight<Job | undefined>((next, work) => ({ ...work, next }), undefined)

/** Undoes a step. */
const undo = ({ site, state }: Undo): Work => ({ _tag: "Run", site: Site.part(site, 1), state })

/** Takes what was completed since an order off a cursor's list, as work, the latest first. */
export const since = (cursor: Cursor, order: number): ReadonlyArray<Work> => {
  const works: Array<Work> = []
  let undos = cursor.undos
  for (; undos !== undefined && undos.order >= order; undos = undos.next) works.push(undo(undos))
  cursor.undos = undos
  return works
}

const closing = ({ at }: Turn, site: Site.Site, child: OpenChild, state: unknown): CloseLeaf => ({
  _tag: "Close",
  site,
  node: { _tag: "Close", name: child.workflow },
  state,
  child,
  attempt: 0,
  notBefore: at,
  lastError: undefined,
  openedAt: at
})

/** The next job of a frame; where there is none left, how the thread goes on. */
const next = (turn: Turn, cursor: Cursor, site: Site.Site, jobs: Job | undefined, then: Then): Move => {
  if (jobs === undefined) return then
  const { next: rest, state } = jobs
  cursor.stack = frame(site, 0, cursor.stack, { _tag: "Unwinding", jobs: rest, then })
  if (jobs._tag === "Close") return closing(turn, site, jobs.child, state)
  const { parent } = jobs.site
  // So that it is counted as undone once it is.
  if (parent?.node._tag === "Compensate") cursor.stack = frame(parent, 1, cursor.stack)
  return { _tag: "Enter", site: jobs.site, state }
}

/** Does the work, then goes on. `site` is what it is done for. */
export const unwind = (turn: Turn, cursor: Cursor, site: Site.Site, works: ReadonlyArray<Work>, then: Then): Move =>
  next(turn, cursor, site, listOf(works), then)

/** A job has ended: the state that it came to is nobody's. */
export const proceed = (turn: Turn, cursor: Cursor, { memory, next: below, site }: Frame): Move => {
  if (memory?._tag !== "Unwinding") throw new TypeError("nothing is being unwound here")
  cursor.stack = below
  return next(turn, cursor, site, memory.jobs, memory.then)
}

/**
 * The end of a thread: what comes before it, `undefined` where nothing does. Of the main one, what is left to undo is undone and children are
 * closed before.
 */
export const bottom = (turn: Turn, cursor: Cursor, then: Then): Move | undefined => {
  if (then._tag === "Continue") {
    const within = cursor.stack !== undefined
    // A fresh run follows: what is still to come, or could be undone, is over.
    cursor.stack = undefined
    cursor.armed = undefined
    cursor.undos = undefined
    // A cut may have waited for what was around: it takes effect before the run is over.
    if (within) return then
  }
  if (cursor.path === "") {
    if (then._tag === "Failed" && cursor.undos !== undefined) {
      return unwind(turn, cursor, Site.definition(turn.site), since(cursor, 0), then)
    }
    if (turn.children.length > 0) {
      const works = turn.children.map((child): Work => ({ _tag: "Close", child, state: then.state }))
      turn.children = []
      return unwind(turn, cursor, Site.definition(turn.site), works, then)
    }
  }
  return undefined
}
