/** Signals: who gets them, what they see, and why they are turned away. */
import { Signal, WIO } from "@waymark/core"
import { Command, Execution, type Pending } from "@waymark/interpreter"
import { Effect, Schema } from "effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  bad,
  both,
  flat,
  interruptedBy,
  io,
  Message,
  note,
  ok,
  on,
  seq,
  Story,
  wait,
  type Log,
  type Part
} from "../support/log.ts"

/** A part for each item, which starts from nothing. */
const each = (items: ReadonlyArray<string>, body: Part): Part =>
  WIO.forEach("each", {
    items: (_: Log) => items.map((item) => [item]),
    key: ([item]) => item ?? "",
    body: note("item").pipe(WIO.andThen(body)),
    join: (outs, log) => [...log, ...flat(outs)]
  }) as never

const waiting = (story: Story, name: string): Pending.SignalWait => {
  const pending = story.pending(name)
  if (pending._tag !== "Signal") throw new Error(`${name} is a ${pending._tag}`)
  return pending
}

describe("a signal", () => {
  it("is recorded with its id and the event that its handler made of it", () => {
    const story = Story.of(on("a")).send("a", "hello")
    expect(story.journal[1]).toMatchObject({ kind: "signal", step: "a", payload: { id: "hello", event: "hello" } })
    expect(story.state()).toEqual(["a=hello"])
  })

  it("is answered from the state it found and its event", () => {
    const story = Story.of(note("x"), on("a"))
    expect(waiting(story, "a").reply("hello")).toBe("hello after 1")
  })

  it("that nobody waits for is NotWaiting, before its step, after it and from elsewhere", () => {
    const story = Story.of(io("first"), on("a"), io("last"))
    const send = (name: string) => bad(story.try(Command.signal(Message(name), "hi", { id: "1" }))).rejection
    expect(send("a")).toBe("NotWaiting")
    story.done("first")
    expect(send("other")).toBe("NotWaiting")
    story.send("a", "hi")
    expect(send("a")).toBe("NotWaiting")
    story.done("last")
    expect(send("a")).toBe("Ended")
  })

  it("that its handler refuses journals nothing and leaves the step waiting", () => {
    const story = Story.of(on("a"))
    const told = bad(story.try(Command.signal(Message("a"), "no", { id: "1" })))
    expect(told).toMatchObject({ rejection: "Refused", refusal: "never" })
    expect(story.send("a", "yes").status()).toBe("completed")
  })

  it("whose handler is an effect is NeedsEffect; its event comes with Command.handled", () => {
    const effectful = WIO.handleSignal(Message("a"), {
      event: Schema.String,
      handle: (_: Log, payload) => Effect.sync(() => `${payload}!`),
      apply: (log, event) => [...log, event],
      reply: () => "done"
    })
    const story = Story.of(effectful)
    expect(bad(story.try(Command.signal(Message("a"), "hi", { id: "1" }))).rejection).toBe("NeedsEffect")
    const { handle, step } = waiting(story, "a")
    const event = Effect.runSync(handle("hi") as Effect.Effect<unknown>)
    story.tell(Command.handled(step, event, { id: "1" }))
    expect(story.journal[1]?.payload).toEqual({ id: "1", event: "hi!" })
    expect(story.state()).toEqual(["hi!"])
  })

  it("whose payload or event does not fit its schema is InvalidPayload", () => {
    const story = Story.of(on("a"))
    const strange = Signal.make("a", { payload: Schema.Number })
    expect(bad(story.try(Command.signal(strange, "one" as never, { id: "1" }))).rejection).toBe("InvalidPayload")
    expect(bad(story.try(Command.handled(story.pending("a").step, 1, { id: "1" }))).rejection).toBe("InvalidPayload")
  })

  it("whose handler throws or dies is Threw", () => {
    for (const handle of [
      () => {
        throw new Error("a bug")
      },
      () => Effect.die(new Error("a bug"))
    ]) {
      const broken = WIO.handleSignal(Signal.make("a", { payload: Schema.String }), {
        event: Schema.String,
        handle: (_: Log) => handle(),
        apply: (log) => log
      })
      const story = Story.of(broken)
      expect(bad(story.try(Command.signal(Message("a"), "hi", { id: "1" }))).rejection).toBe("Threw")
      expect(story.waits()).toEqual(["#0 a"])
    }
  })
})

describe("several parts that wait for one signal", () => {
  const story = () =>
    Story.of(both({ left: on("go"), right: both({ left: on("go"), x: on("go") }), other: on("stop") }))

  it("make it ambiguous, and the rejection says which they are", () => {
    const told = bad(story().try(Command.signal(Message("go"), "hi", { id: "1" })))
    expect(told).toMatchObject({ rejection: "Ambiguous", waiting: ["0:left", "0:right/0:left", "0:right/0:x"] })
  })

  it("are told apart by `to`, a branch key on the way to them", () => {
    const told = story().send("go", "hi", "x")
    expect(told.events(1)).toEqual(["signal 0:right/0:x#0 go"])
    expect(told.send("go", "ho", "right").events(2)).toEqual(["signal 0:right/0:left#0 go"])
  })

  it("are still ambiguous where `to` names several, and NotWaiting where it names none", () => {
    const send = (to: string) => bad(story().try(Command.signal(Message("go"), "hi", { id: "1", to }))).rejection
    expect(send("left")).toBe("Ambiguous")
    expect(send("other")).toBe("NotWaiting")
  })

  it("are told apart by the keys of branches within each other, and by what the rejection lists", () => {
    const twice = () => {
      const team = both({ x: on("go"), y: on("go") })
      return Story.of(both({ a: team, b: team, "c/d": both({ x: on("go") }) }))
    }
    const told = bad(twice().try(Command.signal(Message("go"), "hi", { id: "1", to: "x" })))
    expect(told).toMatchObject({ rejection: "Ambiguous", waiting: ["0:a/0:x", "0:b/0:x", "0:c~1d/0:x"] })
    expect(told.message).toContain("3 parts wait for this signal (0:a/0:x, 0:b/0:x, 0:c~1d/0:x)")

    for (const [to, path] of [
      ["b/x", "0:b/0:x"],
      ["0:b/0:x", "0:b/0:x"],
      ["c~1d/x", "0:c~1d/0:x"],
      ["c~1d", "0:c~1d/0:x"],
      ["c/d", "0:c~1d/0:x"],
      ["0:c~1d/0:x", "0:c~1d/0:x"]
    ] as const) {
      expect(twice().send("go", "hi", to).events(1), to).toEqual([`signal ${path}#0 go`])
    }
    for (const to of ["x/b", "a/z", "0:a/1:x", "1:a", "a/x/", "/a", ""]) {
      expect(bad(twice().try(Command.signal(Message("go"), "hi", { id: "1", to }))).rejection, to).toBe("NotWaiting")
    }
  })

  it("at one path are listed with their ordinals, which name each of them", () => {
    const story = () => Story.of(on("go").pipe(interruptedBy(on("go")), interruptedBy(on("go"))))
    const { waiting = [] } = bad(story().try(Command.signal(Message("go"), "hi", { id: "1" })))
    expect(waiting).toEqual(["#0", "0:interrupt#0", "0:interrupt#1"])
    for (const to of waiting) expect(story().send("go", "hi", to).events(1)[0]).toBe(`signal ${to} go`)
  })

  it("may be many: a message names a few of them", () => {
    const story = Story.of(both(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`item ${i}`, on("go")]))))
    const { message, waiting } = bad(story.try(Command.signal(Message("go"), "hi", { id: "1" })))
    expect(waiting).toHaveLength(100)
    expect(message).toMatch(/100 parts wait for this signal \(0:item 0, .* and 92 more\)/)
  })

  it("are found by an address as if all that wait were looked at", () => {
    const keys = fc.constantFrom("a", "b", "a/b", "0:a", "#0", "~2", "interrupt")
    const { part } = fc.letrec<{ readonly part: Part }>((tie) => ({
      part: fc.oneof(
        { depthSize: "small" },
        fc.constant(on("go")),
        fc.constant(io("idle")),
        fc.constant(on("go").pipe(interruptedBy(on("go")))),
        fc.dictionary(keys, tie("part"), { minKeys: 1, maxKeys: 4 }).map(both),
        fc.tuple(fc.uniqueArray(keys, { minLength: 1 }), tie("part")).map(([items, body]) => each(items, body)),
        tie("part").map((inner): Part => WIO.pure((log: Log) => log).pipe(WIO.flatMap(() => inner)))
      )
    }))
    const segments = fc.oneof(keys, fc.constantFrom("0:a", "0:b", "0:a~1b", "a~1b", "0:interrupt", "0:~2"))
    const addresses = fc.array(segments, { minLength: 1, maxLength: 3 }).map((all) => all.join("/"))
    const unescape = (text: string) => text.replaceAll("~2", "interrupt").replaceAll("~1", "/").replaceAll("~0", "~")

    fc.assert(
      fc.property(part, addresses, (body, to) => {
        const { execution } = Story.of(body)
        const all = Execution.waiting(execution, "go").map(({ step: { ordinal, path } }) => `${path}#${ordinal}`)
        const named = all.filter((identity) => {
          if (all.includes(to)) return identity === to
          const path = identity.slice(0, identity.lastIndexOf("#"))
          const chain = path
            .split("/")
            .filter((segment) => segment !== "" && !segment.endsWith(":interrupt"))
            .map((segment) => unescape(segment.slice(segment.indexOf(":") + 1)))
          const isWithin = (keys: ReadonlyArray<string>) =>
            chain.some((_, from) => keys.every((key, index) => chain[from + index] === key))
          return isWithin([to]) || isWithin(to.split("/").map(unescape)) || `${path}/`.startsWith(`${to}/`)
        })
        const found = Execution.waiting(execution, "go", to).map(({ step }) => `${step.path}#${step.ordinal}`)
        expect(found.toSorted()).toEqual(named.toSorted())
        for (const [index, address] of Execution.addresses(execution, "go").entries()) {
          const [only, ...others] = Execution.waiting(execution, "go", address)
          if (others.length > 0) continue // Some key looks like an address.
          expect(`${only?.step.path}#${only?.step.ordinal}`).toBe(all[index])
        }
      })
    )
  })

  it("are listed by `waiting`", () => {
    const { execution } = story()
    expect(Execution.waiting(execution, "go").map(({ step }) => step.path)).toHaveLength(3)
    expect(Execution.waiting(execution, "go", "x").map(({ step }) => step.path)).toEqual(["0:right/0:x"])
    expect(Execution.waiting(execution, "nothing")).toEqual([])
  })
})

describe("an interruption by a signal", () => {
  it("sees the body's state at delivery and makes the next one of it", () => {
    const story = Story.of(note("x"), seq(io("a"), io("b")).pipe(interruptedBy(on("stop"), io("after"))))
    story.done("a")
    expect(waiting(story, "stop").reply("now")).toBe("now after 2")
    story.send("stop", "now")
    expect(story.state()).toEqual(["x", "a=ok", "stop=now"])
  })

  it("of a parallel sees the record of its branches", () => {
    const story = Story.of(both({ left: seq(io("a"), io("b")), right: io("c") }).pipe(interruptedBy(on("stop"))))
    story.done("a").send("stop", "now")
    expect(story.state()).toEqual(["left.a=ok", "stop=now"])
    expect(flat({ left: ["a=ok"], right: [] })).toEqual(["left.a=ok"])
  })

  it("is over when the body is", () => {
    const story = Story.of(io("a").pipe(interruptedBy(on("stop"))), io("b")).done("a")
    expect(bad(story.try(Command.signal(Message("stop"), "late", { id: "1" }))).rejection).toBe("NotWaiting")
    expect(story.waits()).toEqual(["#1 b"])
  })

  it("of a timer is over too, and its time passes without effect", () => {
    const story = Story.of(io("a").pipe(interruptedBy(wait("deadline", 10))), io("b"))
      .done("a")
      .tick(20)
    expect(story.waits()).toEqual(["#1 b"])
    expect(Execution.wakeAt(story.execution)).toBeUndefined()
  })

  it("from outside gives up all that is inside, interruptions too", () => {
    const inner = io("a").pipe(interruptedBy(on("inner"), io("x")))
    const story = Story.of(inner.pipe(interruptedBy(on("outer"), io("y")))).send("outer", "now")
    expect(story.waits()).toEqual(["#1 y"])
  })

  it("from inside leaves those outside armed for what follows", () => {
    const inner = io("a").pipe(interruptedBy(on("inner"), io("x")))
    const story = Story.of(inner.pipe(interruptedBy(on("outer"), io("y")))).send("inner", "now")
    expect(story.waits()).toEqual(["#1 x", "0:interrupt#1 outer"])
    expect(story.send("outer", "now").waits()).toEqual(["#2 y"])
  })

  it("in what follows its trigger it is over: it does not interrupt itself", () => {
    const story = Story.of(io("a").pipe(interruptedBy(on("stop"), io("b")))).send("stop", "now")
    expect(bad(story.try(Command.signal(Message("stop"), "again", { id: "2" }))).rejection).toBe("NotWaiting")
    expect(ok(Execution.recover(story.workflow, story.journal))).toBeDefined()
  })
})
