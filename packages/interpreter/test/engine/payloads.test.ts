/** Payloads go through a codec on their way to a store and back, and what cannot be read sets its own instance aside. */
import { Array as Arr, Context, Effect, Fiber, Layer, Option, Result, Schema } from "effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { Signal, Step, WIO, Workflow } from "@waymark/core"
import {
  AppendRefused,
  type Delivered,
  type Found,
  InstanceExists,
  Journal,
  type JournalError,
  PayloadCodec,
  PayloadCodecError,
  PayloadUnreadable,
  WorkflowTerminated,
  type Send
} from "@waymark/interpreter"
import { conformance, Single } from "@waymark/interpreter/testing"
import { afterAll, describe, expect, it } from "vitest"
import * as Notes from "../../src/internal/engine/notes.ts"
import { encoders, readers, through } from "../../src/internal/engine/payloads.ts"
import { await_, boot, does, restless, run, settle, wordy } from "../support/engine.ts"

/** A codec that turns bits over, differently each time, writes under its first key and reads all of them. */
const flipping = (...keys: readonly [string, ...Array<string>]): PayloadCodec => {
  let nonce = 0
  const flip = (bytes: Uint8Array, by: number) => bytes.map((byte) => byte ^ by)
  return {
    encode: (text, { instance, item }) =>
      Effect.sync(() => {
        nonce = (nonce + 1) % 256
        const bytes = new TextEncoder().encode(JSON.stringify([instance, item, text]))
        return { key: keys[0], data: Uint8Array.from([nonce, ...flip(bytes, nonce)]) }
      }),
    decode: ({ data, key }, { instance, item }) => {
      const refuse = (reason: string) => Effect.fail(new PayloadCodecError({ reason, retryable: false }))
      if (!keys.includes(key)) return refuse(`there is no key "${key}"`)
      const [from, what, text] = JSON.parse(
        new TextDecoder().decode(flip(data.subarray(1), data[0] ?? 0))
      ) as Array<string>
      return from === instance && what === item && text !== undefined ? Effect.succeed(text) : refuse("it was moved")
    }
  }
}

/** Writes what can be encoded of a batch; what cannot is rejected alone. */
const apart =
  <Item, Answer>(
    encode: (item: Item) => Effect.Effect<Item, JournalError>,
    write: (batch: ReadonlyArray<Item>) => Effect.Effect<ReadonlyArray<Answer>, JournalError>
  ) =>
  (batch: ReadonlyArray<Item>) =>
    Effect.gen(function* () {
      const results = yield* Effect.forEach(batch, (one) => Effect.result(encode(one)))
      const items = results.filter(Result.isSuccess).map(({ success }) => success)
      const answers = (items.length === 0 ? [] : yield* write(items)).values()
      return results.map((result) =>
        Result.isSuccess(result)
          ? (answers.next().value as Answer)
          : ({ _tag: "Rejected", reason: result.failure.reason } as const)
      )
    })

type Service = Required<Pick<Journal["Service"], "wake">> & Journal["Service"]

/** All of a journal through a codec, batches too, as engines use it. */
const coded = (journal: Journal["Service"], codec: PayloadCodec | undefined): Journal["Service"] => {
  const read = readers(codec)
  const { wake = expect.fail("it wakes nobody") } = journal
  const found = ({ events, inbox, instance, notes }: Found): Effect.Effect<Found, JournalError> =>
    Effect.all({
      instance: Effect.succeed(instance),
      notes: read.notes(instance.id, notes),
      inbox: read.inbox(inbox),
      events: events === null ? Effect.succeed(null) : read.events(events)
    })
  const delivered = (batch: ReadonlyArray<Send>, answers: ReadonlyArray<Delivered>) =>
    Effect.forEach(Arr.zip(batch, answers), ([{ id, instance }, answer]): Effect.Effect<Delivered, JournalError> =>
      answer._tag === "Rejected" ? Effect.succeed(answer) : read.sent(instance, id, answer)
    )
  const made: Service = {
    ...through(journal, codec),
    find: (wanted) =>
      Effect.flatMap(journal.find(wanted), (all) =>
        Effect.forEach(all, (one) =>
          Option.isNone(one) ? Effect.succeed(one) : Effect.map(found(one.value), Option.some)
        )
      ),
    send: (batch) => Effect.flatMap(journal.send(batch), (answers) => delivered(batch, answers)),
    wake: (batch, waking) =>
      Effect.flatMap(wake(batch, waking), (woken) =>
        Effect.all({ delivered: delivered(batch, woken.delivered), claimed: Effect.forEach(woken.claimed, found) })
      ),
    sent: (asked) =>
      Effect.flatMap(journal.sent(asked), (answers) =>
        Effect.forEach(Arr.zip(asked, answers), ([{ id, instance }, answer]) => read.sent(instance, id, answer))
      )
  }
  const encode = encoders(codec)
  if (encode === undefined) return made
  return {
    ...made,
    send: apart(encode.send, made.send),
    wake: (batch, waking) => {
      let claimed: ReadonlyArray<Found> = []
      const write = (sends: ReadonlyArray<Send>) =>
        Effect.map(made.wake(sends, waking), (woken) => {
          claimed = woken.claimed
          return woken.delivered
        })
      return Effect.map(apart(encode.send, write)(batch), (delivered) => ({ delivered, claimed }))
    },
    append: apart(encode.append, made.append),
    create: apart(encode.create, made.create),
    note: (batch) => Effect.flatMap(Effect.forEach(batch, encode.note), made.note)
  }
}

const using = (codec: PayloadCodec): Layer.Layer<never> => Layer.succeed(PayloadCodec, codec)

const Push = Signal.make("push", { payload: Schema.String, reply: Schema.String, error: Schema.String })

/** Takes words until the last one, refuses "no". */
const pushes = Workflow.make("Pushes", {
  version: 1,
  input: Schema.String,
  state: Schema.String,
  body: WIO.loop(
    "words",
    WIO.handleSignal(Push, {
      event: Schema.String,
      handle: (_: string, word) => (word === "no" ? Effect.fail(`secret refusal of ${word}`) : Effect.succeed(word)),
      apply: (said, word) => `${said} ${word}`,
      reply: (said, word) => `secret reply to ${word}: ${said}`
    }),
    { while: (said) => !said.endsWith("stop") }
  )
})

/** All that a store holds of an instance which the tests know the words of. */
const stored = Effect.fnUntraced(function* (journal: Journal["Service"], id: string, signals: ReadonlyArray<string>) {
  const events = yield* journal.read({ instance: id, run: 0, from: 0, limit: 100 })
  const outcomes = yield* Effect.forEach(signals, (signal) => Single.sent(journal, id, signal))
  return { events, outcomes, inbox: yield* Single.inbox(journal, id), notes: yield* Single.notes(journal, id) }
})

describe.each([
  ["with a codec", flipping("a")],
  ["without one", undefined]
] as const)("a journal behind payloads %s", (_, codec) => {
  const layer = Layer.effect(
    Journal,
    Effect.map(Journal, (journal) => coded(journal, codec))
  ).pipe(Layer.provide(Journal.layerMemory))
  const runtime = ManagedRuntime.make(layer)
  afterAll(() => runtime.dispose())

  it.each(conformance.map(({ effect, name }) => [name, effect] as const))("%s", (_, effect) =>
    expect(runtime.runPromise(effect)).resolves.toBeUndefined()
  )
})

describe("a codec", () => {
  it("sees all that workflows hold: nothing of it is stored in plain", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(
          journal,
          [pushes],
          { audit: true, snapshots: { every: 2 } },
          using(flipping("a"))
        )
        const handle = yield* engine.start(pushes, { id: "p", input: "secret input" })
        yield* handle.signal(Push, "secret word", { id: "s-1" })
        expect(yield* Effect.flip(handle.signal(Push, "no", { id: "s-2" }))).toBe("secret refusal of no")
        yield* settle
        expect((yield* Single.notes(journal, "p")).map(({ name }) => name)).toEqual(["snapshot"])
        // Left alone in the inbox: nobody has this line.
        yield* Effect.forkChild(handle.signal(Push, "secret and pending", { id: "s-3", to: "nobody" }))
        yield* settle
        const found = yield* stored(journal, "p", ["s-1", "s-2", "s-3"])
        expect(found.inbox).toHaveLength(1)
        expect(JSON.stringify(found)).not.toMatch(/secret|Pushes version/)
        for (const { patch, payload } of found.events) {
          expect(payload).toEqual({ "~codec": "a", data: expect.any(String) })
          expect(patch).toEqual({ "~codec": "a", data: expect.any(String) })
        }
        expect((yield* handle.history).map(({ payload }) => payload)[0]).toMatchObject({ input: "secret input" })
      })
    ))

  it("changes nothing about what happens: a restart goes on, answers stay, ends are told", () =>
    run((journal) =>
      Effect.gen(function* () {
        const options = { audit: true, snapshots: { every: 2 } }
        const first = yield* boot(journal, [pushes], options, using(flipping("a")))
        const handle = yield* first.engine.start(pushes, { id: "p", input: "" })
        const reply = yield* handle.signal(Push, "one", { id: "s-1" })
        yield* handle.signal(Push, "two")
        yield* first.close
        const log: Array<string> = []
        const { engine } = yield* boot(journal, [pushes], options, using(flipping("a")), log)
        expect(yield* engine.signal("p", Push, "one", { id: "s-1" })).toBe(reply)
        yield* engine.signal("p", Push, "stop")
        expect(yield* engine.result(pushes, "p")).toBe(" one two stop")
        expect(log).toEqual([])
      })
    ))

  it("does not hide that an instance was started with the same input, or with another one", () =>
    run((journal) =>
      Effect.gen(function* () {
        const { engine } = yield* boot(journal, [pushes], {}, using(flipping("a")))
        yield* engine.start(pushes, { id: "p", input: "x" })
        expect((yield* engine.start(pushes, { id: "p", input: "x" })).id).toBe("p")
        expect(yield* Effect.flip(engine.start(pushes, { id: "p", input: "y" }))).toBeInstanceOf(InstanceExists)
      })
    ))

  it("may come later: what was stored before it is still read, and what it cannot read any more keeps its end", () =>
    run((journal) =>
      Effect.gen(function* () {
        const plain = yield* boot(journal, [pushes])
        yield* plain.engine.start(pushes, { id: "p", input: "old" })
        yield* plain.engine.signal("p", Push, "older")
        yield* plain.close
        const { engine } = yield* boot(journal, [pushes], {}, using(flipping("a")))
        yield* engine.signal("p", Push, "new")
        expect(
          yield* Effect.map(stored(journal, "p", []), ({ events }) => events.map(({ payload }) => payload))
        ).toEqual([
          expect.objectContaining({ input: "old" }),
          expect.objectContaining({ event: "older" }),
          { "~codec": "a", data: expect.any(String) }
        ])
        yield* engine.terminate("p", "that is all")
        expect(yield* Effect.flip(engine.result(pushes, "p"))).toBeInstanceOf(WorkflowTerminated)
      })
    ))

  it("writes with a new key and reads with the old one", () =>
    run((journal) =>
      Effect.gen(function* () {
        const first = yield* boot(journal, [pushes], {}, using(flipping("old")))
        yield* first.engine.start(pushes, { id: "p", input: "" })
        yield* first.close
        const { engine } = yield* boot(journal, [pushes], {}, using(flipping("new", "old")))
        yield* engine.signal("p", Push, "stop")
        expect(yield* engine.result(pushes, "p")).toBe(" stop")
        const { events } = yield* stored(journal, "p", [])
        expect(events.map(({ payload }) => (payload as { "~codec": string })["~codec"])).toEqual(["old", "new", "new"])
      })
    ))
})

describe("what cannot be read", () => {
  for (const [what, services] of [
    ["its key is missing", using(flipping("b"))],
    ["there is no codec", Layer.empty]
  ] as const) {
    it(`because ${what} sets its instance aside, says which event it is, and loses nothing`, () =>
      run((journal) =>
        Effect.gen(function* () {
          const first = yield* boot(restless(journal), [pushes], {}, using(flipping("a")))
          yield* first.engine.start(pushes, { id: "p", input: "" })
          yield* first.close
          const second = yield* boot(journal, [pushes], {}, services)
          yield* second.engine.start(pushes, { id: "q", input: "" })
          // It is stored, and has the instance looked at.
          const refused = yield* Effect.flip(second.engine.signal("p", Push, "stop", { id: "s" }))
          expect(refused).toBeInstanceOf(PayloadUnreadable)
          const { error, status } = yield* second.engine.status("p")
          expect(status).toBe("set-aside")
          expect(error).toMatch(/"p", event 0\.0: .* encoded with "a" .*Provide the engine with a PayloadCodec/)
          const asking: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
            second.engine.result(pushes, "p"),
            second.engine.history("p"),
            second.engine.start(pushes, { id: "p", input: "" })
          ]
          for (const asked of asking) {
            expect(yield* Effect.flip(asked)).toMatchObject({
              _tag: "PayloadUnreadable",
              instance: "p",
              item: "event 0.0",
              key: "a"
            })
          }
          expect(yield* second.engine.signal("q", Push, "stop")).toContain("stop")
          const before = yield* stored(journal, "p", [])
          yield* second.close
          expect(yield* stored(journal, "p", [])).toEqual(before)
          const third = yield* boot(journal, [pushes], {}, using(flipping("b", "a")))
          expect(yield* third.engine.signal("p", Push, "stop", { id: "s" })).toContain("stop")
          expect(yield* third.engine.result(pushes, "p")).toBe(" stop")
        })
      ))
  }

  it("in an inbox sets a live instance aside, and nobody else; the signal is answered once it can be read", () =>
    run((journal) =>
      Effect.gen(function* () {
        const options = { poll: "1 second" } as const
        const first = yield* boot(journal, [pushes], options, using(flipping("a")))
        yield* first.engine.start(pushes, { id: "p", input: "" })
        yield* first.engine.start(pushes, { id: "q", input: "" })
        // Another process has the new key already, and hosts nothing.
        const other = yield* boot(journal, [], options, using(flipping("b", "a")))
        const asking = yield* Effect.forkChild(other.engine.signal("p", Push, "stop", { id: "s" }))
        yield* await_(Effect.sleep("3 seconds"))
        expect(yield* first.engine.status("p")).toMatchObject({
          status: "set-aside",
          error: expect.stringContaining('"p", signal s')
        })
        expect(yield* first.engine.signal("q", Push, "stop")).toContain("stop")
        yield* first.close
        yield* boot(journal, [pushes], options, using(flipping("b", "a")))
        expect(yield* await_(Fiber.join(asking))).toContain("stop")
      })
    ))

  it("for now is given back: no place is held for it, others run, and it goes on once it can be read", () =>
    run((journal) =>
      Effect.gen(function* () {
        const workflow = wordy("Flow", does("a"))
        const first = yield* boot(restless(journal), [], {}, using(flipping("a")))
        const ids = Array.from({ length: 20 }, (_, n) => `p${n}`)
        for (const id of ids) yield* first.engine.start(workflow, { id, input: [] })
        yield* first.close
        let isDown = true
        const codec = flipping("a")
        const services = using({
          encode: codec.encode,
          decode: (stored, place) =>
            isDown && place.instance !== "free"
              ? Effect.fail(new PayloadCodecError({ reason: "the keys are not to be had", retryable: true }))
              : codec.decode(stored, place)
        })
        const log: Array<string> = []
        const options = { resident: 4, poll: "1 second" } as const
        const { engine } = yield* boot(journal, [workflow], options, services, log)
        yield* await_(Effect.sleep("30 seconds"))
        const free = yield* engine.start(workflow, { id: "free", input: [] })
        expect(yield* await_(free.result)).toEqual(["a"])
        expect(log.some((line) => line.includes("given back, since it cannot be read for now"))).toBe(true)
        // Ever more seldom.
        expect(log.length).toBeLessThan(200)
        isDown = false
        for (const id of ids) expect(yield* await_(engine.result(workflow, id))).toEqual(["a"])
      })
    ))

  it("of a note is passed over", () =>
    run((journal) =>
      Effect.gen(function* () {
        const first = yield* boot(journal, [pushes], { snapshots: { every: 1 } })
        yield* first.engine.start(pushes, { id: "p", input: "" })
        yield* first.engine.signal("p", Push, "one")
        yield* settle
        yield* first.close
        const unreadable = coded(journal, flipping("lost"))
        const [row] = yield* journal.claim({
          owner: "test",
          workflows: [{ name: "Pushes", version: 1 }],
          limit: 1,
          order: "oldest",
          ids: ["p"]
        })
        yield* unreadable.note([{ instance: "p", epoch: row?.epoch ?? 0, name: "snapshot", value: { any: "thing" } }])
        const log: Array<string> = []
        const { engine } = yield* boot(journal, [pushes], {}, using(flipping("a")), log)
        expect(yield* await_(engine.signal("p", Push, "stop"))).toContain("one")
        expect(log).toEqual([expect.stringContaining('"p", note snapshot')])
      })
    ))
})

describe("a codec that fails", () => {
  /** Fails as it is told for the events of one instance. */
  const failing = (id: string, fails: { now: (() => Effect.Effect<never, PayloadCodecError>) | undefined }) => {
    const codec = flipping("a")
    return using({
      decode: codec.decode,
      encode: (text, place) =>
        place.instance === id && place.item.startsWith("event") && fails.now !== undefined
          ? fails.now()
          : codec.encode(text, place)
    })
  }

  for (const [what, fail] of [
    ["for good", () => Effect.fail(new PayloadCodecError({ reason: "no key", retryable: false }))],
    [
      "by throwing",
      () => {
        throw new Error("no key")
      }
    ]
  ] as const) {
    it(`${what} sets aside the instance that had something to write, and no other`, () =>
      run((journal) =>
        Effect.gen(function* () {
          const fails: Parameters<typeof failing>[1] = { now: undefined }
          const { engine } = yield* boot(journal, [pushes], {}, failing("p", fails))
          yield* engine.start(pushes, { id: "p", input: "" })
          yield* engine.start(pushes, { id: "q", input: "" })
          fails.now = fail
          yield* Effect.forkChild(engine.signal("p", Push, "stop", { id: "s" }))
          expect(yield* engine.signal("q", Push, "stop")).toContain("stop")
          yield* settle
          expect(yield* Effect.flip(engine.result(pushes, "p"))).toBeInstanceOf(AppendRefused)
          expect((yield* engine.status("p")).error).toMatch(/PayloadCodec cannot encode event 0\.1.*no key/)
        })
      ))
  }

  it("for a while holds up its own instance, and no other: neither its appends and starts nor its heartbeats", () =>
    run((journal) =>
      Effect.gen(function* () {
        let isDown = true
        const codec = flipping("a")
        const failing = using({
          decode: codec.decode,
          encode: (text, place) =>
            isDown && place.instance.startsWith("held")
              ? Effect.fail(new PayloadCodecError({ reason: "the keys are not to be had", retryable: true }))
              : codec.encode(text, place)
        })
        const beats: Array<string> = []
        const beating = WIO.runIO("beat", {
          event: Schema.String,
          run: (word: string) =>
            Effect.gen(function* () {
              yield* Step.heartbeat({ word })
              beats.push(word)
              return word
            }),
          apply: (_, word) => word
        })
        const workflow = Workflow.make("Beats", {
          version: 1,
          input: Schema.String,
          state: Schema.String,
          body: beating
        })
        const { engine } = yield* boot(journal, [workflow], {}, failing)
        // More than there are writes on their way at once.
        const held = yield* Effect.forEach(["held 1", "held 2", "held 3", "held 4"], (id) =>
          Effect.forkChild(Effect.flatMap(engine.start(workflow, { id, input: id }), ({ result }) => result))
        )
        yield* settle
        const free = yield* engine.start(workflow, { id: "free", input: "free" })
        expect(yield* free.result).toBe("free")
        expect(beats).toEqual(["free"])
        isDown = false
        for (const fiber of held) expect(yield* await_(Fiber.join(fiber))).toMatch(/^held/)
      })
    ))

  it("for a while to encode a heartbeat holds up no other's, and writes the latest in the end", () =>
    run((journal) =>
      Effect.gen(function* () {
        let isDown = true
        const codec = flipping("a")
        const written: Array<string> = []
        const { note } = encoders({
          decode: codec.decode,
          encode: (text, place) =>
            isDown && place.instance === "held"
              ? Effect.fail(new PayloadCodecError({ reason: "the keys are not to be had", retryable: true }))
              : Effect.sync(() => {
                  written.push(`${place.instance} ${text}`)
                  return { key: "a", data: new Uint8Array() }
                })
        }) ?? { note: Effect.succeed }
        const services = yield* Effect.context()
        const notes = Notes.make(
          { ...journal, note: (batch) => Effect.succeed(batch.map(() => true)) },
          (effect) => void Effect.runForkWith(services)(effect),
          note
        )
        const write = (instance: string, value: number) => notes.write({ instance, epoch: 1, name: "n", value })
        const first = yield* Effect.forkChild(write("held", 1))
        yield* settle
        expect(yield* write("free", 1)).toBe(true)
        const second = yield* Effect.forkChild(write("held", 2))
        yield* settle
        expect(written).toEqual(["free 1"])
        isDown = false
        expect(yield* await_(Effect.all([Fiber.join(first), Fiber.join(second)]))).toEqual([true, true])
        expect(written).toEqual(["free 1", "held 2"])
      })
    ))

  it("for a while is waited for, as a journal is", () =>
    run((journal) =>
      Effect.gen(function* () {
        const fails: Parameters<typeof failing>[1] = { now: undefined }
        const workflow = wordy("Flow", does("a"))
        const services = failing("p", fails)
        const { engine } = yield* boot(journal, [workflow], {}, services)
        let times = 0
        fails.now = () => {
          if (++times === 3) fails.now = undefined
          return Effect.fail(new PayloadCodecError({ reason: "the keys are not to be had", retryable: true }))
        }
        const handle = yield* await_(engine.start(workflow, { id: "p", input: [] }))
        expect(yield* await_(handle.result)).toEqual(["a"])
        expect(times).toBe(3)
      })
    ))
})

describe("without a codec", () => {
  it("payloads are handed to the store as they are", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const { append, note } = through(journal, undefined)
      expect(append).toBe(journal.append)
      expect(note).toBe(journal.note)
      expect(Context.get(Context.empty(), PayloadCodec)).toBeUndefined()
      expect(new PayloadUnreadable({ instance: "p", item: "event 0.0", key: "k", reason: "r" }).message).toContain(
        '"k"'
      )
    }).pipe(Effect.provide(Journal.layerMemory), Effect.runPromise))
})
