/** Timers, and the attempts of steps: what is due when, and what the journal says of it. */
import { WIO } from "@waymark/core"
import { Command, Execution } from "@waymark/interpreter"
import { describe, expect, it } from "vitest"
import {
  bad,
  both,
  flow,
  interruptedBy,
  io,
  note,
  ok,
  on,
  seq,
  Story,
  wait,
  type Log,
  type Running
} from "../support/log.ts"

const dueOf = (execution: Running): ReadonlyArray<number> =>
  Execution.pending(execution).flatMap((pending) => (pending._tag === "Timer" ? [pending.due] : []))

describe("a timer", () => {
  it("records when it is due in the group of the event that starts it", () => {
    const story = Story.of(io("a"), wait("w", 100))
    story.now = 7
    story.done("a")
    expect(story.events(1)).toEqual(["completed #0 a", "due #1 w"])
    expect(story.journal.at(-1)?.payload).toEqual({ at: 107 })
    expect(Execution.wakeAt(story.execution)).toBe(107)
  })

  it("keeps its due time when the definition's length changes, and the new length is taken by the next", () => {
    const story = Story.of(wait("w", 100))
    const changed = flow(WIO.loop("twice", wait("w", 5), { while: (_: Log) => true }))
    const execution = ok(Execution.recover(changed, story.journal))
    expect(dueOf(execution)).toEqual([100])
    const { execution: again } = ok(Execution.step(execution, Command.tick(100), { at: 100 }))
    expect(dueOf(again)).toEqual([105])
  })

  it("never fires early", () => {
    const story = Story.of(wait("w", 100)).tick(99)
    expect(story.events(2)).toEqual([])
    expect(story.tick(100).status()).toBe("completed")
  })

  it("sees the state it starts in: how long, and until when", () => {
    const long = WIO.await<Log>("long", { for: (log) => log.length * 10 })
    const until = WIO.await<Log>("until", { until: (log) => new Date(log.length * 1000) })
    expect(dueOf(Story.of(note("x"), note("y"), long).execution)).toEqual([20])
    expect(dueOf(Story.of(note("x"), note("y"), until).execution)).toEqual([2000])
  })

  it("that was due before it started fires at once when it is asked", () => {
    const story = new Story(flow(WIO.await<Log>("past", { until: new Date(5) })), 100)
    expect(story.tick(100).status()).toBe("completed")
  })
})

describe("a tick", () => {
  it("fires what is due in the order of due times, not of declaration", () => {
    const story = Story.of(both({ a: wait("late", 30), b: wait("early", 10), c: wait("later", 50) })).tick(40)
    expect(story.events(4)).toEqual(["fired 0:b#0 early", "fired 0:a#0 late"])
  })

  it("does not fire what it opens, even if that is due already", () => {
    const story = Story.of(wait("w", 10), WIO.await<Log>("past", { until: new Date(5) })).tick(20)
    expect(story.events(2)).toEqual(["fired #0 w", "due #1 past"])
    expect(story.tick(20).status()).toBe("completed")
  })

  it("does not fire what an earlier timer of the same tick gave up", () => {
    const story = Story.of(seq(wait("body", 20), io("a")).pipe(interruptedBy(wait("deadline", 10), io("b")))).tick(30)
    expect(story.events(3)).toEqual(["fired 0:interrupt#0 deadline"])
    expect(story.waits()).toEqual(["#1 b"])
  })

  it("for a body and a deadline that are due together takes the one that was due first", () => {
    const story = Story.of(wait("body", 10).pipe(interruptedBy(wait("deadline", 20), io("b")))).tick(30)
    expect(story.status()).toBe("completed")
    expect(story.events(3)).toEqual(["fired #0 body", "ended #1 Log"])
  })
})

describe("a body comes before the interruptions around it", () => {
  const deadline = interruptedBy(wait("deadline", 10), io("b"))
  const bodies = {
    "that is one step": wait("body", 10),
    "that has branches": both({ a: wait("body", 10) }),
    "that has branches in branches, with a deadline of their own": both({
      a: both({ x: wait("body", 10) }).pipe(interruptedBy(wait("inner deadline", 10), io("b")))
    })
  }
  it.each(Object.entries(bodies))("%s", (_, body) => {
    const story = Story.of(body.pipe(deadline))
    const names = Execution.pending(story.execution).map(({ step }) => step.name)
    expect([names[0], names.at(-1)]).toEqual(["body", "deadline"])
    // Due together, the body is over first.
    expect(story.tick(10).status()).toBe("completed")
    expect(story.events(story.journal.length - 2)[0]).toContain("body")
  })
})

describe("an attempt", () => {
  const failed = { error: { message: "connection lost" }, next: 50 }
  const story = () => Story.of(io("a"), io("b"))

  it("keeps the ordinal and the idempotency key, counts up, and waits until its time", () => {
    const before = story()
    const [first] = Execution.pending(before.execution)
    const after = before.tell(Command.attempt(before.pending("a").step, failed))
    const [second] = Execution.pending(after.execution)
    if (first?._tag !== "RunIO" || second?._tag !== "RunIO") throw new Error("a step waits")
    expect([first.attempt, second.attempt]).toEqual([1, 2])
    expect(second).toMatchObject({ step: first.step, notBefore: 50, lastError: "connection lost" })
    expect(second.idempotencyKey).toBe(first.idempotencyKey)
    expect(Execution.wakeAt(after.execution)).toBe(50)
    expect(after.events(1)).toEqual(["attempt #0 a"])
    expect(after.done("a").waits()).toEqual(["#1 b"])
  })

  it("counts anew for the next step", () => {
    const after = story()
    after.tell(Command.attempt(after.pending("a").step, failed)).done("a")
    expect(after.pending("b")).toMatchObject({ attempt: 1, lastError: undefined })
  })

  it("that is the last leaves the instance stuck, and its outcome may still be told", () => {
    const stuck = story()
    stuck.tell(Command.attempt(stuck.pending("a").step, { error: "gone", next: null }))
    expect(stuck.status()).toBe("stuck")
    expect(stuck.pending("a")).toMatchObject({ notBefore: Infinity, lastError: "gone" })
    expect(Execution.wakeAt(stuck.execution)).toBeUndefined()
    expect(stuck.done("a").status()).toBe("running")
  })

  it("survives recovery", () => {
    const before = story()
    before.tell(Command.attempt(before.pending("a").step, failed))
    const [recovered] = Execution.pending(ok(Execution.recover(before.workflow, before.journal)))
    expect(recovered).toMatchObject({ attempt: 2, notBefore: 50, lastError: "connection lost" })
  })

  it("in one branch does not touch the others", () => {
    const both2 = Story.of(both({ a: io("a"), b: io("b") }))
    both2.tell(Command.attempt(both2.pending("a").step, { error: "gone", next: null }))
    expect(both2.status()).toBe("running")
    expect(both2.done("b").status()).toBe("stuck")
  })
})

describe("a step that was interrupted", () => {
  it("is told that nobody waits when it completes late, in a loop too", () => {
    const round = io("a").pipe(interruptedBy(on("again")))
    const story = Story.of(WIO.loop("rounds", round, { while: (log) => log.length < 3 }))
    const late = story.pending("a").step
    story.send("again", "1")
    expect(story.waits()).toEqual(["#1 a", "1:interrupt#0 again"])
    expect(bad(story.try(Command.succeed(late, "late"))).rejection).toBe("NotWaiting")
    expect(bad(story.try(Command.fail(late, { _tag: "Oops", why: "late" }))).rejection).toBe("NotWaiting")
    expect(bad(story.try(Command.attempt(late, { error: "late", next: 1 }))).rejection).toBe("NotWaiting")
  })
})
