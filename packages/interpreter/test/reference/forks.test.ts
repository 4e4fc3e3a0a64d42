/** Forks: who wins, who is waited for, and in what state they are left. */
import { Failure, WIO } from "@waymark/core"
import { Command } from "@waymark/interpreter"
import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { bad, both, fail, flat, io, note, rescued, seq, type Log, type Part } from "../support/log.ts"
import { each, racing, told, undoable } from "./scenario.ts"

describe("a race", () => {
  it("that is tied without an event goes to the first that was declared", () => {
    const story = told(racing({ slow: io("a"), first: note("first"), second: note("second") }))
    expect(story.status()).toBe("completed")
    expect(story.state()).toEqual(["first"])
  })

  it("enters all before it looks at any", () => {
    const story = told(racing({ first: note("won"), second: undoable("x", note("x")) }), io("after"))
    // The second had ended too, so it is not given up: what it has to undo is the thread's.
    expect(story.waits()).toEqual(["#1 after"])
    expect(story.cancel().waits()).toEqual(["#2 undo x"])
  })

  it("undoes what a loser had done, before the winner goes on", () => {
    const story = told(racing({ loser: seq(undoable("a"), io("b")), winner: io("c") }), io("after"))
    story.done("a").done("c")
    expect(story.waits()).toEqual(["0:loser#2 undo a"])
    expect(story.done("undo a").waits()).toEqual(["#1 after"])
    expect(story.state()).toEqual(["c=ok"])
  })

  it("fails as its first branch did where all have failed", () => {
    const story = told(racing({ first: io("a"), second: io("b") }))
      .fails("b")
      .fails("a")
    expect(story.last()).toEqual({ outcome: "failed", error: { _tag: "Oops", why: "a" } })
  })

  it("in a loop refuses what was meant for the round before", () => {
    const story = told(WIO.loop("l", racing({ a: io("a"), b: io("b") }), { while: (log: Log) => log[0] === "a=ok" }))
    const late = story.pending("b").step
    story.done("a")
    expect(story.waits()).toEqual(["1:a#0 a", "1:b#0 b"])
    expect(bad(story.try(Command.succeed(late, "late"))).rejection).toBe("NotWaiting")
  })
})

describe("a parallel", () => {
  it("ends once its condition holds for the record, and undoes the others", () => {
    const branches = { a: seq(undoable("a"), io("never")), b: io("b") }
    const until = (record: Readonly<Record<string, unknown>>) => flat(record).some((line) => line === "b.b=ok")
    const fork = () => ({ a: [] as Log, b: [] as Log })
    const story = told(WIO.parallel(branches, { until: until as never, fork, join: (record) => flat(record) }) as never)
    story.done("a").done("b")
    expect(story.waits()).toEqual(["0:a#2 undo a"])
    expect(story.done("undo a").state()).toEqual(["a.a=ok", "b.b=ok"])
  })

  it("that settles waits for all, and has a result of each", () => {
    const join = (outs: { readonly a: unknown; readonly b: unknown }): Log => [
      ...(Result.isFailure(outs.a as never) ? ["a failed"] : []),
      ...(Result.isSuccess(outs.b as never) ? ["b did not"] : [])
    ]
    const fork = () => ({ a: [] as Log, b: [] as Log })
    const story = told(WIO.parallel({ a: io("a"), b: io("b") }, { mode: "settle", fork, join: join as never }) as never)
    story.fails("a")
    expect(story.waits()).toEqual(["0:b#0 b"])
    expect(story.done("b").state()).toEqual(["a failed", "b did not"])
  })

  it("fails with the record, each branch where it was", () => {
    const story = told(rescued(both({ a: seq(io("a"), io("b")), c: io("c") })))
      .done("a")
      .fails("c")
    expect(story.state()).toEqual(["a.a=ok", "rescued c"])
  })

  it("sees what is embedded in a branch as the branch shows it", () => {
    const inner: Part = WIO.embed(io("a"), {
      in: (_: Log): Log => ["inner"],
      state: (outer: Log, now: Log): Log => [...outer, `sees ${now.join()}`],
      out: (outer: Log, out: Log): Log => [...outer, `got ${out.join()}`]
    })
    const story = told(both({ left: seq(note("outer"), inner), right: io("b") }))
    expect(flat(story.state())).toEqual(["left.outer", "left.sees inner"])
    expect(story.done("a").done("b").state()).toEqual(["left.outer", "left.got inner,a=ok", "right.b=ok"])
  })
})

describe("a forEach", () => {
  it("begins an item for each that ends", () => {
    const story = told(each(["x", "y", "z"], io("work"), { concurrency: 2 }))
    expect(story.waits()).toEqual(["0:x#0 work", "0:y#0 work"])
    story.done("work")
    expect(story.waits()).toEqual(["0:y#0 work", "0:z#0 work"])
    story.done("work").done("work")
    expect(story.state()).toEqual([`["x","work=ok"]`, `["y","work=ok"]`, `["z","work=ok"]`])
  })

  it("drops the items that have not begun when one fails", () => {
    const seen: Array<unknown> = []
    const look = WIO.pure((failure: unknown): Log => {
      seen.push(Failure.is(failure) && flat(failure.state))
      return []
    })
    const story = told(each(["x", "y"], io("work"), { concurrency: 1 }).pipe(WIO.catch(look as never)) as Part)
    expect(story.fails("work").status()).toBe("completed")
    expect(seen[0]).toEqual(["x.x", "y.y"])
  })

  it("of nothing has ended at once", () => {
    expect(told(each([], fail("never"))).status()).toBe("completed")
  })
})
