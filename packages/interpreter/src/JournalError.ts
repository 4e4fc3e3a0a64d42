/** The failure that every operation of the `Journal` port shares. Stores raise it, the engine decides what follows. */
import * as Schema from "effect/Schema"

/**
 * The store could not do what was asked: it is down, out of space, or answers nonsense. Whether an append was committed
 * is then unknown; appending the same events again settles it.
 */
export class JournalError extends Schema.TaggedError<JournalError>()("JournalError", {
  operation: Schema.String,
  reason: Schema.String,
  /** Whether trying again may help. */
  retryable: Schema.Boolean,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message(): string {
    return `journal: ${this.operation} failed: ${this.reason}${this.retryable ? " (may be tried again)" : ""}`
  }
}
