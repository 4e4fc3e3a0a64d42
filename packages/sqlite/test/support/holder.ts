/** A process that opens the journal it is given, writes something, says so, and keeps the journal until it is killed. */
import { Journal } from "@waymark/interpreter"
import { SqliteJournal } from "@waymark/sqlite"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"

const filename = process.argv[3] ?? ""

const program = Effect.gen(function* () {
  const journal = yield* Journal
  const event = { run: 0, at: 0, kind: "started", path: "", ordinal: 0, step: "", payload: "from the child" } as const
  const options = {
    workflow: "child",
    version: 1,
    status: "running",
    wakeAt: 0,
    owner: "child",
    attributes: {}
  } as const
  yield* journal.renew("child", 600_000)
  const batch = Array.from({ length: 100 }, (_, index) => {
    const id = `child-${index}`
    return {
      ...options,
      mark: globalThis.crypto.randomUUID(),
      id,
      events: [{ ...event, instance: id, seq: 0, id: `event-${index}` }]
    }
  })
  yield* journal.create(batch)
  process.send?.("written")
  return yield* Effect.never
})

const answer = program.pipe(
  Effect.provide(SqliteJournal.layer({ filename })),
  Effect.catchCause((cause) => Effect.sync(() => process.send?.(Cause.pretty(cause))))
)
// Keeps the process alive: an effect that never ends does not.
setInterval(() => undefined, 1000)
void Effect.runPromise(answer)
