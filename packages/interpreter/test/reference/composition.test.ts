/** What is put together otherwise: generators, machines, versions, checkpoints, continuations, and what cannot be. */
import { WIO, type Workflow } from "@waymark/core"
import { Execution } from "@waymark/interpreter"
import { Result, Schema } from "effect"
import { describe, expect, it } from "vitest"
import {
  both,
  flow,
  interruptedBy,
  io,
  note,
  ok,
  rescued,
  seq,
  Story,
  wait,
  type Log,
  type Part
} from "../support/log.ts"
import { agree } from "./agreement.ts"
import { interpret } from "./interpret.ts"
import { each, told, versioned } from "./scenario.ts"

/** A machine whose jumps the compiler does not look at. */
const machine = (initial: string, states: Readonly<Record<string, WIO.Any>>): Part => {
  const options: { readonly initial: never; readonly states: never } = {
    initial: initial as never,
    states: states as never
  }
  return WIO.machine("m", options)
}

/** A journal of the definition before a change, held against the one after it. */
const changed = (before: Part, after: Part, story: (story: Story) => unknown): Execution.Any => {
  const old = new Story(flow(before))
  story(old)
  const now = flow(versioned(before, after))
  agree(now, old.journal, { isOld: true })
  return ok(Execution.recover(now, old.journal))
}

describe("a gen", () => {
  it("is resumed with what its parts gave, and abandoned by a failure", () => {
    const body = WIO.gen(function* (log: Log) {
      const a = yield* WIO.step(io("a"), log)
      const b = yield* WIO.step(io("b"), a)
      return [...b, "end"]
    }) as Part
    expect(told(body).done("a").done("b").state()).toEqual(["a=ok", "b=ok", "end"])
    expect(told(rescued(body)).done("a").fails("b").state()).toEqual(["a=ok", "rescued b"])
  })
})

describe("a machine", () => {
  it("goes round until something else than a jump is given", () => {
    const states = {
      ask: io("a").pipe(WIO.map((log: Log) => WIO.goto("check", log))),
      check: io("b").pipe(WIO.map((log: Log) => (log.length < 4 ? WIO.goto("ask", log) : log)))
    }
    const story = told(machine("ask", states)).done("a").done("b")
    expect(story.waits()).toEqual(["#2 a"])
    expect(story.done("a").done("b").state()).toEqual(["a=ok", "b=ok", "a=ok", "b=ok"])
  })
})

describe("a version", () => {
  it("takes whoever comes to it now to `after`, and says so", () => {
    const story = told(versioned(wait("hour", 60), wait("day", 1440)))
    expect(story.events()).toEqual(["started #0 Log", "version #0 change", "due #0 day"])
  })

  it("leaves whoever had passed it on the old road, in all branches", () => {
    const before = both({ l: io("a"), r: io("b") })
    const after = io("c")
    const execution = changed(before, after, (story) => story.done("b"))
    expect(Execution.pending(execution).map(({ step }) => step.name)).toEqual(["a"])
  })

  it("reads a journal that ended on the old road at once", () => {
    expect(Execution.status(changed(note("old"), io("new"), () => undefined))).toBe("completed")
  })

  it("may go once all have passed it: its marks are passed over, wherever what stood after it has led", () => {
    const other = WIO.version("another change", { before: io("b"), after: io("a") })
    const last = both({ l: io("a"), r: note("r") })
    for (const after of [io("a"), note("new"), last, both({ l: note("new") }), both({ l: other })]) {
      const around = (part: Part) => seq(io("first"), both({ x: part, y: io("y") }), both({ z: part }), io("end"))
      const old = told(around(versioned(io("old"), after)))
      for (let name = old.pending("first").step.name; name !== "end";) {
        old.done(name)
        name = Execution.pending(old.execution)[0]?.step.name ?? "end"
      }
      agree(flow(around(after), 2), old.journal, { isOld: true })
    }
  })

  it("numbers the interruptions of the old road as they were", () => {
    const inner = io("a").pipe(interruptedBy(wait("inner", 10)))
    const outer = interruptedBy(wait("outer", 20))
    const old = new Story(flow(inner.pipe(outer)))
    const now = flow(versioned(inner, io("b")).pipe(outer))
    agree(now, old.journal, { isOld: true })
    expect(old.events()).toEqual(["started #0 Log", "due 0:interrupt#0 inner", "due 0:interrupt#1 outer"])
  })
})

describe("a checkpoint", () => {
  it("puts the state on record, and gives it", () => {
    const story = told(io("a"), WIO.checkpoint("here", { state: Schema.Array(Schema.String) }) as Part, io("b")).done(
      "a"
    )
    expect(story.events(2)).toEqual(["checkpoint #1 here"])
    expect(story.last()).toEqual({ state: ["a=ok"] })
    expect(story.done("b").state()).toEqual(["a=ok", "b=ok"])
  })
})

describe("a continueAsNew", () => {
  it("ends the run with the input of the next", () => {
    const story = told(io("a"), WIO.continueAsNew((log: Log) => [...log, "again"]) as never).done("a")
    expect(story.status()).toBe("continued")
    expect(story.last()).toEqual({ input: ["a=ok", "again"] })
  })
})

describe("neither starts", () => {
  const start = (body: WIO.Any) => {
    const workflow = flow(body as Part)
    const refused = Execution.tryStart(workflow, [], { id: "log", at: 0 })
    const cause = Result.isFailure(refused) ? refused.failure.cause : undefined
    const payload = { workflow: "Log", version: 1, input: [] }
    const started = { instance: "log", run: 0, seq: 0, id: "0", at: 0, kind: "started", path: "", ordinal: 0 } as const
    const event = { ...started, step: "Log", payload }
    const mine = Result.try({ try: () => interpret(workflow as Workflow.Any, [event]), catch: (thrown) => thrown })
    return [cause, Result.isFailure(mine) ? mine.failure : undefined].map(
      (error) => (error as { readonly _tag: string })?._tag
    )
  }
  const here = WIO.checkpoint("here", { state: Schema.Array(Schema.String) }) as Part

  for (const [name, body, tag] of [
    ["a draft", WIO.draft("later"), "NotWritten"],
    ["items with one key", each(["x", "x"], io("a")), "DuplicateKey"],
    ["a jump to nowhere", machine("a", { a: note("a").pipe(WIO.map(() => WIO.goto("b", []))) }), "NoSuchState"],
    ["a checkpoint in a branch", both({ a: here }), "Misplaced"],
    ["a checkpoint in a saga", WIO.saga(here), "Misplaced"],
    ["a checkpoint within an interruption", here.pipe(interruptedBy(wait("w", 1))), "Misplaced"],
    ["a continueAsNew in a branch", both({ a: seq(WIO.continueAsNew((log: Log) => log) as never) }), "Misplaced"]
  ] as const) {
    it(name, () => expect(start(body)).toEqual([tag, tag]))
  }
})
