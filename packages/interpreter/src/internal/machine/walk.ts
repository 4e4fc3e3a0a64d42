/** Walks over the threads of an execution, in the order of declaration, looking only where there is something to find. */
import * as Keys from "./keys.ts"
import * as Path from "./path.ts"
import { isStep, VERSION, type Armed, type ForkLeaf, type Leaf, type StepLeaf, type Thread } from "./thread.ts"
import * as Trie from "./trie.ts"

/** A step that is waited at, and the thread that waits. */
export interface Reached {
  readonly leaf: StepLeaf
  readonly thread: Thread
  /** Set where it is the trigger of an interruption of the thread. */
  readonly armed: Armed | undefined
}

/** A step that is waited at, with its identity. */
export interface Waiting extends Reached {
  readonly path: string
  readonly ordinal: number
}

const everything = (): boolean => true

/** The next thread of the forks that are being walked, the inmost fork first. */
const next = (open: Array<Iterator<readonly [number, Thread]>>): Thread | undefined => {
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const { done, value } = top.next()
    if (done !== true) return value[1]
    open.pop()
  }
  return undefined
}

/** The threads of the fork that a thread is at. */
export const branches = ({ leaf }: Thread): ReadonlyArray<Thread> =>
  leaf._tag === "Fork" ? Array.from(Trie.entries(leaf.threads), ([, branch]) => branch) : []

/** The threads, each before those of its branches. Whoever stops at the first has not looked at the others. */
export function* threads(root: Thread, keep: (part: Trie.Measured) => boolean = everything): Generator<Thread> {
  const open: Array<Iterator<readonly [number, Thread]>> = []
  for (let thread = keep(root) ? root : undefined; thread !== undefined; thread = next(open)) {
    yield thread
    if (thread.leaf._tag === "Fork") open.push(Trie.entries(thread.leaf.threads, keep))
  }
}

/** The steps one thread waits at: its leaf, then its interruptions from the inside out. */
export const stepsOf = (thread: Thread): ReadonlyArray<Waiting> => {
  const { leaf, ordinal, path } = thread
  const found: Array<Waiting> = isStep(leaf) ? [{ leaf, path, ordinal, thread, armed: undefined }] : []
  for (let armed = thread.armed; armed !== undefined; armed = armed.next) {
    // Not numbered yet: what stands at a choice has to be decided first.
    if (armed.index < 0) continue
    found.push({
      leaf: armed.leaf,
      path: Path.interruption(path, armed.ordinal),
      ordinal: armed.index,
      thread,
      armed
    })
  }
  return found
}

/** Every step that is waited at: those of a fork's branches before the interruptions around it, as a step comes before those around that. */
export function* steps(root: Thread, keep: (part: Trie.Measured) => boolean = everything): Generator<Waiting> {
  const open: Array<{ readonly fork: Thread; readonly branches: Iterator<readonly [number, Thread]> }> = []
  for (let thread = keep(root) ? root : undefined; thread !== undefined;) {
    if (thread.leaf._tag === "Fork") open.push({ fork: thread, branches: Trie.entries(thread.leaf.threads, keep) })
    else yield* stepsOf(thread)
    thread = undefined
    for (let top = open.at(-1); top !== undefined && thread === undefined; top = open.at(-1)) {
      const { done, value } = top.branches.next()
      if (done !== true) thread = value[1]
      else {
        open.pop()
        yield* stepsOf(top.fork)
      }
    }
  }
}

/** A fork that was passed on the way to a thread, from the inmost outwards: the thread that holds it, and the branch taken, as it was measured. */
export interface Ancestor extends Trie.Measured {
  readonly thread: Thread
  readonly branch: number
  readonly up: Ancestor | undefined
}

/** A thread and the way to it. */
export interface Located {
  readonly leaf: Leaf
  readonly thread: Thread
  readonly armed: Armed | undefined
  readonly parents: Ancestor | undefined
  /** Whether the path is that of an interruption's trigger, and at which ordinal that was armed. */
  readonly interruption: number | undefined
}

const located = (thread: Thread, parents: Ancestor | undefined, interruption?: number): Located => ({
  leaf: thread.leaf,
  thread,
  armed: undefined,
  parents,
  interruption
})

const expectedIn = ({ leaf }: Thread): Thread | undefined =>
  leaf._tag === "Fork" ? Trie.get(leaf.threads, leaf.keys.hint) : undefined

/** Finds the thread of a path; `undefined` where there is none. It is on the way of every event: it makes no list of segments. */
export const locate = (root: Thread, path: string): Located | undefined => {
  let parents: Ancestor | undefined
  let thread = root
  for (let from = 0; from < path.length;) {
    // The branch that is to be expected says by its own path whether it is meant: nothing is taken apart then.
    const expected = expectedIn(thread)
    if (expected?.path === path) {
      const { keys } = thread.leaf as ForkLeaf
      parents = {
        thread,
        branch: keys.hint,
        due: expected.due,
        retry: expected.retry,
        mask: expected.mask,
        up: parents
      }
      Keys.expectAfter(keys, keys.hint)
      return located(expected, parents)
    }
    const colon = path.indexOf(":", from)
    const ordinal = Path.ordinalIn(path, from, colon)
    if (ordinal === undefined) return undefined
    const slash = path.indexOf("/", colon)
    const key = Path.keyIn(path, colon + 1, slash)
    if (key === undefined) return slash === -1 ? located(thread, parents, ordinal) : undefined
    const { leaf } = thread
    if (leaf._tag !== "Fork" || leaf.ordinal !== ordinal) return undefined
    const branch = Keys.branchOf(leaf.keys, key)
    if (branch === undefined) return undefined
    const next = Trie.get(leaf.threads, branch)
    // An item that waits for a place has not begun.
    if (next === undefined) return undefined
    parents = { thread, branch, due: next.due, retry: next.retry, mask: next.mask, up: parents }
    thread = next
    if (slash === -1) break
    // A path does not end in a slash.
    if (slash + 1 === path.length) return undefined
    from = slash + 1
  }
  return located(thread, parents)
}

/** The thread of a path that is no trigger's. */
export const threadOf = (root: Thread, path: string): Located | undefined => {
  const found = locate(root, path)
  return found?.interruption === undefined ? found : undefined
}

/**
 * Whether the thread of a path has come to an ordinal, or is past it; also where the fork that it was a branch of is over. What needs no event
 * may have taken it on.
 */
export const hasReached = (root: Thread, path: string, ordinal: number): boolean => {
  let thread = root
  for (let from = 0; from < path.length;) {
    const colon = path.indexOf(":", from)
    const passed = Path.ordinalIn(path, from, colon)
    const slash = path.indexOf("/", colon)
    const key = Path.keyIn(path, colon + 1, slash)
    if (passed === undefined || key === undefined) return false
    const { leaf } = thread
    if (leaf._tag !== "Fork" || leaf.ordinal !== passed) return thread.ordinal > passed
    const branch = Keys.branchOf(leaf.keys, key)
    const next = branch === undefined ? undefined : Trie.get(leaf.threads, branch)
    if (next === undefined) return false
    thread = next
    if (slash === -1) break
    from = slash + 1
  }
  return thread.ordinal >= ordinal
}

/** A step that is waited at, and the way to its thread. */
export type Found = Located & Reached

const isReached = (found: Located): found is Found => isStep(found.leaf)

/** The step with an identity, where it is waited at. */
export const find = (root: Thread, path: string, ordinal: number): Found | undefined => {
  const found = locate(root, path)
  if (found === undefined) return undefined
  const { interruption, thread } = found
  if (interruption === undefined) return thread.ordinal === ordinal && isReached(found) ? found : undefined
  for (let armed = thread.armed; armed !== undefined; armed = armed.next) {
    if (armed.ordinal === interruption && armed.index === ordinal) return { ...found, leaf: armed.leaf, armed }
  }
  return undefined
}

const isUndecided = ({ mask }: Trie.Measured): boolean => (mask & VERSION) !== 0

/** The first thread that rests at a choice between before and after a change. */
export const undecided = (root: Thread): Thread | undefined => {
  for (const thread of threads(root, isUndecided)) if (thread.leaf._tag === "Version") return thread
  return undefined
}
