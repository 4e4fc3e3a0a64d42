/** What can be wrong with a journal, a command or a question: tagged errors that name the place and the next move. */
import * as Schema from "effect/Schema"
import { describe, isFlaw } from "./internal/cause.ts"
import { someOf } from "./internal/words.ts"

const at = (instance: string, run: number, position: number) => `instance "${instance}" (run ${run}), event ${position}`

/**
 * A journal does not fit the definition of its workflow. Nothing was run and nothing was written.
 *
 * The workflow was changed in a way that running instances do not survive. Bring the old definition back, or give the
 * new one a higher version and let the old instances end under the old one.
 */
export class JournalMismatch extends Schema.TaggedError<JournalMismatch>()("JournalMismatch", {
  instance: Schema.String,
  run: Schema.Int,
  /** The sequence number of the event that does not fit. */
  position: Schema.Int,
  path: Schema.String,
  /** The step that the definition waits for there. */
  expected: Schema.String,
  /** The step that the journal names. */
  recorded: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return (
      `${at(this.instance, this.run, this.position)} at path "${this.path}": the journal says "${this.recorded}", ` +
      `the workflow expects "${this.expected}": ${this.reason}. Bring back the definition that wrote this journal, or ` +
      `let it finish there and raise the version of the changed workflow.`
    )
  }
}

/** A journal is damaged: a gap, a repeated or misplaced event, an event after the end, or one that no run writes. */
export class JournalCorrupt extends Schema.TaggedError<JournalCorrupt>()("JournalCorrupt", {
  instance: Schema.String,
  run: Schema.Int,
  position: Schema.Int,
  reason: Schema.String
}) {
  override get message(): string {
    return `${at(this.instance, this.run, this.position)}: ${this.reason}. Restore the journal's rows from a backup.`
  }
}

/**
 * A function of the workflow's definition threw, or the definition asks for what cannot be: `cause` is what was thrown (`DuplicateKey`,
 * `NoSuchState`, `NotWritten` and `Misplaced` among others). Nothing was written; mend it and the instance goes on.
 */
export class DefinitionThrew extends Schema.TaggedError<DefinitionThrew>()("DefinitionThrew", {
  instance: Schema.String,
  run: Schema.Int,
  position: Schema.Int,
  path: Schema.String,
  step: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `${at(this.instance, this.run, this.position)} at path "${this.path}", ${this.why}. Nothing was written; mend it and restart.`
  }

  /** What was wrong, and in which node. */
  get why(): string {
    return isFlaw(this.cause)
      ? this.cause.message
      : `${this.step}: a function of the workflow threw: ${describe(this.cause)}`
  }
}

/** Why a command was not accepted. */
export const Rejection = Schema.Literals([
  /** No such step is waited for: it has ended, was interrupted, or never began. */
  "NotWaiting",
  /** What was given does not fit the step's schema. */
  "InvalidPayload",
  /** What the workflow would end with does not fit its `state` or `error` schema. */
  "InvalidState",
  /** Several parts wait for this signal: name one with `to`. */
  "Ambiguous",
  /** The signal's handler refused it; `refusal` says why. */
  "Refused",
  /** The signal's handler is an effect: run `pending.handle(payload)` and give its event with `Command.handled`. */
  "NeedsEffect",
  /** A function of the definition threw, or the definition asks for what cannot be; `cause` is that (`DuplicateKey`, for one). */
  "Threw",
  /** The execution has ended, or its cancellation is under way. */
  "Ended"
])

/** A command was not accepted; the execution is as it was. */
export class CommandRejected extends Schema.TaggedError<CommandRejected>()("CommandRejected", {
  instance: Schema.String,
  rejection: Rejection,
  path: Schema.String,
  step: Schema.String,
  reason: Schema.String,
  /** The typed error that the signal was refused with. */
  refusal: Schema.optionalKey(Schema.Unknown),
  /** The parts that wait for an ambiguous signal, each as `to` would name it. */
  waiting: Schema.optionalKey(Schema.Array(Schema.String)),
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message(): string {
    return `instance "${this.instance}", "${this.step}" at path "${this.path}": ${this.reason}`
  }
}

/** No live part of the workflow answers this query. */
export class QueryNotAvailable extends Schema.TaggedError<QueryNotAvailable>()("QueryNotAvailable", {
  instance: Schema.String,
  query: Schema.String
}) {
  override get message(): string {
    return (
      `instance "${this.instance}": nothing that is live answers the query "${this.query}". ` +
      `Answer it around the whole body with WIO.query, or ask while the part that answers it is live.`
    )
  }
}

/** The instance was cancelled, so it has no result. */
export class WorkflowCancelled extends Schema.TaggedError<WorkflowCancelled>()("WorkflowCancelled", {
  instance: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `instance "${this.instance}" was cancelled: ${this.reason}`
  }
}

/** The instance was terminated, so it has no result. */
export class WorkflowTerminated extends Schema.TaggedError<WorkflowTerminated>()("WorkflowTerminated", {
  instance: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `instance "${this.instance}" was terminated: ${this.reason}`
  }
}

/** A position that cannot be written down as a small value. It runs on; recovery reads its journal. */
export class SnapshotRefused extends Schema.TaggedError<SnapshotRefused>()("SnapshotRefused", {
  instance: Schema.String,
  path: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `instance "${this.instance}" at path "${this.path}" has no snapshot: ${this.reason}`
  }
}

/** A snapshot that is not one of this definition. Nothing is lost: recover from the journal. */
export class SnapshotMismatch extends Schema.TaggedError<SnapshotMismatch>()("SnapshotMismatch", {
  workflow: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `the snapshot does not fit workflow "${this.workflow}": ${this.reason}. Recover from the journal instead.`
  }
}

/** There is no such instance in this journal. */
export class InstanceNotFound extends Schema.TaggedError<InstanceNotFound>()("InstanceNotFound", {
  instance: Schema.String
}) {
  override get message(): string {
    return `there is no instance "${this.instance}": start it first, or check its id and which journal this engine uses`
  }
}

/** The id is taken by an instance that was started with something else. */
export class InstanceExists extends Schema.TaggedError<InstanceExists>()("InstanceExists", {
  instance: Schema.String,
  workflow: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `instance "${this.instance}" exists already (workflow "${this.workflow}"): ${this.reason}. Choose another id.`
  }
}

/**
 * The engine was shut down, so nobody here answers any more. What was asked for may be on record or not; asking for it again, of another
 * engine on the same journal, is harmless: a start by its instance's id, a signal by its own.
 */
export class EngineStopped extends Schema.TaggedError<EngineStopped>()("EngineStopped", {
  /** What was asked of the engine. */
  asked: Schema.Literals(["start", "result", "signal", "runOne"]),
  /** Of which instance. */
  instance: Schema.optionalKey(Schema.String),
  /** The id of the signal that was sent. */
  signal: Schema.optionalKey(Schema.String)
}) {
  override get message(): string {
    const of = this.instance === undefined ? "" : ` of instance "${this.instance}"`
    const again = this.signal === undefined ? "" : `, with the signal's id "${this.signal}"`
    return (
      `the engine was shut down, and gives no answer to "${this.asked}"${of} any more. Nothing is lost: instances are as they ` +
      `are on record, and another process, or a new engine, goes on with them: ask there${again}.`
    )
  }
}

/** The instance has ended, or ended before it dealt with this signal. */
export class InstanceClosed extends Schema.TaggedError<InstanceClosed>()("InstanceClosed", {
  instance: Schema.String,
  status: Schema.String
}) {
  override get message(): string {
    return `instance "${this.instance}" is ${this.status}: it has ended, and takes no more signals and decisions`
  }
}

/** The id was used for another signal of this instance, so it cannot tell this one from a repetition. */
export class SignalIdTaken extends Schema.TaggedError<SignalIdTaken>()("SignalIdTaken", {
  instance: Schema.String,
  signal: Schema.String,
  id: Schema.String,
  takenBy: Schema.String
}) {
  override get message(): string {
    return (
      `instance "${this.instance}": the id "${this.id}" is that of a signal "${this.takenBy}" sent before: ` +
      `give this "${this.signal}" an id of its own`
    )
  }
}

/** Several parts of the instance wait for this signal. `waiting` names each of them as `to` does. */
export class AmbiguousSignal extends Schema.TaggedError<AmbiguousSignal>()("AmbiguousSignal", {
  instance: Schema.String,
  signal: Schema.String,
  waiting: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return (
      `instance "${this.instance}": ${this.waiting.length} parts wait for the signal "${this.signal}" ` +
      `(${someOf(this.waiting)}): name one with "to"`
    )
  }
}

/** What was given does not fit its schema, so nothing was sent. */
export class InvalidPayload extends Schema.TaggedError<InvalidPayload>()("InvalidPayload", {
  instance: Schema.String,
  what: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `instance "${this.instance}": ${this.what} does not fit its schema: ${this.reason}`
  }
}

/** The workflow is not one of those that this engine hosts. */
export class WorkflowNotHosted extends Schema.TaggedError<WorkflowNotHosted>()("WorkflowNotHosted", {
  instance: Schema.String,
  workflow: Schema.String,
  version: Schema.Int,
  /** Whether the engine hosts another definition of that name. */
  shadowed: Schema.optionalKey(Schema.Boolean)
}) {
  override get message(): string {
    const { instance, shadowed, version, workflow } = this
    return shadowed === true
      ? `instance "${instance}" was not started: the engine hosts another definition of "${workflow}", and would run it by that. ` +
          `Start it with the very value that Engine.layer was given; a definition of another kind needs a name of its own`
      : `instance "${instance}" runs "${workflow}" version ${version}, which this engine does not host: ` +
          `add it to Engine.layer({ workflows: [...] })`
  }
}

/** The journal refuses what this instance has to write; it is set aside until that is mended. */
export class AppendRefused extends Schema.TaggedError<AppendRefused>()("AppendRefused", {
  instance: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `the journal refused an append of instance "${this.instance}": ${this.reason}`
  }
}

/** A list cannot go on where it is asked to. */
export class InvalidCursor extends Schema.TaggedError<InvalidCursor>()("InvalidCursor", {
  cursor: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `${JSON.stringify(this.cursor)} is no place in this list: ${this.reason}. Begin without a cursor, and take the next page's from the page before`
  }
}

/** Nothing of the instance was given up, so there is nothing to try again or to decide. */
export class NotStuck extends Schema.TaggedError<NotStuck>()("NotStuck", {
  instance: Schema.String,
  /** The step that was asked about, where one was. */
  step: Schema.optionalKey(Schema.String)
}) {
  override get message(): string {
    const what = this.step === undefined ? "no step" : `no step "${this.step}" that is waited for`
    return `instance "${this.instance}": ${what} was given up: ask for its status to see what it waits for`
  }
}

/**
 * What is stored of an instance was encoded in a way that this engine cannot read. Nothing was written, and nothing of the instance runs
 * here until it can be read.
 */
export class PayloadUnreadable extends Schema.TaggedError<PayloadUnreadable>()("PayloadUnreadable", {
  instance: Schema.String,
  /** Which value it is: `event 0.3` is event 3 of run 0. */
  item: Schema.String,
  /** The key that was stored with it. */
  key: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return (
      `instance "${this.instance}", ${this.item}: what is stored was encoded with "${this.key}" and cannot be read: ` +
      `${this.reason}. Provide the engine with a PayloadCodec that reads "${this.key}"; nothing was changed.`
    )
  }
}

/** A value is larger than the engine puts on record, so nothing of it was stored. */
export class PayloadTooLarge extends Schema.TaggedError<PayloadTooLarge>()("PayloadTooLarge", {
  instance: Schema.String,
  path: Schema.String,
  /** Which value it is: the input, the event of a step, the payload of a signal. */
  what: Schema.String,
  /** Bytes of its JSON text in UTF-8. */
  size: Schema.Int,
  limit: Schema.Number
}) {
  override get message(): string {
    return (
      `instance "${this.instance}" at path "${this.path}": ${this.what} has ${this.size} bytes of JSON, and no more than ` +
      `${this.limit} may be put on record. Keep large values elsewhere and let the workflow hold a reference, or raise ` +
      `limits.payload of Engine.layer.`
    )
  }
}

/** A run has as many events as the engine lets it have. Nothing more of it is run; all that is on record stays good. */
export class HistoryTooLong extends Schema.TaggedError<HistoryTooLong>()("HistoryTooLong", {
  instance: Schema.String,
  workflow: Schema.String,
  run: Schema.Int,
  length: Schema.Int,
  limit: Schema.Number
}) {
  override get message(): string {
    return (
      `instance "${this.instance}" (run ${this.run}) of "${this.workflow}" has ${this.length} events, and nothing more is run ` +
      `at ${this.limit}. Let the workflow begin a new run now and then, with WIO.continueAsNew. This run can be retried in an ` +
      `engine with a higher limits.history, cancelled or terminated.`
    )
  }
}
