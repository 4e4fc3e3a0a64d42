/** What becomes of a state that has failed: it is tried again, it is caught, or the machine fails. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { WIO } from "@waymark/core"
import type { Catcher, Fallible, Retrier, State } from "../../Definition.ts"
import type { AslFailure } from "../../Errors.ts"
import * as Pipeline from "../data/pipeline.ts"
import * as Template from "../data/payloadTemplate.ts"
import { errorOutput, type Flow, type Left, type Tries } from "./flow.ts"
import * as Query from "./query.ts"
import type { At, Compiled } from "./query.ts"
import { leaving, type Part, type Way } from "./steps.ts"

const NO_TASK_FAILURES = new Set<string | undefined>([
  "States.Timeout",
  "States.HeartbeatTimeout",
  "States.DataLimitExceeded"
])

/**
 * Whether a list of error names stands for a failure. `States.Runtime`, and an output that is too large, end the machine whatever is
 * written.
 */
export const stands = (
  names: ReadonlyArray<string>,
  { detail, error }: Pick<AslFailure, "detail" | "error">
): boolean => {
  if (error === "States.Runtime" || detail === "output") return false
  return names.some((name) => {
    if (name === "States.ALL") return error !== "States.DataLimitExceeded" || detail === "result"
    if (name === "States.TaskFailed" && !NO_TASK_FAILURES.has(error)) return true
    if (name === "States.HeartbeatTimeout" && detail === "heartbeat") return true
    // A task may give the closer name itself.
    if (name === "States.Timeout" && error === "States.HeartbeatTimeout") return true
    return name === error
  })
}

const MOST_ATTEMPTS = 3
const DAY = 86_400

/** A number from 0 to 1 that a replay computes again: what jitter needs is that neighbours differ. */
const spread = (text: string): number => {
  let hash = 2_166_136_261
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 16_777_619)
  hash ^= hash >>> 15
  return (Math.imul(hash, 2_246_822_507) >>> 0) / 2 ** 32
}

/** The wait before another try, in milliseconds. */
export const delayOf = (retrier: Retrier, before: number, seed: string): number => {
  const { BackoffRate = 2, IntervalSeconds = 1, JitterStrategy = "NONE", MaxDelaySeconds = 366 * DAY } = retrier
  const seconds = Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** before)
  return Math.round(seconds * 1000 * (JitterStrategy === "FULL" ? spread(seed) : 1))
}

type Failed = WIO.Failure<Flow, AslFailure>

/** The first retrier whose names stand for the error, unless it has no attempts left: none after it is asked. */
const retrierOf = (retriers: ReadonlyArray<Retrier>, { error, state }: Failed): number | undefined => {
  const index = retriers.findIndex(({ ErrorEquals }) => stands(ErrorEquals, error))
  const retrier = retriers[index]
  if (retrier === undefined) return undefined
  return (state.tries?.byRetrier[index] ?? 0) < (retrier.MaxAttempts ?? MOST_ATTEMPTS) ? index : undefined
}

const catcherOf = (catchers: ReadonlyArray<Catcher>, { error }: Failed): number =>
  catchers.findIndex(({ ErrorEquals }) => stands(ErrorEquals, error))

/** The flow that a state started from, without what it has evaluated since. */
const started = ({ context, entered, input, tries, variables }: Flow): Flow => ({
  input,
  variables,
  context,
  ...(entered !== undefined && { entered }),
  ...(tries !== undefined && { tries })
})

const triedAgain = (tries: Tries | undefined, index: number, retriers: number): Tries => ({
  count: (tries?.count ?? 0) + 1,
  byRetrier: Array.from({ length: retriers }, (_, at) => (tries?.byRetrier[at] ?? 0) + (at === index ? 1 : 0))
})

const retrying = (name: string, retriers: ReadonlyArray<Retrier>, index: number): Part<Way> => {
  const retrier = retriers[index] as Retrier
  const seed = ({ context, entered, tries }: Flow): string =>
    `${context.Execution.Id} ${name} ${entered} ${tries?.count}`
  const again = WIO.pure(({ state }: Failed): Flow => {
    const tries = triedAgain(state.tries, index, retriers.length)
    return { ...started(state), tries }
  })
  const wait = WIO.await<Flow>(`${name}: retry`, {
    for: (flow) => delayOf(retrier, (flow.tries?.byRetrier[index] ?? 1) - 1, seed(flow))
  })
  return WIO.andThen(
    WIO.andThen(again, wait),
    WIO.pure((flow: Flow) => WIO.goto(name, flow))
  ) as never
}

/** The way out of a JSONPath catcher: its `ResultPath` puts the error output into the raw input. */
const pipedError = ({ Assign, ResultPath }: Catcher, at: At, output: Left["output"]): Effect.Effect<Left, AslFailure> =>
  Effect.gen(function* () {
    const fields = ResultPath === undefined ? {} : { ResultPath }
    const made = yield* lifted(Pipeline.effectiveOutput(fields, Query.scopeOf(at), output, at.recorded))
    if (Assign === undefined) return { output: made }
    const assign = yield* lifted(Template.evaluate(Assign, Query.scopeOf(at, output), at.recorded))
    return { output: made, assign: yield* Query.assigned(assign, at) }
  })

const lifted = <A>(result: Result.Result<A, AslFailure>): Effect.Effect<A, AslFailure> =>
  Result.isSuccess(result) ? Effect.succeed(result.success) : Effect.fail(result.failure)

const catching = ({ language, name }: Compiled<State>, catcher: Catcher): Part<Way> => {
  // The failure becomes part of what flows, so that the step which evaluates the catcher can be recovered.
  const caught = WIO.pure(({ error, state }: Failed): Flow => ({ ...started(state), result: errorOutput(error) }))
  const leave = leaving(
    name,
    `${name}: catch`,
    (at) => {
      const output = at.flow.result as Left["output"]
      return language === "JSONata"
        ? Query.queried(catcher, at, output, { errorOutput: output })
        : pipedError(catcher, at, output)
    },
    catcher.Next
  )
  return WIO.andThen(caught, leave as never) as never
}

/** Keys for the roads of a list of error names, which may be the same for two. */
const labels = (
  kind: string,
  lists: ReadonlyArray<{ readonly ErrorEquals: ReadonlyArray<string> }>
): ReadonlyArray<string> => {
  const taken = new Set<string>()
  return lists.map(({ ErrorEquals }, index) => {
    const label = `${kind} ${ErrorEquals.join(", ")}`
    const free = taken.has(label) ? `${label} (${index + 1})` : label
    taken.add(free)
    return free
  })
}

/** A state with its `Retry` and `Catch`. */
export const guarded = (compiled: Compiled<State & Fallible>, body: Part<Way>): Part<Way> => {
  const { name, state } = compiled
  const { Catch: catchers = [], Retry: retriers = [] } = state
  if (catchers.length === 0 && retriers.length === 0) return body
  const cases: Record<string, { readonly when: (failed: Failed) => boolean; readonly then: WIO.Any }> = {}
  labels("retry", retriers).forEach((label, index) => {
    cases[label] = {
      when: (failed) => retrierOf(retriers, failed) === index,
      then: retrying(name, retriers, index)
    }
  })
  labels("catch", catchers).forEach((label, index) => {
    cases[label] = {
      when: (failed) => catcherOf(catchers, failed) === index,
      then: catching(compiled, catchers[index] as Catcher)
    }
  })
  const otherwise = WIO.fail(({ error }: Failed) => error, { name: `${name}: failed` })
  return WIO.catch(body as never, WIO.branch(`${name}: failed`, cases as never, otherwise as never) as never) as never
}
