/** Recovery that begins at a checkpoint, and where one may stand. */
import { WIO, Workflow } from "@waymark/core"
import { Command, CommandRejected, Execution, JournalMismatch, type Event } from "@waymark/interpreter"
import { Effect, Option, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { bad, ok } from "../support/log.ts"

type Part = WIO.WIO<number, number>

const io = (name: string): Part =>
  WIO.runIO(name, { event: Schema.Number, run: (_: number) => Effect.succeed(1), apply: (n, one) => n + one })
const here = (name: string): Part => WIO.checkpoint(name, { state: Schema.Number })
const seq = (first: Part, ...rest: ReadonlyArray<Part>): Part =>
  rest.reduce((all, next) => WIO.andThen(all, next), first)
const flow = (body: Part) => Workflow.make("Steps", { version: 1, input: Schema.Number, state: Schema.Number, body })

/** Serves the steps of a workflow in order, as many as are named. */
const journalOf = (body: Part, served: number) => {
  let { events, execution } = Execution.start(flow(body), 0, { id: "c-1", at: 0 })
  const journal: Array<Event.Event> = [...events]
  for (let i = 0; i < served; i++) {
    const [pending] = Execution.pending(execution)
    if (pending === undefined) throw new Error("nothing is pending")
    ;({ events, execution } = ok(Execution.step(execution, Command.succeed(pending.step, 1), { at: i + 1 })))
    journal.push(...events)
  }
  return journal
}

const waits = (body: Part, journal: ReadonlyArray<Event.Event>) =>
  Execution.pending(ok(Execution.recover(flow(body), journal))).map(({ step }) => `#${step.ordinal} ${step.name}`)

describe("recovery from a checkpoint", () => {
  const old = seq(io("a"), io("b"), here("half way"), io("c"))

  it("does not look at what came before: that may be changed or gone", () => {
    const journal = journalOf(old, 2)
    expect(waits(old, journal)).toEqual(["#3 c"])
    for (const changed of [seq(here("half way"), io("c")), seq(io("other"), here("half way"), io("c"))]) {
      expect(waits(changed, journal)).toEqual(["#3 c"])
    }
    expect(bad(Execution.recover(flow(seq(io("a"), io("b"), io("c"))), journal))).toBeInstanceOf(JournalMismatch)
  })

  it("takes the last one, also in a loop, and goes on as if nothing had happened", () => {
    const round = seq(io("a"), here("round"))
    const body = seq(WIO.loop("rounds", round, { while: (n) => n < 3 }), io("after"))
    const journal = journalOf(body, 2)
    expect(waits(body, journal)).toEqual(["#4 a"])
    const changed = seq(WIO.loop("rounds", seq(here("round"), io("b")), { while: (n) => n < 3 }), io("after"))
    expect(waits(changed, journal)).toEqual(["#4 b"])
  })

  it("still sees a gap in what it does not look at", () => {
    const journal = journalOf(old, 2).filter(({ seq: position }) => position !== 1)
    expect(bad(Execution.recover(flow(old), journal)).message).toContain("missing")
  })

  it("is refused where two have one name: nobody could tell which is meant", () => {
    const twice = seq(here("one"), io("a"), here("one"), io("b"))
    expect(bad(Execution.recover(flow(twice), journalOf(twice, 0))).message).toContain("two checkpoints of this name")
  })
})

describe("a checkpoint is refused", () => {
  const refused = (body: Part) => {
    const started = bad(Execution.tryStart(flow(body), 0, { id: "c-1", at: 0 }))
    expect(started).toBeInstanceOf(CommandRejected)
    return started.message
  }

  it("where recovery could not put up again what is around it", () => {
    const around: ReadonlyArray<(part: Part) => Part> = [
      WIO.saga,
      WIO.uncancellable,
      WIO.compensateWith(io("undo")),
      WIO.onCancel(io("told")),
      (part) => part.pipe(WIO.timeout("limit", { for: 10, onTimeout: io("late") })),
      (part) => WIO.embed(part, { in: (n: number) => n, out: (_, n) => n }),
      (part) => WIO.parallel({ a: part }, { fork: (n: number) => ({ a: n }), join: ({ a }) => a }) as Part,
      (part) =>
        WIO.gen(function* (n: number) {
          return yield* WIO.step(part, n)
        })
    ]
    for (const wrap of around) expect(refused(wrap(here("inside")))).toContain("a checkpoint")
  })

  it("where something is left to undo", () => {
    expect(refused(seq(WIO.pure((n: number) => n).pipe(WIO.compensateWith(io("undo"))), here("after")))).toContain(
      "nothing is left to undo"
    )
  })
})

describe("an item that waits for a place", () => {
  const body = WIO.forEach("all", {
    items: (_: number) => [1, 2],
    key: (item) => `${item}`,
    body: io("a"),
    concurrency: 1,
    join: (outs) => outs.length
  }) as Part

  it("takes no outcome, and no event: it has not begun", () => {
    const { execution } = Execution.start(flow(body), 0, { id: "c-1", at: 0 })
    const step = { path: "0:2", ordinal: 0, name: "a" }
    expect(bad(Execution.step(execution, Command.succeed(step, 1), { at: 1 })).rejection).toBe("NotWaiting")
    const event = { instance: "c-1", run: 0, seq: 1, id: "x", at: 1, kind: "completed", step: "a", payload: 1 } as const
    expect(bad(Execution.evolve(execution, { ...event, path: "0:2", ordinal: 0 }))).toBeInstanceOf(JournalMismatch)
    expect(Option.isNone(Execution.result(execution))).toBe(true)
  })
})
