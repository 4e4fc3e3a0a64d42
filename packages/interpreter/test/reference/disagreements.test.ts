/** Where the machine and the reference have disagreed, each in its smallest form. */
import { WIO } from "@waymark/core"
import { describe, expect, it } from "vitest"
import { both, interruptedBy, io, note, on, seq, wait, type Log, type Part } from "../support/log.ts"
import { racing, told, undoable, versioned } from "./scenario.ts"

const uncancellable = (...parts: readonly [Part, ...Array<Part>]): Part => WIO.uncancellable(seq(...parts))
const again: Part = WIO.continueAsNew((log: Log) => log) as never

describe("a cut that has waited", () => {
  it("takes with it the interruptions that were entered meanwhile", () => {
    // The body goes on within what can be undone, enters an interruption, and is left before that has waited.
    const body = undoable("part", seq(io("a"), io("b").pipe(interruptedBy(wait("inner", 10)))))
    const story = told(body.pipe(interruptedBy(wait("outer", 5))), io("after"))
      .tick(5)
      .done("a")
    expect(story.waits()).toEqual(["#1 after"])
  })

  it("takes effect in the place of a continuation as new, and undoes what there is to undo", () => {
    const story = told(undoable("a"), uncancellable(io("b"), again))
      .done("a")
      .cancel()
      .done("b")
    expect(story.waits()).toEqual(["#2 undo a"])
    expect(story.done("undo a").status()).toBe("cancelled")
  })

  it("takes effect in the place of a continuation as new, and runs the handlers of a cancellation", () => {
    const handled = uncancellable(io("b"), again).pipe(WIO.onCancel(io("told") as never)) as Part
    const story = told(handled).cancel().done("b")
    expect(story.waits()).toEqual(["#1 told"])
  })

  it("takes effect in the place of a continuation as new also where it has waited for what could be undone", () => {
    const handled = seq(io("a"), again).pipe(WIO.onCancel(io("told") as never)) as Part
    const story = told(undoable("part", handled)).cancel().done("a")
    expect(story.waits()).toEqual(["#1 told"])
    expect(story.done("told").status()).toBe("cancelled")
  })

  it("takes effect before what an interruption inside goes on with, be that only a change of the state", () => {
    const part = uncancellable(io("a")).pipe(interruptedBy(wait("limit", 5), note("interrupted")))
    const story = told(part).tick(5).cancel().done("a")
    expect(story.status()).toBe("cancelled")
    expect(story.state()).toEqual([])
  })

  it("leaves an uncancellable part to its end, where an interruption within it waits for its branches", () => {
    const branches = racing({ only: uncancellable(io("a")) })
    const story = told(uncancellable(branches.pipe(interruptedBy(on("stop"), io("b")))))
      .send("stop", "now")
      .cancel()
    story.done("a")
    expect(story.waits()).toEqual(["#2 b"])
    expect(story.done("b").status()).toBe("cancelled")
  })
})

describe("terminating", () => {
  it("leaves the state as it was seen within an embedded workflow", () => {
    const inner: Part = WIO.embed(io("a"), {
      in: (_: Log): Log => ["inner"],
      state: (_: Log, now: Log): Log => ["seen", ...now],
      out: (_: Log, out: Log): Log => out
    })
    const story = told(inner)
    expect(story.state()).toEqual(["seen", "inner"])
    expect(story.terminate().state()).toEqual(["seen", "inner"])
  })
})

describe("what is there from before", () => {
  it("is numbered as it was when an interruption further inside is over", () => {
    const inner = io("a").pipe(interruptedBy(on("inner")))
    const story = told(seq(inner, io("b")).pipe(interruptedBy(on("outer")))).done("a")
    expect(story.waits()).toEqual(["#1 b", "0:interrupt#1 outer"])
  })

  it("is looked at only once every choice below a fork is taken", () => {
    const choice = versioned(note("old"), io("a"))
    expect(told(both({ l: choice, r: note("r") })).waits()).toEqual(["0:l#0 a"])
    const story = told(racing({ l: versioned(io("a"), note("new")), r: note("r") }))
    expect(story.state()).toEqual(["new"])
  })
})
