/**
 * What is still to be undone, by name: what is under way and the jobs behind it, then what cuts that wait will collect as they take effect.
 * Status pages show it, so nothing of the workflow is called.
 */
import { orderOf } from "./cut.ts"
import type { Machine } from "./machine.ts"
import * as Site from "./site.ts"
import type { Cut, Frame, Job, Thread, Undo } from "./thread.ts"
import * as Walk from "./walk.ts"

const nameOf = (site: Site.Site): string => {
  const named = [site.node, ...site.nodes].find((node) => "name" in node && node.name !== undefined)
  return named !== undefined && "name" in named && named.name !== undefined ? named.name : site.node._tag
}

const nameOfJob = (job: Job): string => (job._tag === "Close" ? job.child.workflow : nameOf(job.site))

/** What a thread is doing before it goes on, the next first. */
function* jobsOf({ leaf, stack }: Thread): Generator<string> {
  for (let frame = stack; frame !== undefined; frame = frame.next) {
    if (frame.memory?._tag !== "Unwinding") continue
    if (frame === stack || leaf._tag !== "Done")
      yield "node" in leaf && "name" in leaf.node && leaf.node.name !== undefined ? leaf.node.name : leaf._tag
    for (let job = frame.memory.jobs; job !== undefined; job = job.next) yield nameOfJob(job)
  }
}

/** Lists of what can be undone, as one: the latest first. */
const merged = (lists: ReadonlyArray<ReadonlyArray<Undo>>): ReadonlyArray<Undo> =>
  lists.length === 1 ? (lists[0] ?? []) : lists.flat().sort((a, b) => b.order - a.order)

const listOf = (undos: Undo | undefined): ReadonlyArray<Undo> => {
  const list: Array<Undo> = []
  for (let undo = undos; undo !== undefined; undo = undo.next) list.push(undo)
  return list
}

/** What the cuts of a thread will collect, as `leave` does, out of what it can undo; and what stays for whoever is around it. */
const collected = (thread: Thread, undos: ReadonlyArray<Undo>) => {
  const names: Array<string> = []
  let taken = 0
  const since = (order: number): void => {
    for (let undo = undos[taken]; undo !== undefined && undo.order >= order; undo = undos[++taken]) {
      names.push(nameOf(Site.part(undo.site, 1)))
    }
  }
  let stack: Frame | undefined = thread.stack
  for (let cut: Cut | undefined = thread.cut; cut !== undefined; cut = cut.outer) {
    for (let frame = stack; frame !== undefined && frame !== cut.target; frame = frame.next) {
      const { memory, site } = frame
      if (site.node._tag === "Saga" && memory?._tag === "Scope") since(memory.order)
      if (site.node._tag === "OnCancel") names.push(nameOf(Site.part(site, 1)))
    }
    since(orderOf(cut))
    stack = cut.stack
  }
  return { names, left: undos.slice(taken) }
}

/** What cuts that wait will collect: branches before the threads that hold them. */
const awaited = (root: Thread): ReadonlyArray<string> => {
  interface Visit {
    readonly thread: Thread
    readonly up: Visit | undefined
    /** Whether it is given up, or a thread around it is: else nothing of it is to be undone yet. */
    readonly isCut: boolean
    readonly lists: Array<ReadonlyArray<Undo>>
  }
  const visits: Array<Visit> = []
  const open: Array<Visit> = [{ thread: root, up: undefined, isCut: root.cut !== undefined, lists: [] }]
  for (let visit = open.pop(); visit !== undefined; visit = open.pop()) {
    visits.push(visit)
    const { isCut, thread } = visit
    for (const branch of Walk.branches(thread)) {
      open.push({ thread: branch, up: visit, isCut: isCut || branch.cut !== undefined, lists: [] })
    }
  }
  const names: Array<string> = []
  for (const { isCut, lists, thread, up } of visits.toReversed()) {
    if (!isCut) continue
    const found = collected(thread, merged([listOf(thread.undos), ...lists]))
    names.push(...found.names)
    if (found.left.length > 0) up?.lists.push(found.left)
  }
  return names
}

/** The names of the steps that undo, of handlers of a cancellation and of children that are closed, the next one first. */
export const undoing = ({ children, root }: Machine): ReadonlyArray<string> => {
  const jobs = Array.from(Walk.threads(root)).flatMap((thread) => Array.from(jobsOf(thread)))
  const isGivenUp = root.cut !== undefined && root.cut.target === undefined
  return [...jobs, ...awaited(root), ...(isGivenUp ? children.map(({ workflow }) => workflow) : [])]
}
