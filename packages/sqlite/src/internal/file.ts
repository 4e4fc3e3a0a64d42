/**
 * Opening a journal file for this process alone.
 *
 * The lock is a write transaction, held open as long as the layer lives, on an empty database beside the file. The
 * operating system lets go of it when the process dies, however it dies. It is not held on the file itself: POSIX drops
 * all of a process's locks on a file as soon as the process closes any descriptor of it, so copying the journal from
 * within the process would unlock it unnoticed. Nobody has a reason to open the lock.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import Database from "libsql"
import * as fs from "node:fs"
import * as path from "node:path"
import { JournalLocked, JournalNotOpened, JournalTooNew } from "../errors.ts"
import * as schema from "./schema.ts"
import { takeAll } from "./statements.ts"

/** Opens and, where needed, makes a journal file; closes it with the scope. */
export const open = (
  filename: string
): Effect.Effect<Database.Database, JournalLocked | JournalTooNew | JournalNotOpened, Scope.Scope> =>
  filename === ":memory:"
    ? Effect.tap(
        acquire(filename, () => new Database(filename)),
        (db) => attempt(filename, () => schema.migrate(db))
      )
    : Effect.gen(function* () {
        const file = yield* locate(filename)
        yield* lock(file)
        const db = yield* acquire(file, () => new Database(file))
        const version = yield* attempt(file, () => schema.found(db))
        if (version > schema.known) {
          return yield* new JournalTooNew({ filename: file, found: version, known: schema.known })
        }
        const now = yield* Clock.currentTimeMillis
        yield* attempt(file, () => prepare(db, now))
        return db
      })

const prepare = (db: Database.Database, now: number): void => {
  db.pragma("journal_mode = WAL")
  db.pragma("synchronous = FULL")
  // Only programs that look in from outside can be in the way, and only for moments.
  db.pragma("busy_timeout = 2000")
  schema.migrate(db)
  db.prepare("update waymark_store set holder_pid = ?").run(process.pid)
  // The lock is ours, so whoever owned anything is gone.
  db.prepare(takeAll).run(now, now)
  db.exec("delete from waymark_engines")
}

/** The file's one name, so that a link or another relative path does not lead around the lock. */
const locate = (filename: string): Effect.Effect<string, JournalNotOpened> =>
  Effect.suspend(() => {
    const file = path.resolve(filename)
    const directory = path.dirname(file)
    return fs.existsSync(directory)
      ? attempt(file, () =>
          fs.existsSync(file) ? fs.realpathSync(file) : path.join(fs.realpathSync(directory), path.basename(file))
        )
      : Effect.fail(
          new JournalNotOpened({
            filename: file,
            reason: `there is no directory ${directory}: create it, or choose another filename`
          })
        )
  })

const lock = (file: string): Effect.Effect<void, JournalLocked | JournalNotOpened, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.suspend((): Effect.Effect<Database.Database, JournalLocked | JournalNotOpened> => {
      let held: Database.Database | undefined
      try {
        held = new Database(`${file}.lock`)
        held.exec("begin immediate")
        return Effect.succeed(held)
      } catch (error) {
        held?.close()
        return isBusy(error) ? refused(file) : Effect.fail(notOpened(file, error))
      }
    }),
    // Ending the transaction lets go at once; closing alone would leave that to the garbage collector.
    (held) => Effect.sync(() => (held.exec("rollback"), held.close()))
  )

const refused = (filename: string): Effect.Effect<never, JournalLocked> =>
  Effect.suspend(() => {
    const pid = holderOf(filename)
    return Effect.fail(new JournalLocked(pid === undefined ? { filename } : { filename, pid }))
  })

/** Who holds a file, as far as it says so: the holder may be about to make its tables. */
const holderOf = (file: string): number | undefined => {
  try {
    const db = new Database(file)
    const [row] = db.prepare("select holder_pid from waymark_store").all() as Array<{ holder_pid: number | null }>
    db.close()
    return row?.holder_pid ?? undefined
  } catch {
    return undefined
  }
}

const acquire = (
  file: string,
  make: () => Database.Database
): Effect.Effect<Database.Database, JournalNotOpened, Scope.Scope> =>
  Effect.acquireRelease(attempt(file, make), (db) =>
    Effect.sync(() => {
      // Statements keep a closed connection alive until they are collected, so its log is emptied here.
      if (file !== ":memory:") db.pragma("wal_checkpoint(TRUNCATE)")
      db.close()
    }).pipe(Effect.ignoreCause)
  )

const attempt = <A>(file: string, evaluate: () => A): Effect.Effect<A, JournalNotOpened> =>
  Effect.try({ try: evaluate, catch: (error) => notOpened(file, error) })

const notOpened = (filename: string, cause: unknown): JournalNotOpened =>
  new JournalNotOpened({ filename, reason: cause instanceof Error ? cause.message : String(cause), cause })

const isBusy = (error: unknown): boolean =>
  error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY")
