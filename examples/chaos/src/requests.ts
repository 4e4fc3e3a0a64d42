/**
 * What chaos asks of Waymark, and how that is done with an engine. The client process does it with an engine that hosts
 * nothing; where there is one process only, as with SQLite, a worker does it when it is asked to.
 */
import { type Duration, Effect, Result } from "effect"
import { Engine } from "@waymark/interpreter"
import { Approve, Close, type Root, roots, task } from "./workflows.ts"

/** A start. Asked again it is harmless. */
export interface Start {
  readonly _tag: "Start"
  readonly id: string
  readonly root: Root
  readonly n: number
  readonly faulty: number
}

/** A signal, with the id that makes sending it again harmless. */
export interface Signal {
  readonly _tag: "Signal"
  readonly id: string
  readonly name: "approve" | "close"
  readonly by: string
  readonly signal: string
}

/** What an instance has come to. */
export interface Outcome {
  readonly _tag: "Result"
  readonly id: string
  readonly root: Root
}

export type Request = Start | Signal | Outcome

/** The answer to what is not known yet: ask again. */
export const PENDING = "pending"

/** How long a worker waits for an answer before it is `pending`: its parent must not lose patience first. */
const PATIENCE: Duration.Input = "5 seconds"

/**
 * Does what is asked, and answers in words: `started`; how a signal was answered, `consumed:…`, `refused:…` or `closed`; or
 * a result as `expected` has it.
 */
export const perform = (request: Request, patience = PATIENCE) =>
  Effect.gen(function* () {
    switch (request._tag) {
      case "Start":
        return yield* begin(request)
      case "Signal":
        return yield* signal(request)
      case "Result":
        return yield* result(request)
    }
  }).pipe(
    Effect.catchTag("JournalError", (error) => (error.retryable ? Effect.succeed(PENDING) : Effect.fail(error))),
    // Another worker answers.
    Effect.catchTag("EngineStopped", () => Effect.succeed(PENDING)),
    Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.succeed(PENDING) })
  )

const begin = Effect.fnUntraced(function* ({ faulty, id, n, root }: Start) {
  const engine = yield* Engine
  const options = { id, input: task(id, n, faulty) }
  switch (root) {
    case "order":
      yield* engine.start(roots.order, options)
      break
    case "trip":
      yield* engine.start(roots.trip, options)
      break
    case "bundle":
      yield* engine.start(roots.bundle, options)
      break
    case "watch":
      yield* engine.start(roots.watch, options)
  }
  return "started"
})

const signal = Effect.fnUntraced(function* ({ by, id, name, signal }: Signal) {
  const engine = yield* Engine
  const sent =
    name === "approve"
      ? engine.signal(id, Approve, { by }, { id: signal })
      : engine.signal(id, Close, { by }, { id: signal })
  return yield* sent.pipe(
    Effect.map((reply) => `consumed:${reply}`),
    Effect.catchTag("NotAllowed", ({ by }) => Effect.succeed(`refused:${by}`)),
    Effect.catchTag("InstanceClosed", () => Effect.succeed("closed"))
  )
})

const result = Effect.fnUntraced(function* ({ id, root }: Outcome) {
  const engine = yield* Engine
  const handle = engine.handle(roots[root] as typeof roots.trip, id)
  const ended = yield* Effect.result(handle.result)
  if (Result.isSuccess(ended)) return `completed:${ended.success.trail}`
  return ended.failure._tag === "Declined" ? `failed:${ended.failure.reason}` : yield* Effect.fail(ended.failure)
})
