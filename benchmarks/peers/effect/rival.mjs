/** The cluster engine of Effect's own workflow module, on one runner, its messages in Postgres. */
import * as PgClient from "@effect/sql-pg/PgClient"
import { Effect, Layer, ManagedRuntime, Redacted, Schema } from "effect"
import { ClusterWorkflowEngine, SingleRunner } from "effect/cluster"
import { Digest } from "effect/crypto"
import { Activity, DurableDeferred, Workflow } from "effect/workflow"

let waiting = 0
let ended = 0

const Done = Schema.Struct({ ok: Schema.Boolean, i: Schema.Number })
const step = (name, run) => Activity.make({ name, success: Done, execute: Effect.sync(run) })
const declare = (name) =>
  Workflow.make(name, { payload: { id: Schema.String }, success: Schema.String, idempotencyKey: ({ id }) => id })
const Ten = declare("Ten")
const Waiter = declare("Waiter")
const Go = DurableDeferred.make("go", { success: Schema.String })

const steps = Array.from({ length: 10 }, (_, i) => step(`s${i}`, () => ({ ok: true, i })))
const ten = Ten.toLayer(({ id }) =>
  Effect.as(
    Effect.forEach(steps, (one) => one, { discard: true }),
    id
  )
)
const waiter = Waiter.toLayer(
  Effect.fnUntraced(function* () {
    yield* step("before", () => ({ ok: true, i: waiting++ }))
    const word = yield* DurableDeferred.await(Go)
    yield* step("after", () => ({ ok: true, i: ended++ }))
    return word
  })
)

export const open = async ({ url }) => {
  const engine = ClusterWorkflowEngine.layer.pipe(
    Layer.provideMerge(SingleRunner.layer()),
    Layer.provideMerge(PgClient.layer({ url: Redacted.make(url) })),
    Layer.provideMerge(Digest.layerWebCrypto)
  )
  const runtime = ManagedRuntime.make(Layer.provideMerge(Layer.mergeAll(ten, waiter), engine))
  await runtime.runPromise(Effect.void)
  const send = Effect.fnUntraced(function* (id) {
    const executionId = yield* Waiter.executionId({ id })
    const token = DurableDeferred.tokenFromExecutionId(Go, { workflow: Waiter, executionId })
    yield* DurableDeferred.succeed(Go, { token, value: "go" })
  })
  return {
    run: (id) => runtime.runPromise(Ten.execute({ id })),
    wait: (id) => runtime.runPromise(Waiter.execute({ id }, { discard: true })),
    waiting: () => waiting,
    signal: (id) => runtime.runPromise(send(id)),
    ended: () => ended
  }
}
