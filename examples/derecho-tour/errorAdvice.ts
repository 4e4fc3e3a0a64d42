/**
 * Errors that say themselves whether and when to try again: `Step.doNotRetry` and `Step.retryAfter`.
 *
 * A retry policy knows kinds of errors; what just came back knows more: the wait that a service asks for, or that this
 * refusal is final although others of its kind are not. The policy stays the same for all of them and still counts the
 * attempts.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { Step, WIO, Workflow } from "@waymark/core"
import { Engine } from "@waymark/interpreter"

export class Letter extends Schema.TaggedClass<Letter>()("Letter", { to: Schema.String }) {}
export class Posted extends Schema.TaggedClass<Posted>()("Posted", { number: Schema.String }) {}
export class Returned extends Schema.TaggedClass<Returned>()("Returned", { status: Schema.Int }) {}

/** The post answers with a status, as services on the web do. */
export class BadStatus extends Schema.TaggedError<BadStatus>()("BadStatus", { status: Schema.Int }) {}

export class Post extends Context.Service<
  Post,
  { readonly accept: (to: string) => Effect.Effect<string, BadStatus> }
>()("derecho-tour/Post") {
  static readonly layer = Layer.succeed(Post, {
    accept: Effect.fnUntraced(function* (to) {
      const { attempt } = yield* Step.info
      // It is overloaded, and says for how long.
      if (attempt === 1 && to === "ann") return yield* Step.retryAfter(new BadStatus({ status: 429 }), "30 seconds")
      // Nobody of that name: asking again will not help.
      if (to === "nobody") return yield* Step.doNotRetry(new BadStatus({ status: 404 }))
      // Something is wrong over there: the policy knows what to do.
      if (attempt === 1) return yield* new BadStatus({ status: 503 })
      return `letter to ${to}`
    })
  })
}

const post = WIO.runIO("post", {
  event: Schema.String,
  error: BadStatus,
  run: ({ to }: Letter) => Post.use((post) => post.accept(to)),
  apply: (_, number) => new Posted({ number }),
  retry: { initial: "1 second", attempts: 3, while: ["BadStatus"] }
})

const returned = WIO.pure(({ error }: WIO.Failure<unknown, BadStatus>) => new Returned({ status: error.status }), {
  name: "returned"
})

export const Mailing = Workflow.make("Mailing", {
  version: 1,
  input: Letter,
  state: Schema.Union([Letter, Posted, Returned]),
  body: post.pipe(WIO.catch(returned))
})

export const program = Effect.gen(function* () {
  const engine = yield* Engine
  const mail = Effect.fnUntraced(function* (to: string) {
    const mailing = yield* engine.start(Mailing, { id: to, input: new Letter({ to }) })
    return yield* mailing.result
  })
  return yield* Effect.all(
    { asked: mail("ann"), final: mail("nobody"), usual: mail("bob") },
    { concurrency: "unbounded" }
  )
})

export const layer = Engine.layer({ workflows: [Mailing] }).pipe(Layer.provide(Post.layer))
