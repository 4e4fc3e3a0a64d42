/**
 * Activities: tasks that workers ask for, instead of being called.
 *
 * A state names an activity as its resource; workers poll that name, and answer with the token they were given. The queue lives in this
 * process: what was handed out when it died is handed out again by the one that takes over, as any effect runs again. For workers
 * that outlive the process there is `.waitForTaskToken`.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { Step } from "@waymark/core"
import type { Json } from "./internal/data/json.ts"
import type { Resource, TaskError } from "./Resources.ts"

/** A task as a worker gets it. */
export interface ActivityTask {
  readonly token: string
  readonly input: Json
}

/** Activities by their names. */
export interface Activities {
  /** What `AslResources` has under the activity's ARN. */
  readonly resource: (name: string) => Resource
  /** The next task of an activity, as soon as there is one. */
  readonly poll: (name: string) => Effect.Effect<ActivityTask>
  /** Answers a task; `false` where nobody waits for the answer any more. */
  readonly succeed: (token: string, output: Json) => Effect.Effect<boolean>
  readonly fail: (token: string, error: TaskError) => Effect.Effect<boolean>
  /** Says that a task is being worked at: its `HeartbeatSeconds` begin anew. */
  readonly heartbeat: (token: string) => Effect.Effect<boolean>
}

interface Open {
  readonly answer: Deferred.Deferred<Json, TaskError>
  readonly beat: Effect.Effect<void>
}

/**
 * Activities without tasks yet.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Activities, AslResources } from "@waymark/asl"
 *
 * export const activities = Activities.make()
 * const ARN = "arn:aws:states:us-east-1:123456789012:activity:approve"
 * export const resources = AslResources.layer({ [ARN]: activities.resource(ARN) })
 *
 * export const worker = Effect.gen(function*() {
 *   const { input, token } = yield* activities.poll(ARN)
 *   yield* activities.succeed(token, { approved: input })
 * })
 * ```
 */
export const make = (): Activities => {
  const queues = new Map<string, Queue.Queue<ActivityTask>>()
  const open = new Map<string, Open>()

  const queueOf = (name: string): Effect.Effect<Queue.Queue<ActivityTask>> =>
    Effect.suspend(() => {
      const known = queues.get(name)
      if (known !== undefined) return Effect.succeed(known)
      return Effect.map(Queue.unbounded<ActivityTask>(), (queue) => {
        queues.set(name, queue)
        return queue
      })
    })

  const answered = (token: string, answer: (open: Open) => Effect.Effect<unknown>): Effect.Effect<boolean> =>
    Effect.suspend(() => {
      const waiting = open.get(token)
      return waiting === undefined ? Effect.succeed(false) : Effect.as(answer(waiting), true)
    })

  /** The next task that somebody still waits for. */
  const next = (queue: Queue.Queue<ActivityTask>): Effect.Effect<ActivityTask> =>
    Effect.flatMap(Queue.take(queue), (task) => (open.has(task.token) ? Effect.succeed(task) : next(queue)))

  return {
    resource: (name) => (input) =>
      Effect.gen(function* () {
        const { attempt, idempotencyKey } = yield* Step.info
        const token = `${idempotencyKey}#${attempt}`
        const beat = yield* Step.Heartbeats
        const answer = yield* Deferred.make<Json, TaskError>()
        open.set(token, { answer, beat: beat(undefined) })
        yield* Queue.offer(yield* queueOf(name), { token, input })
        return yield* Effect.ensuring(
          Deferred.await(answer),
          Effect.sync(() => open.delete(token))
        )
      }),
    poll: (name) => Effect.flatMap(queueOf(name), next),
    succeed: (token, output) => answered(token, ({ answer }) => Deferred.succeed(answer, output)),
    fail: (token, error) => answered(token, ({ answer }) => Deferred.fail(answer, error)),
    heartbeat: (token) => answered(token, ({ beat }) => beat)
  }
}
