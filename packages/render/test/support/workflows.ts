/** One small workflow for each node of the algebra. */
import { Effect, Schema } from "effect"
import { Query, Signal, WIO, Workflow } from "@waymark/core"

export class TooMuch extends Schema.TaggedError<TooMuch>()("TooMuch", {}) {}
export class NoStock extends Schema.TaggedError<NoStock>()("NoStock", {}) {}

/** A step that cannot fail. */
export const step = (name: string) =>
  WIO.runIO(name, { event: Schema.Number, run: (n: number) => Effect.succeed(n), apply: (_, n) => n })

/** A step that can fail. */
export const risky = <S extends typeof TooMuch | typeof NoStock>(name: string, error: S) =>
  WIO.runIO(name, { event: Schema.Number, error, run: (n: number) => Effect.succeed(n), apply: (_, n) => n })

export const signal = (name: string) =>
  WIO.handleSignal(Signal.make(name, { payload: Schema.Void }), {
    event: Schema.Number,
    handle: (n: number) => Effect.succeed(n),
    apply: (_, n) => n
  })

export const timer = (name: string) => WIO.await<number>(name, { for: "90 minutes" })

/** Names a body; `error` has to be given where it can fail. */
export const workflow = (
  body: WIO.WIO<number, unknown, unknown, unknown, unknown>,
  error: typeof Schema.Never | typeof TooMuch | typeof NoStock = Schema.Never
): Workflow.Any =>
  Workflow.make("Example", { version: 1, input: Schema.Number, state: Schema.Unknown, error, body: body as never })

interface Small {
  readonly _tag: "Small"
}
interface Large {
  readonly _tag: "Large"
}

export const pure = workflow(WIO.pure((n: number) => n + 1, { name: "add one" }).pipe(WIO.map((n) => n * 2)))

export const fail = workflow(
  WIO.fail((_n: number) => new TooMuch(), { name: "too much" }),
  TooMuch
)

export const runIO = workflow(
  WIO.runIO("charge", {
    event: Schema.Number,
    error: TooMuch,
    run: (n: number) => Effect.succeed(n),
    apply: (_, n) => n,
    retry: { attempts: 5, initial: "1 second", factor: 3, max: "1 minute", jitter: 0.5, while: ["TooMuch"] }
  }),
  TooMuch
)

export const handleSignal = workflow(signal("approve"))

export const awaits = workflow(
  timer("cooling off").pipe(
    WIO.andThen(WIO.await<number>("new year", { until: "2030-01-01T00:00:00Z" })),
    WIO.andThen(WIO.await<number>("as long as it takes", { for: (n) => n }))
  )
)

export const query = workflow(
  step("one").pipe(
    WIO.query(Query.make("amount", { reply: Schema.Number }), (n: number) => n),
    WIO.andThen(step("two"))
  )
)

export const andThen = workflow(step("one").pipe(WIO.andThen(step("two")), WIO.andThen(step("three"))))

export const flatMap = workflow(step("one").pipe(WIO.flatMap((n) => timer(`wait ${n}`))))

export const match = workflow(
  WIO.pure((n: number): Small | Large => ({ _tag: n > 10 ? "Large" : "Small" }), { name: "measure" }).pipe(
    WIO.andThen(
      WIO.match("how large?", {
        Small: WIO.pure((_s: Small) => 1, { name: "let it pass" }),
        Large: WIO.pure((_s: Large) => 2, { name: "look closer" })
      })
    ),
    WIO.andThen(step("ship"))
  )
)

export const branch = workflow(
  WIO.branch(
    "how much?",
    {
      "over 100": { when: (n: number) => n > 100, then: signal("approve") },
      "none at all": {
        when: (n: number) => n === 0,
        then: WIO.fail((_n: number) => new NoStock(), { name: "nothing" })
      }
    },
    step("ship")
  ),
  NoStock
)

export const loop = workflow(
  WIO.loop("until paid", step("remind").pipe(WIO.andThen(timer("a while"))), { while: (n) => n > 0 }).pipe(
    WIO.andThen(step("thank"))
  )
)

export const parallel = workflow(
  WIO.parallel(
    { goods: step("pack").pipe(WIO.andThen(step("label"))), money: step("charge") },
    { fork: (n: number) => ({ goods: n, money: n }), join: ({ goods, money }) => goods + money }
  ).pipe(WIO.andThen(step("ship")))
)

export const catches = workflow(
  step("look up").pipe(
    WIO.andThen(risky("reserve", NoStock)),
    WIO.andThen(risky("charge", TooMuch)),
    WIO.flatMap((n) => timer(`wait ${n}`)),
    WIO.catch(WIO.pure((_f: WIO.Failure<unknown, unknown>) => 0, { name: "apologize" })),
    WIO.andThen(step("report"))
  )
)

export const catchTag = workflow(
  risky("reserve", NoStock).pipe(
    WIO.andThen(risky("charge", TooMuch)),
    WIO.catchTag(
      "NoStock",
      WIO.pure((_f: WIO.Failure<number, NoStock>) => 0, { name: "order more" })
    )
  ),
  TooMuch
)

export const interruptedBySignal = workflow(
  step("one").pipe(
    WIO.andThen(step("two")),
    WIO.interruptWith(signal("cancel").pipe(WIO.andThen(step("clean up")))),
    WIO.andThen(step("report"))
  )
)

export const interruptedByTimer = workflow(signal("approve").pipe(WIO.interruptWith(timer("deadline"))))

/** A child or a receiver of signals. */
const Parcel = Workflow.make("Parcel", {
  version: 1,
  input: Schema.Number,
  state: Schema.Number,
  error: NoStock,
  body: WIO.await<number>("on its way", { for: "2 days" })
})

export const limits = workflow(
  WIO.runIO("charge", {
    event: Schema.Number,
    run: (n: number) => Effect.succeed(n),
    apply: (_, n) => n,
    timeouts: {
      scheduleToStart: "10 seconds",
      startToClose: "1 minute",
      scheduleToClose: "1 hour",
      heartbeat: "5 seconds"
    }
  })
)

export const recorded = workflow(
  WIO.sideEffect("draw", { event: Schema.Number, run: (_: number) => 1 }).pipe(
    WIO.andThen(WIO.now<number>("received at")),
    WIO.andThen(WIO.uuid<number>("order number"))
  )
)

export const gen = workflow(
  WIO.gen("total", function* (n: number) {
    return yield* WIO.step(step("ask"), n)
  }).pipe(
    WIO.andThen(
      WIO.gen(function* (n: number) {
        return yield* WIO.step(step("ask again"), n)
      })
    )
  )
)

export const child = workflow(
  WIO.child(Parcel, { input: (n: number) => n }).pipe(
    WIO.andThen(WIO.child(Parcel, { name: "send back", input: (n: number) => n, await: false })),
    WIO.catchTag(
      "ChildStopped",
      WIO.pure((_f: WIO.Failure<unknown, unknown>) => 0, { name: "look for it" })
    )
  ),
  NoStock
)

export const signalTo = workflow(
  WIO.signalTo(Parcel, (n: number) => `parcel-${n}`, Signal.make("arrived", { payload: Schema.Number }), 1).pipe(
    WIO.catchTag(
      "NotDelivered",
      WIO.pure((_f: WIO.Failure<unknown, unknown>) => 0, { name: "call" })
    )
  )
)

export const checkpoint = workflow(
  step("prepare").pipe(WIO.andThen(WIO.checkpoint("prepared", { state: Schema.Number })), WIO.andThen(step("ship")))
)

export const continueAsNew = workflow(
  timer("a while").pipe(
    WIO.andThen(
      WIO.branch(
        "enough?",
        { "not yet": { when: (n: number) => n > 0, then: WIO.continueAsNew((n: number) => n) } },
        step("report")
      )
    )
  )
)

export const draft = workflow(step("pack").pipe(WIO.andThen(WIO.draft<number>("ship")), WIO.andThen(step("report"))))

export const version = workflow(
  WIO.version("longer wait", { before: timer("an hour and a half"), after: step("ask") }).pipe(
    WIO.andThen(step("ship"))
  )
)

export const machine = workflow(
  WIO.machine("review", {
    initial: "writing",
    states: {
      reading: signal("verdict").pipe(WIO.map((n) => (n > 0 ? n : WIO.goto("writing", n)))),
      writing: step("write").pipe(
        WIO.andThen(step("check")),
        WIO.map((n) => WIO.goto("reading", n))
      ),
      lost: WIO.fail((_n: number) => new NoStock(), { name: "lost" })
    }
  }).pipe(WIO.andThen(step("publish"))),
  NoStock
)

export const machineWithWays = workflow(
  WIO.machine("review", {
    initial: "writing",
    states: {
      reading: signal("verdict").pipe(WIO.map((n) => (n > 0 ? n : WIO.goto("writing", n)))),
      writing: step("write").pipe(WIO.map((n) => WIO.goto(n > 9 ? "writing" : "reading", n))),
      lost: WIO.fail((_n: number) => new NoStock(), { name: "lost" })
    },
    ways: {
      reading: [{ to: "writing", label: "refused" }, { label: "accepted" }],
      writing: [{ to: "reading" }, { to: "writing", label: "once more" }]
    }
  }).pipe(WIO.andThen(step("publish"))),
  NoStock
)

const pair = { goods: risky("pack", NoStock), money: risky("charge", TooMuch) }
const both = (n: number) => ({ goods: n, money: n })
const recovered = WIO.pure((_f: WIO.Failure<unknown, unknown>) => 0, { name: "recover" })

export const parallelSettle = workflow(
  WIO.parallel(pair, { mode: "settle", fork: both, join: () => 0 }).pipe(WIO.andThen(step("count")))
)

export const parallelUntil = workflow(
  WIO.parallel(
    {
      votes: signal("vote").pipe(WIO.andThen(WIO.fail((_n: number) => new NoStock(), { name: "no quorum" }))),
      limit: timer("limit")
    },
    { until: () => true, fork: (n: number) => ({ votes: n, limit: n }), join: () => 0 }
  ).pipe(WIO.andThen(step("count"))),
  NoStock
)

const items = { items: (n: number) => [n], key: String, join: (_outs: unknown, n: number) => n }

export const forEach = workflow(
  WIO.forEach("parcels", { ...items, body: risky("pack", NoStock).pipe(WIO.andThen(step("label"))) }).pipe(
    WIO.andThen(WIO.forEach("letters", { ...items, concurrency: 10, mode: "settle", body: risky("stamp", TooMuch) })),
    WIO.andThen(WIO.forEach("refusals", { ...items, concurrency: 1, body: WIO.fail((_n: number) => new NoStock()) }))
  ),
  NoStock
)

export const race = workflow(WIO.race(pair, { fork: both }).pipe(WIO.catch(recovered), WIO.andThen(step("ship"))))

export const raceThatCannotFail = workflow(
  WIO.race({ goods: risky("pack", NoStock), money: step("charge") }).pipe(WIO.andThen(step("ship")))
)

export const raceFirst = workflow(
  WIO.raceFirst(pair, { fork: both }).pipe(WIO.catch(recovered), WIO.andThen(step("ship")))
)

export const saga = workflow(
  step("reserve").pipe(
    WIO.compensateWith(step("release")),
    WIO.andThen(
      step("pack").pipe(
        WIO.andThen(step("label")),
        WIO.compensateWith(step("remove label").pipe(WIO.andThen(step("unpack"))))
      )
    ),
    WIO.andThen(risky("charge", TooMuch)),
    WIO.saga,
    WIO.andThen(step("report"))
  ),
  TooMuch
)

export const onCancel = workflow(
  timer("delivery").pipe(
    WIO.onCancel(step("turn back")),
    WIO.andThen(signal("sign").pipe(WIO.andThen(step("hand over")), WIO.onCancel(step("keep it"))))
  )
)

export const uncancellable = workflow(step("debit").pipe(WIO.andThen(step("credit")), WIO.uncancellable))

export const embed = workflow(
  WIO.embed(Parcel, { in: (n: number) => n, out: (n) => n }).pipe(
    WIO.andThen(WIO.embed(risky("weigh", NoStock), { in: (n: number) => n, out: (n) => n }))
  ),
  NoStock
)

export const timeout = workflow(
  signal("approve").pipe(
    WIO.timeout("too late", { for: "2 days" }),
    WIO.catchTag(
      "TimedOut",
      WIO.pure((_f: WIO.Failure<unknown, unknown>) => 0, { name: "refuse" })
    )
  )
)
