/** What a turn has made of its instance so far. Nothing of it is durable, and nobody sees it, until its group is appended. */
import type { RetryPolicy } from "@waymark/core"
import * as Result from "effect/Result"
import type * as Command from "../../Command.ts"
import type { CommandRejected } from "../../Errors.ts"
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import type { Append, Outcome, Settlement } from "../../Journal.ts"
import { added } from "./added.ts"
import type { Circumstances } from "./failure.ts"
import * as Limits from "./limits.ts"

/** What drafts need of their engine. */
interface Setting {
  readonly audit: boolean
  /** How what has no policy of its own is tried again. */
  readonly retry: RetryPolicy.Resolved
  /** A number from 0 to 1, another one each time, for waits that are partly random. */
  readonly random: () => number
  readonly limits: Limits.Resolved
}

/** What no signal is settled by: most drafts settle none. */
const NONE: ReadonlyArray<Settlement> = Object.freeze([])

/** It is the moment of its events as well, and what attempts depend on: so a step makes fewer objects that live until its group is written. */
export class Draft implements Execution.Moment, Circumstances {
  execution: Execution.Any
  events: Array<Event> = []
  settled = NONE
  /** What puts it on record, once that is made. */
  group: Append | undefined
  readonly at: number
  readonly epoch: number
  readonly #setting: Setting
  readonly #warnings: Limits.Warnings

  constructor(execution: Execution.Any, at: number, epoch: number, setting: Setting, warnings: Limits.Warnings) {
    this.execution = execution
    this.at = at
    this.epoch = epoch
    this.#setting = setting
    this.#warnings = warnings
  }

  get audit(): boolean {
    return this.#setting.audit
  }

  get limits(): Limits.Resolved {
    return this.#setting.limits
  }

  get fallback(): RetryPolicy.Resolved {
    return this.#setting.retry
  }

  get random(): () => number {
    return this.#setting.random
  }

  /** Is there anything to append? */
  get isEmpty(): boolean {
    return this.events.length === 0 && this.settled.length === 0
  }

  /** What gives up all that is taken from here on. */
  mark(): () => void {
    const { execution } = this
    const [events, settled] = [this.events.length, this.settled.length]
    return () => {
      this.execution = execution
      this.events.length = events
      this.settled = this.settled.slice(0, settled)
    }
  }

  /** Takes a command; answers why not where it is rejected. */
  tell(command: Command.Command): CommandRejected | undefined {
    return this.take(Execution.step(this.execution, command, this))
  }

  /** Settles a signal. */
  settles(id: string, outcome: Outcome): void {
    this.settled = added(this.settled, { id, outcome })
  }

  /** Takes what the execution owes its journal. */
  settle(): CommandRejected | undefined {
    return this.take(Execution.settle(this.execution, this))
  }

  take(stepped: Result.Result<Execution.Step<Execution.Any>, CommandRejected>): CommandRejected | undefined {
    if (Result.isFailure(stepped)) return stepped.failure
    const oversized = Limits.oversized(this.limits, stepped.success.events, this.#warnings)
    if (oversized !== undefined) return Limits.rejection(oversized)
    this.execution = stepped.success.execution
    this.#add(stepped.success.events)
    return undefined
  }

  /** Most turns take one step: then its list is as good as a copy. */
  #add(events: ReadonlyArray<Event>): void {
    if (this.events.length === 0) this.events = events as Array<Event>
    else for (const event of events) this.events.push(event)
  }
}
