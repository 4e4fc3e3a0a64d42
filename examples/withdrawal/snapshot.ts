/**
 * The journal as seen from outside, between two processes: a copy of its file is opened, so that the next process finds
 * the journal just as the kill left it.
 */
import { Effect } from "effect"
import { Journal, type Event, type JournalError } from "@waymark/interpreter"
import { SqliteJournal } from "@waymark/sqlite"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

/** The events of some instances, by instance. Those that were never started have none. */
export type Journals = ReadonlyMap<string, ReadonlyArray<Event.Event>>

const PAGE = 1_000

/** Reads the journal of a directory in which no worker runs. */
export const read = (directory: string, instances: ReadonlyArray<string>): Effect.Effect<Journals> =>
  Effect.scoped(
    Effect.gen(function* () {
      const copy = yield* temporary("waymark-snapshot-")
      // What was committed last may still be in the log beside the file.
      for (const file of ["journal.db", "journal.db-wal"]) {
        const original = path.join(directory, file)
        if (fs.existsSync(original)) fs.copyFileSync(original, path.join(copy, file))
      }
      return yield* Effect.provide(
        Effect.map(Effect.forEach(instances, events), (all): Journals => new Map(all)),
        SqliteJournal.layer({ filename: path.join(copy, "journal.db") })
      )
    })
  ).pipe(
    // Nobody else has this copy: where it cannot be read, there is nothing to go on with.
    Effect.orDie
  )

const events = (
  instance: string
): Effect.Effect<readonly [string, ReadonlyArray<Event.Event>], JournalError, Journal> =>
  Effect.map(
    Effect.flatMap(Journal, (journal) => journal.read({ instance, run: 0, from: 0, limit: PAGE })),
    (events) => [instance, events]
  )

/** A directory that goes with its scope, unless it is to be kept. */
export const temporary = (prefix: string, options: { readonly keep?: boolean } = {}) =>
  Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), prefix))),
    (directory) =>
      Effect.sync(() => {
        if (options.keep !== true) fs.rmSync(directory, { recursive: true, force: true })
      })
  )
