/** Names of any kind as ids of a diagram: each its own, and what the name is where that can be an id. */
import { isName } from "./statements.ts"

/** Whether a name is an id as it stands. To Mermaid `root` is the whole diagram. */
const isId = (name: string): boolean => /^[\p{L}\p{N}_.]+$/u.test(name) && name !== "root" && isName(name)

/** What of a name an id can have. */
const word = (name: string): string => {
  const rest = name.replaceAll(/[^\p{L}\p{N}]+/gu, "_").replaceAll(/^_+|_+$/g, "")
  return isId(rest) ? rest : `state_${rest}`
}

/** The ids of one diagram. */
export class Names {
  private readonly taken = new Set<string>()

  /** An id for a name. Where that is taken, by a state of another place, it is numbered. */
  idOf(name: string): string {
    const id = distinct(isId(name) ? name : word(name), this.taken, (nth) => `_${nth}`)
    this.taken.add(id)
    return id
  }
}

/** A name that is not taken. */
export const distinct = (name: string, taken: ReadonlySet<string>, mark: (nth: number) => string): string => {
  if (!taken.has(name)) return name
  let nth = 2
  while (taken.has(name + mark(nth))) nth++
  return name + mark(nth)
}
