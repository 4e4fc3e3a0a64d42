/** Leaves: what a thread waits at. Each says what an event that is meant for it makes of it. */
import type { Event } from "@waymark/interpreter"
import * as Result from "effect/Result"
import { refuse } from "./ends.ts"

/** What became of a leaf: it waits on, or has ended. */
export type Taken = "waits" | { readonly gives: unknown } | { readonly raises: unknown }

export type Payload = Readonly<Record<string, unknown>>

export abstract class Leaf {
  abstract readonly kind: "RunIO" | "Signal" | "Timer" | "Child" | "Send" | "Version" | "Checkpoint"
  readonly name: string
  readonly state: unknown
  constructor(name: string, state: unknown) {
    this.name = name
    this.state = state
  }
  /** `state` is the leaf's own; of what interrupts a part, the one that the part has now. */
  abstract take(event: Event.Event, state: unknown): Taken
}

/** What a schema makes of recorded JSON. */
export const decoded = <A>(result: Result.Result<A, { readonly message: string }>): A =>
  Result.isSuccess(result) ? result.success : refuse(result.failure.message)

/** The fields of a payload. */
export const fieldsOf = (event: Event.Event): Payload =>
  typeof event.payload === "object" && event.payload !== null
    ? (event.payload as Payload)
    : refuse("the payload has no fields")

/** What is attempted until it ends, or is given up; then an operator decides. */
export abstract class Attempted extends Leaf {
  /** Failed attempts on record. */
  attempts = 0
  /** When the next attempt may start; never, where it was given up. */
  notBefore: number
  openedAt: number
  /** Whether any attempt has failed, also before an operator had it tried anew. */
  hasFailed = false
  constructor(name: string, state: unknown, now: number) {
    super(name, state)
    this.notBefore = now
    this.openedAt = now
  }

  /** Its outcome. */
  protected abstract end(event: Event.Event): Taken

  get isGivenUp(): boolean {
    return this.notBefore === Infinity
  }

  override take(event: Event.Event): Taken {
    if (event.kind === "attempt") return this.#attempted(event)
    if (event.kind === "resolved") return this.#resolved(event)
    return this.end(event)
  }

  #attempted(event: Event.Event): Taken {
    const { next } = fieldsOf(event)
    if (this.isGivenUp) return refuse("it was given up")
    if (event.attempt !== this.attempts + 1) return refuse("attempts are counted from 1")
    if (next !== null && typeof next !== "number") return refuse("an attempt says when the next one is")
    this.attempts++
    this.hasFailed = true
    this.notBefore = next ?? Infinity
    return "waits"
  }

  #resolved(event: Event.Event): Taken {
    if (!this.isGivenUp) return refuse("it was not given up")
    const { decision, error, event: payload } = fieldsOf(event)
    if (decision === "retry") {
      this.attempts = 0
      this.notBefore = event.at
      this.openedAt = event.at
      return "waits"
    }
    if (decision === "succeed") return this.end({ ...event, kind: "completed", payload: payload as never })
    if (decision === "fail") return this.end({ ...event, kind: "failed", payload: error as never })
    return refuse("it decides nothing")
  }
}
