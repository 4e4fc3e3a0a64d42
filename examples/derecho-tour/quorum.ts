/**
 * A condition with a time limit: two of three reviewers have to agree, within two days.
 *
 * For waiting until something holds that several messages bring about. The condition is a function of the state,
 * looked at after each event, so there is nothing to poll. Whoever has not voted by then is not waited for any more.
 */
import { Effect, Schema } from "effect"
import { Signal, WIO, Workflow } from "@waymark/core"
import { Engine } from "@waymark/interpreter"

export class Proposal extends Schema.TaggedClass<Proposal>()("Proposal", { title: Schema.String }) {}
export class Agreed extends Schema.TaggedClass<Agreed>()("Agreed", { by: Schema.String }) {}
export class Accepted extends Schema.TaggedClass<Accepted>()("Accepted", {
  title: Schema.String,
  by: Schema.Array(Schema.String)
}) {}
export class Expired extends Schema.TaggedClass<Expired>()("Expired", { reason: Schema.String }) {}

export const Agree = Signal.make("agree", { payload: Schema.String })

const vote = WIO.handleSignal(Agree, {
  event: Schema.String,
  handle: (_: Proposal, by) => Effect.succeed(by),
  apply: (_, by) => new Agreed({ by })
})

/** Who has agreed so far. A reviewer who has not voted yet still looks at the proposal. */
const agreed = (...votes: ReadonlyArray<Proposal | Agreed>) =>
  votes.flatMap((vote) => (vote._tag === "Agreed" ? [vote.by] : []))

const quorum = WIO.parallel(
  { first: vote, second: vote, third: vote },
  {
    fork: (proposal: Proposal) => ({ first: proposal, second: proposal, third: proposal }),
    until: ({ first, second, third }) => agreed(first, second, third).length >= 2,
    join: ({ first, second, third }, { title }) => new Accepted({ title, by: agreed(first, second, third) })
  }
)

const expired = WIO.pure(({ error }: WIO.Failure<unknown, { readonly message: string }>) => {
  return new Expired({ reason: error.message })
})

export const Review = Workflow.make("Review", {
  version: 1,
  input: Proposal,
  state: Schema.Union([Proposal, Agreed, Accepted, Expired]),
  body: quorum.pipe(WIO.timeout("two days", { for: "2 days" }), WIO.catchTag("TimedOut", expired))
})

export const program = Effect.gen(function* () {
  const engine = yield* Engine
  const popular = yield* engine.start(Review, { id: "popular", input: new Proposal({ title: "more coffee" }) })
  const ignored = yield* engine.start(Review, { id: "ignored", input: new Proposal({ title: "less coffee" }) })
  yield* popular.signal(Agree, "ann", { to: "first" })
  yield* ignored.signal(Agree, "bob", { to: "second" })
  yield* Effect.sleep("1 day")
  yield* popular.signal(Agree, "cid", { to: "third" })
  return { popular: yield* popular.result, ignored: yield* ignored.result }
})

export const layer = Engine.layer({ workflows: [Review] })
