/** Options that cannot be: the engine is not built, and the error names the option and what it takes. */
import { Cause, Effect, Exit } from "effect"
import { WIO, type Workflow } from "@waymark/core"
import type { Options } from "@waymark/interpreter"
import { describe, expect, it } from "vitest"
import { boot, does, line, run, wordy } from "../support/engine.ts"

type Given = Partial<Options<ReadonlyArray<Workflow.Any>>>

const flow = wordy("Flow", line(does("charge"), does("ship"), does("notify")))

/** Why an engine is not built. */
const refusal = (options: unknown, workflows: ReadonlyArray<Workflow.Any> = [flow]): Promise<string> =>
  run((journal) =>
    Effect.map(Effect.exit(boot(journal, workflows, options as Given)), (exit) =>
      Exit.isSuccess(exit) ? "it is built" : String(Cause.squash(exit.cause))
    )
  )

const lengths = 'as "10 seconds" or a number of milliseconds'

describe("an option that cannot be", () => {
  const cases: ReadonlyArray<readonly [options: unknown, message: string]> = [
    [{ lease: "soon" }, `lease is "soon": give a length of time from 1 ms to 1000000000000000 ms, ${lengths}`],
    [{ lease: 0 }, `lease is 0: give a length of time from 1 ms to 1000000000000000 ms, ${lengths}`],
    [{ poll: "1 fortnight" }, `poll is "1 fortnight": give a length of time from 1 ms, ${lengths}`],
    [{ poll: Number.NaN }, `poll is NaN: give a length of time from 1 ms, ${lengths}`],
    [{ idle: "-1 second" }, `idle is "-1 second": give a length of time, ${lengths}`],
    [{ grace: "Infinity" }, `grace is "Infinity": give a length of time up to 2147483647 ms, ${lengths}`],
    [{ resident: 0 }, "resident is 0: give a number from 1"],
    [{ concurrency: "many" }, 'concurrency is "many": give a number from 1'],
    [{ snapshots: { every: 0 } }, "snapshots.every is 0: give a number from 1"],
    [{ limits: { payload: "2 MiB" } }, 'limits.payload is "2 MiB": give a number from 1'],
    [{ limits: { warnAt: 2 } }, "limits.warnAt is 2: give a part from 0 to 1"],
    [{ mode: "manuel" }, 'mode is "manuel": give one of auto, manual'],
    [{ steps: { charge: { concurrency: 0 } } }, 'steps["charge"].concurrency is 0: give a number from 1'],
    [
      { steps: { Shipp: { concurrency: 1 } } },
      'steps["Shipp"]: no workflow that is hosted here has a step of that name with an effect: there are "ship", "notify", "charge"'
    ]
  ]
  for (const [options, message] of cases) {
    it(`names itself: ${JSON.stringify(options)}`, async () => {
      expect(await refusal(options)).toBe(`RangeError: Engine.layer: ${message}`)
    })
  }

  it("is one of the retry policy, too", async () => {
    expect(await refusal({ retry: { initial: "soon" } })).toContain('retry.initial is "soon": give a finite wait')
  })

  it("is none where it can be", async () => {
    const options: Given = {
      lease: 1,
      poll: "1 minute",
      idle: "Infinity",
      grace: 0,
      steps: { ship: { concurrency: 1 } }
    }
    expect(await refusal(options)).toBe("it is built")
  })

  it("is no name of a step that a workflow computes while it runs", async () => {
    const computed = wordy("Computed", does("seen").pipe(WIO.flatMap(() => does("hidden"))))
    expect(await refusal({ steps: { hidden: { concurrency: 1 } } }, [computed])).toBe("it is built")
  })

  it("is also the time limit of an instance that is run by hand", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [flow], { mode: "manual" })
        const exit = yield* Effect.exit(engine.runOne({ timeLimit: "a while" as "1 minute" }))
        expect(String(Exit.isFailure(exit) && Cause.squash(exit.cause))).toBe(
          `RangeError: Engine.runOne: timeLimit is "a while": give a length of time, ${lengths}`
        )
      })
    ))
})
