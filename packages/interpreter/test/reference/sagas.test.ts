/** Sagas: what is undone, when, and in which order. */
import { WIO } from "@waymark/core"
import { describe, expect, it } from "vitest"
import { both, fail, io, rescued, seq, type Part } from "../support/log.ts"
import { racing, told, undoable } from "./scenario.ts"

const saga = (...parts: readonly [Part, ...Array<Part>]): Part => WIO.saga(seq(...parts))

describe("a saga", () => {
  it("that fails undoes across its branches, in the reverse order of completion", () => {
    const branches = { l: seq(undoable("a"), undoable("c")), r: seq(undoable("b"), io("x")) }
    const story = told(rescued(saga(both(branches), io("never"))))
      .done("a")
      .done("b")
      .done("c")
      .fails("x")
    const undone = ["undo c", "undo b", "undo a"]
    for (const [index, name] of undone.entries()) {
      expect(story.waits()).toEqual([`#${index + 1} ${name}`])
      story.done(name)
    }
    // The states that the undoing came to are nobody's.
    expect(story.state()).toEqual(["l.a=ok", "l.c=ok", "r.b=ok", "rescued x"])
  })

  it("has its steps done for good once it has succeeded, unless another is around it", () => {
    expect(
      told(saga(undoable("a")), fail("late"))
        .done("a")
        .status()
    ).toBe("failed")
    expect(
      told(saga(saga(undoable("a")), fail("late")))
        .done("a")
        .waits()
    ).toEqual(["#1 undo a"])
    const inBranch = saga(both({ b: saga(undoable("a")) }), fail("late"))
    expect(told(inBranch).done("a").waits()).toEqual(["#1 undo a"])
  })

  it("undoes only its own, the outer one the rest", () => {
    const story = told(saga(undoable("a"), rescued(saga(undoable("b"), io("x"))), io("y")))
      .done("a")
      .done("b")
    expect(story.fails("x").waits()).toEqual(["#3 undo b"])
    expect(story.done("undo b").waits()).toEqual(["#4 y"])
    expect(story.fails("y").waits()).toEqual(["#5 undo a"])
  })

  it("that is the whole workflow undoes before that fails; what is caught undoes nothing", () => {
    const story = told(undoable("a"), rescued(fail("caught")), io("b")).done("a")
    expect(story.waits()).toEqual(["#1 b"])
    expect(story.fails("b").waits()).toEqual(["#2 undo a"])
    expect(story.done("undo a").last()).toMatchObject({ outcome: "failed", error: { why: "b" } })
  })

  it("in a loser of a race is undone there, and not again", () => {
    const story = told(saga(racing({ l: saga(undoable("a"), io("b")), w: io("c") }), io("x")))
      .done("a")
      .done("c")
    expect(story.waits()).toEqual(["0:l#2 undo a"])
    expect(story.done("undo a").fails("x").status()).toBe("failed")
  })

  it("has nothing to undo of a step that failed", () => {
    expect(
      told(saga(undoable("a")))
        .fails("a")
        .status()
    ).toBe("failed")
  })
})
