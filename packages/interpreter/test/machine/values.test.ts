/** Recovery changes in place what it has made. Whoever holds a value of it never sees that: here with forks wider than the laws' own. */
import { WIO, Workflow } from "@waymark/core"
import { Command, Execution, type Event } from "@waymark/interpreter"
import { Effect, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { ok } from "../support/log.ts"

const add = (name: string) =>
  WIO.runIO(name, { event: Schema.Number, run: (_: number) => Effect.succeed(1), apply: (n, event) => n + event })

const body = WIO.parallel(
  {
    slow: add("first").pipe(WIO.andThen(WIO.await<number>("rest", { for: 10 })), WIO.andThen(add("last"))),
    fast: add("only")
  },
  { fork: (n: number) => ({ slow: n, fast: n }), join: ({ fast, slow }) => fast + slow }
)

const Wide = Workflow.make("Wide", {
  version: 1,
  input: Schema.Number,
  state: Schema.Number,
  body: WIO.forEach("all", {
    items: (n: number) => Array.from({ length: n }, (_, index) => index),
    key: (index) => `item ${index}`,
    body,
    concurrency: 70,
    join: (outs) => outs.reduce((a, b) => a + b, 0)
  })
})
type Running = Execution.Execution<number, never, never, unknown>

/** A whole run, its steps taken neither in the order of the items nor against it. */
const journal = ((): ReadonlyArray<Event.Event> => {
  const { events, execution } = Execution.start(Wide, 100, { id: "wide", at: 0 })
  const all: Array<Event.Event> = [...events]
  let at: Running = execution
  const take = (command: Command.Command, now: number) => {
    const next = ok(Execution.step(at, command, { at: now }))
    at = next.execution
    all.push(...next.events)
  }
  for (let now = 1; Execution.status(at) !== "completed"; now++) {
    const open = Execution.pending(at).filter(({ _tag }) => _tag === "RunIO")
    const one = open[(now * 37) % open.length]
    if (one !== undefined) take(Command.succeed(one.step, 1), now)
    if (one === undefined || now % 25 === 0) take(Command.tick(now), now)
  }
  return all
})()

const look = (execution: Running) => ({
  snapshot: Execution.snapshot(execution),
  pending: Execution.pending(execution).map(({ step }) => step),
  status: Execution.status(execution),
  wakeAt: Execution.wakeAt(execution),
  progress: [...Execution.progress(execution)]
})

describe("what recovery has made", () => {
  it("stays what it was, however often it is evolved, by one event or by many", () => {
    const whole = look(ok(Execution.recover(Wide, journal)))
    for (const split of [1, 2, 40, 171, 300, journal.length - 2]) {
      const recovered: Running = ok(Execution.recover(Wide, journal.slice(0, split)))
      const was = look(recovered)
      const half: Running = ok(Execution.evolveAll(recovered, journal.slice(split, split + 33)))
      const halfWas = look(half)
      let single: Running = recovered
      for (const event of journal.slice(split)) single = ok(Execution.evolve(single, event))
      expect(look(single)).toEqual(whole)
      expect(look(ok(Execution.evolveAll(recovered, journal.slice(split))))).toEqual(whole)
      expect(look(ok(Execution.evolveAll(half, journal.slice(split + 33))))).toEqual(whole)
      expect(look(half)).toEqual(halfWas)
      expect(look(recovered)).toEqual(was)
    }
  })

  it("stays what it was where what is folded into it is refused half-way", () => {
    const recovered: Running = ok(Execution.recover(Wide, journal.slice(0, 100)))
    const was = look(recovered)
    const rest = journal.slice(100)
    expect(Execution.evolveAll(recovered, [...rest.slice(0, 50), ...rest.slice(51)])._tag).toBe("Failure")
    expect(look(recovered)).toEqual(was)
    expect(look(ok(Execution.evolveAll(recovered, rest)))).toEqual(look(ok(Execution.recover(Wide, journal))))
  })
})
