/**
 * What an execution adds to a picture, state by state: from a live one, from its journal folded anew, and from its snapshot, which
 * all say the same.
 */
import { isDeepStrictEqual } from "node:util"
import { Effect, Result, Schema } from "effect"
import { Command, Execution, type Event } from "@waymark/interpreter"
import { WIO, Workflow } from "@waymark/core"
import { Picture, Tree } from "@waymark/render"
import { describe, expect, it } from "vitest"
import { NoStock, risky, signal, step, timer, TooMuch, workflow } from "./support/workflows.ts"

const DAY = 86_400_000

const same = (one: Picture.Picture, other: Picture.Picture): void => {
  if (!isDeepStrictEqual(one, other)) throw new Error("it is drawn in another way after recovery")
}

/** An execution on its way, with its journal. */
class Run {
  execution: Execution.Any
  readonly of: Workflow.Any
  readonly journal: Array<Event.Event>
  at = 0

  constructor(of: Workflow.Any, input: unknown = 0) {
    this.of = of
    const { events, execution } = Execution.start(of, input, { id: "i-1", at: 0 })
    this.execution = execution
    this.journal = [...events]
  }

  do(command: Command.Command, at = this.at): this {
    const { events, execution } = Result.getOrThrow(Execution.step(this.execution, command, { at }))
    this.execution = execution
    this.journal.push(...events)
    this.at = at
    return this
  }

  /** The first pending step of a name. */
  waiting(name: string) {
    const found = Execution.pending(this.execution).find((pending) => pending.step.name === name)
    if (found === undefined) throw new Error(`nothing named ${name} is waited for`)
    return found.step
  }

  succeed(name: string, event: unknown = 0): this {
    return this.do(Command.succeed(this.waiting(name), event))
  }

  fail(name: string, tag: "TooMuch" | "NoStock"): this {
    return this.do(Command.fail(this.waiting(name), tag === "NoStock" ? new NoStock() : new TooMuch()))
  }

  /** The picture, which is the same whichever way one came to it. */
  picture(): Picture.Picture {
    const definition = Picture.make(this.of)
    const live = Picture.annotate(definition, Execution.progress(this.execution))
    const recovered = Result.getOrThrow(Execution.recover(this.of, this.journal))
    same(Picture.annotate(definition, Execution.progress(recovered)), live)
    // A state that no schema describes has no snapshot.
    const snapshot = Execution.trySnapshot(this.execution)
    if (Result.isSuccess(snapshot)) {
      const restored = Result.getOrThrow(Execution.restore(this.of, JSON.parse(JSON.stringify(snapshot.success))))
      same(Picture.annotate(definition, Execution.progress(restored)), live)
    }
    return live
  }

  marks(): { readonly [label: string]: Picture.Mark | undefined } {
    const { groups, nodes } = this.picture()
    return Object.fromEntries([
      ...groups.map(({ label, mark }) => [`[${label}]`, mark] as const),
      ...nodes.map(({ kind, label, mark }) => [label === "" ? kind : (label.split("\n")[0] ?? ""), mark] as const)
    ])
  }

  statuses(): { readonly [label: string]: string | undefined } {
    return Object.fromEntries(Object.entries(this.marks()).map(([label, mark]) => [label, mark?.status]))
  }
}

const patient = (name: string) =>
  WIO.runIO(name, {
    event: Schema.Number,
    error: TooMuch,
    run: (n: number) => Effect.succeed(n),
    apply: (n, m) => n + m,
    retry: { attempts: 3 }
  })

describe("The picture of an execution shows", () => {
  it("which signal is waited for, and until when", () => {
    const approval = signal("approve").pipe(WIO.interruptWith(WIO.await<number>("deadline", { for: "2 days" })))
    const run = new Run(workflow(approval))
    expect(run.marks()["approve"]).toEqual({
      status: "current",
      completed: 0,
      waits: [{ _tag: "Signal", path: "", signal: "approve", until: 2 * DAY }]
    })
    expect(run.marks()["deadline"]).toEqual({
      status: "current",
      completed: 0,
      waits: [{ _tag: "Timer", path: "0:interrupt", due: 2 * DAY }]
    })
    expect(Tree.render(run.picture())).toContain("waits for signal approve until 1970-01-03T00:00:00Z")
  })

  it("a deadline around a fork for what waits in its branches, too", () => {
    const both = WIO.parallel({ a: signal("one"), b: signal("two").pipe(WIO.interruptWith(timer("soon"))) })
    const run = new Run(workflow(both.pipe(WIO.interruptWith(WIO.await<unknown>("late", { for: "1 day" }))) as never))
    expect(run.marks()["one"]?.waits).toMatchObject([{ until: DAY }])
    expect(run.marks()["two"]?.waits).toMatchObject([{ until: 90 * 60_000 }])
    const timers = WIO.parallel({ a: signal("one"), b: timer("soon") })
    expect(new Run(workflow(timers as never)).marks()["one"]?.waits).toEqual([
      { _tag: "Signal", path: "0:a", signal: "one" }
    ])
  })

  it("which attempt it is, when it is due, and that it was given up", () => {
    const run = new Run(workflow(patient("charge"), TooMuch))
    expect(run.marks()["charge"]?.waits).toEqual([{ _tag: "Attempt", path: "", attempt: 1, notBefore: 0 }])
    run.do(Command.attempt(run.waiting("charge"), { error: { message: "no line" }, next: 500 }), 100)
    expect(run.marks()["charge"]?.waits).toEqual([
      { _tag: "Attempt", path: "", attempt: 2, notBefore: 500, lastError: "no line" }
    ])
    expect(Tree.render(run.picture())).toContain("— current, attempt 2 from 1970-01-01T00:00:00.500Z after no line")
    run.do(Command.attempt(run.waiting("charge"), { error: { message: "no line" }, next: null }), 600)
    expect(run.marks()["charge"]?.waits).toEqual([
      { _tag: "Attempt", path: "", attempt: 2, notBefore: null, lastError: "no line" }
    ])
    expect(Tree.render(run.picture())).toContain("— current, given up at attempt 2 after no line")
  })

  it("what failed with which error, also where that was handled", () => {
    const handled = risky("reserve", NoStock).pipe(
      WIO.andThen(risky("charge", TooMuch)),
      WIO.catch(WIO.pure((_f: WIO.Failure<unknown, unknown>) => 0, { name: "apologize" })),
      WIO.andThen(signal("read"))
    )
    const run = new Run(workflow(handled)).succeed("reserve").fail("charge", "TooMuch")
    expect(run.marks()["charge"]).toEqual({ status: "failed", completed: 0, error: "TooMuch" })
    expect(run.marks()["reserve"]).toEqual({ status: "done", completed: 1 })
    expect(run.marks()["read"]?.status).toBe("current")
  })

  it("what the whole failed with, and at which of its ends it is", () => {
    const run = new Run(workflow(risky("charge", TooMuch), TooMuch)).fail("charge", "TooMuch")
    const { charge, completed, failed } = run.marks()
    expect([charge, failed]).toEqual([
      { status: "failed", completed: 0, error: "TooMuch" },
      { status: "failed", completed: 0, error: "TooMuch" }
    ])
    expect(completed?.status).toBe("skipped")
  })

  it("what was passed by", () => {
    const choice = WIO.branch("how much?", { much: { when: (n: number) => n > 1, then: step("a") } }, step("b"))
    expect(new Run(workflow(choice), 0).statuses()).toMatchObject({ "how much?": "done", a: "skipped", b: "current" })
  })

  it("what was undone, but not what was kept", async () => {
    const trip = step("flight").pipe(
      WIO.compensateWith(step("cancel flight")),
      WIO.andThen(step("hotel").pipe(WIO.andThen(step("voucher")), WIO.compensateWith(step("cancel hotel")))),
      WIO.andThen(step("letter")),
      WIO.andThen(risky("pay", TooMuch)),
      WIO.saga
    )
    const run = new Run(workflow(trip, TooMuch))
    for (const name of ["flight", "hotel", "voucher", "letter"]) run.succeed(name)
    run.fail("pay", "TooMuch")
    // On its way back: the flight is not undone yet.
    expect(run.statuses()).toMatchObject({ flight: "done", "[compensated]": "done", "cancel hotel": "current" })
    run.succeed("cancel hotel")
    expect(run.statuses()).toMatchObject({ flight: "done", hotel: "compensated", voucher: "compensated" })
    expect(run.marks()["[compensated]"]).toEqual({ status: "compensated", completed: 0, compensated: 1 })
    run.succeed("cancel flight")
    expect(run.marks()["flight"]).toEqual({ status: "compensated", completed: 1, compensated: 1 })
    expect(run.statuses()).toMatchObject({ letter: "done", pay: "failed", failed: "failed", "cancel flight": "done" })
    await expect(Tree.render(run.picture())).toMatchFileSnapshot("golden/trip-undone.txt")
  })

  it("in loops, what was undone in one round and done again in the next", () => {
    const round = step("book").pipe(
      WIO.compensateWith(step("unbook")),
      WIO.andThen(risky("pay", TooMuch)),
      WIO.saga,
      WIO.catch(WIO.pure((_f: WIO.Failure<unknown, unknown>) => 1))
    )
    const run = new Run(workflow(WIO.loop("until paid", round, { while: (n: number) => n > 0 })))
    run.succeed("book").fail("pay", "TooMuch").succeed("unbook")
    expect(run.statuses()).toMatchObject({ book: "current", unbook: "done" })
    run.succeed("book")
    expect(run.marks()["book"]).toEqual({ status: "done", completed: 2, compensated: 1 })
  })

  it("how often a loop has turned, and a machine", () => {
    const loop = WIO.loop("until paid", step("remind"), { while: (n: number) => n > 0 })
    const run = new Run(workflow(loop), 1)
    expect(run.marks()["[until paid]"]).toEqual({ status: "current", completed: 0 })
    run.succeed("remind", 1).succeed("remind", 1)
    expect(run.marks()["[until paid]"]).toEqual({ status: "current", completed: 0, turns: 2 })
    run.succeed("remind", 0)
    expect(run.marks()["[until paid]"]).toEqual({ status: "done", completed: 0, turns: 2 })
    expect(run.marks()["remind"]?.completed).toBe(3)

    const machine = WIO.machine("review", {
      initial: "writing",
      states: {
        writing: step("write").pipe(WIO.map((n) => WIO.goto("reading", n))),
        reading: step("read").pipe(WIO.map((n) => (n > 0 ? n : WIO.goto("writing", n))))
      }
    })
    const review = new Run(workflow(machine)).succeed("write").succeed("read")
    expect(review.marks()["[review]"]).toEqual({ status: "current", completed: 0, turns: 2 })
    expect(Tree.render(review.picture())).toContain("machine: review — current, turns ×2")
  })

  const parcels = (mode: "fail-fast" | "settle") =>
    WIO.forEach("parcels", {
      items: (_: number) => [1, 2, 3, 4],
      key: String,
      concurrency: 2,
      mode,
      body: risky("pack", NoStock),
      join: (_outs: unknown, n: number) => n
    }).pipe(WIO.andThen(signal("ship")))

  it("how many items are done, and how many there were once they are", async () => {
    const run = new Run(workflow(parcels("settle")))
    expect(run.marks()["[for each: parcels, 2 at once]"]?.items).toEqual({ done: 0, total: 4 })
    run.succeed("pack").fail("pack", "NoStock")
    expect(run.marks()["[for each: parcels, 2 at once]"]?.items).toEqual({ done: 2, total: 4 })
    expect(run.marks()["pack"]?.waits?.length).toBe(2)
    await expect(Tree.render(run.picture())).toMatchFileSnapshot("golden/parcels-half.txt")
    run.succeed("pack").succeed("pack")
    expect(run.marks()["[for each: parcels, 2 at once]"]).toMatchObject({
      status: "done",
      items: { done: 4, total: 4 }
    })
  })

  it("how far the items had come where one of them ended all", () => {
    const run = new Run(workflow(parcels("fail-fast"), NoStock)).succeed("pack").fail("pack", "NoStock")
    expect(run.marks()["[for each: parcels, 2 at once]"]).toEqual({
      status: "failed",
      completed: 0,
      error: "NoStock",
      items: { done: 2, total: 4 }
    })
  })

  it("which child is waited for, and that nothing is over before all are closed", () => {
    const Parcel = Workflow.make("Parcel", {
      version: 1,
      input: Schema.Number,
      state: Schema.Number,
      body: WIO.await<number>("on its way", { for: "2 days" })
    })
    const sends = WIO.child(Parcel, { id: "p-1", input: (n: number) => n, await: false }).pipe(
      WIO.andThen(WIO.child(Parcel, { name: "second", id: "p-2", input: (n: number) => n })),
      WIO.catch(WIO.pure((_f: WIO.Failure<unknown, unknown>) => 0, { name: "never mind" }))
    )
    const run = new Run(workflow(sends))
    expect(run.marks()["Parcel"]?.waits).toEqual([{ _tag: "Attempt", path: "", attempt: 1, notBefore: 0 }])
    run.do(Command.childStarted(run.waiting("Parcel"))).do(Command.childStarted(run.waiting("second")))
    expect(run.marks()["second"]?.waits).toEqual([{ _tag: "Child", path: "", id: "p-2" }])
    run.do(Command.childEnded(run.waiting("second"), { outcome: "completed", output: 3 }))
    expect(run.marks()["completed"]).toEqual({
      status: "pending",
      completed: 0,
      waits: [{ _tag: "Closing", path: "", id: "p-1" }]
    })
    expect(Execution.status(run.execution)).toBe("running")
    run.do(Command.sent(run.waiting("Parcel")))
    expect(run.marks()["completed"]).toEqual({ status: "done", completed: 0 })
  })

  it("nothing of what it does is in the definition: marks aside, both are the same", () => {
    const run = new Run(workflow(parcels("settle"))).succeed("pack")
    const { edges, groups, lanes, nodes } = run.picture()
    const bare = <A extends { readonly mark: unknown }>(all: ReadonlyArray<A>) =>
      all.map((one) => ({ ...one, mark: undefined }))
    expect({ edges, groups: bare(groups), lanes, nodes: bare(nodes) }).toEqual(Picture.make(run.of))
  })
})
