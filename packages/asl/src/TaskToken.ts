/**
 * Task tokens: how what a `.waitForTaskToken` task has asked for is answered.
 *
 * The task hands its token (`$$.Task.Token`) to somebody. Who has it makes a signal of it: success, failure, or a sign of life. A token is of
 * one try of one task; a later one refuses it.
 */
import * as Schema from "effect/Schema"
import { Signal } from "@waymark/core"
import type { TaskError } from "./Resources.ts"
import type { Json } from "./internal/data/json.ts"

/** What a task is told. */
export const Answer = Schema.Struct({
  token: Schema.String,
  answer: Schema.Union([
    Schema.TaggedStruct("success", { output: Schema.Json }),
    Schema.TaggedStruct("failure", {
      error: Schema.optionalKey(Schema.String),
      cause: Schema.optionalKey(Schema.String)
    }),
    Schema.TaggedStruct("heartbeat", {})
  ])
})
export type Answer = typeof Answer.Type

/** The task that waits has another token: it was tried again since, or has timed out. */
export class TaskTimedOut extends Schema.TaggedError<TaskTimedOut>()("TaskTimedOut", { state: Schema.String }) {
  override get message(): string {
    return `the task "${this.state}" does not wait for this token any more: it was tried again or has ended`
  }
}

/** The signal that a state waits for. It is called after the state. */
export const signalOf = (state: string): Signal.Signal<string, Answer, void, TaskTimedOut> =>
  Signal.make(state, { payload: Answer, error: TaskTimedOut })

/** Where a token leads: an instance, the state that waits there, and which one of several. */
export interface Address {
  readonly instance: string
  readonly state: string
  /** The branch or item, as a signal's `to` has it; left out where there is only one. */
  readonly to?: string
}

/** The token of one try of a task. */
export const make = ({ instance, state, to = "" }: Address, salt: string): string =>
  Buffer.from(JSON.stringify([instance, state, to, salt])).toString("base64url")

/**
 * Where a token leads, or `undefined` where it is no token.
 *
 * @example
 * ```ts
 * import { TaskToken } from "@waymark/asl"
 *
 * const token = TaskToken.make({ instance: "order-1", state: "approve" }, "first try")
 * export const { instance, state } = TaskToken.addressOf(token) ?? { instance: "", state: "" } // "order-1", "approve"
 * ```
 */
export const addressOf = (token: string): Address | undefined => {
  try {
    const [instance, state, to] = JSON.parse(Buffer.from(token, "base64url").toString()) as ReadonlyArray<unknown>
    if (typeof instance !== "string" || typeof state !== "string" || typeof to !== "string") return undefined
    return { instance, state, ...(to !== "" && { to }) }
  } catch {
    return undefined
  }
}

/** The answer that a task has succeeded. */
export const success = (token: string, output: Json): Answer => ({ token, answer: { _tag: "success", output } })

/** The answer that it has failed. */
export const failure = (token: string, error: TaskError = {}): Answer => ({
  token,
  answer: { _tag: "failure", ...error }
})

/** The sign that somebody is still at it: its `HeartbeatSeconds` begin anew. */
export const heartbeat = (token: string): Answer => ({ token, answer: { _tag: "heartbeat" } })
