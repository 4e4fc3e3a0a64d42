/** Changes under running instances: when their marks are read, passed over and refused. */
import { WIO } from "@waymark/core"
import { Execution } from "@waymark/interpreter"
import { describe, expect, it } from "vitest"
import { bad, both, flow, interruptedBy, io, note, ok, on, seq, Story, wait, type Part } from "../support/log.ts"

const change = (after: Part, name = "change"): Part => WIO.version(name, { before: io("old"), after })

/** What a journal of one definition leaves another waiting for. */
const waits = (body: Part, { journal }: Story): ReadonlyArray<string> =>
  Execution.pending(ok(Execution.recover(flow(body), journal))).map(
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
    const gone = new Story(flow(around(after)))
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

describe("the mark of a version is refused", () => {
  const { journal } = Story.of(io("first"), change(io("new"))).done("first")
  const refused = (body: Part, events = journal) =>
    expect(bad(Execution.recover(flow(body), events))).toMatchObject({
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
    expect(ok(Execution.recover(flow(body), misplaced({ path: "1:x", ordinal: 0 })))).toBeDefined()
    refused(body, misplaced({ path: "1:y", ordinal: 0 }))
    refused(body, misplaced({ path: "1:x", ordinal: 1 }))
    refused(body, misplaced({ path: "2:x", ordinal: 0 }))
    refused(body, misplaced({ path: "0:interrupt", ordinal: 0 }))
  })
})
