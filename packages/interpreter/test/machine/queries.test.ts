/** Queries: who answers, from which state, and when nobody does. */
import { WIO } from "@waymark/core"
import { Execution } from "@waymark/interpreter"
import { describe, expect, it } from "vitest"
import {
  bad,
  both,
  flat,
  interruptedBy,
  io,
  Lines,
  note,
  ok,
  on,
  rescued,
  seq,
  Story,
  type Log,
  type Part
} from "../support/log.ts"

const asked =
  (name: string) =>
  (part: Part): Part =>
    part.pipe(WIO.query(Lines, (state: unknown): Log => [name, ...flat(state)]))

const answer = (story: Story) => Execution.query(story.execution, Lines)

describe("a query", () => {
  it("is answered from the present state by the outermost part that answers it", () => {
    const story = Story.of(note("x"), io("a").pipe(asked("inner"), asked("outer")))
    expect(ok(answer(story))).toEqual(["outer", "x"])
  })

  it("around the whole body is answered after the end too, however it ended", () => {
    const story = () => new Story(Story.of(seq(io("a"), io("b")).pipe(asked("whole"))).workflow)
    expect(ok(answer(story().done("a").done("b")))).toEqual(["whole", "a=ok", "b=ok"])
    expect(ok(answer(story().done("a").fails("b")))).toEqual(["whole", "a=ok"])
  })

  it("of an inner part is answered only while that is live", () => {
    const story = Story.of(io("a"), io("b").pipe(asked("inner")), io("c"))
    const gone = () => bad(answer(story))._tag
    expect(gone()).toBe("QueryNotAvailable")
    story.done("a")
    expect(ok(answer(story))).toEqual(["inner", "a=ok"])
    story.done("b")
    expect(gone()).toBe("QueryNotAvailable")
    story.done("c")
    expect(gone()).toBe("QueryNotAvailable")
  })

  it("of a branch sees that branch; outside, the record", () => {
    const branches = both({ left: seq(io("a"), io("b")).pipe(asked("branch")), right: seq(note("r"), io("c")) })
    const inner = Story.of(branches).done("a")
    expect(ok(answer(inner))).toEqual(["branch", "a=ok"])
    const outer = Story.of(branches.pipe(asked("outside"))).done("a")
    expect(ok(answer(outer))).toEqual(["outside", "left.a=ok", "right.r"])
  })

  it("of a branch that has ended is not answered, though the others go on", () => {
    const story = Story.of(both({ left: io("a").pipe(asked("left")), right: io("b").pipe(asked("right")) }))
    expect(ok(answer(story))).toEqual(["left"])
    expect(ok(answer(story.done("a")))).toEqual(["right"])
  })

  it("of an interrupted body is over; around the interruption it goes on", () => {
    const body = io("a").pipe(asked("body"), interruptedBy(on("stop"), io("b")))
    expect(bad(answer(Story.of(body).send("stop", "now")))._tag).toBe("QueryNotAvailable")
    expect(ok(answer(Story.of(body.pipe(asked("around"))).send("stop", "now")))).toEqual(["around", "stop=now"])
  })

  it("of a body that failed is over when its handler runs", () => {
    const story = Story.of(rescued(io("a").pipe(asked("body"))), io("b")).fails("a")
    expect(bad(answer(story))._tag).toBe("QueryNotAvailable")
  })
})
