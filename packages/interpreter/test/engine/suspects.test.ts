/** Engines that find instances which were there each time when processes died: they are run apart, and hold up nobody for long. */
import { Effect, Option, Schema, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { Signal, WIO, Workflow } from "@waymark/core"
import { JournalError, type Instance, type Journal, type Release } from "@waymark/interpreter"
import { intercepted, Single } from "@waymark/interpreter/testing"
import { describe, expect, it } from "vitest"
import { boot, mortal, run, settle } from "../support/engine.ts"

type Service = Journal["Service"]

/** A workflow of one step. */
const one = (name: string, step: (n: number) => Effect.Effect<number>) =>
  Workflow.make(name, {
    version: 1,
    input: Schema.Number,
    state: Schema.Number,
    body: WIO.runIO(`step of ${name}`, { event: Schema.Number, run: step, apply: (_, n) => n })
  })

/** A workflow whose step takes so long, and how often it has begun. */
const lasting = (name: string, millis: number) => {
  const begun: Array<number> = []
  const workflow = one(name, (n) =>
    Effect.andThen(
      Effect.sync(() => void begun.push(n)),
      Effect.delay(Effect.succeed(n), millis)
    )
  )
  return { begun, workflow }
}

const named = (name: string, count: number) => Array.from({ length: count }, (_, index) => `${name} ${index}`)

/** Instances that were there when so many processes died, one after the other. */
const suspects = Effect.fnUntraced(function* (
  journal: Service,
  workflow: ReturnType<typeof one>,
  ids: ReadonlyArray<string>,
  takeovers: number
) {
  const client = yield* boot(journal, [])
  yield* Effect.forEach(ids, (id, input) => client.engine.start(workflow, { id, input }), { discard: true })
  yield* client.close
  const claim = {
    owner: "dies",
    workflows: [{ name: workflow.name, version: 1 }],
    order: "oldest",
    limit: ids.length,
    ids
  } as const
  for (let count = 0; count < takeovers; count++) {
    yield* journal.claim(claim)
    yield* journal.reap
  }
  const { takeovers: counted } = yield* rowOf(journal, ids[0] ?? "")
  if (counted !== takeovers) throw new Error(`taken over ${counted} times, not ${takeovers}`)
})

const rowOf = (journal: Service, id: string): Effect.Effect<Instance> =>
  Effect.orDie(Effect.map(Single.find(journal, id), Option.getOrThrow))

const statuses = (journal: Service, ids: ReadonlyArray<string>) =>
  Effect.map(
    Effect.forEach(ids, (id) => rowOf(journal, id)),
    (rows) => Array.from(new Set(rows.map(({ status }) => status)))
  )

const passing = Effect.fnUntraced(function* (seconds: number, each: Effect.Effect<unknown> = Effect.void) {
  for (let second = 0; second < seconds; second++) {
    yield* TestClock.adjust("1 second")
    yield* settle
    yield* each
  }
})

describe("instances under suspicion", () => {
  it("all begin soon where their steps take an hour, since none of them kills the process", () =>
    run((journal) =>
      Effect.gen(function* () {
        const slow = lasting("Slow", 3_600_000)
        const ids = named("slow", 100)
        yield* suspects(journal, slow.workflow, ids, 8)
        yield* boot(journal, [slow.workflow], { lease: "10 seconds", poll: "1 second" })
        yield* settle
        expect(slow.begun.length).toBe(1)
        yield* passing(300)
        expect(slow.begun.length).toBe(100)
        yield* TestClock.adjust("1 hour")
        yield* settle
        expect(yield* statuses(journal, ids)).toEqual(["completed"])
      })
    ))

  it("do not wait for one on its last trial that never ends, or that stands in line", () =>
    run((journal) =>
      Effect.gen(function* () {
        const [slow, quick] = [lasting("Slow", 1e9), lasting("Quick", 1)]
        const options = {
          lease: "10 seconds",
          poll: "1 second",
          steps: { "step of Slow": { concurrency: 1 } }
        } as const
        yield* suspects(journal, slow.workflow, named("slow", 2), 10)
        yield* suspects(journal, quick.workflow, named("quick", 2), 10)
        const { engine } = yield* boot(journal, [slow.workflow, quick.workflow], options)
        yield* passing(240)
        // The second one of the slow ones is in line for the place of the first.
        expect(slow.begun.length).toBe(1)
        expect(yield* statuses(journal, named("quick", 2))).toEqual(["completed"])
        expect((yield* engine.status("slow 1")).status).toBe("running")
      })
    ))

  it("are put off for ever longer, so that looking for them comes to its end however long it takes", () =>
    run((journal) =>
      Effect.gen(function* () {
        const slow = lasting("Slow", 1e9)
        const ids = named("slow", 256)
        yield* suspects(journal, slow.workflow, ids, 10)
        let claimed = 0
        let released = 0
        // A look at all of them takes four polls.
        const busy = intercepted(journal, ({ args, operation, perform }) => {
          if (operation === "release") released += (args[1] as ReadonlyArray<Release>).length
          if (operation !== "claim") return perform
          return Effect.tap(Effect.delay(perform, "1 second"), (rows) =>
            Effect.sync(() => void (claimed += (rows as ReadonlyArray<Instance>).length))
          )
        })
        yield* boot(busy, [slow.workflow], { lease: "1 hour", poll: "1 second" })
        yield* passing(600)
        expect(slow.begun.length).toBe(1)
        // Each after 1, 2, 4, …, 32 seconds and then once a minute; without end it would be 64 a second.
        expect(claimed).toBeLessThan(256 * 16)
        expect(released).toBe(claimed - 1)
        yield* passing(600)
        expect(claimed).toBeLessThan(256 * 26)
      })
    ))

  it("have all come through within seconds where their steps are quick", () =>
    run((journal) =>
      Effect.gen(function* () {
        const quick = lasting("Quick", 1)
        yield* suspects(journal, quick.workflow, named("quick", 200), 8)
        yield* boot(journal, [quick.workflow], { lease: "10 seconds", poll: "1 second" })
        yield* passing(20)
        expect(yield* statuses(journal, named("quick", 200))).toEqual(["completed"])
      })
    ))

  /** Two processes at a time on one journal, each of which starts anew once it was killed, for so many seconds. */
  const pairs = Effect.fnUntraced(function* (
    seconds: number,
    process: Effect.Effect<{ readonly wasKilled: () => boolean }, never, Scope.Scope>
  ) {
    const both = [yield* process, yield* process]
    let deaths = 0
    for (let second = 0; second < seconds; second++) {
      yield* passing(1)
      for (const [index, { wasKilled }] of both.entries()) {
        if (!wasKilled()) continue
        deaths++
        both[index] = yield* process
      }
    }
    return deaths
  })

  it("are told apart by two processes that die again and again: one that kills them is given up, and nobody else", () =>
    run((journal) =>
      Effect.gen(function* () {
        const slow = lasting("Slow", 5_000)
        const poison = (kills: () => void) => one("Poison", () => Effect.andThen(Effect.sync(kills), Effect.never))
        yield* suspects(journal, slow.workflow, named("slow", 20), 3)
        yield* suspects(
          journal,
          poison(() => {}),
          ["bad"],
          3
        )
        const process = Effect.gen(function* () {
          const line = mortal(journal)
          let isDead = false
          const own = poison(() => {
            isDead = true
            line.kill()
          })
          yield* boot(line.journal, [slow.workflow, own], { takeovers: 5, lease: "10 seconds", poll: "1 second" })
          return { wasKilled: () => isDead }
        })
        expect(yield* pairs(300, process)).toBe(3)
        expect((yield* rowOf(journal, "bad")).status).toBe("stuck")
        expect(yield* statuses(journal, named("slow", 20))).toEqual(["completed"])
      })
    ))

  const Go = Signal.make("go", { payload: Schema.Number })
  /** Its first attempt fails, and the next one is due an hour later; a signal that came early waits for it. */
  const later = (attempt: Effect.Effect<number>) =>
    Workflow.make("Later", {
      version: 1,
      input: Schema.Number,
      state: Schema.Number,
      body: WIO.andThen(
        WIO.runIO("due later", {
          event: Schema.Number,
          run: (_: number) => attempt,
          apply: (_, n) => n,
          retry: { attempts: 5, initial: "1 hour", max: "1 hour", jitter: 0 }
        }),
        WIO.handleSignal(Go, { event: Schema.Number, handle: (_: number, n) => Effect.succeed(n), apply: (_, n) => n })
      )
    })
  const early = Effect.fnUntraced(function* (journal: Service, workflow: ReturnType<typeof later>) {
    const { close, engine } = yield* boot(journal, [workflow])
    yield* engine.start(workflow, { id: "w", input: 1 })
    yield* settle
    yield* close
    yield* Single.send(journal, { instance: "w", id: "s", name: "go", payload: 7 })
  })

  it("leave memory at once where they only wait: the deaths of other processes are not counted against them", () =>
    run((journal) =>
      Effect.gen(function* () {
        let attempts = 0
        const workflow = later(Effect.suspend(() => (++attempts === 1 ? Effect.die("once") : Effect.succeed(1))))
        yield* early(journal, workflow)
        for (let process = 0; process < 14; process++) {
          const line = mortal(journal)
          yield* boot(line.journal, [workflow], { lease: "10 seconds", idle: "1 hour" })
          yield* passing(1)
          line.kill()
          yield* TestClock.adjust("1 minute")
          yield* settle
        }
        expect((yield* rowOf(journal, "w")).takeovers).toBe(8)
        yield* boot(journal, [workflow])
        yield* TestClock.adjust("1 hour")
        yield* settle
        expect([attempts, (yield* rowOf(journal, "w")).status]).toEqual([2, "completed"])
      })
    ))

  it("are not given up for an attempt that is not due yet", () =>
    run((journal) =>
      Effect.gen(function* () {
        let attempts = 0
        const workflow = later(Effect.suspend(() => (++attempts === 1 ? Effect.die("once") : Effect.succeed(1))))
        yield* early(journal, workflow)
        const wary: Service = {
          ...journal,
          claim: (claim) => Effect.map(journal.claim(claim), (rows) => rows.map((row) => ({ ...row, takeovers: 99 })))
        }
        const { engine } = yield* boot(wary, [workflow], { idle: "2 days" })
        yield* settle
        expect([attempts, (yield* engine.status("w")).status]).toEqual([1, "running"])
        yield* TestClock.adjust("1 hour")
        yield* settle
        expect([attempts, (yield* engine.status("w")).status]).toEqual([2, "completed"])
      })
    ))

  it("do not hold up others where they cannot be given back", () =>
    run((journal) =>
      Effect.gen(function* () {
        const quick = lasting("Quick", 1)
        yield* suspects(journal, quick.workflow, named("quick", 3), 10)
        const client = yield* boot(journal, [])
        yield* client.engine.start(quick.workflow, { id: "healthy", input: 1 })
        const refuses = new JournalError({ operation: "find", reason: "out of order", retryable: false })
        // One is run, and the two that are put off are looked at before they are given back.
        const faulty: Service = {
          ...journal,
          find: (wanted) =>
            wanted.some(({ events, inbox }) => inbox === true && events === undefined)
              ? Effect.fail(refuses)
              : journal.find(wanted)
        }
        yield* boot(faulty, [quick.workflow], { lease: "1 hour" })
        yield* passing(1)
        expect(yield* statuses(journal, ["healthy"])).toEqual(["completed"])
        expect(quick.begun.length).toBe(2)
      })
    ))

  it("make room for others at once where they cannot be read, or the journal refuses what they write", () =>
    run((journal) =>
      Effect.gen(function* () {
        const quick = lasting("Quick", 1)
        yield* suspects(journal, quick.workflow, ["unread", "refused", "quick"], 10)
        const unreadable = new JournalError({ operation: "find", reason: "out of order", retryable: false })
        const faulty: Service = {
          ...journal,
          find: (wanted) =>
            wanted.some(({ events, id }) => id === "unread" && events !== undefined)
              ? Effect.fail(unreadable)
              : journal.find(wanted),
          append: (batch) =>
            batch.some(({ instance }) => instance === "refused")
              ? Effect.succeed(batch.map(() => ({ _tag: "Rejected", reason: "it does not fit" }) as const))
              : journal.append(batch)
        }
        yield* boot(faulty, [quick.workflow], { lease: "1 hour", poll: "1 second" })
        yield* passing(60)
        expect(yield* statuses(journal, ["quick"])).toEqual(["completed"])
        expect(yield* statuses(journal, ["unread", "refused"])).toEqual(["running"])
      })
    ))
})
