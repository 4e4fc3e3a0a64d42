import type { Append, Appended } from "@waymark/interpreter"
import { JournalError } from "@waymark/interpreter"
import { Deferred, Effect } from "effect"
import { describe, expect, it } from "vitest"
import { Rounds, type Player } from "../../src/internal/engine/rounds.ts"
import { settle } from "../support/engine.ts"

const group = (instance: string): Append => ({
  instance,
  run: 0,
  epoch: 1,
  expected: 1,
  events: [],
  status: "running",
  wakeAt: 0,
  settled: []
})

const done: Appended = { _tag: "Appended" }
const appendsAll = (batch: ReadonlyArray<Append>) => Effect.succeed(batch.map(() => done))

interface Log {
  readonly batches: Array<ReadonlyArray<string>>
  readonly answers: Record<string, Appended>
}

const play = (
  append: (batch: ReadonlyArray<Append>) => Effect.Effect<ReadonlyArray<Appended>, JournalError>,
  { now = Effect.succeed(1), isRemote = false }: { now?: Effect.Effect<number, JournalError>; isRemote?: boolean } = {}
) => {
  const log: Log = { batches: [], answers: {} }
  const rounds = new Rounds({
    journal: {
      now,
      isRemote,
      append: (batch) => {
        log.batches.push(batch.map(({ instance }) => instance))
        return append(batch)
      }
    },
    fork: (effect) => void Effect.runFork(effect)
  })
  const player = (id: string, take: Player["take"] = () => group(id)): Player => ({
    take,
    taken: (answer) => {
      log.answers[id] = answer
    }
  })
  return { log, player, rounds }
}

const refusing = (id: string) => (batch: ReadonlyArray<Append>) =>
  batch.some(({ instance }) => instance === id)
    ? Effect.fail(new JournalError({ operation: "append", reason: `no ${id}`, retryable: false }))
    : appendsAll(batch)

describe("a round", () => {
  it("writes in one what had something to say at the same moment", async () => {
    const { log, player, rounds } = play(appendsAll)
    for (const id of ["a", "b", "c"]) rounds.add(player(id))
    await Effect.runPromise(settle)
    expect(log.batches).toEqual([["a", "b", "c"]])
    expect(log.answers).toEqual({ a: done, b: done, c: done })
  })

  it("is no write where nobody has anything to append", async () => {
    const { log, player, rounds } = play(appendsAll)
    rounds.add(player("a", () => undefined))
    await Effect.runPromise(settle)
    expect(log.batches).toEqual([])
  })

  it("does not wait for the one before, and the third for one of the two", async () => {
    const [first, second, third] = [
      Deferred.makeUnsafe<void>(),
      Deferred.makeUnsafe<void>(),
      Deferred.makeUnsafe<void>()
    ]
    const gates = [first, second, third].values()
    const { log, player, rounds } = play((batch) =>
      Effect.andThen(Deferred.await(gates.next().value ?? first), appendsAll(batch))
    )
    for (const id of ["a", "b", "c", "d"]) {
      rounds.add(player(id))
      await Effect.runPromise(settle)
    }
    expect(log.batches).toEqual([["a"], ["b"]])
    Deferred.doneUnsafe(second, Effect.void)
    await Effect.runPromise(settle)
    expect(log.batches).toEqual([["a"], ["b"], ["c", "d"]])
    for (const gate of [first, third]) Deferred.doneUnsafe(gate, Effect.void)
    await Effect.runPromise(settle)
    expect(Object.keys(log.answers).toSorted()).toEqual(["a", "b", "c", "d"])
  })

  it("takes half of those that have something to say where the journal works beside it, and the next one the others", async () => {
    const gate = Deferred.makeUnsafe<void>
    const [first, ...others] = [gate(), gate(), gate(), gate()] as const
    const gates = [first, ...others].values()
    const { log, player, rounds } = play(
      (batch) => Effect.andThen(Deferred.await(gates.next().value ?? first), appendsAll(batch)),
      { isRemote: true }
    )
    const sizes = () => log.batches.map(({ length }) => length)
    for (let index = 0; index < 40; index++) rounds.add(player(`${index}`))
    await Effect.runPromise(settle)
    expect(sizes()).toEqual([20, 20])
    // Those of the first have something to say again while the second is being written.
    Deferred.doneUnsafe(first, Effect.void)
    await Effect.runPromise(settle)
    for (let index = 0; index < 20; index++) rounds.add(player(`${index}`))
    await Effect.runPromise(settle)
    expect(sizes()).toEqual([20, 20, 20])
    for (const other of others) Deferred.doneUnsafe(other, Effect.void)
    await Effect.runPromise(settle)
    // Few are not divided.
    for (let index = 0; index < 8; index++) rounds.add(player(`${index}`))
    await Effect.runPromise(settle)
    expect(sizes()).toEqual([20, 20, 20, 8])
  })

  it("that the journal cannot take is written one by one: only what is at fault is refused", async () => {
    const { log, player, rounds } = play(refusing("b"))
    for (const id of ["a", "b", "c"]) rounds.add(player(id))
    await Effect.runPromise(settle)
    expect(log.answers).toMatchObject({ a: done, c: done, b: { _tag: "Rejected" } })
    expect(JSON.stringify(log.answers["b"])).toContain("no b")
  })

  it("is refused to all where there is no time, and the next one is played", async () => {
    let isBroken = true
    const broken = new JournalError({ operation: "now", reason: "no clock", retryable: false })
    const { log, player, rounds } = play(appendsAll, {
      now: Effect.suspend(() => (isBroken ? Effect.fail(broken) : Effect.succeed(1)))
    })
    rounds.add(player("a"))
    await Effect.runPromise(settle)
    expect(log.answers["a"]).toMatchObject({ _tag: "Rejected" })
    isBroken = false
    rounds.add(player("b"))
    await Effect.runPromise(settle)
    expect(log.answers["b"]).toEqual(done)
  })
})
