/** What a state machine fails with: the error names that the States Language predefines, and those of tasks and `Fail` states. */
import * as Schema from "effect/Schema"
import { placeOf } from "./Problem.ts"

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

/** A state has failed: the name that `Retry` and `Catch` look at, and what happened, in words. A `Fail` state may give neither. */
export class AslFailure extends Schema.TaggedError<AslFailure>()("AslFailure", {
  /** An error name: one that the States Language predefines, or one of a task's or a `Fail` state's own. */
  error: Schema.optionalKey(Schema.String),
  cause: Schema.optionalKey(Schema.String),
  /**
   * What the name does not say, and `Retry` and `Catch` have to know: a `States.Timeout` of a heartbeat; a `States.DataLimitExceeded` of a
   * task's result, or of a state's own output, which nothing catches.
   */
  detail: Schema.optionalKey(Schema.Literals(["heartbeat", "result", "output"]))
}) {
  override get message(): string {
    return `${this.error ?? "no error name"}: ${this.cause ?? "no cause"}`
  }
}

const ProblemSchema = Schema.Struct({
  path: Schema.Array(Schema.Union([Schema.String, Schema.Number])),
  message: Schema.String,
  mend: Schema.String
})

const told = ({ mend, message, path }: typeof ProblemSchema.Type): string => `${placeOf(path)}: ${message}. ${mend}`

/** A definition that cannot run, with all that is wrong with it. */
export class AslInvalid extends Schema.TaggedError<AslInvalid>()("AslInvalid", {
  /** The name that the workflow was to have. */
  name: Schema.String,
  problems: Schema.Array(ProblemSchema)
}) {
  override get message(): string {
    return [
      `the definition of "${this.name}" has ${this.problems.length === 1 ? "a problem" : `${this.problems.length} problems`}`,
      ...this.problems.map(told)
    ].join("\n")
  }
}
