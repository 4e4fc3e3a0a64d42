/** Depth is no limit: what is nested or chained a hundred thousand times runs, is recovered, and can be looked at. */
import { Query, Signal, WIO, Workflow } from "@waymark/core"
import { Command, Execution, type Event } from "@waymark/interpreter"
import { Effect, Option, Result, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { ok } from "./support/log.ts"

const DEEP = 100_000

const Now = Query.make("now", { reply: Schema.Number })

type Part = WIO.WIO<number, number>

const flow = (body: Part) => Workflow.make("Deep", { version: 1, input: Schema.Number, state: Schema.Number, body })
type Running = Execution.Execution<number, never, never, number>

const inc: Part = WIO.pure((n: number) => n + 1)
const io: Part = WIO.runIO("add", {
  event: Schema.Number,
  run: (_: number) => Effect.succeed(1),
  apply: (n, event) => n + event
})
const asked = (body: Part): Part =>
  body.pipe(WIO.query(Now, (state: unknown) => (typeof state === "number" ? state : -1)))

const nested = (times: number, inmost: Part, around: (part: Part) => Part): Part => {
  let part = inmost
  for (let i = 0; i < times; i++) part = around(part)
  return part
}

const inFork = (part: Part): Part =>
  WIO.parallel({ a: part }, { fork: (n: number) => ({ a: n }), join: ({ a }) => a + 1 }) as never

const begin = (body: Part, input = 0): Running => Execution.start(flow(body), input, { id: "deep", at: 0 }).execution

const [step] = [{ path: "", ordinal: 0, name: "add" }]
const tell = (execution: Running, command: Command.Command): Running =>
  ok(Execution.step(execution, command, { at: 1 })).execution

/** Completes the first pending effect. */
const serve = (execution: Running): Running => {
  const [pending] = Execution.pending(execution)
  return tell(execution, Command.succeed(pending?.step ?? step, 1))
}

const resultOf = (execution: Running): number => ok(Option.getOrThrow(Execution.result(execution)))

describe(`${DEEP} of a kind`, () => {
  it("andThen, nested to the left", () => {
    const before = begin(asked(nested(DEEP, io, (part) => WIO.andThen(part, inc))))
    expect(Execution.pending(before)).toHaveLength(1)
    expect(Execution.progress(before).size).toBe(DEEP + 3)
    expect(ok(Execution.query(before, Now))).toBe(0)
    expect(resultOf(serve(before))).toBe(DEEP + 1)
  })

  it("andThen, nested to the right", () => {
    const before = begin(nested(DEEP, io, (part) => WIO.andThen(inc, part)))
    expect(Execution.state(before)).toBe(DEEP)
    expect(resultOf(serve(before))).toBe(DEEP + 1)
  })

  it("effects one after the other, told and then recovered", () => {
    const workflow = flow(nested(DEEP, io, (part) => WIO.andThen(part, io)))
    let { events, execution } = Execution.start(workflow, 0, { id: "deep", at: 0 })
    const journal = [...events]
    for (let i = 0; i <= DEEP; i++) {
      const told = Execution.step(execution, Command.succeed({ path: "", ordinal: i, name: "add" }, 1), { at: 1 })
      ;({ events, execution } = ok(told))
      journal.push(...events)
    }
    expect(resultOf(execution)).toBe(DEEP + 1)
    expect(resultOf(ok(Execution.recover(workflow, journal)))).toBe(DEEP + 1)
  })

  it("flatMap, each computing its own rest", () => {
    const down = (n: number): Part => (n === 0 ? WIO.pure((n: number) => n) : minus.pipe(WIO.flatMap(down)))
    const minus = WIO.pure((n: number) => n - 1)
    expect(resultOf(begin(minus.pipe(WIO.flatMap(down)), DEEP))).toBe(0)
  })

  it("failures, each handled by a handler that computes its own rest", () => {
    const again = (n: number): Part => (n === 0 ? inc : attempt)
    const attempt: Part = WIO.fail((n: number) => n - 1).pipe(
      WIO.catch(WIO.pure(({ error }: WIO.Failure<number, number>) => error).pipe(WIO.flatMap(again)))
    )
    expect(resultOf(begin(attempt, DEEP))).toBe(1)
  })

  it("catch around catch", () => {
    const problem = (n: number) => n + 1
    const handler = WIO.fail((failure: WIO.Failure<number, number>) => problem(failure.error))
    const body = nested(
      DEEP,
      WIO.andThen(io, WIO.fail(problem)) as never,
      (part) => part.pipe(WIO.catch(handler)) as never
    )
    const all = body.pipe(WIO.catch(WIO.pure(({ error }: WIO.Failure<number, number>) => error)))
    expect(resultOf(serve(begin(all)))).toBe(DEEP + 2)
  })

  it("parallel in parallel", () => {
    const body = asked(nested(DEEP, io, inFork))
    const before = begin(body)
    const [pending] = Execution.pending(before)
    expect(pending?.step.path).toHaveLength(DEEP * 4 - 1)
    expect(ok(Execution.query(before, Now))).toBe(-1)
    expect(Execution.wakeAt(before)).toBeUndefined()
    const after = serve(before)
    expect(resultOf(after)).toBe(DEEP + 1)
    expect(Execution.diff(before, after).closed).toHaveLength(1)
  })

  it("parallel side by side", () => {
    const keys = Array.from({ length: DEEP }, (_, i) => `b${i}`)
    const body = WIO.parallel(Object.fromEntries(keys.map((key) => [key, io])), {
      fork: (n: number) => Object.fromEntries(keys.map((key) => [key, n])),
      join: (outs: Readonly<Record<string, number>>) => Object.values(outs).reduce((all, n) => all + n, 0)
    }) as Part
    const before = begin(body)
    let execution = before
    for (const { step } of Execution.pending(before)) execution = tell(execution, Command.succeed(step, 1))
    expect(resultOf(execution)).toBe(DEEP)
    expect(Execution.diff(before, execution).closed).toHaveLength(DEEP)
    expect(Execution.pending(before)).toHaveLength(DEEP)
  })
})

describe("timers side by side", () => {
  it("are all recorded as they start, and all fire in one tick", () => {
    const many = 20_000
    const waits = Array.from({ length: many }, (_, i) => [`b${i}`, WIO.await<number>(`wait ${i}`, { for: i })] as const)
    const body = WIO.parallel(Object.fromEntries(waits), {
      fork: (n: number) => Object.fromEntries(waits.map(([key]) => [key, n])),
      join: (_, n: number) => n + 1
    }) as Part
    const { events, execution } = Execution.start(flow(body), 0, { id: "deep", at: 0 })
    expect(events).toHaveLength(many + 1)
    expect(resultOf(tell(execution, Command.tick(many)))).toBe(1)
  })
})

describe("interruptions and handlers around one another", () => {
  const Stop = Signal.make("stop", { payload: Schema.Number })
  const stop = WIO.handleSignal(Stop, {
    event: Schema.Number,
    handle: (_: number, n) => Effect.succeed(n),
    apply: (n, more) => n + more
  })
  const rescue = WIO.pure(({ state }: WIO.Failure<number, unknown>) => state + 1)
  const armoured = (times: number, inmost: Part): Part =>
    nested(times, inmost, (part) => part.pipe(WIO.interruptWith(stop), WIO.catch(rescue)))

  it("end with the body, however many", () => {
    const before = begin(asked(armoured(DEEP, io)))
    expect(Execution.pending(before)).toHaveLength(DEEP + 1)
    expect(ok(Execution.query(before, Now))).toBe(0)
    const after = serve(before)
    expect(resultOf(after)).toBe(1)
    expect(Execution.diff(before, after).closed).toHaveLength(DEEP + 1)
  })

  it("take the outermost interruption, or the inmost, however many are between", () => {
    const before = begin(armoured(DEEP, io))
    const all = Execution.waiting(before, "stop")
    expect(all).toHaveLength(DEEP)
    for (const pending of [all[0], all.at(-1)]) {
      if (pending === undefined) throw new Error("nothing waits")
      expect(resultOf(tell(before, Command.handled(pending.step, 5, { id: "s" })))).toBe(5)
    }
  })

  // Addresses name every node on the way, so all of them together grow with the square of the depth.
  it("show their progress, node by node", () => {
    const times = 1_000
    const before = begin(nested(times, armoured(times, io), inFork))
    const progress = [...Execution.progress(before).values()]
    expect(progress).toHaveLength(5 * times + 1)
    expect(progress.filter(({ status }) => status === "current")).toHaveLength(4 * times + 1)
    expect(Execution.progress(serve(before)).size).toBe(5 * times + 1)
  })
})

describe("a loop", () => {
  it("of a million rounds is recovered from a stream of events", () => {
    const rounds = 1_000_000
    const body = WIO.loop("rounds", io, { while: (n) => n < rounds })
    const event = (
      seq: number,
      kind: Event.Kind,
      ordinal: number,
      step: string,
      payload: Schema.Json
    ): Event.Event => ({
      instance: "deep",
      run: 0,
      seq,
      id: `${seq}`,
      at: 0,
      kind,
      path: "",
      ordinal,
      step,
      payload
    })
    const events = function* (): Generator<Event.Event> {
      yield event(0, "started", 0, "Deep", { workflow: "Deep", version: 1, input: 0 })
      for (let i = 0; i < rounds; i++) yield event(i + 1, "completed", i, "add", 1)
    }
    const execution = ok(Execution.recover(flow(body), events()))
    expect(Execution.length(execution)).toBe(rounds + 1)
    expect(Execution.progress(execution).get("body")).toMatchObject({ completed: rounds })
    expect(Result.isSuccess(Execution.settle(execution, { at: 0 }))).toBe(true)
    expect(resultOf(execution)).toBe(rounds)
  })
})
