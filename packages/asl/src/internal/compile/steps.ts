/** What every kind of state is made of: journaled steps that evaluate, and the jump to the next state. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { WIO } from "@waymark/core"
import { AslFailure } from "../../Errors.ts"
import type { AslResources } from "../../Resources.ts"
import type { JsonObject } from "../data/json.ts"
import { Entered, recorded } from "./chance.ts"
import { after, type Flow, type Left, type Work } from "./flow.ts"
import type { At } from "./query.ts"

/** Where a state ends: it goes to the next one, or the machine ends with its output. */
export type Way = WIO.Goto<string, Flow> | Flow

/** A part of a state. */
export type Part<Out = Flow> = WIO.WIO<Flow, Out, AslFailure, AslResources, unknown>

const LeftEvent = Schema.Struct({
  entered: Schema.optionalKey(Schema.Number),
  output: Schema.Json,
  assign: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json)),
  next: Schema.optionalKey(Schema.String)
})

const WorkEvent = Schema.Struct({
  entered: Schema.Number,
  work: Schema.Record(Schema.String, Schema.Json)
})

/** Tells that a state is entered: not when it is tried again. */
const told = ({ flow, name }: At): Effect.Effect<void> =>
  flow.tries === undefined ? Effect.map(Entered, (tell) => tell(name, flow.context.Execution.Id)) : Effect.void

type Evaluate<A> = (at: At) => Effect.Effect<A, AslFailure, AslResources>

const evaluating = <A>(name: string, flow: Flow, evaluate: Evaluate<A>, first: boolean) =>
  Effect.gen(function* () {
    const at: At = { name, flow, recorded: yield* recorded }
    if (first) yield* told(at)
    return yield* evaluate(at)
  })

/** Goes on from what a state leaves: to its `Next`, unless what it left says where to. */
export const going = (flow: Flow, left: Left, next: string | undefined): Way => {
  const to = left.next ?? next
  const handed = after(flow, left)
  return to === undefined ? handed : WIO.goto(to, handed)
}

/** The only step of a state: it is entered and left at once. */
export const whole = (name: string, evaluate: Evaluate<Left>, next: string | undefined): Part<Way> =>
  WIO.runIO(name, {
    event: LeftEvent,
    error: AslFailure,
    run: (flow: Flow) =>
      evaluating(name, flow, (at) => Effect.map(evaluate(at), (left) => ({ entered: at.recorded.now, ...left })), true),
    apply: (flow, left) => going(flow, left, next)
  }) as never

/** The last step of a state, after which the machine goes on. `step` is its name in the journal. */
export const leaving = (name: string, step: string, evaluate: Evaluate<Left>, next: string | undefined): Part<Way> =>
  WIO.runIO(step, {
    event: LeftEvent,
    error: AslFailure,
    run: (flow: Flow) => evaluating(name, flow, evaluate, false),
    apply: (flow, left) => going(flow, left, next)
  }) as never

/** The first step of a state that has more: what it evaluates on entering becomes the flow's `work`. */
export const entering = (name: string, evaluate: Evaluate<Work>): Part =>
  WIO.runIO(`${name}: input`, {
    event: WorkEvent,
    error: AslFailure,
    run: (flow: Flow) =>
      evaluating(
        name,
        flow,
        (at) =>
          Effect.map(evaluate(at), (work) => ({ entered: flow.entered ?? at.recorded.now, work: work as JsonObject })),
        true
      ),
    apply: (flow, { entered, work }): Flow => ({ ...flow, entered, work: work })
  }) as never

/** A failure from what flows. */
export const failing = (name: string, of: (flow: Flow) => AslFailure): Part<never> => WIO.fail(of, { name }) as never

/** Parts one after the other; what they hand on is what the next starts from. */
export const sequence = (first: Part, ...rest: ReadonlyArray<Part<never> | Part<unknown>>): Part<Way> =>
  rest.reduce((before: unknown, part) => WIO.andThen(before as never, part as never), first) as never
