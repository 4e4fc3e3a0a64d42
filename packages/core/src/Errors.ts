/**
 * What can go wrong in ways that a workflow's author sees: the typed failures that some nodes add to a workflow's own,
 * and what is thrown where data asks for something that the definition does not have.
 */
import * as Schema from "effect/Schema"

/** A `WIO.timeout` without an answer of its own has run out. A typed failure: `catchTag("TimedOut", …)` handles it. */
export class TimedOut extends Schema.TaggedError<TimedOut>()("TimedOut", {
  /** The name of the timeout. */
  timer: Schema.String
}) {
  override get message(): string {
    return `the timeout "${this.timer}" has run out`
  }
}

/** A child workflow that was waited for did not come to an end of its own. A typed failure. */
export class ChildStopped extends Schema.TaggedError<ChildStopped>()("ChildStopped", {
  child: Schema.String,
  /** How it was stopped. */
  status: Schema.Literals(["cancelled", "terminated"]),
  reason: Schema.String
}) {
  override get message(): string {
    return `child workflow "${this.child}" was ${this.status}: ${this.reason}`
  }
}

/** A signal to another instance found nobody: there is no such instance, or it has ended. A typed failure. */
export class NotDelivered extends Schema.TaggedError<NotDelivered>()("NotDelivered", {
  target: Schema.String,
  signal: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `signal "${this.signal}" to instance "${this.target}" was not delivered: ${this.reason}`
  }
}

/** Two items of a `WIO.forEach` have one key, so nobody could tell their steps apart. Give `key` something unique. */
export class DuplicateKey extends Schema.TaggedError<DuplicateKey>()("DuplicateKey", {
  step: Schema.String,
  key: Schema.String,
  /** The positions of the two items. */
  first: Schema.Int,
  second: Schema.Int
}) {
  override get message(): string {
    return (
      `forEach "${this.step}": items ${this.first} and ${this.second} have the key "${this.key}": ` +
      `let \`key\` give each item one of its own, by its position for one`
    )
  }
}

/** A `WIO.goto` names a state that its machine does not have. */
export class NoSuchState extends Schema.TaggedError<NoSuchState>()("NoSuchState", {
  machine: Schema.String,
  to: Schema.String,
  states: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `machine "${this.machine}" has no state "${this.to}": it has ${this.states.join(", ")}`
  }
}

/** A part that is only drafted was reached. */
export class NotWritten extends Schema.TaggedError<NotWritten>()("NotWritten", { step: Schema.String }) {
  override get message(): string {
    return `"${this.step}" is a draft: write it before you run the workflow`
  }
}

/** A node was reached in a place that it cannot stand in. */
export class Misplaced extends Schema.TaggedError<Misplaced>()("Misplaced", {
  step: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `"${this.step}": ${this.reason}`
  }
}
