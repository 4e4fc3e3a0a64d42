/** Other instances: children that are waited for or run on their own, and messages. */
import { WIO } from "@waymark/core"
import { Command } from "@waymark/interpreter"
import { describe, expect, it } from "vitest"
import { both, fail, flat, io, Message, seq, type Log, type Part } from "../support/log.ts"
import { Inner, told, undoable } from "./scenario.ts"

const awaited: Part = WIO.child(Inner, {
  input: (log: Log) => log,
  apply: (log, out: Log) => [...log, ...out]
}) as never
const alone = (onParentClose: "terminate" | "request-cancel" | "abandon"): Part =>
  WIO.child(Inner, { await: false, input: (log: Log) => log, onParentClose, apply: (log, id) => [...log, id] }) as Part
const rescued = (body: Part): Part =>
  body.pipe(
    WIO.catch(
      WIO.pure((failure: WIO.Failure<unknown, unknown>): Log => [
        ...flat(failure.state),
        (failure.error as { readonly _tag: string })._tag
      ]) as never
    )
  ) as never

describe("a child that is waited for", () => {
  it("is started and ended at one ordinal, and gives what its output makes", () => {
    const story = told(awaited)
      .started("Inner")
      .ended("Inner", { outcome: "completed", output: ["x"] })
    expect(story.events(1)).toEqual(["child-started #0 Inner", "child-ended #0 Inner", "ended #1 Log"])
    expect(story.state()).toEqual(["x"])
  })

  it("that was stopped is a typed failure", () => {
    for (const outcome of ["cancelled", "terminated"] as const) {
      const story = told(rescued(awaited)).started("Inner").ended("Inner", { outcome, reason: "why" })
      expect(story.state()).toEqual(["ChildStopped"])
    }
  })

  it("is closed when nobody waits for it any more; not where it was never started", () => {
    const story = told(awaited).started("Inner").cancel()
    expect(story.waits()).toEqual(["#1 Inner"])
    expect(story.sent("Inner", "it is gone").status()).toBe("cancelled")
    expect(told(awaited).cancel().status()).toBe("cancelled")
  })

  it("that can be undone is told to stop all the same: it is no effect in flight", () => {
    const story = told(undoable("child", awaited)).started("Inner").cancel()
    expect(story.pending("Inner")).toMatchObject({ _tag: "Send" })
    expect(story.sent("Inner").status()).toBe("cancelled")
  })
})

describe("children that run on their own", () => {
  it("are closed before their parent ends, the oldest first, unless it abandons them", () => {
    const story = told(alone("terminate"), alone("abandon"), alone("request-cancel"), io("a"))
    story.started("Inner").started("Inner").started("Inner")
    expect(story.done("a").events(5)).toEqual([])
    expect(story.pending("Inner")).toMatchObject({ to: "log/0/0", signal: "waymark/terminate" })
    expect(story.sent("Inner").pending("Inner")).toMatchObject({ to: "log/0/2", signal: "waymark/cancel" })
    expect(story.sent("Inner").status()).toBe("completed")
  })

  it("are closed after what there is to undo is undone", () => {
    const story = told(alone("terminate"), undoable("a"), fail("no")).started("Inner").done("a")
    expect(story.waits()).toEqual(["#2 undo a"])
    expect(story.done("undo a").waits()).toEqual(["#3 Inner"])
    expect(story.sent("Inner").status()).toBe("failed")
  })

  it("are closed before the run continues as new", () => {
    const story = told(alone("terminate"), WIO.continueAsNew((log: Log) => log) as never).started("Inner")
    expect(story.waits()).toEqual(["#1 Inner"])
    expect(story.sent("Inner").status()).toBe("continued")
  })
})

describe("a child whose start has failed", () => {
  const failed = (body: Part) => {
    const story = told(body)
    return story.tell(Command.attempt(story.pending("Inner").step, { error: "no answer", next: 5 }))
  }

  it("is closed all the same: it may be there", () => {
    expect(failed(awaited).cancel().waits()).toEqual(["#1 Inner"])
  })

  it("is closed after an operator has had it tried anew", () => {
    const story = told(awaited).givesUp("Inner")
    story.tell(Command.retry(story.pending("Inner").step))
    expect(story.cancel().waits()).toEqual(["#1 Inner"])
  })
})

describe("terminating", () => {
  it("ends at once where no child is open, and undoes nothing", () => {
    const story = told(undoable("a"), io("b")).done("a").terminate()
    expect(story.status()).toBe("terminated")
    expect(story.last()).toEqual({ outcome: "terminated", reason: "stop" })
  })

  it("closes the children first, and undoes nothing", () => {
    const story = told(alone("terminate"), undoable("a"), both({ l: awaited, r: io("b") }))
      .started("Inner")
      .done("a")
    story.started("Inner").terminate()
    expect(story.pending("Inner")).toMatchObject({ to: "log/0/0", step: { path: "", ordinal: 4 } })
    expect(story.sent("Inner").pending("Inner")).toMatchObject({ to: "log/0/2:l/0" })
    expect(story.sent("Inner").last()).toEqual({ outcome: "terminated", reason: "stop" })
  })

  it("overtakes a cancellation that is under way", () => {
    const story = told(alone("terminate"), undoable("a"), io("b")).started("Inner").done("a").cancel().terminate()
    expect(story.waits()).toEqual(["#4 Inner"])
    expect(story.sent("Inner").status()).toBe("terminated")
  })
})

describe("a message", () => {
  const message: Part = WIO.signalTo(Inner, "other", Message("hello"), (log: Log) => log.join()) as never
  it("goes on with the state as it was, or fails where it was not delivered", () => {
    expect(
      told(seq(message, io("a")))
        .sent("hello")
        .waits()
    ).toEqual(["#1 a"])
    expect(told(rescued(message)).sent("hello", "nobody there").state()).toEqual(["NotDelivered"])
  })
})
