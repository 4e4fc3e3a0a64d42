/** Why a journal file could not be opened. Raised when the layer is built, never later. */
import * as Schema from "effect/Schema"

/** Another process, or another layer of this one, has the journal open. */
export class JournalLocked extends Schema.TaggedError<JournalLocked>()("JournalLocked", {
  filename: Schema.String,
  /** The process that holds it, where it has said so yet. */
  pid: Schema.optionalKey(Schema.Int)
}) {
  override get message(): string {
    const holder =
      this.pid === undefined
        ? "another process"
        : this.pid === process.pid
          ? "another SqliteJournal layer of this process"
          : `process ${this.pid}`
    return (
      `${this.filename} is in use by ${holder}. A journal file serves one process: stop that one, share one layer, ` +
      `or use @waymark/postgres for several processes`
    )
  }
}

/** The file was written by a later version of Waymark. It was left as it is. */
export class JournalTooNew extends Schema.TaggedError<JournalTooNew>()("JournalTooNew", {
  filename: Schema.String,
  found: Schema.Int,
  known: Schema.Int
}) {
  override get message(): string {
    return (
      `${this.filename} has schema version ${this.found}; this version of @waymark/sqlite knows up to ${this.known}. ` +
      `Upgrade @waymark/sqlite, or open another file`
    )
  }
}

/** The file can't be opened or made, or is something else than a journal. */
export class JournalNotOpened extends Schema.TaggedError<JournalNotOpened>()("JournalNotOpened", {
  filename: Schema.String,
  reason: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message(): string {
    return `${this.filename} was not opened: ${this.reason}`
  }
}
