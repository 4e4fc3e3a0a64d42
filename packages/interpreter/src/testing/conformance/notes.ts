/** Conformance: notes. They are the last writer's, they go with the end, and nothing else changes with them. */
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { Note } from "../../Journal.ts"
import { Journal } from "../../Journal.ts"
import type { Status } from "../../Status.ts"
import * as Single from "../single.ts"
import type { Case } from "./bench.ts"
import {
  append,
  appendWell,
  begin,
  claim,
  ConformanceFailure,
  eventsOf,
  footprint,
  fresh,
  groupOf,
  same,
  signalTo,
  tick,
  unowned
} from "./bench.ts"
import { unkeepable, values } from "./values.ts"

const ends: ReadonlyArray<Status> = ["completed", "failed", "cancelled", "terminated"]

/** A note at epoch 1. */
const noteOf = (instance: string, name: string, value: Schema.Json | null, epoch = 1): Note => ({
  instance,
  epoch,
  name,
  value
})

const notesOf = Effect.fnUntraced(function* (instance: string) {
  const journal = yield* Journal
  return yield* Single.notes(journal, instance)
})

/** Writes notes, and compares which of them were written. */
const writes = Effect.fnUntraced(function* (batch: ReadonlyArray<Note>, expected: ReadonlyArray<boolean>) {
  const journal = yield* Journal
  yield* same("which notes were written", yield* journal.note(batch), expected)
})

/** Writes one note, which must be written. */
const writesOne = (note: Note) => writes([note], [true])

/** Tries a batch that must fail for good. */
const fails = Effect.fnUntraced(function* (batch: ReadonlyArray<Note>) {
  const journal = yield* Journal
  const refusal = yield* Effect.flip(journal.note(batch)).pipe(
    Effect.mapError(() => new ConformanceFailure({ what: "noting it", expected: "a JournalError", actual: "success" }))
  )
  yield* same("whether to note it again", refusal.retryable, false)
})

/** Tries a note that must be refused, and looks that it left nothing behind. */
const refuses = Effect.fnUntraced(function* (note: Note) {
  const before = yield* notesOf(note.instance)
  yield* writes([note, { ...note, value: null }], [false, false])
  yield* writes(
    before.map(({ name }) => ({ ...note, name, value: null })),
    before.map(() => false)
  )
  yield* same("the notes after it", yield* notesOf(note.instance), before)
})

const names: ReadonlyArray<string> = [
  "",
  " ",
  "step 1/0:left/2:item/7",
  "'; drop table waymark_notes; --",
  '%_\\"`$1 ?1 :a @b',
  "\u0001\t\r\n\u007f",
  "e\u0301",
  "\u00e9",
  "NAME",
  "name",
  "עברית 東京",
  "x".repeat(1000)
]

/** What every journal does with notes. */
export const notes: ReadonlyArray<Case> = [
  {
    name: "a note is found by its name, with the value that was written last, until it is taken away",
    effect: Effect.gen(function* () {
      const { id } = yield* begin()
      const other = yield* begin()
      yield* same("the notes at first", yield* notesOf(id), [])
      yield* writes([noteOf(id, "b", 1), noteOf(id, "a", { at: [1] })], [true, true])
      yield* writesOne(noteOf(other.id, "a", "theirs"))
      yield* same("the notes", yield* notesOf(id), [
        { name: "a", value: { at: [1] } },
        { name: "b", value: 1 }
      ])
      yield* writesOne(noteOf(id, "b", "two"))
      yield* writesOne(noteOf(id, "a", null))
      yield* writesOne(noteOf(id, "never there", null))
      yield* same("the notes after changes", yield* notesOf(id), [{ name: "b", value: "two" }])
      yield* writesOne(noteOf(id, "b", null))
      yield* same("the notes after all were taken away", yield* notesOf(id), [])
      yield* same("the notes of another instance", yield* notesOf(other.id), [{ name: "a", value: "theirs" }])
    })
  },
  {
    name: "notes come in the order of their names' code points",
    effect: Effect.gen(function* () {
      const { id } = yield* begin()
      const sorted = ["", "\u0001", "B", "B a", "B-a", "Ba", "Z", "a", "a1", "a10", "a2", "é", "\uffe6", "😀"]
      const shuffled = sorted.toReversed().map((name) => noteOf(id, name, name))
      yield* writes(
        shuffled,
        shuffled.map(() => true)
      )
      yield* same(
        "the names",
        (yield* notesOf(id)).map(({ name }) => name),
        sorted
      )
    })
  },
  {
    name: "an empty batch of notes is answered with nothing, and an instance that nobody created has none",
    effect: Effect.gen(function* () {
      yield* writes([], [])
      yield* same("the notes", yield* notesOf(fresh("instance")), [])
    })
  },
  {
    name: "of notes with one name in one batch the last one stays",
    effect: Effect.gen(function* () {
      const { id } = yield* unowned()
      const batch = [
        noteOf(id, "changed", 1),
        noteOf(id, "gone", 1),
        noteOf(id, "back", null),
        noteOf(id, "changed", null),
        noteOf(id, "gone", null),
        noteOf(id, "back", 2),
        noteOf(id, "changed", 3),
        // Refused, so it is not the last of its name.
        noteOf(id, "changed", 4, 2)
      ]
      yield* writes(batch, [true, true, true, true, true, true, true, false])
      yield* same("the notes", yield* notesOf(id), [
        { name: "back", value: 2 },
        { name: "changed", value: 3 }
      ])
      yield* writes([noteOf(id, "back", 5), noteOf(id, "changed", 6), noteOf(id, "back", null)], [true, true, true])
      yield* same("the notes after another batch", yield* notesOf(id), [{ name: "changed", value: 6 }])
    })
  },
  {
    name: "a note with another epoch is not written, and takes nothing away",
    effect: Effect.gen(function* () {
      const { id, workflow } = yield* unowned()
      yield* writesOne(noteOf(id, "a", 1))
      yield* refuses(noteOf(id, "b", 2, 2))
      yield* claim(workflow)
      yield* refuses(noteOf(id, "b", 2))
      yield* same("the notes that the successor finds", yield* notesOf(id), [{ name: "a", value: 1 }])
      yield* writes([noteOf(id, "a", "mine", 2), noteOf(id, "a", "stale", 1)], [true, false])
      yield* same("the notes", yield* notesOf(id), [{ name: "a", value: "mine" }])
    })
  },
  {
    name: "a note about an instance that nobody created is not written",
    effect: Effect.gen(function* () {
      const id = fresh("instance")
      for (const epoch of [0, 1]) yield* refuses(noteOf(id, "a", 1, epoch))
      yield* begin({ id })
      yield* same("the notes once it is there", yield* notesOf(id), [])
    })
  },
  {
    name: "each note of a batch is answered on its own, and good neighbours are written",
    effect: Effect.gen(function* () {
      const [one, stale, ended, two] = yield* Effect.all([begin(), unowned(), begin(), begin()] as const)
      yield* claim(stale.workflow)
      yield* appendWell(groupOf(ended.id, { status: "failed" }))
      const batch = [
        noteOf(two.id, "a", 1),
        noteOf(stale.id, "a", 2),
        noteOf(one.id, "a", 3),
        noteOf(fresh("instance"), "a", 4),
        noteOf(ended.id, "a", 5),
        noteOf(two.id, "b", 6)
      ]
      yield* writes(batch, [true, false, true, false, false, true])
      yield* same("the notes of the first", yield* notesOf(one.id), [{ name: "a", value: 3 }])
      yield* same("the notes of the last", yield* notesOf(two.id), [
        { name: "a", value: 1 },
        { name: "b", value: 6 }
      ])
      for (const { id } of [stale, ended]) yield* same("the notes of the others", yield* notesOf(id), [])
    })
  },
  {
    name: "notes about many instances fit in one batch",
    effect: Effect.gen(function* () {
      const creates = yield* Effect.forEach(Array.from({ length: 300 }), () => begin(), { concurrency: 16 })
      const batch = creates.flatMap(({ id }, index) => [noteOf(id, "snapshot", { index }), noteOf(id, "step", index)])
      const all = batch.map(() => true)
      yield* writes(batch, all)
      for (const index of [0, 150, 299]) {
        yield* same("the notes", yield* notesOf(creates[index]?.id ?? ""), [
          { name: "snapshot", value: { index } },
          { name: "step", value: index }
        ])
      }
      yield* writes(
        batch.map((note) => ({ ...note, value: null })),
        all
      )
      yield* same("the notes in the end", yield* notesOf(creates[150]?.id ?? ""), [])
    })
  },
  {
    name: "a note changes nothing else: neither the row, nor the events, nor the inbox",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id, owner } = yield* begin({ status: "waiting", wakeAt: 1_900_000_000_001 })
      const signal = signalTo(id)
      yield* Single.send(journal, signal)
      const before = yield* footprint(id, signal.id)
      yield* tick
      for (const value of [1, 2, null]) {
        yield* writesOne(noteOf(id, "a", value))
        yield* same("what there is after a note", yield* footprint(id, signal.id), before)
      }
      yield* same("the inbox", yield* Single.inbox(journal, id), [signal])
      yield* same("the list of those to look at", yield* journal.attention(owner), [id])
      yield* appendWell(groupOf(id))
    })
  },
  {
    name: "an append changes no notes, unless it ends the instance",
    effect: Effect.gen(function* () {
      const { id } = yield* begin()
      const note = { name: "a", value: { kept: true } }
      yield* writesOne(noteOf(id, note.name, note.value))
      const statuses: ReadonlyArray<Status> = ["waiting", "stuck", "paused", "set-aside", "running"]
      for (const [index, status] of statuses.entries()) {
        yield* appendWell(groupOf(id, { expected: 1 + index, status }))
        yield* same(`the notes after ${status}`, yield* notesOf(id), [note])
        yield* writesOne(noteOf(id, note.name, note.value))
      }
    })
  },
  {
    name: "notes outlive a run: they are kept, and may be changed, until the instance ends",
    effect: Effect.gen(function* () {
      const { id } = yield* begin()
      yield* writes([noteOf(id, "a", 1), noteOf(id, "b", 2)], [true, true])
      yield* appendWell(groupOf(id, { status: "continued" }))
      yield* same("how many notes there are between the runs", (yield* notesOf(id)).length, 2)
      yield* writesOne(noteOf(id, "a", null))
      yield* appendWell(groupOf(id, { run: 1, expected: 0 }))
      yield* same("the notes of the second run", yield* notesOf(id), [{ name: "b", value: 2 }])
      yield* appendWell(groupOf(id, { run: 1, expected: 1, status: "completed" }))
      yield* same("the notes after the end", yield* notesOf(id), [])
    })
  },
  {
    name: "the end takes all notes of the instance away, and no more are taken",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const neighbour = yield* begin()
      yield* writesOne(noteOf(neighbour.id, "a", 0))
      const creates = yield* Effect.forEach(ends, () => begin())
      const batch = creates.flatMap(({ id }) => [noteOf(id, "a", 1), noteOf(id, "b", 2)])
      yield* writes(
        batch,
        batch.map(() => true)
      )
      const groups = creates.map(({ id }, index) => groupOf(id, { status: ends[index] ?? "failed" }))
      yield* journal.append([...groups, groupOf(neighbour.id)])
      for (const [index, { id }] of creates.entries()) {
        yield* same(`the notes after ${ends[index]}`, yield* notesOf(id), [])
        yield* refuses(noteOf(id, "c", 3))
      }
      yield* same("the notes of the neighbour", yield* notesOf(neighbour.id), [{ name: "a", value: 0 }])
      const born = yield* begin({ status: "completed" })
      yield* refuses(noteOf(born.id, "a", 1))
    })
  },
  {
    name: "an end that is refused takes no notes away",
    effect: Effect.gen(function* () {
      const { id, workflow } = yield* unowned()
      yield* writesOne(noteOf(id, "a", 1))
      const refused = [
        groupOf(id, { expected: 7, status: "completed" }),
        groupOf(id, { epoch: 2, status: "completed" }),
        groupOf(id, { events: eventsOf(id, [1], { from: 5 }), status: "completed" })
      ]
      const answers = yield* Effect.forEach(refused, append)
      yield* same(
        "the answers",
        answers.map((answer) => answer?._tag),
        ["Conflict", "Fenced", "Rejected"]
      )
      yield* claim(workflow)
      yield* same("a stale end", (yield* append(groupOf(id, { status: "failed" })))?._tag, "Fenced")
      yield* same("the notes", yield* notesOf(id), [{ name: "a", value: 1 }])
    })
  },
  {
    name: "a note that is written while its instance ends is not left behind",
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const creates = yield* Effect.forEach(Array.from({ length: 20 }), () => begin())
      const race = ({ id }: { readonly id: string }) =>
        Effect.all(
          [
            journal.note([noteOf(id, "a", 1)]),
            journal.append([groupOf(id, { status: "completed" })]),
            journal.note([noteOf(id, "b", 2)])
          ],
          { concurrency: "unbounded", discard: true }
        )
      yield* Effect.forEach(creates, race, { concurrency: "unbounded", discard: true })
      const left = yield* Effect.forEach(creates, ({ id }) => notesOf(id))
      yield* same("the notes", left.flat(), [])
    })
  },
  {
    name: "notes keep any name, and the same name once",
    effect: Effect.gen(function* () {
      const { id } = yield* begin()
      const other = yield* begin({ id: fresh("'; -- \\ % \u0001 é 😀") })
      for (const instance of [id, other.id]) {
        for (const round of [0, 1]) {
          const batch = names.map((name, index) => noteOf(instance, name, [round, index]))
          yield* writes(
            batch,
            batch.map(() => true)
          )
        }
        const found = new Map((yield* notesOf(instance)).map(({ name, value }) => [name, value]))
        yield* same("how many there are", found.size, names.length)
        for (const [index, name] of names.entries()) yield* same("its value", found.get(name) ?? null, [1, index])
      }
    })
  },
  ...values.flatMap(([what, value]): ReadonlyArray<Case> => {
    if (value === null) return []
    const effect = Effect.gen(function* () {
      const { id } = yield* begin()
      yield* writes([noteOf(id, "a", value), noteOf(id, "b", { value })], [true, true])
      yield* same("the notes", yield* notesOf(id), [
        { name: "a", value },
        { name: "b", value: { value } }
      ])
    })
    return [{ name: `a note comes back exactly: ${what}`, effect }]
  }),
  {
    name: "a note does not change with the object that it was made from",
    effect: Effect.gen(function* () {
      const { id } = yield* begin()
      const value = { list: [1] }
      yield* writesOne(noteOf(id, "a", value))
      value.list.push(2)
      yield* same("the notes", yield* notesOf(id), [{ name: "a", value: { list: [1] } }])
    })
  },
  {
    name: "notes that no store can keep fail, and nothing of their batch is written",
    effect: Effect.gen(function* () {
      const { id } = yield* begin()
      const bad = [
        ...unkeepable.map(([, value]) => noteOf(id, "bad", value)),
        ...["\u0000", "\ud800"].flatMap((flaw) => [noteOf(id, `x${flaw}`, 1), noteOf(`${id}${flaw}`, "bad", 1)])
      ]
      for (const note of bad) yield* fails([noteOf(id, "good", 1), note, noteOf(id, "good", 2)])
      yield* same("the notes", yield* notesOf(id), [])
    })
  }
]
