/** Diagrams with handlers run on an engine, recover, and are drawn. */
import { Signal, WIO, type Workflow } from "@waymark/core"
import { Engine, Journal } from "@waymark/interpreter"
import { checkRecovery, TestRun } from "@waymark/interpreter/testing"
import { Diagram, Picture } from "@waymark/render"
import { Effect, Layer, Result, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { arrowsIn, arrowsOn } from "./support/arrows.ts"

/** Runs an instance to its end: what came out, and what is on record of its steps. */
const run = <N extends string, I, O, E, S>(workflow: Workflow.Workflow<N, I, O, E, never, S>, input: I) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const engine = yield* Engine
      const instance = yield* engine.start(workflow, { id: "i", input })
      const result = yield* instance.result
      const events = yield* Journal.use((journal) => journal.read({ instance: "i", run: 0, from: 0, limit: 100 }))
      return { result, events: events.map(({ kind, payload, step }) => `${kind} ${step}: ${JSON.stringify(payload)}`) }
    }).pipe(Effect.provide(Engine.layer({ workflows: [workflow] }).pipe(Layer.provideMerge(Journal.layerMemory))))
  )

/** `implement` as callers without a compiler see it. */
const uncompiled = (implement: unknown) =>
  implement as (options: unknown) => Workflow.Workflow<string, number, unknown, never, never, unknown>

const Parcel = Diagram.make(`---
title: Parcel
---
stateDiagram-v2
  direction LR
  state weight <<choice>>
  [*] --> weigh
  weigh --> weigh: attempts=3\nbackoffMs=5
  weigh --> weight
  weight --> send: light
  weight --> [*]: too heavy
  send --> [*]
`)

const Forked = Diagram.make(`---
title: Forked
---
stateDiagram-v2
  state split <<fork>>
  state meet <<join>>
  [*] --> split
  split --> left
  split --> right
  left --> meet
  right --> meet
  meet --> [*]
`)

const parcel = (weighed: () => void = () => {}) =>
  Parcel.implement({
    version: 1,
    payloads: { weigh: Schema.Number, send: Schema.Struct({ grams: Schema.Number }) },
    output: Schema.String,
    states: {
      weigh: (kilos, go) => {
        weighed()
        return Effect.succeed(kilos > 20 ? go["too heavy"]("sent back") : go.light({ grams: kilos * 1000 }))
      },
      send: {
        run: ({ grams }, go) => Effect.succeed(go.end(`${grams} g sent`)),
        timeouts: { startToClose: "1 minute" }
      }
    }
  })

const Loan = Diagram.make(`---
title: Loan
---
stateDiagram-v2
  state checks <<fork>>
  state checked <<join>>
  state verdict <<choice>>
  [*] --> apply
  apply --> checks
  checks --> credit
  checks --> identity
  credit --> checked
  state identity {
    [*] --> passport
    passport --> address
    address --> [*]
  }
  identity --> checked
  checked --> verdict
  verdict --> talks: fine
  verdict --> [*]: refused
  state talks {
    state again <<choice>>
    [*] --> call
    call --> again
    again --> call: once more
    again --> [*]: agreed
  }
  talks --> paying
  state paying {
    [*] --> transfer
    transfer --> [*]
    --
    [*] --> letter
    letter --> [*]
  }
  paying --> [*]
`)

const loan = Loan.implement({
  version: 1,
  payloads: {
    apply: Schema.Number,
    checks: Schema.Number,
    credit: Schema.Number,
    passport: Schema.Struct({ of: Schema.String }),
    address: Schema.Struct({ of: Schema.String }),
    call: Schema.Number,
    paying: Schema.Number,
    transfer: Schema.Number,
    letter: Schema.Number
  },
  branches: { credit: Schema.Boolean, identity: Schema.String, transfer: Schema.String, letter: Schema.String },
  output: Schema.String,
  states: {
    apply: (amount, go) => Effect.succeed(go.checks(amount)),
    checks: (amount) => ({ credit: amount, identity: { of: "Ann" } }),
    credit: (amount, go) => Effect.succeed(go.checked(amount < 100)),
    identity: {
      states: {
        passport: ({ of }, go) => Effect.succeed(go.address({ of })),
        address: ({ of }, go) => Effect.succeed(go.end.checked(`${of} is known`))
      }
    },
    checked: ({ credit, identity }, go) => (credit ? go.fine(identity.length) : go.refused("no credit")),
    talks: {
      states: {
        call: (left, go) => Effect.succeed(left > 10 ? go["once more"](10) : go.agreed.paying(left))
      }
    },
    paying: {
      fork: (amount) => ({ transfer: amount, letter: amount + 1 }),
      states: {
        transfer: (amount, go) => Effect.succeed(go.end(`sent ${amount}`)),
        letter: (amount, go) => Effect.succeed(go.end(`wrote ${amount}`))
      },
      join: ({ letter, transfer }, go) => go.end(`${transfer}, ${letter}`)
    }
  }
})

const Answer = Signal.make("answer", { payload: Schema.Boolean, reply: Schema.String })
const Trial = Diagram.make(`---
title: Trial
---
stateDiagram-v2
  state paid <<choice>>
  [*] --> asking
  asking --> paid
  paid --> asking: later
  paid --> [*]: end
  paid --> ended: constructor
  ended --> [*]
`)
const trial = Trial.implement({
  version: 1,
  payloads: { asking: Schema.Struct({ round: Schema.Number }), ended: Schema.String },
  output: Schema.String,
  states: {
    asking: {
      part: (go) =>
        WIO.handleSignal(Answer, {
          event: Schema.Boolean,
          handle: (_: { readonly round: number }, yes) => Effect.succeed(yes),
          apply: ({ round }, yes) =>
            yes ? go.end("yes") : round > 1 ? go.constructor("enough") : go.later({ round: round + 1 }),
          reply: () => "thank you"
        })
    },
    ended: (why, go) => Effect.succeed(go.end(why))
  }
})

const Ticket = Schema.Struct({ ticket: Schema.String })
const Asking = Diagram.make(`---
title: Asking
---
stateDiagram-v2
  [*] --> box
  state box {
    state answer <<choice>>
    [*] --> ask
    ask --> answer
    answer --> ask: again
    answer --> [*]: done
  }
  box --> last
  last --> [*]
`)
const asking = Asking.implement({
  version: 1,
  payloads: { ask: Schema.Number, last: Schema.String },
  output: Schema.String,
  states: {
    box: {
      states: {
        ask: {
          // It rests in states of its own, which its schema tells of.
          state: Ticket,
          part: (go) =>
            WIO.runIO("write", {
              event: Schema.String,
              run: (round: number) => Effect.succeed(`ticket ${round}`),
              apply: (_, ticket) => ({ ticket })
            }).pipe(
              WIO.andThen(WIO.await<typeof Ticket.Type>("a day", { for: "1 day" })),
              WIO.map(({ ticket }) => (ticket === "ticket 2" ? go.done.last(ticket) : go.again(2)))
            )
        }
      }
    },
    last: (ticket, go) => Effect.succeed(go.end(`closed ${ticket}`))
  }
})

describe("a diagram with handlers", () => {
  it("runs, and journals the transitions under the names of the states", async () => {
    expect(await run(parcel(), 3)).toEqual({
      result: "3000 g sent",
      events: [
        'started Parcel: {"workflow":"Parcel","version":1,"input":3}',
        'completed weigh: {"go":"light","payload":{"grams":3000}}',
        'completed send: {"go":"end","payload":"3000 g sent"}',
        'ended Parcel: {"outcome":"completed","output":"3000 g sent"}'
      ]
    })
    expect((await run(parcel(), 30)).result).toBe("sent back")
  })

  it("tries a step again as its arrow to itself says", async () => {
    let tries = 0
    const flaky = parcel(() => {
      if (++tries < 3) throw new Error("not now")
    })
    const { result, took } = await Effect.runPromise(TestRun.toEnd(flaky, { input: 3, services: Layer.empty }))
    // Two pauses of five milliseconds each.
    expect([result, took, tries]).toEqual([Result.succeed("3000 g sent"), 10, 3])
  })

  it("gives a step up after the attempts that its arrow to itself allows", async () => {
    const broken = parcel(() => {
      throw new Error("never")
    })
    const program = Effect.scoped(
      Effect.gen(function* () {
        const test = yield* TestRun.make(broken, { input: 3, services: Layer.empty })
        yield* test.until(({ status }) => status === "stuck")
        return test.calls("weigh").length
      })
    )
    expect(await Effect.runPromise(program)).toBe(3)
  })

  it("goes through forks, composite states and regions", async () => {
    const { events, result } = await run(loan, 50)
    expect(result).toBe("sent 10, wrote 11")
    expect(
      events
        .filter((event) => event.startsWith("completed"))
        .map((event) => event.split(":")[0])
        .toSorted()
    ).toEqual([
      "completed address",
      "completed apply",
      "completed call",
      "completed call",
      "completed credit",
      "completed letter",
      "completed passport",
      "completed transfer"
    ])
    expect(events).toContain('completed address: {"go":["end","checked"],"payload":"Ann is known"}')
    expect((await run(loan, 500)).result).toBe("no credit")
  })

  it("waits where a state is a workflow of its own, whatever its transitions are called", async () => {
    const { result } = await Effect.runPromise(
      Effect.gen(function* () {
        const engine = yield* Engine
        const instance = yield* engine.start(trial, { id: "t", input: { round: 0 } })
        for (const _ of [1, 2, 3]) yield* instance.signal(Answer, false)
        return { result: yield* instance.result }
      }).pipe(Effect.provide(Engine.layer({ workflows: [trial] }).pipe(Layer.provide(Journal.layerMemory))))
    )
    expect(result).toBe("enough")
  })

  it("may fail with what its error schema declares, from steps and from parts", async () => {
    class Lost extends Schema.TaggedError<Lost>()("Lost", { at: Schema.String }) {}
    const Fragile = Diagram.make(`---
title: Fragile
---
stateDiagram-v2
  [*] --> first
  first --> second
  second --> [*]
`)
    const fragile = (at: string) =>
      Fragile.implement({
        version: 1,
        payloads: { first: Schema.Number, second: Schema.Number },
        output: Schema.Number,
        error: Lost,
        states: {
          first: Effect.fn(function* (n, go) {
            if (at === "first") return yield* new Lost({ at })
            return go.second(yield* Effect.succeed(n + 1))
          }),
          second: {
            part: (go) =>
              at === "second" ? WIO.fail((_: number) => new Lost({ at })) : WIO.pure((n: number) => go.end(n))
          }
        }
      })
    const ended = (at: string) => run(fragile(at), 1).catch((error: unknown) => String(error))
    expect(await ended("nowhere")).toMatchObject({ result: 2 })
    expect(await ended("first")).toContain("Lost")
    expect(await ended("second")).toContain("Lost")
  })

  it("refuses a part where an arrow says how a step is tried again", () => {
    const retried = () =>
      Parcel.implement({
        version: 1,
        payloads: { weigh: Schema.Number, send: Schema.Struct({ grams: Schema.Number }) },
        output: Schema.String,
        states: {
          // @ts-expect-error it does not compile either
          weigh: { part: (go) => WIO.pure((_: number) => go["too heavy"]("sent back")) },
          send: ({ grams }, go) => Effect.succeed(go.end(`${grams} g sent`))
        }
      })
    expect(retried).toThrow('"weigh" is given a part, but its arrow to itself')
  })

  describe("refuses what callers without a compiler give, and names the place", () => {
    const whole = {
      version: 1,
      payloads: { weigh: Schema.Number, send: Schema.Number },
      output: Schema.String,
      states: { weigh: () => {}, send: () => {} }
    }
    const untyped = uncompiled(Parcel.implement)
    const { output: _, ...unending } = whole
    const states = (given: object) => ({ ...whole, states: { weigh: () => {}, ...given } })
    const payloads = (given: object) => ({ ...whole, payloads: { weigh: Schema.Number, ...given } })
    const send = () => {}

    it("but nothing that is in order", () => expect(() => untyped(whole)).not.toThrow())

    it.each<readonly [what: string, says: string, options: unknown]>([
      ["undefined", '"send" is missing: the diagram has that state, so add it', states({ send: undefined })],
      [
        "a surplus key of a step",
        '"send" is given `retry`, which says nothing',
        states({ send: { run: send, retry: 1 } })
      ],
      ["a surplus key of a part", '"send" is given `stat`', states({ send: { part: send, stat: 1 } })],
      ["an object that says nothing", '"send" is given no function `run`', states({ send: {} })],
      ["a state that is not drawn", '"sent" is no state of the diagram: take it out', states({ send, sent: send })],
      [
        "a misspelt state",
        '"sned" is no state of the diagram: did you mean "send", which is missing?',
        states({ sned: send })
      ],
      ["no states", '"states" is missing', { ...whole, states: undefined }],
      ["undefined for a schema", '"send" has no schema: say in `payloads` what', payloads({ send: undefined })],
      ["a word for a schema", '"send" has no schema', payloads({ send: "string" })],
      ["no schema of a state", '"send" has no schema', payloads({})],
      ["no schema of the first state", '"weigh" has no schema', { ...whole, payloads: { send: Schema.Number } }],
      [
        "a misspelt schema",
        '"sned" is no state of the diagram: did you mean "send"',
        payloads({ sned: Schema.Number })
      ],
      ["no schemas", '"payloads" is missing', { ...whole, payloads: undefined }],
      ["no output", '"output" has no schema: say what the workflow ends with', unending],
      ["nothing", '"payloads" is missing', undefined]
    ])("%s", (_, says, options) => {
      expect(() => untyped(options)).toThrow(Diagram.HandlerInvalid)
      expect(() => untyped(options)).toThrow(says)
    })

    it("a schema of a composite state, and names the state in it that it is entered as", () => {
      const nested = uncompiled(
        Diagram.make(`---
title: Nested
---
stateDiagram-v2
  [*] --> outer
  state outer {
    [*] --> inner
    state inner {
      [*] --> pack
      pack --> [*]
    }
    inner --> [*]
  }
  outer --> [*]
`).implement
      )
      const options = (payloads: object) => ({
        version: 1,
        payloads,
        output: Schema.String,
        states: { outer: { states: { inner: { states: { pack: send } } } } }
      })
      const own =
        '"outer" is a composite state, which has no payload of its own: give those of the states in it, beginning with "pack"'
      expect(() => nested(options({ outer: Schema.String }))).toThrow(own)
      expect(() => nested(options({ outer: Schema.String, pack: Schema.String }))).toThrow(own)
      expect(() => nested(options({ pack: Schema.String }))).not.toThrow()
    })

    it("what is asked for elsewhere, or nowhere, and says why", () => {
      const all = uncompiled(
        Diagram.make(`---
title: Both
---
stateDiagram-v2
  state split <<fork>>
  state meet <<join>>
  state enough <<choice>>
  [*] --> split
  split --> left
  split --> box
  state box {
    [*] --> pack
    pack --> [*]
  }
  left --> meet
  box --> meet
  meet --> enough
  enough --> [*]: yes
  enough --> split: no
`).implement
      )
      const n = Schema.Number
      const make = ({ branches = {}, inside = {}, payloads = {}, states = {} }) =>
        all({
          version: 1,
          payloads: { split: n, left: n, pack: n, ...payloads },
          branches: { left: n, box: n, ...branches },
          output: n,
          states: {
            split: send,
            left: send,
            meet: send,
            ...states,
            box: { states: { pack: send, ...inside } }
          }
        })
      expect(() => make({})).not.toThrow()
      const cases = [
        [{ payloads: { enough: n } }, '"enough" is a choice, which has no payload: take it out, the states that its'],
        [{ payloads: { meet: n } }, '"meet" is a join, which has no payload: take it out, `branches` says what'],
        [{ payloads: { box: n } }, '"box" is a composite state, which has no payload of its own'],
        [{ branches: { split: n } }, '"split" begins no branch or region: take it out, or draw one that it begins'],
        [{ states: { enough: send } }, '"enough" is a choice, which has no handler: take it out, the states before'],
        [{ states: { pack: send } }, '"pack" stands in "box": give its handler there, in `states` of "box"'],
        [{ inside: { left: send } }, '"left" stands in no composite state: give its handler in the outermost `states`'],
        [{ inside: { sent: send } }, '"sent" is no state of the diagram: take it out, or draw it there']
      ] as const
      for (const [given, says] of cases) expect(() => make(given)).toThrow(says)
    })

    it("no schema of the end of a branch", () => {
      const given = { version: 1, payloads: { split: Schema.Number, left: Schema.Number, right: Schema.Number } }
      const states = { split: () => ({}), left: send, right: send, meet: send }
      const forked = uncompiled(Forked.implement)
      for (const branches of [undefined, {}, { left: Schema.Number, rihgt: Schema.Number }]) {
        const make = () => forked({ ...given, branches, output: Schema.Number, states })
        expect(make).toThrow(Diagram.HandlerInvalid)
        expect(make).toThrow(branches === undefined ? '"branches" is missing' : /"left" has|did you mean "right"/)
      }
      const branches = { left: Schema.Number, right: Schema.Number }
      expect(() => forked({ ...given, branches, output: Schema.Number, states })).not.toThrow()
    })
  })

  it("is stuck at once where a handler, of callers without a compiler, gives no transition", async () => {
    let ran = 0
    const workflow = uncompiled(Parcel.implement)({
      version: 1,
      payloads: { weigh: Schema.Number, send: Schema.Number },
      output: Schema.String,
      states: { weigh: () => Effect.sync(() => (ran++, "hello")), send: () => {} }
    })
    const error = await Effect.runPromise(
      Effect.gen(function* () {
        const engine = yield* Engine
        yield* engine.start(workflow, { id: "i", input: 1 })
        const stuck = yield* Effect.repeat(engine.status("i"), { until: ({ status }) => status === "stuck" })
        return stuck.error
      }).pipe(Effect.provide(Engine.layer({ workflows: [workflow] }).pipe(Layer.provide(Journal.layerMemory))))
    )
    expect(error).toContain('"weigh"')
    expect(error).toContain("does not fit the step's schema")
    expect(ran).toBe(1)
  })

  it("recovers from a crash at each of its appends", async () => {
    await Effect.runPromise(checkRecovery(parcel(), { input: 3 }))
    await Effect.runPromise(checkRecovery(loan, { input: 50 }))
    await Effect.runPromise(
      checkRecovery(trial, {
        input: { round: 0 },
        signals: [1, 2, 3].map(() => ({ signal: Answer, payload: false })) as never
      })
    )
  })

  it("goes through states that are workflows with states of their own", async () => {
    const { result } = await Effect.runPromise(TestRun.toEnd(asking, { input: 1, services: Layer.empty }))
    expect(result).toEqual(Result.succeed("closed ticket 2"))
  })

  it("is drawn with the diagram's own arrows, and their labels", () => {
    for (const [{ graph }, workflow] of [
      [Parcel, parcel()],
      [Loan, loan],
      [Trial, trial],
      [Asking, asking]
    ] as const) {
      expect(arrowsOn(Picture.make(workflow))).toEqual(arrowsIn(graph.root))
    }
  })
})
