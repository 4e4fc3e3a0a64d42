/**
 * The process that chaos kills, freezes and restarts: an engine that hosts the workflows, on the store that its plan
 * names. It is told nothing of the faults. Where its store is not to be had (a server that is down, a file that another
 * process holds) it waits for it.
 */
import { Cause, Effect, Layer, Queue, Schedule } from "effect"
import { Engine, type Journal } from "@waymark/interpreter"
import { PgJournal } from "@waymark/postgres"
import { SqliteJournal } from "@waymark/sqlite"
import type { Answer, Call, Message } from "@waymark/examples/withdrawal/protocol"
import type { Ledger } from "./effects.ts"
import * as Ledgers from "./ledger.ts"
import type { Plan, Stall } from "./plan.ts"
import { perform, type Request } from "./requests.ts"
import { files } from "./tables.ts"
import { workflows } from "./workflows.ts"

const plan = JSON.parse(process.argv[2] ?? "{}") as Plan

const say = (message: Message | Stall): Effect.Effect<void> => Effect.sync(() => process.send?.(message))

const answer = ({ call, request }: Call<Request>) =>
  perform(request).pipe(
    Effect.map((value): Answer => ({ _tag: "Given", value })),
    Effect.catch((error) => Effect.succeed<Answer>({ _tag: "Refused", tag: error._tag, reason: error.message })),
    Effect.flatMap((answer) => say({ _tag: "Answer", call, answer }))
  )

const calls = Effect.runSync(Queue.unbounded<Call<Request>>())
process.on("message", (call: Call<Request>) => Queue.offerUnsafe(calls, call))

const program = Effect.andThen(
  say({ _tag: "Ready" }),
  Effect.forever(Effect.flatMap(Queue.take(calls), (call) => Effect.forkChild(answer(call))))
)

/** A process that gets no time to run is as good as frozen: its parent is told, who has the list of what has happened. */
const watchTheClock = (): void => {
  let last = Date.now()
  setInterval(() => {
    const now = Date.now()
    if (now - last > plan.lease / 2) process.send?.({ _tag: "Stall", began: last, ended: now } satisfies Stall)
    last = now
  }, 100).unref()
}

const stores = ({ store }: Plan): Layer.Layer<Journal | Ledger, unknown> =>
  store._tag === "Sqlite"
    ? Ledgers.layerSqlite(store.directory, plan).pipe(
        Layer.provideMerge(SqliteJournal.layer({ filename: files(store.directory).journal }))
      )
    : Layer.merge(
        PgJournal.layer({ url: store.url, ...(store.prepare === undefined ? {} : { prepare: store.prepare }) }),
        Ledgers.layerPostgres(store.ledger, plan)
      )

const engine = Engine.layer({ workflows, lease: plan.lease, poll: plan.poll, idle: plan.idle }).pipe(
  Layer.provide(stores(plan))
)

// Its parent's end is this process's end too, however the parent ends.
const stopped = new AbortController()
process.on("disconnect", () => stopped.abort())
process.on("SIGTERM", () => stopped.abort())

watchTheClock()
const patiently = Effect.retry(Effect.provide(program, engine), { schedule: Schedule.spaced("200 millis"), times: 600 })
const exit = await Effect.runPromiseExit(patiently, { signal: stopped.signal })
if (exit._tag === "Failure" && !Cause.hasInterruptsOnly(exit.cause)) {
  process.stderr.write(`${Cause.pretty(exit.cause)}\n`)
  process.exitCode = 1
}
// The channel to the parent would keep the process alive.
if (process.connected) process.disconnect()
