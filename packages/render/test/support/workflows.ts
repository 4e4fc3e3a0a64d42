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
