import { spawnSync } from "node:child_process"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { readFileSync } from "node:fs"
import { Effect, Fiber, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import { Command, Engine, Execution, Journal } from "@waymark/interpreter"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

// The contract declares its services and nothing more, so they are put in place before it is imported.
const calls: Array<string> = []
const load = () => import("./contract/withdrawal.ts")
type Contract = Awaited<ReturnType<typeof load>>
let contract: Contract

beforeAll(async () => {
  Object.assign(globalThis, { services: Layer.empty })
  contract = await load()
})
afterAll(() => {
  Reflect.deleteProperty(globalThis, "services")
})

/** The services under the keys that the contract gives them. */
const services = async () => {
  const { Context } = await import("effect")
  class Fees extends Context.Service<Fees, { readonly fee: (amount: number) => Effect.Effect<number> }>()(
    "example/Fees"
  ) {}
  class Bank extends Context.Service<
    Bank,
    {
      readonly hold: (amount: number) => Effect.Effect<string>
      readonly send: (hold: string) => Effect.Effect<string>
    }
  >()("example/Bank") {}
  const answer = <A>(call: string, value: A) =>
    Effect.sync(() => {
      calls.push(call)
      return value
    })
  return Layer.merge(
    Layer.succeed(Fees, { fee: () => answer("fee", 3) }),
    Layer.succeed(Bank, {
      hold: (amount) => answer(`hold ${amount}`, `h-${amount}`),
      send: (hold) => answer(`send ${hold}`, `t-${hold}`)
    })
  )
}

describe("the contract program", () => {
  it("waits for validation and for a cancellation", () => {
    expect(contract.waitsFor).toEqual(["RunIO", "Signal"])
  })

  it("is validated by one event", () => {
    const [driven] = contract.driven
    expect(driven && Result.getOrThrow(driven)).toMatchObject([{ _tag: "Validated", amount: 100, fee: 3 }, 1])
  })

  it("is recovered to where it stood", () => {
    expect(Result.getOrThrow(contract.recovered)).toBe("running")
    expect(contract.journal.map(({ kind, seq }) => [kind, seq])).toEqual([["started", 0]])
  })

  it("is drawn, and drawn as it goes", () => {
    expect(contract.picture).toContain("hold funds")
    expect(contract.progress).toContain("current")
  })

  it("runs to its end, and each effect once", async () => {
    const layer = Engine.layer({ workflows: [contract.Withdrawal], poll: "1 day", lease: "1 day" }).pipe(
      Layer.provide([Journal.layerMemory, await services()] as never)
    ) as unknown as Layer.Layer<Engine>
    const run = Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(contract.program)
      yield* TestClock.adjust("1 day")
      yield* TestClock.adjust("1 day")
      return yield* Fiber.join(fiber)
    }).pipe(Effect.provide(layer), Effect.provide(TestClock.layer()), Effect.scoped)
    const { end, reply } = await Effect.runPromise(run)
    expect(reply).toBe("thanks ann")
    expect(end).toMatchObject({ _tag: "Completed", txId: "t-h-103" })
    expect(calls).toEqual(["fee", "hold 103", "send h-103"])
  })

  it("refuses a journal in another order, naming both steps", () => {
    const [pending] = Execution.pending(contract.pureStart)
    if (pending?._tag !== "RunIO") throw new Error("validate is not pending")
    const { events } = Result.getOrThrow(
      Execution.step(contract.pureStart, Command.succeed(pending.step, { fee: 3 }), { at: 1 })
    )
    const renamed = events.map((event) => ({ ...event, step: "check" }))
    const refused = Execution.recover(contract.Withdrawal, [...contract.journal, ...renamed])
    expect(Result.isFailure(refused) && refused.failure).toMatchObject({
      _tag: "JournalMismatch",
      instance: "w-1",
      position: 1,
      path: "",
      expected: "validate",
      recorded: "check"
    })
  })

  it("compiles against the built packages, and every line that must not compile does not", () => {
    const root = new URL("../../", import.meta.url).pathname
    const typescript = createRequire(import.meta.url).resolve("typescript/package.json")
    const { bin } = JSON.parse(readFileSync(typescript, "utf8")) as { readonly bin: { readonly tsc: string } }
    const { status, stdout } = spawnSync(
      process.execPath,
      [join(dirname(typescript), bin.tsc), "-p", join(root, "examples/test/contract/tsconfig.json")],
      { encoding: "utf8" }
    )
    expect(stdout).toBe("")
    expect(status).toBe(0)
  })
})
