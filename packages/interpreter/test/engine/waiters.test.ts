import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { describe, expect, it } from "vitest"
import { Presence } from "../../src/internal/engine/presence.ts"
import { Waiters } from "../../src/internal/engine/waiters.ts"

const asked = { asked: "result", instance: "a" } as const

const told = (presence: Presence, waiters: Waiters<number>) =>
  presence.told<number>(asked, (tell) => waiters.listen("a", "end", tell))

const waiting = (waiters: Waiters<number>): ReadonlyArray<unknown> => Array.from(waiters.waiting())

describe("whoever waits for news", () => {
  it("looks again when poked, and is off the list once there is an answer", async () => {
    const waiters = new Waiters<number>()
    const looks: Array<number | undefined> = []
    const until = waiters.until("a", "end", (given) => {
      looks.push(given)
      return Effect.succeed(given === 2 ? Option.some("two") : Option.none())
    })
    const fiber = Effect.runFork(until)
    expect(waiting(waiters)).toEqual([["a", "end"]])
    waiters.poke("a")
    await Effect.runPromise(Effect.sleep(1))
    waiters.give("a", "end", 1)
    await Effect.runPromise(Effect.sleep(1))
    waiters.give("a", "end", 2)
    expect(await Effect.runPromise(Fiber.join(fiber))).toBe("two")
    expect(looks).toEqual([undefined, undefined, 1, 2])
    expect(waiting(waiters)).toEqual([])
  })

  it("is off the list once it is interrupted, while it looks and while it waits", async () => {
    for (const look of [Effect.never, Effect.succeedNone]) {
      const waiters = new Waiters<number>()
      const fiber = Effect.runFork(waiters.until("a", "end", () => look))
      expect(waiting(waiters)).toEqual([["a", "end"]])
      await Effect.runPromise(Fiber.interrupt(fiber))
      expect(waiting(waiters)).toEqual([])
    }
  })

  it("hears nothing that is told after it has left, nor takes others off the list by leaving twice", () => {
    const waiters = new Waiters<number>()
    const heard: Array<string> = []
    const leaveOne = waiters.listen("a", "end", () => heard.push("one"))
    leaveOne()
    waiters.listen("a", "end", () => heard.push("two"))
    leaveOne()
    waiters.give("a", "end", 1)
    expect(heard).toEqual(["two"])
  })
})

describe("what somebody is going to tell", () => {
  it("is told once to each who waits, and those that are interrupted hear nothing", async () => {
    const [presence, waiters] = [new Presence(), new Waiters<number>()]
    const news = told(presence, waiters)
    const [one, two] = [Effect.runFork(news), Effect.runFork(news)]
    await Effect.runPromise(Fiber.interrupt(one))
    waiters.give("a", "end", 1)
    waiters.give("a", "end", 2)
    expect(await Effect.runPromise(Fiber.join(two))).toBe(1)
    expect(waiting(waiters)).toEqual([])
  })

  it("is nothing where nobody would tell", async () => {
    expect(await Effect.runPromise(new Presence().told(asked, () => undefined))).toBeUndefined()
  })

  it("fails where the engine has gone, or goes meanwhile", async () => {
    const [presence, waiters] = [new Presence(), new Waiters<number>()]
    const news = told(presence, waiters)
    const fiber = Effect.runFork(news)
    presence.end()
    waiters.give("a", "end", 1)
    expect(waiting(waiters)).toEqual([])
    for (const run of [Fiber.await(fiber), Effect.exit(news)]) {
      expect(await Effect.runPromise(run as Effect.Effect<Exit.Exit<unknown, unknown>>)).toMatchObject(
        Exit.fail({ _tag: "EngineStopped", asked: "result", instance: "a" })
      )
    }
  })
})
