/** Branches that are done, of which a fork may keep thousands. */
import type { DoneLeaf, Thread } from "./thread.ts"

/**
 * A thread that is done, with nothing to undo and nothing around it: all else that a thread has is the same for all of them. It is its own
 * leaf, since what lives long costs by the object.
 */
class DoneThread implements Thread, DoneLeaf {
  declare readonly _tag: "Done"
  declare readonly stack: undefined
  declare readonly armed: undefined
  declare readonly undos: undefined
  declare readonly cut: undefined
  declare readonly nested: false
  declare readonly owner: undefined
  declare due: undefined
  declare retry: undefined
  declare mask: 0
  static {
    const nothing = {
      stack: undefined,
      armed: undefined,
      undos: undefined,
      cut: undefined,
      owner: undefined,
      due: undefined,
      retry: undefined
    }
    Object.assign(this.prototype, nothing, { _tag: "Done", nested: false, mask: 0 })
  }
  readonly path: string
  readonly ordinal: number
  readonly state: unknown
  constructor(path: string, ordinal: number, state: unknown) {
    this.path = path
    this.ordinal = ordinal
    this.state = state
  }
  get leaf(): this {
    return this
  }
}

/** A branch as its fork keeps it, which may keep thousands that are done. */
export const shrunk = (branch: Thread): Thread => {
  const { armed, cut, leaf, nested, ordinal, path, stack, undos } = branch
  const isBare = stack === undefined && armed === undefined && undos === undefined && cut === undefined && !nested
  return leaf._tag === "Done" && isBare ? new DoneThread(path, ordinal, leaf.state) : branch
}
