/**
 * What the tasks of state machines are done by: the service that a program gives.
 *
 * A definition names resources; this service turns a name into an Effect. It runs at least once, as the effect of any step does:
 * `Step.info` has an idempotency key for whatever it talks to, and `Step.heartbeat` says that it is alive.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Json } from "./internal/data/json.ts"

/** What a task fails with: the name that `Retry` and `Catch` look at, and what happened, in words. */
export interface TaskError {
  readonly error?: string
  readonly cause?: string
}

/** The task that calls a resource. */
export interface TaskCall {
  /** The resource as the definition names it. */
  readonly resource: string
  /** The state that calls. */
  readonly state: string
  /** With this a `.waitForTaskToken` task is answered, by `TaskToken`. */
  readonly token: string | undefined
  /** The state's `Credentials`, evaluated. */
  readonly credentials: Json | undefined
  /** The context object. */
  readonly context: Json
}

/** Does what a task asks for: from its effective input to its result. */
export type Resource = (input: Json, call: TaskCall) => Effect.Effect<Json, TaskError>

/**
 * Finds resources by the name or ARN that a definition gives. For a name that is unknown it has nothing, and the instance is stuck until a
 * process that knows it takes over.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { AslResources } from "@waymark/asl"
 *
 * export const resources = AslResources.layer({
 *   "arn:aws:lambda:us-east-1:123456789012:function:double": (input) => Effect.succeed(Number(input) * 2)
 * })
 * ```
 */
export class AslResources extends Context.Service<
  AslResources,
  { readonly resolve: (resource: string) => Resource | undefined }
>()("@waymark/asl/AslResources") {
  /** Resources by their names. */
  static layer(resources: Readonly<Record<string, Resource>>): Layer.Layer<AslResources> {
    return Layer.succeed(AslResources, {
      resolve: (name) => (Object.hasOwn(resources, name) ? resources[name] : undefined)
    })
  }
}
