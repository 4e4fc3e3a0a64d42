/** Journals that do not fit: damaged ones, those of other workflows, and one that was cut inside an atomic group. */
import { Execution, type Event } from "@waymark/interpreter"
import { describe, expect, it } from "vitest"
import { bad, both, flow, interruptedBy, io, ok, on, seq, Story, wait } from "../support/log.ts"

const body = seq(io("a"), on("b"), wait("c", 10))
const story = () => new Story(flow(body)).done("a").send("b", "hi").tick(10)
const { journal } = story()
/** The journal with one event changed. */
const changed = (index: number, fields: Partial<Event.Event>): ReadonlyArray<Event.Event> =>
  journal.map((event, i) => (i === index || i === index + journal.length ? { ...event, ...fields } : event))
/** The journal with one of its events once more at the end. */
const again = (index: number): ReadonlyArray<Event.Event> => [
  ...journal,
  ...journal
    .slice(index)
    .slice(0, 1)
    .map((event) => ({ ...event, seq: journal.length }))
]
const recover = (events: Iterable<Event.Event>) => Execution.recover(flow(body), events)

describe("a journal is corrupt", () => {
  const cases: Readonly<
    Record<string, readonly [journal: ReadonlyArray<Event.Event>, position: number, reason: string]>
  > = {
    "where it is empty": [[], 0, "empty"],
    "where its beginning is missing": [journal.slice(1), 1, `begins with "started"`],
    "at a gap": [journal.toSpliced(2, 1), 3, "events 2 to 2 are missing"],
    "at a repetition": [[...journal.slice(0, 3), ...journal.slice(2)], 2, "stands there twice"],
    "where events are reordered": [
      [...journal.slice(0, 1), ...journal.slice(2, 3), ...journal.slice(1, 2)],
      2,
      "events 1 to 1 are missing"
    ],
    "at an event of another instance": [changed(2, { instance: "other" }), 2, "instance"],
    "at an event of another run": [changed(2, { run: 1 }), 2, "run"],
    "where it was started twice": [changed(1, { kind: "started" }), 1, "started already"],
    "at an event after the end": [again(1), 6, "after the end"],
    "at a second end": [again(-1), 6, "after the end"],
    "where an event has no instant": [changed(1, { at: Number.NaN }), 1, "instant"],
    "where started has no whole version": [
      changed(0, { payload: { workflow: "Log", version: 0.5, input: [] } }),
      0,
      "started"
    ],
    "where started has no input": [changed(0, { payload: { workflow: "Log" } }), 0, "started"]
  }
  for (const [where, [events, position, reason]] of Object.entries(cases)) {
    it(where, () => {
      const failure = bad(recover(events))
      expect(failure).toMatchObject({ _tag: "JournalCorrupt", position })
      expect(failure.message).toContain(reason)
    })
  }
})

describe("a journal does not fit the definition", () => {
  const cases: Readonly<
    Record<string, readonly [journal: ReadonlyArray<Event.Event>, more: Partial<Record<string, unknown>>]>
  > = {
    "where another step stands there": [
      changed(1, { step: "z" }),
      { position: 1, path: "", expected: "a", recorded: "z" }
    ],
    "where a step of another kind stands there": [
      changed(1, { kind: "fired" }),
      { position: 1, expected: "a", recorded: "a" }
    ],
    "where it is at another step": [changed(1, { ordinal: 1 }), { position: 1, expected: "a", recorded: "a" }],
    "where no part has the path": [
      changed(1, { path: "0:left" }),
      { position: 1, path: "0:left", expected: "nothing", recorded: "a" }
    ],
    "where a timer fires before it is due": [changed(4, { at: 1 }), { position: 4, expected: "c", recorded: "c" }],
    "where a timer fires with no due time on record": [
      [...journal.slice(0, 3), ...journal.slice(4).map((event) => ({ ...event, seq: event.seq - 1 }))],
      { position: 3, expected: "c", recorded: "c" }
    ],
    "where a due time is recorded twice": [
      [...journal.slice(0, 4), ...changed(3, { seq: 4 }).slice(3, 4)],
      { position: 4, expected: "c", recorded: "c", reason: "its due time is on record already" }
    ],
    "where attempts are miscounted": [
      changed(1, { kind: "attempt", attempt: 2, payload: { error: null, next: 5 } }),
      { position: 1, expected: "a", recorded: "a" }
    ],
    "where a signal has no id": [
      changed(2, { payload: { event: "hi" } }),
      { position: 2, expected: "b", recorded: "b" }
    ],
    "where it ended with something else": [
      changed(5, { payload: { outcome: "completed", output: ["another"] } }),
      { position: 5, expected: "completed", recorded: "completed" }
    ],
    "where the event does not decode": [changed(1, { payload: 42 }), { position: 1, expected: "a", recorded: "a" }],
    "where it was started by another workflow": [
      changed(0, { payload: { workflow: "Other", version: 1, input: [] } }),
      { position: 0, expected: "Log version 1", recorded: "Other version 1" }
    ],
    "where it was started by a newer version": [
      changed(0, { payload: { workflow: "Log", version: 2, input: [] } }),
      { position: 0, expected: "Log version 1", recorded: "Log version 2" }
    ],
    "where it says that it has ended, and there is more to do": [
      [...journal.slice(0, 2), ...changed(-1, { seq: 2 }).slice(-1)],
      { position: 2, expected: "b", recorded: "completed" }
    ],
    "where it ended in another way": [
      changed(-1, { payload: { outcome: "failed", error: null } }),
      { position: 5, expected: "completed", recorded: "failed" }
    ]
  }
  for (const [where, [events, more]] of Object.entries(cases)) {
    it(where, () => {
      expect(bad(recover(events))).toMatchObject({ _tag: "JournalMismatch", instance: "log", run: 0, ...more })
    })
  }

  it("an older version's journal fits the newer workflow", () => {
    const newer = ok(Execution.recover(flow(body, 2), journal))
    expect(Execution.status(newer)).toBe("completed")
  })

  it("of two interruptions at one ordinal, the mismatch names the one that is meant", () => {
    const wrapped = io("a").pipe(interruptedBy(on("inner")), interruptedBy(on("outer")))
    const { journal } = Story.of(wrapped).send("outer", "now")
    const changed = io("a").pipe(interruptedBy(on("inner")), interruptedBy(wait("outer", 10)))
    expect(bad(Execution.recover(flow(changed), journal))).toMatchObject({
      position: 1,
      expected: "outer",
      recorded: "outer"
    })
  })
})

describe("a journal that was cut inside an atomic group", () => {
  it("is completed by settle: due times and the end are written as they would have been", () => {
    const told = Story.of(io("a"), both({ x: wait("x", 5), y: wait("y", 6) })).done("a")
    const whole = told.journal.slice(1)
    expect(told.events(1)).toEqual(["completed #0 a", "due 1:x#0 x", "due 1:y#0 y"])
    for (const kept of [1, 2, 3]) {
      const cut = ok(Execution.recover(told.workflow, told.journal.slice(0, 1 + kept)))
      const { events, execution } = ok(Execution.settle(cut, { at: 0 }))
      expect(events).toEqual(whole.slice(kept))
      expect(Execution.pending(execution)).toEqual(Execution.pending(told.execution))
    }
  })

  it("whose end is missing has its result, and settle writes the end", () => {
    const { journal, workflow } = story()
    const cut = ok(Execution.recover(workflow, journal.slice(0, -1)))
    expect(Execution.status(cut)).toBe("completed")
    expect(ok(Execution.settle(cut, { at: 10 })).events).toEqual(journal.slice(-1))
  })

  it("settle of a whole journal has nothing to write", () => {
    const { journal, workflow } = story()
    for (const length of [1, 2, 4, 6]) {
      const execution = ok(Execution.recover(workflow, journal.slice(0, length)))
      expect(ok(Execution.settle(execution, { at: 10 })).events).toEqual([])
    }
  })
})
