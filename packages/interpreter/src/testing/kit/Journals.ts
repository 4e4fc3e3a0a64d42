/**
 * Journals as files: what an instance has lived through, to be kept beside the code and replayed in every build.
 *
 * Whoever changes a workflow has instances of the version before in production. Export some of their journals, keep them in
 * the repository, and let a test `replay` them: it takes microseconds, runs no effect, and names the event that a change does not
 * fit. The format has a version of its own and does not depend on any store.
 */
import type { Workflow } from "@waymark/core"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { InstanceExists, InstanceNotFound } from "../../Errors.ts"
import { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import * as Reader from "../../internal/engine/reader.ts"
import type { Journal } from "../../Journal.ts"
import { JournalError } from "../../JournalError.ts"
import type { Status } from "../../Status.ts"
import { timeless } from "../laws/law.ts"
import * as Single from "../single.ts"

/** What the files are. */
const FORMAT = "waymark/journal"
/** The version of the format that is written, and the only one that is read. */
const VERSION = 1

/** A journal as JSON: all runs of one instance, each from its first event on. */
export const Exported = Schema.Struct({
  format: Schema.Literal(FORMAT),
  formatVersion: Schema.Literal(VERSION),
  instance: Schema.String,
  /** The definition that it was started with. */
  workflow: Schema.String,
  version: Schema.Int,
  runs: Schema.NonEmptyArray(Schema.NonEmptyArray(Event))
})
/** A journal as JSON: all runs of one instance, each from its first event on. */
export type Exported = typeof Exported.Type

/** A file is no exported journal, or one of a format that this version does not read. Nothing was done with it. */
export class ExportInvalid extends Schema.TaggedError<ExportInvalid>()("ExportInvalid", {
  /** The place in the file, such as `runs[0][3].kind`; empty for the whole. */
  place: Schema.String,
  expected: Schema.String,
  found: Schema.String,
  next: Schema.String
}) {
  override get message(): string {
    const place = this.place === "" ? "" : ` at ${this.place}`
    return `this is no exported journal: expected ${this.expected}${place}, found ${this.found}. ${this.next}`
  }
}

/**
 * Exports the journal of an instance, from any store: all its runs as JSON.
 *
 * Signals that wait in its inbox and the answers to those that it has settled stay behind.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Journal } from "@waymark/interpreter"
 * import { Journals } from "@waymark/interpreter/testing"
 *
 * export const text = Effect.gen(function*() {
 *   const journal = yield* Journal
 *   const exported = yield* Journals.export(journal, "order-1")
 *   return JSON.stringify(exported, null, 2) // for a file such as journals/order-1.json
 * })
 * ```
 */
const export_ = Effect.fnUntraced(function* (
  journal: Journal["Service"],
  instance: string
): Effect.fn.Return<Exported, InstanceNotFound | JournalError> {
  const found = yield* Single.find(journal, instance)
  if (Option.isNone(found)) return yield* new InstanceNotFound({ instance })
  const runs = yield* Reader.all(journal, found.value)
  const { version, workflow } = found.value
  const exported = { format: FORMAT, formatVersion: VERSION, instance, workflow, version, runs }
  // Impossible to be empty: an instance is created with its first events, and nothing takes events away.
  return exported as unknown as Exported
})

const kindOf = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value).slice(0, 80))

/**
 * Reads an exported journal from JSON.
 *
 * @example
 * ```ts
 * import { Journals } from "@waymark/interpreter/testing"
 *
 * export const refused = Journals.parse({ format: "something else" }) // Failure: ExportInvalid
 * ```
 */
export const parse = (json: unknown): Result.Result<Exported, ExportInvalid> => {
  const invalid = (place: string, expected: string, found: string, next: string) =>
    Result.fail(new ExportInvalid({ place, expected, found, next }))
  const format = Predicate.hasProperty(json, "format") ? json.format : undefined
  if (format !== FORMAT) {
    return invalid("format", `"${FORMAT}"`, kindOf(format), "Write such files with Journals.export.")
  }
  const version = Predicate.hasProperty(json, "formatVersion") ? json.formatVersion : undefined
  if (version !== VERSION) {
    const next = "Read it with the version of Waymark that wrote it, and export it anew with this one."
    return invalid("formatVersion", `${VERSION}`, kindOf(version), next)
  }
  const decoded = Schema.decodeUnknownResult(Exported)(json)
  if (Result.isFailure(decoded)) {
    const { message } = decoded.failure
    return invalid("", "a journal", message, "The file was changed by hand, or cut: export it anew.")
  }
  for (const [run, events] of decoded.success.runs.entries()) {
    for (const [seq, event] of events.entries()) {
      const place = `runs[${run}][${seq}]`
      const { instance } = decoded.success
      if (event.instance !== instance) {
        const next = "A file holds the journal of one instance."
        return invalid(`${place}.instance`, `"${instance}"`, `"${event.instance}"`, next)
      }
      if (event.run !== run) {
        return invalid(`${place}.run`, `${run}`, `${event.run}`, "All runs belong into it, each in its place.")
      }
    }
  }
  return Result.succeed(decoded.success)
}

/**
 * The events of an instance as an exported journal: those that an engine's `history` gives, or a `TestRun`. What each of them
 * did to the state is left out, since a replay computes it.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Engine } from "@waymark/interpreter"
 * import { Journals } from "@waymark/interpreter/testing"
 *
 * export const stored = Effect.gen(function*() {
 *   const engine = yield* Engine
 *   return Journals.fromEvents(yield* engine.history("order-1"))
 * })
 * ```
 */
export const fromEvents = (events: ReadonlyArray<Event>): Result.Result<Exported, ExportInvalid> => {
  const runs: Array<Array<Event>> = []
  for (const { patch: _, ...event } of events) {
    if (event.seq === 0) runs.push([])
    runs.at(-1)?.push(event)
  }
  const [started] = events
  const payload = started?.payload
  const workflow = Predicate.hasProperty(payload, "workflow") ? payload.workflow : undefined
  const version = Predicate.hasProperty(payload, "version") ? payload.version : undefined
  return parse({ format: FORMAT, formatVersion: VERSION, instance: started?.instance, workflow, version, runs })
}

/** Where an instance stands whose journal ends so. An engine knows better once it has read the journal. */
const statusOf = (events: ReadonlyArray<Event>): Status => {
  const last = events.at(-1)
  if (last?.kind === "continued") return "continued"
  if (last?.kind !== "ended" || !Predicate.hasProperty(last.payload, "outcome")) return "running"
  return last.payload.outcome as Status
}

/**
 * Imports a journal into another store: to look at an instance of production in a test, or to carry it on there.
 *
 * The instance gets the journal's id; one that is taken already is `InstanceExists`. An engine that hosts the workflow takes it
 * over and carries it on, so import it into a store without engines to look at it only. What its effects find there is another
 * world: their idempotency keys are the same.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Journal } from "@waymark/interpreter"
 * import { Journals } from "@waymark/interpreter/testing"
 *
 * export const copied = (json: unknown) =>
 *   Effect.gen(function*() {
 *     const journal = yield* Journal
 *     yield* Journals.import(journal, json)
 *   }).pipe(Effect.provide(Journal.layerMemory))
 * ```
 */
const import_ = Effect.fnUntraced(function* (
  journal: Journal["Service"],
  json: unknown
): Effect.fn.Return<void, ExportInvalid | InstanceExists | JournalError> {
  const { instance: id, runs, version, workflow } = yield* Effect.fromResult(parse(json))
  const [first, ...rest] = runs
  // Nobody else writes to it until it is whole.
  const owner = `import of ${id}`
  const place = { mark: crypto.randomUUID(), id, workflow, version, attributes: {}, owner }
  const [created] = yield* journal.create([{ ...place, events: first, status: statusOf(first), wakeAt: 0 }])
  if (created?._tag !== "Created") {
    if (created?._tag !== "Exists") {
      const reason = created?.reason ?? "the store gave no answer"
      return yield* new JournalError({ operation: "import", reason, retryable: false })
    }
    const reason = "a journal is imported under its own id only"
    return yield* new InstanceExists({ instance: id, workflow: created.instance.workflow, reason })
  }
  const { epoch } = created.instance
  for (const events of rest) {
    const [{ run }] = events
    const group = { instance: id, run, epoch, expected: 0, events, status: statusOf(events), wakeAt: 0, settled: [] }
    const [answer] = yield* journal.append([group])
    if (answer?._tag !== "Appended") {
      const reason = `run ${run} was not taken (${answer?._tag})`
      return yield* new JournalError({ operation: "import", reason, retryable: false })
    }
  }
  yield* journal.release(owner, [{ id, epoch, at: 0, known: [] }])
})

/** What a journal came to when it was replayed. */
export interface Replayed<out State> {
  readonly instance: string
  /** How many events were replayed, of all runs. */
  readonly events: number
  /** Where the last run stands. */
  readonly status: Status
  readonly state: State
}

/**
 * Replays an exported journal against today's definition: the test that a change fits the instances that are running.
 *
 * A failure names the place: `JournalMismatch` for a definition that has changed in a way that they do not survive,
 * `JournalCorrupt` for a damaged journal, `DefinitionThrew` for a function that throws, or reads the clock or random numbers.
 *
 * @example
 * ```ts
 * import { Effect, Result, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Journals, Stub, TestRun } from "@waymark/interpreter/testing"
 *
 * const greeting = (step: string) =>
 *   Workflow.make("Greeting", {
 *     version: 1,
 *     input: Schema.String,
 *     state: Schema.String,
 *     body: WIO.runIO(step, {
 *       event: Schema.String,
 *       run: (name: string) => Effect.succeed(`hello ${name}`),
 *       apply: (_, said) => said
 *     })
 *   })
 * const { events } = await Effect.runPromise(
 *   TestRun.toEnd(greeting("greet"), { input: "Ann", stubs: { greet: Stub.succeed("hello") } })
 * )
 * const stored = Result.getOrThrow(Journals.fromEvents(events)) // kept in a file, as JSON
 * export const fits = Journals.replay(greeting("greet"), stored) // Success: completed, in the state "hello"
 * export const refused = Journals.replay(greeting("welcome"), stored) // Failure: JournalMismatch at event 1
 * ```
 */
export const replay = <Name extends string, Input, Output, Error, R, State>(
  workflow: Workflow.Workflow<Name, Input, Output, Error, R, State>,
  json: unknown
): Result.Result<Replayed<State>, ExportInvalid | Execution.RecoveryError> =>
  Result.gen(function* () {
    const { instance, runs } = yield* parse(json)
    let last: Execution.Execution<Output, Error, R, State> | undefined
    for (const events of runs) last = yield* timeless(() => Execution.recover(workflow, events))
    const execution = last as Execution.Execution<Output, Error, R, State>
    const events = runs.reduce((count, run) => count + run.length, 0)
    return { instance, events, status: Execution.status(execution), state: Execution.state(execution) }
  })

export { export_ as export, import_ as import }
