/** The signals of one instance that are durable and not dealt with: a line for each name and addressee, in order of arrival. */
import type { Send } from "../../Journal.ts"
import { isChildEnd, isControl } from "./control.ts"

const NONE: ReadonlyArray<Send> = []

export class Inbox {
  // Most instances never get a signal: what is not used is not there.
  #lines: Map<string, Array<Send>> | undefined
  /** What operators ask, in one line whatever its name: no step waits for it. */
  #controls: Array<Send> | undefined
  /** The ends of children, which their steps may not wait for yet. */
  #ends: Array<Send> | undefined
  #known: Set<string> | undefined
  /** Signals that have their outcome, but may still be heard of: somebody read about them before they had it. */
  #settled: Set<string> | undefined

  /** Puts a signal at the end of its line, unless it is known: it may be heard of more than once. Answers whether it was new. */
  add(send: Send): boolean {
    const known = (this.#known ??= new Set())
    if (known.has(send.id)) return false
    known.add(send.id)
    this.#line(send).push(send)
    return true
  }

  /** Puts a signal that was taken back at the head of its line. */
  giveBack(send: Send): void {
    this.#line(send).unshift(send)
  }

  /** The signals at the head of their lines. */
  heads(): ReadonlyArray<Send> {
    if (this.#lines === undefined || this.#lines.size === 0) return NONE
    return Array.from(this.#lines.values(), (line) => line[0] as Send)
  }

  /** The ids of all that is not dealt with. */
  pending(): ReadonlyArray<string> {
    const lines = Array.from(this.#lines?.values() ?? []).flat()
    return [...this.ends, ...(this.#controls ?? NONE), ...lines].map(({ id }) => id)
  }

  /** The children that have ended. */
  get ends(): ReadonlyArray<Send> {
    return this.#ends ?? NONE
  }

  /** What operators asked first, and was not dealt with. */
  get control(): Send | undefined {
    return this.#controls?.[0]
  }

  /** Takes all that operators asked, or all that they asked under a name. */
  takeControls(name?: string): ReadonlyArray<Send> {
    const taken = (this.#controls ?? []).filter((send) => name === undefined || send.name === name)
    this.#controls = this.#controls?.filter((send) => !taken.includes(send))
    return taken
  }

  /** Takes a signal out of its line: it is being dealt with. */
  take(send: Send): void {
    const line = this.#line(send)
    line.splice(line.indexOf(send), 1)
    if (line.length === 0) this.#lines?.delete(lineOf(send))
  }

  /** The signal has an outcome. */
  settle(id: string): void {
    ;(this.#settled ??= new Set()).add(id)
  }

  /** No news is on its way that is older than the outcomes: they need not be remembered. */
  forget(): void {
    if (this.#settled === undefined) return
    for (const id of this.#settled) this.#known?.delete(id)
    this.#settled = undefined
  }

  #line(send: Send): Array<Send> {
    if (isChildEnd(send)) return (this.#ends ??= [])
    if (isControl(send.name)) return (this.#controls ??= [])
    const name = lineOf(send)
    const lines = (this.#lines ??= new Map<string, Array<Send>>())
    const known = lines.get(name)
    if (known !== undefined) return known
    const line: Array<Send> = []
    lines.set(name, line)
    return line
  }
}

const lineOf = ({ name, to }: Send): string => JSON.stringify([name, to ?? null])
