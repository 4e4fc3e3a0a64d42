import type { Event, Hint, JournalError, Send } from "@waymark/interpreter"
import { Single } from "@waymark/interpreter/testing"
import { Journal } from "@waymark/interpreter"
import { SqliteJournal } from "@waymark/sqlite"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import Database from "libsql"
import { fork } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import * as path from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import * as File from "../src/internal/file.ts"
import { temporaryDirectory } from "./support/directory.ts"

const support = path.join(import.meta.dirname, "support")

/** Runs a program on a journal file, which is open only meanwhile. */
const on = <A, E>(filename: string, program: Effect.Effect<A, E, Journal>) =>
  Effect.runPromise(program.pipe(Effect.provide(SqliteJournal.layer({ filename }))))

/** Opens a journal file and gives the error that this must end with. */
const refusal = (filename: string) => Effect.runPromise(Effect.flip(open(filename)))

const open = (filename: string) => Effect.scoped(Effect.provide(Journal, SqliteJournal.layer({ filename })))

/** Another process that has the file, and its first message: that it has written, or why it was refused. */
const another = async (filename: string) => {
  const child = fork(path.join(support, "run.mjs"), [path.join(support, "holder.ts"), filename])
  onTestFinished(() => void child.kill("SIGKILL"))
  const died = once(child, "exit").then(([code]) => Promise.reject(new Error(`the other process ended with ${code}`)))
  const [message] = (await Promise.race([once(child, "message"), died])) as [string]
  return { child, message }
}

const event: Event.Event = {
  instance: "w-1",
  run: 0,
  seq: 0,
  id: "event-0",
  at: 12,
  kind: "started",
  path: "",
  ordinal: 0,
  step: "",
  payload: { text: "as it was" }
}
const create = {
  mark: globalThis.crypto.randomUUID(),
  id: "w-1",
  workflow: "Withdrawal",
  version: 1,
  events: [event],
  status: "waiting",
  wakeAt: 99,
  attributes: { customer: "ann" },
  owner: "one"
} as const
const signal: Send = { instance: "w-1", id: "signal-1", name: "approve", payload: null, to: "item" }

const everything = Effect.gen(function* () {
  const journal = yield* Journal
  return {
    row: yield* Single.find(journal, "w-1"),
    events: yield* journal.read({ instance: "w-1", run: 0, from: 0, limit: 10 }),
    inbox: yield* Single.inbox(journal, "w-1")
  }
})

const fill = Effect.gen(function* () {
  const journal = yield* Journal
  yield* journal.create([create])
  yield* Single.send(journal, signal)
  return yield* everything
})

const claim = Effect.gen(function* () {
  const journal = yield* Journal
  const workflows = [
    { name: "Withdrawal", version: 1 },
    { name: "child", version: 1 }
  ]
  return yield* journal.claim({ owner: "two", workflows, order: "oldest", limit: 1000 })
})

describe("a journal file", () => {
  it("still has everything when it is opened again", async () => {
    const filename = path.join(temporaryDirectory(), "waymark.db")
    const before = await on(filename, fill)
    expect(before.events).toEqual([event])
    expect(before.inbox).toEqual([signal])
    // Whoever held the instance did not say that it leaves: it counts as dead.
    const row = Option.map(before.row, (known) => ({ ...known, takeovers: 1 }))
    expect(await on(filename, everything)).toEqual({ ...before, row })
  })

  it("counts how often an instance was left behind by a process that died, and not by one that was shut down", async () => {
    const filename = path.join(temporaryDirectory(), "waymark.db")
    await on(filename, fill)
    const claimed = async (end: (journal: Journal["Service"]) => Effect.Effect<void, JournalError>) =>
      (
        await on(
          filename,
          Effect.tap(claim, () => Effect.flatMap(Journal, end))
        )
      )[0]?.takeovers
    const retires = (journal: Journal["Service"]) => journal.retire("two")
    const ends = [() => Effect.void, retires, retires, () => Effect.void]
    const counts: Array<number | undefined> = []
    for (const end of ends) counts.push(await claimed(end))
    expect([...counts, await claimed(retires)]).toEqual([1, 2, 2, 2, 3])
  })

  it("is written through to the disk at every commit: WAL, synchronous FULL", async () => {
    const settings = Effect.map(File.open(path.join(temporaryDirectory(), "durable.db")), (db) => [
      db.prepare("pragma journal_mode").get(),
      db.prepare("pragma synchronous").get()
    ])
    expect(await Effect.runPromise(Effect.scoped(settings))).toMatchObject([
      { journal_mode: "wal" },
      { synchronous: 2 }
    ])
  })

  it("lets whoever opens it claim at once what its last process held", async () => {
    const filename = path.join(temporaryDirectory(), "waymark.db")
    await on(filename, fill)
    expect(await on(filename, claim)).toMatchObject([{ id: "w-1", epoch: 2 }])
  })

  it("is refused to a second layer of the same process, by any name of it", async () => {
    const directory = temporaryDirectory()
    const filename = path.join(directory, "waymark.db")
    await on(filename, fill)
    fs.symlinkSync(filename, path.join(directory, "link.db"))
    const error = await on(
      filename,
      Effect.promise(async () => [
        await refusal(filename),
        await refusal(path.join(directory, "link.db")),
        await refusal(path.relative(process.cwd(), filename))
      ])
    )
    const locked = { _tag: "JournalLocked", filename: fs.realpathSync(filename), pid: process.pid }
    expect(error).toMatchObject([locked, locked, locked])
    expect(error[0]?.message).toContain("another SqliteJournal layer of this process")
  })

  it("stays locked when the process reads its own file", async () => {
    const filename = path.join(temporaryDirectory(), "waymark.db")
    const reads = Effect.gen(function* () {
      yield* fill
      fs.copyFileSync(filename, `${filename}.copy`)
      return yield* Effect.promise(() => another(filename))
    })
    expect((await on(filename, reads)).message).toContain(`is in use by process ${process.pid}`)
  })

  it("is refused while another process has it, and free with all that was written once that is killed", async () => {
    const filename = path.join(temporaryDirectory(), "waymark.db")
    const { child, message } = await another(filename)
    expect(message).toBe("written")
    expect(await refusal(filename)).toMatchObject({ _tag: "JournalLocked", pid: child.pid })
    child.kill("SIGKILL")
    await once(child, "exit")
    const claimed = await on(filename, claim)
    expect(claimed.map(({ id }) => id).sort()).toEqual(Array.from({ length: 100 }, (_, n) => `child-${n}`).sort())
  })

  it("is free again when its layer is closed", async () => {
    const filename = path.join(temporaryDirectory(), "waymark.db")
    await on(filename, fill)
    const { message } = await another(filename)
    expect(message).toBe("written")
  })

  it("is not made in a directory that is not there", async () => {
    const directory = path.join(temporaryDirectory(), "missing")
    const error = await refusal(path.join(directory, "waymark.db"))
    expect(error._tag).toBe("JournalNotOpened")
    expect(error.message).toContain(`there is no directory ${directory}: create it`)
    expect(fs.existsSync(directory)).toBe(false)
  })

  it("is refused, and left alone, when it is something else", async () => {
    const filename = path.join(temporaryDirectory(), "notes.txt")
    const notes = "not a database ".repeat(1000)
    fs.writeFileSync(filename, notes)
    expect(await refusal(filename)).toMatchObject({ _tag: "JournalNotOpened", filename: fs.realpathSync(filename) })
    expect(fs.readFileSync(filename, "utf8")).toBe(notes)
  })

  it("is refused, and left alone, when a later version wrote it", async () => {
    const filename = path.join(temporaryDirectory(), "waymark.db")
    await on(filename, fill)
    const db = new Database(filename)
    db.exec("update waymark_store set schema_version = 99")
    db.close()
    const error = await refusal(filename)
    expect(error).toMatchObject({ _tag: "JournalTooNew", found: 99 })
    expect(error.message).toContain("Upgrade @waymark/sqlite")
  })

  it("rejects the group that its rows contradict, and writes the neighbours of it", async () => {
    const filename = path.join(temporaryDirectory(), "waymark.db")
    await on(filename, fill)
    const db = new Database(filename)
    db.exec("update waymark_instances set length = 0")
    db.close()
    const answers = await on(
      filename,
      Effect.gen(function* () {
        const journal = yield* Journal
        const other = { ...create, id: "w-2", events: [{ ...event, instance: "w-2" }] }
        yield* journal.create([other])
        const group = { run: 0, epoch: 1, status: "running", wakeAt: null, settled: [] } as const
        const events = [{ ...event, id: "another" }]
        return yield* journal.append([
          { ...group, instance: "w-1", expected: 0, events },
          { ...group, instance: "w-2", expected: 1, events: [{ ...event, instance: "w-2", seq: 1 }] }
        ])
      })
    )
    expect(answers).toMatchObject([{ _tag: "Rejected" }, { _tag: "Appended" }])
  })

  it("tells of a neighbour's end once, although the batch is written a second time without a bad group", async () => {
    const filename = path.join(temporaryDirectory(), "waymark.db")
    await on(filename, fill)
    const db = new Database(filename)
    db.exec("update waymark_instances set length = 0")
    db.close()
    const heard = await on(
      filename,
      Effect.scoped(
        Effect.gen(function* () {
          const journal = yield* Journal
          const heard: Array<Hint> = []
          yield* Effect.forkScoped(
            journal.listen("somebody", (hint) => heard.push(hint)),
            { startImmediately: true }
          )
          yield* journal.create([{ ...create, id: "w-2", events: [{ ...event, instance: "w-2" }] }])
          yield* journal.watch(["w-2"])
          const group = { run: 0, epoch: 1, status: "completed", wakeAt: null, settled: [] } as const
          yield* journal.append([
            { ...group, instance: "w-2", expected: 1, events: [{ ...event, instance: "w-2", seq: 1 }] },
            { ...group, instance: "w-1", expected: 0, events: [{ ...event, id: "another" }] }
          ])
          yield* Effect.yieldNow
          return heard
        })
      )
    )
    expect(heard).toEqual([{ _tag: "Ended", instance: "w-2" }])
  })

  it("is purged of all workflows where none is named", async () => {
    const filename = path.join(temporaryDirectory(), "waymark.db")
    const counts = await on(
      filename,
      Effect.gen(function* () {
        const journal = yield* Journal
        const made = ["one", "two", "three"].map((id) => ({
          ...create,
          id,
          workflow: id,
          status: id === "three" ? ("running" as const) : ("completed" as const),
          events: [{ ...event, instance: id }]
        }))
        yield* journal.create(made)
        return [yield* journal.purge({ statuses: ["completed"], before: Date.now() + 1000, limit: 10 })]
      })
    )
    expect(counts).toEqual([2])
    expect(
      await on(
        filename,
        Effect.flatMap(Journal, (journal) => Single.find(journal, "three"))
      )
    ).toMatchObject({
      _tag: "Some"
    })
  })

  it("gives back what its last process owned: at once where a signal waits or something is to be done, else in time", async () => {
    const filename = path.join(temporaryDirectory(), "waymark.db")
    const wakes = { due: 0, later: 9e15, signal: null, pending: null }
    const seen = await on(
      filename,
      Effect.gen(function* () {
        const journal = yield* Journal
        const made = Object.entries(wakes).map(([id, wakeAt]) => ({
          ...create,
          id,
          wakeAt,
          events: [{ ...event, instance: id }]
        }))
        yield* journal.renew("one", 600_000)
        yield* journal.create(made)
        yield* Single.send(journal, { ...signal, instance: "pending" })
        return yield* claim
      })
    )
    expect(seen).toEqual([])
    const claimed = await on(filename, claim)
    expect(claimed.map(({ id }) => id).sort()).toEqual(["due", "pending"])
    // Nobody knows the owner any more: it lost nothing that it would have to hear of.
    expect(
      await on(
        filename,
        Effect.flatMap(Journal, (journal) => journal.renew("one", 1))
      )
    ).toBe(true)
  })
})
