/** Reads journals: page by page, so that a long one is never held as a whole while it is folded. */
import type { Workflow } from "@waymark/core"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type { ChildOutcome } from "../../Command.ts"
import { JournalCorrupt, WorkflowCancelled, WorkflowTerminated } from "../../Errors.ts"
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import type { Find, Instance, Noted } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import type { Direct, Lines, Opened } from "./lines.ts"
import { whileRetryable, type Patience } from "./patience.ts"
import * as Snapshots from "./snapshots.ts"

const PAGE = 1_000

/** What gives the events of a run from a sequence number on, page by page: fewer than `PAGE` mean that there are no more. */
type Pages = (from: number) => Effect.Effect<ReadonlyArray<Event>, JournalError>

const page = (journal: Direct, { id, run }: Pick<Instance, "id" | "run">, from: number, limit: number) =>
  whileRetryable(journal.read({ instance: id, run, from, limit }))

const pagesOf =
  (journal: Direct, run: Pick<Instance, "id" | "run">): Pages =>
  (from) =>
    page(journal, run, from, PAGE)

/** How many events of an instance are read together with it: about as many as a snapshot is not worth while for. */
export const FEW = 32

/** What is asked about instances that are to be rebuilt. */
export const WANTED = { notes: true, inbox: true, events: { from: 0, limit: FEW } } as const
export const wanted = (id: string): Find => ({ id, ...WANTED })

/** What instances are rebuilt with. */
export interface Sources {
  readonly journal: Direct
  /** Finds instances, as patiently as the rest is read: it is tried again already. */
  readonly find: Lines["find"]
  readonly patience: Patience
  /** What holds up a page of a long journal for as long as too many are read. */
  readonly orderly: <A, E>(read: Effect.Effect<A, E>) => Effect.Effect<A, E>
}

/**
 * The events of an instance that was opened. The first page may have come with it, or shares a statement with those of others;
 * only what is longer is read by itself.
 */
const pagesOfOpened =
  ({ find, journal, orderly, patience }: Sources, { id, length, run }: Instance, opened: Opened): Pages =>
  (from) =>
    Effect.gen(function* () {
      const few = yield* patience(opened.events(from))
      if (few !== null) return few
      const rest = length - from
      // The few are too many together where they are too large.
      if (length > FEW && rest < PAGE) {
        const found = yield* find({ id, events: { from, limit: PAGE - 1 } })
        const isSameRun = Option.isSome(found) && found.value.instance.run === run
        const tail = isSameRun ? yield* patience(found.value.events(0)) : null
        if (tail !== null) return tail
      }
      return yield* patience(orderly(journal.read({ instance: id, run, from, limit: PAGE })))
    })

/** Folds in what the journal has after an execution. */
const follow = Effect.fnUntraced(function* (
  pages: Pages,
  from: Execution.Any
): Effect.fn.Return<Execution.Any, Execution.RecoveryError | JournalError> {
  let execution = from
  for (;;) {
    const events = yield* pages(Execution.length(execution))
    execution = yield* Effect.fromResult(Execution.evolveAll(execution, events))
    if (events.length < PAGE) return execution
  }
})

/** All events of a run. */
const whole = Effect.fnUntraced(function* (pages: Pages): Effect.fn.Return<ReadonlyArray<Event>, JournalError> {
  const found: Array<Event> = []
  for (;;) {
    const events = yield* pages(found.length)
    for (const event of events) found.push(event)
    if (events.length < PAGE) return found
  }
})

/** The present run of an instance, rebuilt from its whole journal. */
const recover = Effect.fnUntraced(function* (
  pages: Pages,
  workflow: Workflow.Any,
  row: Instance
): Effect.fn.Return<Execution.Any, Execution.RecoveryError | JournalError> {
  // Where there are checkpoints, the fold begins at the last one: so it has to be found before anything is folded.
  const events = yield* Execution.hasCheckpoints(workflow) ? whole(pages) : pages(0)
  if (events.length === 0) {
    return yield* new JournalCorrupt({ instance: row.id, run: row.run, position: 0, reason: "its journal is empty" })
  }
  const execution: Execution.Any = yield* Effect.fromResult(Execution.recover(workflow, events))
  return yield* events.length === PAGE ? follow(pages, execution) : Effect.succeed(execution)
})

/** An execution that was rebuilt, and how many of its events were spared by a snapshot. */
export interface Resumed {
  readonly execution: Execution.Any
  readonly spared: number
}

/** The present run of an instance, rebuilt from its last snapshot where there is one that fits. */
export const resume = Effect.fnUntraced(function* (
  sources: Sources,
  workflow: Workflow.Any,
  row: Instance,
  opened: Opened,
  notes: ReadonlyArray<Noted>
): Effect.fn.Return<Resumed, Execution.RecoveryError | JournalError> {
  const pages = pagesOfOpened(sources, row, opened)
  const restored = Snapshots.restore(workflow, row, notes)
  let misfit: string | undefined
  if (restored !== undefined && Result.isSuccess(restored)) {
    const spared = Execution.length(restored.success)
    const followed = yield* Effect.result(follow(pages, restored.success))
    if (Result.isSuccess(followed)) return { execution: followed.success, spared }
    if (followed.failure._tag === "JournalError") return yield* followed.failure
    misfit = `what comes after it does not fit: ${followed.failure.message}`
  } else if (restored !== undefined) misfit = restored.failure
  if (misfit !== undefined) {
    const said = `its snapshot is passed over, and the whole journal is read: ${misfit}`
    yield* Effect.annotateLogs(Effect.logWarning(said), { instance: row.id, workflow: row.workflow })
  }
  return { execution: yield* recover(pages, workflow, row), spared: 0 }
})

/** What was noted of an instance: only hints, so where they cannot be read there are none. */
export const notes = ({ patience }: Pick<Sources, "patience">, { instance, notes }: Opened) =>
  patience(notes).pipe(
    Effect.catch((error) =>
      Effect.as(Effect.annotateLogs(Effect.logWarning(error.message), { instance: instance.id }), [])
    )
  )

/** All events of an instance, run after run. */
export const all = (
  journal: Direct,
  { id, run: last }: Instance
): Effect.Effect<ReadonlyArray<ReadonlyArray<Event>>, JournalError> =>
  Effect.forEach(Array.from({ length: last + 1 }), (_, run) => whole(pagesOf(journal, { id, run })))

const corrupt = ({ id, length, run }: Instance, reason: string): JournalCorrupt =>
  new JournalCorrupt({ instance: id, run, position: length - 1, reason })

const isEnd = (payload: unknown): payload is ChildOutcome => {
  if (!Predicate.hasProperty(payload, "outcome")) return false
  switch (payload.outcome) {
    case "completed":
      return Predicate.hasProperty(payload, "output")
    case "failed":
      return Predicate.hasProperty(payload, "error")
    case "cancelled":
    case "terminated":
      return Predicate.hasProperty(payload, "reason")
    default:
      return false
  }
}

/** How an instance ended, as its journal has it. */
export const end = Effect.fnUntraced(function* (
  journal: Direct,
  row: Instance
): Effect.fn.Return<ChildOutcome, JournalCorrupt | JournalError> {
  const [last] = yield* page(journal, row, row.length - 1, 1)
  if (last?.kind !== "ended") return yield* corrupt(row, `the instance is ${row.status}, but its last event is no end`)
  const { payload } = last
  if (!isEnd(payload)) return yield* corrupt(row, "its end has no outcome, or one without what belongs to it")
  return payload
})

/** How an instance ended. */
export const outcome = Effect.fnUntraced(function* (
  journal: Direct,
  workflow: Workflow.Any,
  row: Instance
): Effect.fn.Return<Result.Result<unknown, unknown>, Execution.RecoveryError | JournalError> {
  const ended = yield* end(journal, row)
  switch (ended.outcome) {
    case "cancelled":
      return Result.fail(new WorkflowCancelled({ instance: row.id, reason: ended.reason }))
    case "terminated":
      return Result.fail(new WorkflowTerminated({ instance: row.id, reason: ended.reason }))
    case "completed":
      return "product" in ended
        ? yield* replayed(journal, workflow, row)
        : yield* decoded(row, workflow.state, ended.output)
    case "failed":
      return Result.flip(yield* decoded(row, workflow.error, ended.error))
  }
})

/** The schema describes what branches rest in, not their record: a replay gives it back. */
const replayed = Effect.fnUntraced(function* (
  journal: Direct,
  workflow: Workflow.Any,
  row: Instance
): Effect.fn.Return<Result.Result<unknown, unknown>, Execution.RecoveryError | JournalError> {
  const result = Execution.result(yield* recover(pagesOf(journal, row), workflow, row))
  return Option.isSome(result)
    ? result.value
    : yield* corrupt(row, "its journal says that it has ended, its workflow has more to do")
})

const decoded = (
  row: Instance,
  codec: Workflow.Any["state"],
  json: unknown
): Effect.Effect<Result.Result<unknown>, JournalCorrupt> =>
  Result.match(codec.decode(json), {
    onFailure: ({ message }) =>
      Effect.fail(corrupt(row, `how it ended does not fit the workflow's schemas: ${message}`)),
    onSuccess: (value) => Effect.succeed(Result.succeed(value))
  })
