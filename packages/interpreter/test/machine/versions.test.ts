/** Changes under running instances: when their marks are read, passed over and refused. */
import { WIO } from "@waymark/core"
import { Execution, type Event } from "@waymark/interpreter"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { bad, both, flow, interruptedBy, io, note, ok, on, seq, Story, wait, type Part } from "../support/log.ts"

const change = (after: Part, name = "change"): Part => WIO.version(name, { before: io("old"), after })

/** What a journal of one definition leaves the next one waiting for. */
const waits = (body: Part, { journal }: Story): ReadonlyArray<string> =>
  Execution.pending(ok(Execution.recover(flow(body, 2), journal))).map(
    ({ step: { name, ordinal, path } }) => `${path}#${ordinal} ${name}`
  )

describe("once all have passed a version", () => {
  const around = (part: Part): Part => seq(io("first"), part, io("last"))

  it("what was after it stands alone, and its mark is passed over", () => {
    const story = Story.of(around(change(io("new")))).done("first")
    expect(story.events(2)).toEqual(["version #1 change"])

    expect(waits(around(io("new")), story)).toEqual(["#1 new"])
    expect(waits(around(io("new")), story.done("new"))).toEqual(["#2 last"])
  })

  it("the run goes on to the same end, and what it does keeps its identity", () => {
    const after = seq(both({ l: io("l"), r: seq(note("r"), io("r")) }), wait("w", 10))
    const story = Story.of(around(change(after)))
      .done("first")
      .done("r")
    const gone = new Story(flow(around(after), 2))
    gone.journal.splice(0, Infinity, ...story.journal)
    gone.execution = ok(Execution.recover(gone.workflow, story.journal))

    for (const one of [story, gone]) one.done("l").tick(10).done("last")
    expect(gone.journal).toEqual(story.journal)
    expect(gone.status()).toBe("completed")
  })

  it("what stood after it may have led on without a step: to another, out of the fork, to the end", () => {
    const both_ = (part: Part) => both({ x: part })
    for (const shape of [around, (part: Part) => around(both_(part)), (part: Part) => seq(io("first"), both_(part))]) {
      const story = Story.of(shape(change(note("new")))).done("first")
      expect(story.events(2)[0]).toMatch(/^version/)
      expect(waits(shape(note("new")), story)).toEqual(story.waits())
    }
  })

  it("what can interrupt it has the number that it had", () => {
    const shape = (part: Part) => part.pipe(interruptedBy(on("inner")), interruptedBy(on("outer"), io("after")))
    const story = Story.of(shape(change(io("new")))).send("outer", "now")
    expect(waits(shape(io("new")), story)).toEqual(["#1 after"])
  })
})

describe("the mark of a version that the definition does not have", () => {
  const around = (part: Part): Part => seq(io("first"), part, io("last"))
  /** A journal with the mark, by a workflow of some version. */
  const marked = (version: number) => new Story(flow(around(change(io("new"))), version)).done("first")
  const remarked = (payload: Event.Event["payload"]) =>
    marked(1).journal.map((event) => (event.kind === "version" ? { ...event, payload } : event))
  const isTaken = (body: Part, version: number, journal: ReadonlyArray<Event.Event>): boolean =>
    Result.isSuccess(Execution.recover(flow(body, version), journal))

  it("says which version of the workflow made it", () => {
    for (const version of [1, 7]) expect(marked(version).journal.at(-1)?.payload).toEqual({ version })
  })

  it("is refused by code from before the change, on whose road the instance is no more", () => {
    const { journal } = marked(1)
    const old = bad(Execution.recover(flow(around(io("old"))), journal))
    expect(old).toMatchObject({ _tag: "JournalMismatch", position: 2, expected: "old", recorded: "change" })
    expect(old.message).toContain(
      "version 1 of the workflow made this mark; this code is version 1 and has no such change"
    )
    expect(old.message).toContain("leave the instance to the newer process")
  })

  it("is refused by code from before the change that waits at nothing there, or has come to its end", () => {
    const { journal } = marked(1)
    for (const body of [around(note("old")), io("first"), seq(io("first"), both({ x: io("old") }))]) {
      expect(isTaken(body, 1, journal)).toBe(false)
    }
  })

  it("is refused too where the change was taken out and the version was not raised: it looks the same", () => {
    const gone = bad(Execution.recover(flow(around(io("new")), 3), remarked({ version: 3 })))
    expect(gone.message).toContain("Or the change was taken out: raise the version of the workflow with that")
  })

  it("is passed over by a higher version than the one that made it, and no other", () => {
    const versions = [1, 2, 3, 4]
    expect(versions.filter((version) => isTaken(around(io("new")), version, remarked({ version: 2 })))).toEqual([3, 4])
  })

  it("is passed over where it has no version, as it was written before", () => {
    expect(isTaken(around(io("new")), 1, remarked(null))).toBe(true)
  })

  it("is refused where nobody can tell which version made it", () => {
    for (const payload of [{}, { version: "one" }]) expect(isTaken(around(io("new")), 9, remarked(payload))).toBe(false)
  })
})

describe("the mark of a version is refused", () => {
  const { journal } = Story.of(io("first"), change(io("new"))).done("first")
  const refused = (body: Part, events = journal, version = 2) =>
    expect(bad(Execution.recover(flow(body, version), events))).toMatchObject({
      _tag: "JournalMismatch",
      position: 2,
      recorded: "change"
    })

  it("where the version stands under another name: it would be taken for a change that is yet to come", () => {
    refused(seq(io("first"), change(io("new"), "renamed")))
  })

  it("where the version stands, but elsewhere", () => {
    refused(seq(io("first"), io("new"), change(io("newer"))))
  })

  it("where no thread is, or none that has come so far", () => {
    const misplaced = (fields: { readonly path?: string; readonly ordinal?: number }) =>
      journal.map((event) => (event.kind === "version" ? { ...event, ...fields } : event))
    const body = seq(io("first"), both({ x: io("new") }))
    expect(ok(Execution.recover(flow(body, 2), misplaced({ path: "1:x", ordinal: 0 })))).toBeDefined()
    refused(body, misplaced({ path: "1:y", ordinal: 0 }))
    refused(body, misplaced({ path: "1:x", ordinal: 1 }))
    refused(body, misplaced({ path: "2:x", ordinal: 0 }))
    refused(body, misplaced({ path: "0:interrupt", ordinal: 0 }))
  })
})
