/**
 * The journal in one SQLite file, for one process: the default where a program runs on one machine.
 *
 * The file is the process's own as long as the layer lives; a second process is refused. So whoever opens it knows that
 * all who owned an instance are gone, and a restart need not wait for leases to lapse. Commits are durable when they are
 * answered (WAL, `synchronous = FULL`). Other programs may read the file meanwhile.
 */
import type { Journal as Service } from "@waymark/interpreter"
import { Journal } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { JournalLocked, JournalNotOpened, JournalTooNew } from "./errors.ts"
import { open } from "./internal/file.ts"
import { make } from "./internal/journal.ts"

export { JournalLocked, JournalNotOpened, JournalTooNew } from "./errors.ts"

/** Where the journal is. */
export interface Options {
  /** The file; it is made where it doesn't exist, its directory is not. `":memory:"` keeps everything in memory. */
  readonly filename: string
}

/**
 * A journal in a file. Closing the layer closes the file and lets another process have it. A file that an earlier
 * version made is brought up to date when it is opened.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Journal } from "@waymark/interpreter"
 * import { SqliteJournal } from "@waymark/sqlite"
 *
 * const program = Effect.gen(function*() {
 *   const journal = yield* Journal
 *   return yield* journal.find([{ id: "w-1" }])
 * })
 *
 * export const embedded = program.pipe(Effect.provide(SqliteJournal.layer({ filename: "./waymark.db" })))
 * ```
 */
export const layer = (options: Options): Layer.Layer<Service, JournalLocked | JournalTooNew | JournalNotOpened> =>
  Layer.effect(Journal, Effect.map(open(options.filename), make))
