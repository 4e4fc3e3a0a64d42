/** How long an instance that is being read holds its place where the journal is out of reach: for about two seconds, however it is read. */
import { Array as Arr, Effect } from "effect"
import { TestClock } from "effect/testing"
import { JournalError, type Find, type Journal } from "@waymark/interpreter"
import { describe, expect, it } from "vitest"
import { await_, boot, does, line, run, settle, wordy } from "../support/engine.ts"

const away = new JournalError({ operation: "find", reason: "nobody answers", retryable: true })

/** More events than are read together with an instance. */
const long = wordy("Long", line(does("step 0"), ...Arr.makeBy(40, (index) => does(`step ${index + 1}`))))

/** Runs half of it here, and reads it in another process whose journal does not find what `isAway` says; how long until that one gives it back. */
const givenBack = (journal: Journal["Service"], isAway: (wanted: Find) => boolean, tryTakes: number) =>
  Effect.gen(function* () {
    let isStopped = false
    const stopping: Journal["Service"] = {
      ...journal,
      append: (batch) => {
        isStopped ||= batch.some(({ expected }) => expected > 35)
        return isStopped ? Effect.never : journal.append(batch)
      }
    }
    const first = yield* boot(stopping, [long])
    yield* first.engine.start(long, { id: "x", input: [] })
    yield* await_(Effect.repeat(Effect.sleep(1), { until: () => isStopped }))
    yield* first.close
    const silent: Journal["Service"] = {
      ...journal,
      find: (wanted) =>
        wanted.some(isAway) ? Effect.andThen(Effect.sleep(tryTakes), Effect.fail(away)) : journal.find(wanted)
    }
    const log: Array<string> = []
    yield* boot(silent, [long], { idle: "1 day" }, undefined, log)
    yield* settle
    const began = yield* journal.now
    while (!log.some((said) => said.includes("given back, since it cannot be read for now"))) {
      yield* TestClock.adjust(100)
      yield* settle
    }
    return (yield* journal.now) - began
  })

describe("an instance that cannot be read since the journal is out of reach", () => {
  const isFirst = ({ events }: Find): boolean => events !== undefined
  const isTail = ({ events }: Find): boolean => events !== undefined && events.limit > 32

  it.each([
    ["at once", isFirst, 0, 2_500],
    ["at once, with the rest of a long journal", isTail, 0, 2_500],
    ["late, as where its host does not answer", isFirst, 3_000, 3_500],
    ["late, with the rest of a long journal", isTail, 3_000, 3_500]
  ] as const)("holds its place for no longer than it should: each try fails %s", (_, isAway, tryTakes, most) =>
    run((journal) => Effect.map(givenBack(journal, isAway, tryTakes), (held) => expect(held).toBeLessThanOrEqual(most)))
  )
})
