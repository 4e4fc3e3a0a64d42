/** What is still to be undone, and that an end is under way, while something has to come to its own end first. */
import { WIO } from "@waymark/core"
import { Command, Execution } from "@waymark/interpreter"
import { describe, expect, it } from "vitest"
import { both, io, ok, on, seq, Story, wait, interruptedBy, type Part } from "../support/log.ts"

/** A step that can be undone: by "undo" and its name. */
const undoable = (name: string): Part => io(name).pipe(WIO.compensateWith(io(`undo ${name}`) as never)) as Part
const alone = (part: Part): Part => WIO.uncancellable(part)
const told = (part: Part, name: string): Part => part.pipe(WIO.onCancel(io(name) as never)) as Part

const undoing = ({ execution }: Story) => Execution.undoing(execution)
const cancelled = (story: Story) => story.tell(Command.cancel("enough"))
/** Undoes what is to be undone, as it comes, and gives what that was. */
const undo = (story: Story): ReadonlyArray<string> => {
  const done: Array<string> = []
  for (let [next] = undoing(story); next !== undefined; [next] = undoing(story)) {
    done.push(next)
    story.done(next)
  }
  return done
}

describe("what is still to be undone", () => {
  it("is nothing while all is well, and after the end", () => {
    const story = Story.of(undoable("a"), io("b")).done("a")
    expect(undoing(story)).toEqual([])
    expect(undoing(story.done("b"))).toEqual([])
  })

  it("is listed, the next first, while a cancellation waits for a part that cannot be cancelled", () => {
    const story = cancelled(
      Story.of(undoable("a"), undoable("b"), alone(io("c")), io("d"))
        .done("a")
        .done("b")
    )
    expect(story.waits()).toEqual(["#2 c"])
    expect(undoing(story)).toEqual(["undo b", "undo a"])
    expect(undoing(story.done("c"))).toEqual(["undo b", "undo a"])
    expect(undoing(story.done("undo b"))).toEqual(["undo a"])
    expect(undoing(story.done("undo a"))).toEqual([])
  })

  it("is listed while it waits for a step in flight that can be undone; what becomes of that is not known yet", () => {
    const story = cancelled(Story.of(undoable("a"), undoable("b")).done("a"))
    expect(undoing(story)).toEqual(["undo a"])
    expect(undoing(story.done("b"))).toEqual(["undo b", "undo a"])
  })

  it("has handlers of the cancellation and scopes in their places, from the inside out, and comes so", () => {
    const inner = told(WIO.saga(seq(undoable("b"), alone(io("c")))), "tell inner")
    const story = cancelled(
      Story.of(undoable("a"), told(WIO.saga(inner), "tell outer"))
        .done("a")
        .done("b")
    )
    const listed = undoing(story)
    expect(listed).toEqual(["undo b", "tell inner", "tell outer", "undo a"])
    expect(undo(story.done("c"))).toEqual(listed)
    expect(story.status()).toBe("cancelled")
  })

  it("is that of all branches, put in order, also of those that have ended or wait for nothing", () => {
    const branches = both({
      l: seq(undoable("a"), alone(io("c"))),
      m: undoable("b"),
      r: told(seq(undoable("d"), io("e")), "tell r"),
      s: WIO.saga(seq(undoable("f"), alone(io("g"))))
    })
    const story = Story.of(undoable("z"), branches)
    for (const name of ["z", "a", "b", "d", "f"]) story.done(name)
    cancelled(story)
    expect(undoing(story)).toEqual(["tell r", "undo f", "undo d", "undo b", "undo a", "undo z"])
    story.done("c").done("g").done("undo f").done("tell r")
    expect(undo(story)).toEqual(["undo d", "undo b", "undo a", "undo z"])
  })

  it("is that of the body alone where an interruption has fired", () => {
    const body = seq(undoable("b"), alone(io("c")))
    const story = Story.of(undoable("a"), body.pipe(interruptedBy(on("stop"), io("after"))))
      .done("a")
      .done("b")
    story.send("stop", "now")
    expect(undoing(story)).toEqual(["undo b"])
    expect(story.execution && Execution.stopping(story.execution)).toBeUndefined()
    cancelled(story)
    expect(undoing(story)).toEqual(["undo b", "undo a"])
  })

  it("is that of a loser which still has something to come to its end", () => {
    const race = WIO.race({ slow: seq(undoable("a"), alone(io("b"))), fast: wait("fast", 10) }) as Part
    const story = Story.of(undoable("z"), race).done("z").done("a").tick(10)
    expect(undoing(story)).toEqual(["undo a"])
  })

  it("is the same after recovery and from a snapshot", () => {
    const story = cancelled(
      Story.of(undoable("a"), both({ l: alone(io("c")), r: undoable("b") }))
        .done("a")
        .done("b")
    )
    const listed = ["undo b", "undo a"]
    expect(undoing(story)).toEqual(listed)
    expect(Execution.undoing(ok(Execution.recover(story.workflow, story.journal)))).toEqual(listed)
    const restored = ok(Execution.restore(story.workflow, Execution.snapshot(story.execution)))
    expect(Execution.undoing(restored)).toEqual(listed)
    expect(Execution.stopping(restored)).toEqual({ how: "cancelled", reason: "enough" })
  })
})

describe("that it is brought to its end", () => {
  it("is told with the reason, from the request on", () => {
    const story = Story.of(undoable("a"), alone(io("b"))).done("a")
    const stopping = () => Execution.stopping(story.execution)
    expect(stopping()).toBeUndefined()
    cancelled(story)
    expect(stopping()).toEqual({ how: "cancelled", reason: "enough" })
    expect(story.done("b").status()).toBe("running")
    expect(stopping()).toEqual({ how: "cancelled", reason: "enough" })
    expect(story.done("undo a").status()).toBe("cancelled")
    expect(stopping()).toEqual({ how: "cancelled", reason: "enough" })
  })

  it("is told of a termination, and of none where it ends by itself", () => {
    const { execution } = Story.of(io("a")).tell(Command.terminate("stop"))
    expect(Execution.stopping(execution)).toEqual({ how: "terminated", reason: "stop" })
    expect(Execution.stopping(Story.of(io("a")).done("a").execution)).toBeUndefined()
  })
})
