/**
 * What a journal holds: one envelope for every kind of event.
 *
 * The machine makes events and folds them; a journal stores them as they are. Payloads are JSON, encoded by the schema
 * of the step that made them, so a store never needs to know a workflow.
 */
import * as Schema from "effect/Schema"

/** What an event says happened. A closed set. */
export const Kind = Schema.Literals([
  "started",
  "completed",
  "failed",
  "attempt",
  "due",
  "fired",
  "signal",
  "child-started",
  "child-ended",
  "sent",
  "version",
  "checkpoint",
  "cancel-requested",
  "resolved",
  "continued",
  "ended"
])
/** What an event says happened. */
export type Kind = typeof Kind.Type

/**
 * The envelope.
 *
 * `seq` counts from 0 without gaps in each run. `id` is made once by the writer, so a repeated append can be told from a
 * conflicting one. `path` and `ordinal` are the identity of the step within the run, `step` is its name. `at` is in
 * milliseconds since the epoch, by the journal's clock.
 *
 * - `started`: `{ workflow, version, input }`, and of a child its `parent`: `{ instance, run, path, ordinal }`
 * - `completed`, `failed`: the step's event or typed error
 * - `attempt`: a failed attempt, `{ error, next }`; an engine's `error` is `{ tag, message, defect }`, and `next` is when it is tried
 *   again, `null` when it is given up
 * - `due`: `{ at }`, when the timer will fire; `fired`: `null`
 * - `signal`: `{ id, event }`
 * - `child-started`: `{ id }`; `child-ended`: `{ outcome: "completed", output }`, `{ outcome: "failed", error }`, or
 *   `{ outcome: "cancelled" | "terminated", reason }`
 * - `sent`: `{ to, delivered: true }` or `{ to, delivered: false, reason }`, of a message to another instance
 * - `version`: `{ version }` of the workflow that made it; from here on the instance takes the road after the change that `step` names
 * - `checkpoint`: `{ state }` and what else the position needs
 * - `cancel-requested`: `{ reason }`; `terminate: true` says that only children are closed before the end
 * - `resolved`: what an operator decided of a step: `{ decision: "retry" }`, `{ decision: "succeed", event }` or
 *   `{ decision: "fail", error }`
 * - `continued`: `{ input }` of the next run
 * - `ended`: `{ outcome: "completed", output }`, `{ outcome: "failed", error }`, or `{ outcome: "cancelled" | "terminated", reason }`;
 *   `product: true` says that the output is the record of a parallel's branches
 *
 * `patch` is what the event did to the state, as a JSON Patch, where an engine keeps an audit.
 */
export const Event = Schema.Struct({
  instance: Schema.String,
  run: Schema.Int,
  seq: Schema.Int,
  id: Schema.String,
  at: Schema.Number,
  kind: Kind,
  path: Schema.String,
  ordinal: Schema.Int,
  step: Schema.String,
  attempt: Schema.optionalKey(Schema.Int),
  payload: Schema.Json,
  trace: Schema.optionalKey(Schema.String),
  patch: Schema.optionalKey(Schema.Json)
})
/** The envelope. */
export type Event = typeof Event.Type
