/** Paths and ordinals: what a step is called in the journal, and that nothing renames it. */
import { WIO } from "@waymark/core"
import { Execution } from "@waymark/interpreter"
import { describe, expect, it } from "vitest"
import { both, flow, interruptedBy, io, note, ok, on, rescued, seq, Story, wait, type Part } from "../support/log.ts"

const loop = (body: Part, rounds: number): Part =>
  WIO.loop("rounds", body.pipe(WIO.map((log) => [...log, "round"])), {
    while: (log) => log.filter((line) => line === "round").length < rounds
  }) as Part

describe("a step's identity", () => {
  it("is the ordinal in its thread: effects, signals and timers count, pure changes and choices do not", () => {
    const story = Story.of(note("x"), io("a"), note("y"), on("b"), wait("c", 10), WIO.branch("?", {}, io("d")))
    story.done("a").send("b", "hi").tick(10).done("d")
    expect(story.events()).toEqual([
      "started #0 Log",
      "completed #0 a",
      "signal #1 b",
      "due #2 c",
      "fired #2 c",
      "completed #3 d",
      "ended #4 Log"
    ])
  })

  it("has a segment for each fork passed: the fork's ordinal and the branch", () => {
    const story = Story.of(io("first"), both({ left: seq(io("a"), both({ x: io("b") })), right: io("c") }))
    story.done("first")
    expect(story.waits()).toEqual(["1:left#0 a", "1:right#0 c"])
    story.done("a")
    expect(story.waits()).toEqual(["1:left/1:x#0 b", "1:right#0 c"])
  })

  it("goes on after a fork with the next ordinal: the fork took one", () => {
    const story = Story.of(both({ left: io("a") }), io("b"))
    story.done("a")
    expect(story.waits()).toEqual(["#1 b"])
  })

  it("escapes keys that look like something else", () => {
    const story = Story.of(both({ interrupt: io("a"), "x/y": io("b"), "~": io("c"), "0:x": io("d"), "": io("e") }))
    expect(story.waits()).toEqual(["0:~2#0 a", "0:x~1y#0 b", "0:~0#0 c", "0:0:x#0 d", "0:#0 e"])
    for (const name of ["a", "b", "c", "d", "e"]) story.done(name)
    expect(story.status()).toBe("completed")
    expect(ok(Execution.recover(story.workflow, story.journal))).toBeDefined()
  })

  it("is another one in each round of a loop of forks, and so is every idempotency key", () => {
    const story = Story.of(loop(both({ left: io("a"), right: io("b") }), 3))
    const seen: Array<string> = []
    for (let round = 0; round < 3; round++) {
      seen.push(...story.waits())
      const pending = Execution.pending(story.execution)
      seen.push(...pending.map((one) => (one._tag === "RunIO" ? one.idempotencyKey : "")))
      story.done("b").done("a")
    }
    expect(seen.slice(0, 4)).toEqual(["0:left#0 a", "0:right#0 b", "log/0/0:left/0", "log/0/0:right/0"])
    expect(seen.slice(4, 8)).toEqual(["1:left#0 a", "1:right#0 b", "log/0/1:left/0", "log/0/1:right/0"])
    expect(new Set(seen).size).toBe(12)
    expect(story.status()).toBe("completed")
  })
})

describe("an interruption's trigger", () => {
  it("has the path of the ordinal it was armed at, and what follows goes on in the body's thread", () => {
    const story = Story.of(io("a"), seq(io("b"), io("c")).pipe(interruptedBy(on("stop"), io("after"))), io("last"))
    story.done("a")
    expect(story.waits()).toEqual(["#1 b", "1:interrupt#0 stop"])
    story.done("b")
    expect(story.waits()).toEqual(["#2 c", "1:interrupt#0 stop"])
    story.send("stop", "now")
    expect(story.waits()).toEqual(["#3 after"])
    story.done("after")
    expect(story.waits()).toEqual(["#4 last"])
  })

  it("is numbered from the inside out where several are armed at one ordinal", () => {
    const story = Story.of(
      io("a").pipe(interruptedBy(on("inner")), interruptedBy(on("middle")), interruptedBy(on("outer")))
    )
    expect(story.waits()).toEqual(["#0 a", "0:interrupt#0 inner", "0:interrupt#1 middle", "0:interrupt#2 outer"])
  })

  it("keeps its number when the ones inside it are over", () => {
    const story = Story.of(seq(io("a").pipe(interruptedBy(on("inner"))), io("b")).pipe(interruptedBy(on("outer"))))
    story.done("a")
    expect(story.waits()).toEqual(["#1 b", "0:interrupt#1 outer"])
  })

  it("inside a branch has the branch's path before it", () => {
    const story = Story.of(both({ left: io("a").pipe(interruptedBy(on("stop"))) }))
    expect(story.waits()).toEqual(["0:left#0 a", "0:left/0:interrupt#0 stop"])
  })

  it("of a fork counts the fork as passed, so no later step has the identity of one that was given up", () => {
    const story = Story.of(both({ left: io("a"), right: io("b") }).pipe(interruptedBy(on("stop"), io("c"))))
    story.done("a").send("stop", "now")
    expect(story.waits()).toEqual(["#2 c"])
  })
})

describe("wrapping live code renames nothing", () => {
  const body = seq(io("a"), both({ left: seq(io("b"), wait("c", 10)), right: on("d") }), io("e"))
  const story = Story.of(body).done("a").done("b")
  const old = story.waits()
  const wrappers: Readonly<Record<string, readonly [wrap: (part: Part) => Part, more: ReadonlyArray<string>]>> = {
    "in an interruption": [interruptedBy(on("stop")), ["0:interrupt#0 stop"]],
    "in two interruptions and a catch": [
      (part) => part.pipe(interruptedBy(wait("deadline", 99)), rescued, interruptedBy(on("stop"))),
      ["0:interrupt#0 deadline", "0:interrupt#1 stop"]
    ],
    "in a catch": [rescued, []]
  }
  for (const [name, [wrap, more]] of Object.entries(wrappers)) {
    it(name, () => {
      const wrapped = ok(Execution.recover(flow(wrap(body)), story.journal))
      const waits = Execution.pending(wrapped).map(({ step }) => `${step.path}#${step.ordinal} ${step.name}`)
      expect(waits.toSorted()).toEqual([...old, ...more].toSorted())
    })
  }
})

describe("an interruption around a choice between before and after a change", () => {
  const around = (branch: Part): Part =>
    seq(both({ x: branch }).pipe(interruptedBy(on("inner"))), io("a")).pipe(interruptedBy(on("outer")))

  it("has the number that it had before the change, wherever below it the choice stands", () => {
    const before = note("as it was")
    const old = Story.of(around(before)).send("outer", "now")
    const changed = flow(around(WIO.version("change", { before, after: io("new") })))

    expect(Execution.status(ok(Execution.recover(changed, old.journal)))).toBe("completed")
  })
})
