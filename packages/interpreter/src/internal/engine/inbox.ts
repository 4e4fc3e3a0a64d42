/** The signals of one instance that are durable and not dealt with: a line for each name and addressee, in order of arrival. */
import type { Send } from "../../Journal.ts"
import { isChildEnd, isControl } from "./control.ts"

export class Inbox {
  readonly #lines = new Map<string, Array<Send>>()
  /** What operators ask, in one line whatever its name: no step waits for it. */
  readonly #controls: Array<Send> = []
  /** The ends of children, which their steps may not wait for yet. */
  readonly #ends: Array<Send> = []
  readonly #known = new Set<string>()
  /** Signals that have their outcome, but may still be heard of: somebody read about them before they had it. */
  readonly #settled = new Set<string>()

  /** Puts a signal at the end of its line, unless it is known: it may be heard of more than once. Answers whether it was new. */
  add(send: Send): boolean {
    if (this.#known.has(send.id)) return false
    this.#known.add(send.id)
    this.#line(send).push(send)
    return true
  }

  /** Puts a signal that was taken back at the head of its line. */
  giveBack(send: Send): void {
    this.#line(send).unshift(send)
  }

  /** The signals at the head of their lines. */
  heads(): ReadonlyArray<Send> {
    return Array.from(this.#lines.values(), (line) => line[0] as Send)
  }

  /** The ids of all that is not dealt with. */
  pending(): ReadonlyArray<string> {
    return [...this.#ends, ...this.#controls, ...Array.from(this.#lines.values()).flat()].map(({ id }) => id)
  }

  /** The children that have ended. */
  get ends(): ReadonlyArray<Send> {
    return this.#ends
  }

  /** What operators asked first, and was not dealt with. */
  get control(): Send | undefined {
    return this.#controls[0]
  }

  /** Takes all that operators asked, or all that they asked under a name. */
  takeControls(name?: string): ReadonlyArray<Send> {
    const taken = this.#controls.filter((send) => name === undefined || send.name === name)
    for (const send of taken) this.#controls.splice(this.#controls.indexOf(send), 1)
    return taken
  }

  /** Takes a signal out of its line: it is being dealt with. */
  take(send: Send): void {
    const line = this.#line(send)
    line.splice(line.indexOf(send), 1)
    if (line.length === 0) this.#lines.delete(lineOf(send))
  }

  /** The signal has an outcome. */
  settle(id: string): void {
    this.#settled.add(id)
  }

  /** No news is on its way that is older than the outcomes: they need not be remembered. */
  forget(): void {
    for (const id of this.#settled) this.#known.delete(id)
    this.#settled.clear()
  }

  #line(send: Send): Array<Send> {
    if (isChildEnd(send)) return this.#ends
    if (isControl(send.name)) return this.#controls
    const name = lineOf(send)
    const known = this.#lines.get(name)
    if (known !== undefined) return known
    const line: Array<Send> = []
    this.#lines.set(name, line)
    return line
  }
}

const lineOf = ({ name, to }: Send): string => JSON.stringify([name, to ?? null])
