/** Cuts: what is dropped, what is waited for, and what is done before a thread goes on. */
import { WIO } from "@waymark/core"
import { describe, expect, it } from "vitest"
import { both, interruptedBy, io, note, on, seq, wait, type Part } from "../support/log.ts"
import { racing, told, undoable } from "./scenario.ts"

const uncancellable = (...parts: readonly [Part, ...Array<Part>]): Part => WIO.uncancellable(seq(...parts))
const onCancel = (name: string, body: Part): Part => body.pipe(WIO.onCancel(io(name) as never)) as never

describe("a cancellation", () => {
  it("drops what is in flight, runs the handlers from the inside, then undoes", () => {
    const story = told(onCancel("outer", seq(undoable("a"), onCancel("inner", io("b")))))
      .done("a")
      .cancel()
    expect(story.waits()).toEqual(["#2 inner"])
    expect(story.done("inner").waits()).toEqual(["#3 outer"])
    expect(story.done("outer").waits()).toEqual(["#4 undo a"])
    expect(story.done("undo a").last()).toEqual({ outcome: "cancelled", reason: "enough" })
  })

  it("waits for a step that can be undone, and undoes it", () => {
    const story = told(undoable("a"), io("b")).cancel()
    expect(story.waits()).toEqual(["#0 a"])
    expect(story.done("a").waits()).toEqual(["#1 undo a"])
    expect(story.done("undo a").status()).toBe("cancelled")
  })

  it("waits for an operator where such a step was given up", () => {
    const story = told(undoable("a"), io("b")).cancel().givesUp("a")
    expect(story.status()).toBe("stuck")
    expect(story.resolves("a").waits()).toEqual(["#1 undo a"])
  })

  it("forgets the failure of a step that it has waited for", () => {
    expect(told(undoable("a")).cancel().fails("a").status()).toBe("cancelled")
  })

  it("of an uncancellable part comes after it, even where that is the end of the body", () => {
    const story = told(io("a"), uncancellable(io("b"), io("c")))
      .done("a")
      .cancel()
    expect(story.done("b").waits()).toEqual(["#2 c"])
    expect(story.done("c").status()).toBe("cancelled")
  })

  it("is not seen by a catch", () => {
    const story = told(io("a").pipe(WIO.catch(note("caught") as never)) as Part).cancel()
    expect(story.state()).toEqual([])
  })

  it("reaches all branches, and undoes in the order of completion", () => {
    const story = told(both({ l: seq(undoable("a"), io("x")), r: seq(undoable("b"), io("y")) }))
    story.done("b").done("a").cancel()
    expect(story.waits()).toEqual(["#2 undo a"])
    expect(story.done("undo a").waits()).toEqual(["#3 undo b"])
  })

  it("that comes while something is undone lets that go on", () => {
    const story = told(undoable("a"), io("b")).done("a").fails("b").cancel()
    expect(story.waits()).toEqual(["#2 undo a"])
    expect(story.done("undo a").status()).toBe("cancelled")
  })

  it("that comes while an interruption undoes its body leaves out what follows", () => {
    const story = told(seq(undoable("a"), io("b")).pipe(interruptedBy(on("stop"), io("after")))).done("a")
    story.send("stop", "now").cancel()
    expect(story.waits()).toEqual(["#2 undo a"])
    expect(story.done("undo a").status()).toBe("cancelled")
  })
})

describe("an interruption", () => {
  it("undoes what its body has done, then goes on from the state of its trigger", () => {
    const story = told(seq(undoable("a"), io("b")).pipe(interruptedBy(on("stop"), io("after")))).done("a")
    expect(story.send("stop", "now").waits()).toEqual(["#2 undo a"])
    expect(story.done("undo a").waits()).toEqual(["#3 after"])
    expect(story.done("after").state()).toEqual(["a=ok", "stop=now", "after=ok"])
  })

  it("that has to wait is used up all the same", () => {
    const story = told(undoable("a").pipe(interruptedBy(on("stop")))).send("stop", "now")
    expect(story.waits()).toEqual(["#0 a"])
    expect(story.done("a").waits()).toEqual(["#1 undo a"])
    expect(story.done("undo a").state()).toEqual(["stop=now"])
  })

  it("within a part that an outer one cuts is gone while that waits", () => {
    const story = told(undoable("a").pipe(interruptedBy(on("inner")), interruptedBy(wait("outer", 5))))
    expect(story.tick(5).waits()).toEqual(["#0 a"])
  })

  it("that has fired goes on within an uncancellable part, before the cancellation that has come meanwhile", () => {
    const story = told(uncancellable(undoable("a").pipe(interruptedBy(on("stop"), io("b")))))
      .send("stop", "now")
      .cancel()
    expect(story.waits()).toEqual(["#0 a"])
    story.done("a").done("undo a")
    expect(story.waits()).toEqual(["#2 b"])
    expect(story.done("b").status()).toBe("cancelled")
  })

  it("within an uncancellable part still fires while a cancellation waits", () => {
    const story = told(uncancellable(io("a"), io("b").pipe(interruptedBy(on("stop"), io("c")))))
      .cancel()
      .done("a")
    expect(story.waits()).toEqual(["#1 b", "1:interrupt#0 stop"])
    story.send("stop", "now")
    expect(story.waits()).toEqual(["#2 c"])
    expect(story.done("c").status()).toBe("cancelled")
  })
})

describe("a loser of a race", () => {
  it("that is uncancellable keeps the winner waiting", () => {
    const story = told(racing({ l: uncancellable(io("a"), io("b")), w: io("c") }), io("after")).done("c")
    expect(story.waits()).toEqual(["0:l#0 a"])
    story.done("a").done("b")
    expect(story.waits()).toEqual(["#1 after"])
    expect(story.state()).toEqual(["c=ok"])
  })

  it("leaves what it had to undo to the thread where that is cut meanwhile", () => {
    const story = told(racing({ l: seq(undoable("a"), undoable("b")), w: io("c") }))
      .done("a")
      .done("c")
      .cancel()
    expect(story.waits()).toEqual(["0:l#1 b"])
    expect(story.done("b").waits()).toEqual(["#2 undo b"])
    expect(story.done("undo b").waits()).toEqual(["#3 undo a"])
  })
})
