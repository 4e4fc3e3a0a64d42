/** Reads journals: page by page, so that a long one is never held as a whole while it is folded. */
import type { Workflow } from "@waymark/core"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { JournalCorrupt } from "../../Errors.ts"
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import type { Instance, Journal } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import { whileRetryable } from "./patience.ts"

const PAGE = 1_000

const page = (journal: Journal["Service"], { id, run }: Instance, from: number, limit: number) =>
  whileRetryable(journal.read({ instance: id, run, from, limit }))

/** The present run of an instance, rebuilt from its journal. */
export const recover = Effect.fnUntraced(function* (
  journal: Journal["Service"],
  workflow: Workflow.Any,
  row: Instance
): Effect.fn.Return<Execution.Any, Execution.RecoveryError | JournalError> {
  let events = yield* page(journal, row, 0, PAGE)
  if (events.length === 0) {
    return yield* new JournalCorrupt({ instance: row.id, run: row.run, position: 0, reason: "its journal is empty" })
  }
  let execution: Execution.Any = yield* Effect.fromResult(Execution.recover(workflow, events))
  while (events.length === PAGE) {
    events = yield* page(journal, row, Execution.length(execution), PAGE)
    execution = yield* Effect.fromResult(Execution.evolveAll(execution, events))
  }
  return execution
})

/** All events of the present run. */
export const all = Effect.fnUntraced(function* (
  journal: Journal["Service"],
  row: Instance
): Effect.fn.Return<ReadonlyArray<Event>, JournalError> {
  const found: Array<Event> = []
  for (;;) {
    const events = yield* page(journal, row, found.length, PAGE)
    for (const event of events) found.push(event)
    if (events.length < PAGE) return found
  }
})

/** How an instance ended, read from its last event. */
export const outcome = Effect.fnUntraced(function* (
  journal: Journal["Service"],
  workflow: Workflow.Any,
  row: Instance
): Effect.fn.Return<Result.Result<unknown, unknown>, Execution.RecoveryError | JournalError> {
  const position = row.length - 1
  const [last] = yield* page(journal, row, position, 1)
  const corrupt = (reason: string) => new JournalCorrupt({ instance: row.id, run: row.run, position, reason })
  if (last?.kind !== "ended") return yield* corrupt(`the instance is ${row.status}, but its last event is no end`)
  const { payload } = last
  if (Predicate.hasProperty(payload, "product")) {
    // The schema describes what branches rest in, not their record: a replay gives it back.
    const end = Execution.result(yield* recover(journal, workflow, row))
    return Option.isSome(end)
      ? end.value
      : yield* corrupt("its journal says that it has ended, its workflow has more to do")
  }
  const done = Predicate.hasProperty(payload, "output")
  if (!done && !Predicate.hasProperty(payload, "error"))
    return yield* corrupt("its end has neither an output nor an error")
  const decoded = done ? workflow.state.decode(payload.output) : workflow.error.decode(payload.error)
  if (Result.isFailure(decoded)) {
    return yield* corrupt(`how it ended does not fit the workflow's schemas: ${decoded.failure.message}`)
  }
  return done ? Result.succeed(decoded.success) : Result.fail(decoded.success)
})
