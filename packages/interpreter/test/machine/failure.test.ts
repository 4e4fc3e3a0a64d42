/** Typed failures: where they go, what their handlers see, and what they give up. */
import { Failure, WIO, Workflow } from "@waymark/core"
import { Command, Execution } from "@waymark/interpreter"
import { Effect, Option, Result, Schema } from "effect"
import { describe, expect, it } from "vitest"
import {
  bad,
  both,
  fail,
  flow,
  interruptedBy,
  io,
  ok,
  on,
  rescued,
  seq,
  Story,
  type Log,
  type Part,
  type Problem
} from "../support/log.ts"

const end = (story: Story) => Option.getOrThrow(Execution.result(story.execution))

describe("a typed failure", () => {
  it("ends the workflow where nothing handles it, and is its result", () => {
    const story = Story.of(io("a"), io("b")).fails("a", "no money")
    expect(story.status()).toBe("failed")
    expect(bad(end(story))).toEqual({ _tag: "Oops", why: "no money" })
    expect(story.events(1)).toEqual(["failed #0 a", "ended #1 Log"])
  })

  it("goes to the innermost handler, which starts from the state that was reached", () => {
    const story = Story.of(rescued(rescued(seq(io("a"), io("b")))), io("c"))
    story.done("a").fails("b")
    expect(story.state()).toEqual(["a=ok", "rescued b"])
    expect(story.waits()).toEqual(["#2 c"])
  })

  it("of a handler goes to the next handler, not to itself", () => {
    const story = Story.of(rescued(io("a").pipe(WIO.catch(fail("worse") as never)) as Part)).fails("a")
    expect(story.state()).toEqual(["rescued worse"])
  })

  it("passes a catchTag of another tag", () => {
    const other = WIO.pure((_: WIO.Failure<Log, Problem>): Log => ["wrong"])
    const story = Story.of(rescued(io("a").pipe(WIO.catchTag("Nope", other)))).fails("a")
    expect(story.state()).toEqual(["rescued a"])
  })

  it("of a body takes its interruptions with it", () => {
    const story = Story.of(rescued(io("a").pipe(interruptedBy(on("stop")))), io("b")).fails("a")
    expect(story.waits()).toEqual(["#1 b"])
  })
})

describe("a failure in a parallel", () => {
  it("interrupts the siblings", () => {
    const story = Story.of(rescued(both({ left: io("a"), right: seq(io("b"), io("c")) })), io("d"))
    const late = story.done("b").pending("c").step
    story.fails("a")
    expect(story.waits()).toEqual(["#1 d"])
    expect(bad(story.try(Command.succeed(late, "late"))).rejection).toBe("NotWaiting")
  })

  it("is seen with the record of all branches, the failed one at its failure", () => {
    const branches = { left: seq(io("a"), io("b")), right: io("c") }
    const inside = WIO.parallel(branches, { fork: (_: Log) => ({ left: [] as Log, right: ["r"] as Log }) })
    let seen: unknown
    const look = WIO.pure(({ state }: WIO.Failure<unknown, unknown>): Log => {
      seen = state
      return []
    })
    const story = Story.of(inside.pipe(WIO.catch(look)) as never)
    story.done("a").fails("b")
    expect({ ...(seen as object) }).toEqual({ left: ["a=ok"], right: ["r"] })
  })

  it("on entry: every branch is entered, and of several failures the one of the lowest index wins", () => {
    const entered: Array<string> = []
    const enter = (key: string) => WIO.pure((log: Log) => (entered.push(key), log))
    const story = Story.of(
      rescued(both({ a: seq(enter("a"), io("a")), b: seq(enter("b"), fail("b")), c: seq(enter("c"), fail("c")) }))
    )
    expect(entered).toEqual(["a", "b", "c"])
    expect(story.state()).toEqual(["rescued b"])
  })

  it("of branches that fail one after the other is the first's", () => {
    const story = Story.of(rescued(both({ a: io("a"), b: io("b") }))).fails("b")
    expect(story.state()).toEqual(["rescued b"])
  })
})

describe("inside a handler", () => {
  interface E {
    readonly _tag: "E"
    readonly n: number
  }
  type F = WIO.Failure<number, E>
  const risky = WIO.fail((n: number): E => ({ _tag: "E", n: n * 10 }))
  const make = (handler: WIO.WIO<F, number, never, never, number | F>) =>
    Workflow.make("Handler", {
      version: 1,
      input: Schema.Number,
      state: Schema.Number,
      body: risky.pipe(WIO.catch(handler))
    })

  it("an interruption finds the handler's Failure, as its types say", () => {
    const handler = WIO.await<F>("wait", { for: 1000 }).pipe(
      WIO.interruptWith(WIO.await<F>("deadline", { for: (failure) => failure.error.n })),
      WIO.map((failure) => failure.error.n + failure.state)
    )
    const { execution } = Execution.start(make(handler), 1, { id: "h", at: 0 })
    expect(Execution.state(execution), "seen from outside").toBe(1)
    const { execution: after } = ok(Execution.step(execution, Command.tick(10), { at: 10 }))
    expect(Execution.result(after)).toEqual(Option.some(Result.succeed(11)))
  })

  it("a handler within sees the Failure that it was reached with", () => {
    let seen: unknown
    const inner = WIO.pure((failure: WIO.Failure<F, E>) => {
      seen = failure.state
      return 0
    })
    const handler = WIO.fail((failure: F) => failure.error).pipe(WIO.catch(inner))
    Execution.start(make(handler), 1, { id: "h", at: 0 })
    expect(Failure.is(seen) && seen.error).toEqual({ _tag: "E", n: 10 })
  })

  it("what fails out of a handler is seen outside in the state that was reached", () => {
    let seen: unknown
    const outer = WIO.pure((failure: WIO.Failure<number, E>) => {
      seen = failure.state
      return 0
    })
    const handler = WIO.fail((failure: F) => failure.error)
    const body = risky.pipe(WIO.catch(handler), WIO.catch(outer))
    const workflow = Workflow.make("Handler", { version: 1, input: Schema.Number, state: Schema.Number, body })
    Execution.start(workflow, 7, { id: "h", at: 0 })
    expect(seen).toBe(7)
  })
})

describe("what throws", () => {
  it("in apply: the command is rejected with Threw, and nothing has changed", () => {
    const broken = WIO.runIO("a", {
      event: Schema.String,
      run: (_: Log) => Effect.never,
      apply: (): Log => {
        throw new Error("a bug")
      }
    })
    const story = Story.of(broken)
    const told = bad(story.try(Command.succeed(story.pending("a").step, "ok")))
    expect(told.rejection).toBe("Threw")
    expect(told.message).toContain("a bug")
    expect(story.waits()).toEqual(["#0 a"])
    expect(story.events()).toEqual(["started #0 Log"])
  })

  it("match without a case for the state is DefinitionThrew, and names the match", () => {
    interface Known {
      readonly _tag: "Known"
    }
    const choice = WIO.match("which?", { Known: WIO.pure((_: Known): Log => []) })
    const strange = WIO.pure((_: Log) => ({ _tag: "Strange" }) as unknown as Known)
    const workflow = flow(seq(io("a"), strange.pipe(WIO.andThen(choice)) as never))
    const { execution } = Execution.start(workflow, [], { id: "m", at: 0 })
    const completed = { path: "", ordinal: 0, name: "a" }
    expect(bad(Execution.step(execution, Command.succeed(completed, "ok"), { at: 1 }))).toMatchObject({
      rejection: "Threw",
      cause: { _tag: "DefinitionThrew", step: `Match "which?"`, position: 1 }
    })
    const plain = Story.of(io("a"), io("b")).done("a")
    const recovered = bad(Execution.recover(workflow, plain.journal))
    expect(recovered).toMatchObject({ _tag: "DefinitionThrew", step: `Match "which?"`, position: 1 })
  })

  it("what the definition asks for in vain is the cause itself, said once and with what to mend", () => {
    const same = WIO.forEach("ship all", {
      items: (_: Log) => ["p", "q", "p"],
      key: (item) => item,
      body: WIO.pure((item: string): Log => [item]),
      join: (_, log) => log
    }) as never
    const lost = WIO.machine("review", {
      initial: "a",
      states: { a: WIO.pure(() => WIO.goto("b" as "a", [])) }
    })
    const cases = [
      [same, "DuplicateKey", `forEach "ship all": items 0 and 2 have the key "p": let \`key\` give`],
      [lost as never, "NoSuchState", `machine "review" has no state "b": it has a`],
      [WIO.draft("later") as never, "NotWritten", `"later" is a draft: write it`]
    ] as const
    for (const [part, tag, said] of cases) {
      const begun = bad(Execution.tryStart(flow(part), [], { id: "s", at: 0 }))
      expect(begun).toMatchObject({ rejection: "Threw", path: "", step: "Log", cause: { _tag: tag } })
      expect(begun.message).toContain(`instance "s", "Log" at path "": ${said}`)

      const { execution } = Execution.start(flow(seq(io("a"), both({ x: part }))), [], { id: "s", at: 0 })
      const stepped = bad(
        Execution.step(execution, Command.succeed({ path: "", ordinal: 0, name: "a" }, "ok"), { at: 1 })
      )
      expect(stepped).toMatchObject({ rejection: "Threw", path: "", step: "a", cause: { _tag: tag } })
      expect(stepped.message).toContain(`instance "s", "a" at path "": at path "1:x", ${said}`)
      expect(stepped.message).not.toContain("a function of the workflow")

      const recovered = bad(Execution.recover(flow(seq(io("a"), part)), Story.of(io("a"), io("b")).done("a").journal))
      expect(recovered).toMatchObject({ _tag: "DefinitionThrew", cause: { _tag: tag } })
      expect(recovered.message).toContain(`event 1 at path "", ${said}`)
      expect(recovered.message).not.toContain("a function of the workflow")
    }
  })

  it("at the start: tryStart is rejected, and there is no execution", () => {
    const broken = WIO.pure((_: Log): Log => {
      throw new Error("a bug")
    })
    expect(bad(Execution.tryStart(flow(broken), [], { id: "s", at: 0 })).rejection).toBe("Threw")
  })
})

describe("what does not fit its schema", () => {
  it("an event is rejected with InvalidPayload", () => {
    const story = Story.of(io("a"))
    expect(bad(story.try(Command.succeed(story.pending("a").step, 42))).rejection).toBe("InvalidPayload")
    expect(bad(story.try(Command.fail(story.pending("a").step, "no problem"))).rejection).toBe("InvalidPayload")
    expect(story.waits()).toEqual(["#0 a"])
  })

  it("an input is rejected with InvalidPayload", () => {
    const workflow = Workflow.make("N", {
      version: 1,
      input: Schema.Int,
      state: Schema.Int,
      body: WIO.await<number>("w", { for: 1 })
    })
    expect(bad(Execution.tryStart(workflow, 1.5, { id: "n", at: 0 })).rejection).toBe("InvalidPayload")
  })

  it("a state at the end is rejected with InvalidState, and the step is still waited for", () => {
    const workflow = Workflow.make("N", {
      version: 1,
      input: Schema.Number,
      state: Schema.Int,
      body: WIO.await<number>("w", { for: 1 }).pipe(WIO.map((n) => n / 2))
    })
    const { execution } = Execution.start(workflow, 1, { id: "n", at: 0 })
    expect(bad(Execution.step(execution, Command.tick(1), { at: 1 })).rejection).toBe("InvalidState")
    expect(Execution.pending(execution)).toHaveLength(1)
  })

  it("a product at the end fits where its leaves do: their schema is the workflow's", () => {
    const w = WIO.await<number>("w", { for: 1 })
    const workflow = Workflow.make("P", {
      version: 1,
      input: Schema.Struct({ a: Schema.Number, b: Schema.Struct({ c: Schema.Number }) }),
      state: Schema.Number,
      body: WIO.parallel({ a: w, b: WIO.parallel({ c: w }) })
    })
    const { execution } = Execution.start(workflow, { a: 1, b: { c: 2 } }, { id: "p", at: 0 })
    const { events } = ok(Execution.step(execution, Command.tick(1), { at: 1 }))
    expect(events.at(-1)?.payload).toMatchObject({ outcome: "completed", output: { a: 1, b: { c: 2 } } })
  })
})
