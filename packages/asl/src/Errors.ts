/** What a state machine fails with: the error names that the States Language predefines, and those of tasks and `Fail` states. */
import * as Schema from "effect/Schema"

/** The error names that the States Language and its JSONata and variables additions predefine and this package raises itself. */
export type PredefinedError =
  | "States.ALL"
  | "States.BranchFailed"
  | "States.DataLimitExceeded"
  | "States.ExceedToleratedFailureThreshold"
  | "States.HeartbeatTimeout"
  | "States.IntrinsicFailure"
  | "States.ItemReaderFailed"
  | "States.NoChoiceMatched"
  | "States.ParameterPathFailure"
  | "States.Permissions"
  | "States.QueryEvaluationError"
  | "States.ReferencePathConflict"
  | "States.ResultPathMatchFailure"
  | "States.ResultWriterFailed"
  | "States.Runtime"
  | "States.TaskFailed"
  | "States.Timeout"

/** A state has failed: the name that `Retry` and `Catch` look at, and what happened, in words. */
export class AslFailure extends Schema.TaggedError<AslFailure>()("AslFailure", {
  /** An error name: one that the States Language predefines, or one of a task's or a `Fail` state's own. */
  error: Schema.String,
  cause: Schema.String
}) {
  override get message(): string {
    return `${this.error}: ${this.cause}`
  }
}
