/** What a turn has made of its instance so far. Nothing of it is durable, and nobody sees it, until its group is appended. */
import * as Result from "effect/Result"
import type * as Command from "../../Command.ts"
import type { CommandRejected } from "../../Errors.ts"
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import type { Settlement } from "../../Journal.ts"
import * as Limits from "./limits.ts"

export class Draft {
  execution: Execution.Any
  events: Array<Event> = []
  readonly settled: Array<Settlement> = []
  readonly moment: Execution.Moment
  /** A number from 0 to 1, another one each time, for waits that are partly random. */
  readonly random: () => number
  readonly limits: Limits.Resolved
  readonly #warnings: Limits.Warnings

  constructor(
    execution: Execution.Any,
    moment: Execution.Moment,
    random: () => number,
    limits: Limits.Resolved,
    warnings: Limits.Warnings
  ) {
    this.execution = execution
    this.moment = moment
    this.random = random
    this.limits = limits
    this.#warnings = warnings
  }

  get at(): number {
    return this.moment.at
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
      this.settled.length = settled
    }
  }

  /** Takes a command; answers why not where it is rejected. */
  tell(command: Command.Command): CommandRejected | undefined {
    return this.take(Execution.step(this.execution, command, this.moment))
  }

  /** Takes what the execution owes its journal. */
  settle(): CommandRejected | undefined {
    return this.take(Execution.settle(this.execution, this.moment))
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
