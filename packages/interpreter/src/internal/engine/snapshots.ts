/**
 * Snapshots: where an instance stood after so many events, kept as a note. Recovery that finds one reads what came after it
 * only; that finds none, or one that does not fit, reads the whole journal and comes to the same.
 */
import type { Workflow } from "@waymark/core"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Execution from "../../Execution.ts"
import type { Instance as Row, Noted } from "../../Journal.ts"

/** When snapshots are kept. */
export interface Policy {
  /** After so many events since the last one. */
  readonly every: number
  /** Also when nothing runs any more, once `LEAST` events have come since the last one. */
  readonly onIdle: boolean
}

/** The note's name. */
export const NOTE = "snapshot"

/** Fewer events than this are read as fast as a snapshot. */
const LEAST = 32

const Kept = Schema.Struct({ run: Schema.Int, length: Schema.Int, snapshot: Schema.Json })
const decode = Schema.decodeUnknownResult(Kept)

/** The snapshots of one instance, as it goes on. */
export class Snapshots {
  readonly #policy: Policy
  #since: number
  #wasRefused = false

  /** `since` is how many events came after the last snapshot. */
  constructor(policy: Policy, since: number) {
    this.#policy = policy
    this.#since = since
  }

  /** Another run has begun, with so many events. */
  restart(events: number): void {
    this.#since = events
  }

  /** So many events more are durable: the snapshot to keep where it is time for one, or the first time why there is none. */
  after(execution: Execution.Any, events: number): Result.Result<Schema.Json, string> | undefined {
    this.#since += events
    const { every, onIdle } = this.#policy
    const isIdle = onIdle && this.#since >= Math.min(LEAST, every) && Execution.status(execution) === "waiting"
    if (this.#since < every && !isIdle) return undefined
    // Also where it is refused: asking after each event what does not change soon would be waste.
    this.#since = 0
    const taken = Execution.trySnapshot(execution)
    if (Result.isSuccess(taken)) {
      return Result.succeed({
        run: Execution.run(execution),
        length: Execution.length(execution),
        snapshot: taken.success
      })
    }
    if (this.#wasRefused) return undefined
    this.#wasRefused = true
    return Result.fail(taken.failure.message)
  }
}

/** The execution that a note holds, or why it does not fit; `undefined` where there is no note. */
export const restore = (
  workflow: Workflow.Any,
  row: Row,
  notes: ReadonlyArray<Noted>
): Result.Result<Execution.Any, string> | undefined => {
  const note = notes.find(({ name }) => name === NOTE)
  if (note === undefined) return undefined
  const kept = decode(note.value)
  if (Result.isFailure(kept)) return Result.fail(`it is no snapshot: ${kept.failure.message}`)
  const { length, run, snapshot } = kept.success
  if (run !== row.run) return Result.fail(`it is one of run ${run}, and this is run ${row.run}`)
  if (length > row.length) return Result.fail(`it stands after event ${length}, and the journal has ${row.length}`)
  const restored = Execution.restore(workflow, snapshot)
  if (Result.isFailure(restored)) return Result.fail(restored.failure.message)
  const execution: Execution.Any = restored.success
  const isIts =
    Execution.id(execution) === row.id && Execution.run(execution) === run && Execution.length(execution) === length
  return isIts ? Result.succeed(execution) : Result.fail("it is one of another position than its note says")
}
