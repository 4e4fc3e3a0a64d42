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

/**
 * What a task is told: the payload of its signal. `success`, `failure` and `heartbeat` make it.
 *
 * @example
 * ```ts
 * import { Codec } from "@waymark/core"
 * import { TaskToken } from "@waymark/asl"
 *
 * export const json = Codec.make(TaskToken.Answer).encode(TaskToken.success("token", 42))
 * ```
 */
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

/**
 * The signal that a state waits for. It is called after the state, and refuses a token that is not of its present try.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { TaskToken } from "@waymark/asl"
 * import { Engine } from "@waymark/interpreter"
 *
 * export const answer = (token: string, amount: number) =>
 *   Effect.gen(function*() {
 *     const engine = yield* Engine
 *     const address = TaskToken.addressOf(token)
 *     if (address === undefined) return
 *     const { instance, state, ...to } = address
 *     yield* engine.signal(instance, TaskToken.signalOf(state), TaskToken.success(token, { amount }), { id: token, ...to })
 *   })
 * ```
 */
export const signalOf = (state: string): Signal.Signal<string, Answer, void, TaskTimedOut> =>
  Signal.make(state, { payload: Answer, error: TaskTimedOut })

/** Where a token leads: an instance, the state that waits there, and which one of several. */
export interface Address {
  readonly instance: string
  readonly state: string
  /** The branch or item, as a signal's `to` has it; left out where there is only one. */
  readonly to?: string
}

/**
 * The token of one try of a task: tasks make theirs with it, and so may tests. What is in it is to be read by anybody, so it is no secret.
 *
 * @example
 * ```ts
 * import { TaskToken } from "@waymark/asl"
 *
 * export const token = TaskToken.make({ instance: "order-1", state: "approve" }, "first try")
 * ```
 */
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

/**
 * The answer that a task has succeeded.
 *
 * @example
 * ```ts
 * import { TaskToken } from "@waymark/asl"
 *
 * export const approved = TaskToken.success("the token", { approved: true })
 * ```
 */
export const success = (token: string, output: Json): Answer => ({ token, answer: { _tag: "success", output } })

/**
 * The answer that it has failed: `Retry` and `Catch` look at the name.
 *
 * @example
 * ```ts
 * import { TaskToken } from "@waymark/asl"
 *
 * export const refused = TaskToken.failure("the token", { error: "Refused", cause: "too much" })
 * ```
 */
export const failure = (token: string, error: TaskError = {}): Answer => ({
  token,
  answer: { _tag: "failure", ...error }
})

/**
 * The sign that somebody is still at it: its `HeartbeatSeconds` begin anew.
 *
 * @example
 * ```ts
 * import { TaskToken } from "@waymark/asl"
 *
 * export const busy = TaskToken.heartbeat("the token")
 * ```
 */
export const heartbeat = (token: string): Answer => ({ token, answer: { _tag: "heartbeat" } })
