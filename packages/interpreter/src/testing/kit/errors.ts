/** What can be wrong with a test of a workflow, besides what the workflow itself does: tagged errors with the next move. */
import * as Schema from "effect/Schema"

const list = (names: ReadonlyArray<string>): string =>
  names.length === 0 ? "none" : names.map((name) => `"${name}"`).join(", ")

/** There is a stub for a step that the workflow does not have. Nothing was run. */
export class StubUnknown extends Schema.TaggedError<StubUnknown>()("StubUnknown", {
  workflow: Schema.String,
  stub: Schema.String,
  /** The steps that there are. */
  steps: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return (
      `workflow "${this.workflow}" has no step "${this.stub}" to be stubbed; its steps are ${list(this.steps)}: ` +
      `correct the name, or take the stub away`
    )
  }
}

/** A step was reached that has no stub, and that could not run for real either. */
export class StepNotStubbed extends Schema.TaggedError<StepNotStubbed>()("StepNotStubbed", {
  workflow: Schema.String,
  step: Schema.String,
  path: Schema.String,
  reason: Schema.String,
  /** The stubs that there are. */
  stubs: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return (
      `workflow "${this.workflow}" has come to step "${this.step}" at path "${this.path}": ${this.reason}; there are ` +
      `stubs for ${list(this.stubs)}. Add one to \`stubs\`, or give what the step needs in \`services\`.`
    )
  }
}

/** What a stub gave is nothing that this step can come to: it does not fit the step's schema. */
export class StubMisfit extends Schema.TaggedError<StubMisfit>()("StubMisfit", {
  workflow: Schema.String,
  step: Schema.String,
  path: Schema.String,
  /** Which of the step's schemas it should fit. */
  what: Schema.Literals(["event", "error"]),
  reason: Schema.String
}) {
  override get message(): string {
    return (
      `the stub of step "${this.step}" at path "${this.path}" of workflow "${this.workflow}" does not fit the step's ` +
      `${this.what} schema: ${this.reason}. Give what the step's own effect would.`
    )
  }
}

/** The run stands still, and neither time nor a signal that was given gets it any further. */
export class RunRests extends Schema.TaggedError<RunRests>()("RunRests", {
  instance: Schema.String,
  status: Schema.String,
  /** What it waits for. */
  waitsFor: Schema.Array(Schema.String),
  /** What was to be reached. */
  wanted: Schema.String,
  /** Why it is stuck or set aside. */
  error: Schema.UndefinedOr(Schema.String)
}) {
  override get message(): string {
    const why = this.error === undefined ? "" : ` (${this.error})`
    return (
      `instance "${this.instance}" is ${this.status}${why} and waits for ${list(this.waitsFor)}; it does not come to ` +
      `${this.wanted} by itself. ${advice[this.status] ?? advice["waiting"]}`
    )
  }
}

const advice: Readonly<Record<string, string>> = {
  waiting:
    "Give what it waits for in `signals`, or send it with `signal`. An effect that never ends needs a stub; a child that is computed during the run has to be in `children`.",
  running: "An effect of it does not end, or it goes on and on: give the step a stub that ends it.",
  stuck: "Mend what the step ran into, give it a stub that succeeds in the end, or expect this with `status`.",
  "set-aside": "Its journal does not fit its definition: mend the definition.",
  completed: "It has ended already.",
  failed: "It has ended already.",
  cancelled: "It has ended already.",
  terminated: "It has ended already."
}

/** Which law of recovery was broken. */
export const Law = Schema.Literals([
  /** What is replayed is what was lived through, without a look at the clock or at random numbers. */
  "replay",
  /** A snapshot and what comes after it are as good as the whole journal. */
  "snapshot",
  /** Without any crash two runs are alike. */
  "repeatable",
  /** A crash changes neither the journal, nor the result, nor the world. */
  "crash",
  /** An effect that is on record does not run again; what a crash repeats was in flight. */
  "effects"
])

/** When a process died: before its append with this number (from 0), or once that was durable. */
export const CrashPoint = Schema.Struct({ append: Schema.Int, when: Schema.Literals(["before", "after"]) })

/**
 * A workflow does not recover as it should: what it came to depends on more than its journal.
 *
 * `expected` is what the undisturbed run has, `found` what the one with the crash (or the replay) has instead.
 */
export class RecoveryViolated extends Schema.TaggedError<RecoveryViolated>()("RecoveryViolated", {
  workflow: Schema.String,
  law: Law,
  /** When the process died; `null` where it did not. */
  crash: Schema.NullOr(CrashPoint),
  /** The step where it shows; `null` where it is the whole run. */
  step: Schema.NullOr(Schema.String),
  path: Schema.NullOr(Schema.String),
  /** What of it is not as it should be. */
  what: Schema.String,
  expected: Schema.String,
  found: Schema.String,
  next: Schema.String
}) {
  override get message(): string {
    const { crash, path, step } = this
    const when = crash === null ? "without any crash" : `killed ${crash.when} append ${crash.append}`
    const where = step === null ? "" : `, step "${step}" at path "${path ?? ""}"`
    return (
      `workflow "${this.workflow}", ${when}${where}: ${this.what}\n  expected ${this.expected}\n  found    ${this.found}\n` +
      this.next
    )
  }
}
