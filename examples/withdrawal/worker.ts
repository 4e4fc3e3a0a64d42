/**
 * The process that is killed: an engine on a SQLite journal, with the two services. It does what its parent asks, and
 * nothing tells it how the last process ended. Opening the journal is all there is to recovery.
 */
import { Cause, Effect, Layer, Queue, Random, Schedule } from "effect"
import { Engine } from "@waymark/interpreter"
import { SqliteJournal } from "@waymark/sqlite"
import * as path from "node:path"
import type { Answer, Call, Message, Plan, Request } from "./protocol.ts"
import * as Services from "./services.ts"
import { Approve, Cancel, Order, Requested, Status, Withdrawal } from "./workflow.ts"

const plan = JSON.parse(process.argv[2] ?? "{}") as Plan

const say = (message: Message): Effect.Effect<void> => Effect.sync(() => process.send?.(message))

/** Makes the services slow, and stops where the plan says so: there the process waits to be killed. */
const probe: Services.Probe = (moment, { attempt, instance, step }) =>
  Effect.gen(function* () {
    if (plan.latency !== undefined) yield* Effect.sleep(yield* Random.nextBetween(0, plan.latency))
    const { stop } = plan
    const here = stop?.moment === moment && stop.instance === instance && stop.step === step && stop.attempt === attempt
    if (!here) return
    yield* say({ _tag: "Stopped" })
    return yield* Effect.never
  })

const perform = Effect.fnUntraced(function* (request: Request) {
  const engine = yield* Engine
  const withdrawal = engine.handle(Withdrawal, request.id)
  switch (request._tag) {
    case "Start": {
      const { account, amount, id, requestedBy } = request
      const input = new Requested({ order: new Order({ reference: id, account, amount, requestedBy }) })
      yield* engine.start(Withdrawal, { id, input })
      return "started"
    }
    case "Approve":
      return yield* withdrawal.signal(Approve, { by: request.by }, { id: request.signalId })
    case "Cancel":
      yield* withdrawal.signal(Cancel, { by: request.by }, { id: request.signalId })
      return "accepted"
    case "Status":
      return yield* withdrawal.query(Status)
    case "Reach":
      yield* withdrawal.status.pipe(
        Effect.repeat({
          until: ({ waitsFor }) => waitsFor.some(({ step }) => step.name === request.step),
          schedule: Schedule.spaced("20 millis")
        })
      )
      return "reached"
    case "Result":
      return (yield* withdrawal.result)._tag
  }
})

const answer = ({ call, request }: Call) =>
  perform(request).pipe(
    Effect.map((value): Answer => ({ _tag: "Given", value })),
    Effect.catch((error) => Effect.succeed<Answer>({ _tag: "Refused", tag: error._tag, reason: error.message })),
    Effect.flatMap((answer) => say({ _tag: "Answer", call, answer }))
  )

const program = Effect.gen(function* () {
  const calls = yield* Queue.unbounded<Call>()
  process.on("message", (call: Call) => Queue.offerUnsafe(calls, call))
  yield* say({ _tag: "Ready" })
  // Each call in a fiber of its own: one that waits for a result must not hold up the others.
  return yield* Effect.forever(Effect.flatMap(Queue.take(calls), (call) => Effect.forkChild(answer(call))))
})

// Whoever kills it means no step of it: however often that is, nothing is to be stuck for it.
const engine = Engine.layer({ workflows: [Withdrawal], takeovers: Infinity }).pipe(
  Layer.provide(Services.layer(plan.directory, probe)),
  Layer.provide(SqliteJournal.layer({ filename: path.join(plan.directory, "journal.db") }))
)

// The parent's end is this process's end too, however the parent ends.
const orphaned = new AbortController()
process.on("disconnect", () => orphaned.abort())

const exit = await Effect.runPromiseExit(Effect.provide(program, engine), { signal: orphaned.signal })
if (exit._tag === "Failure" && !Cause.hasInterruptsOnly(exit.cause)) {
  process.stderr.write(`${Cause.pretty(exit.cause)}\n`)
  process.exitCode = 1
}
