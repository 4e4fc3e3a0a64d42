/** The outside of generated workflows, played: runs effects, and says what became of children and messages. */
import { RetryPolicy, Step } from "@waymark/core"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Command from "../../Command.ts"
import type { Child, Pending, RunIO, Send } from "../../Pending.ts"
import { digest, mix, step as after, type Problem, type State } from "./state.ts"
import { World, type Ledger } from "./world.ts"

/** What is begun, may be in flight, and comes to an end of its own. */
export type Attempted = RunIO<World> | (Child & { readonly phase: "Start" }) | Send

/** What an effect that was begun comes to, told at some instant. */
export type Played = (now: number) => Command.Command

/** Which start of which effect this is. */
export const startOf = ({ attempt, idempotencyKey, step }: Attempted): string =>
  `${step.name} (${idempotencyKey}), attempt ${attempt}`

/** Whether it was given up. */
export const isStuck = (pending: Pending): boolean => "notBefore" in pending && pending.notBefore === Infinity

/** Whether it is begun: what waits for a child's end has nothing to do. */
export const isBegun = (pending: Pending<World>): pending is Attempted =>
  pending._tag === "RunIO" || pending._tag === "Send" || (pending._tag === "Child" && pending.phase === "Start")

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4/

/** A run could not be repeated if it were random: the same step has the same UUID. */
export const steadied = (value: unknown, key: string): unknown =>
  typeof value === "string" && uuid.test(value)
    ? `00000000-0000-4000-8000-${`${digest(key)}`.padStart(12, "0")}`
    : value

const run = (pending: RunIO<World>, instance: string, world: Ledger, startedAt: number): Played => {
  const { attempt, idempotencyKey, step } = pending
  const { name, ordinal, path } = step
  const identity = { instance, run: 0, path, ordinal, step: name, attempt, idempotencyKey }
  const info: Step.Info = { ...identity, now: startedAt, details: undefined }
  const exit = Effect.runSyncExit(
    Effect.suspend(() => pending.effect).pipe(
      Effect.provideService(Step.Current, info),
      Effect.provideService(World, world)
    )
  )
  if (Exit.isSuccess(exit)) return () => Command.succeed(step, steadied(exit.value, idempotencyKey))
  const problem = Option.getOrUndefined(Exit.findErrorOption(exit)) as Problem | undefined
  const policy = RetryPolicy.resolve(pending.retry)
  const wait = RetryPolicy.delay(policy, attempt, 0)
  if (problem !== undefined && (wait === undefined || !policy.while.includes(problem._tag))) {
    return () => Command.fail(step, problem)
  }
  const error = { message: problem === undefined ? String(Cause.squash(exit.cause)) : problem._tag }
  return (now) => Command.attempt(step, { error, next: wait === undefined ? null : now + wait })
}

const deliver = (pending: Child | Send, world: Ledger): Played => {
  const { attempt, idempotencyKey: key, step } = pending
  const { dies, k, then } = world.begin({ key, step: step.name, attempt })
  if (attempt <= dies) {
    const givenUp = attempt === 2 && k % 2 === 1
    return (now) => Command.attempt(step, { error: "the line is dead", next: givenUp ? null : now + 10 })
  }
  if (pending._tag === "Child") return () => Command.childStarted(step)
  return () => Command.sent(step, then === "Succeed" ? undefined : then)
}

/** Begins an effect, the start of a child or the sending of a message, and puts that on the world's ledger. */
export const begin = (pending: Attempted, instance: string, world: Ledger, startedAt: number): Played =>
  pending._tag === "RunIO" ? run(pending, instance, world, startedAt) : deliver(pending, world)

/** How a child ends. */
export const ending = ({ id, input, step }: Child, world: Ledger): Command.Command => {
  const { k, then } = world.outcomeOf(id)
  const state = after(input as State, k)
  if (then === "Succeed") return Command.childEnded(step, { outcome: "completed", output: { ...state } })
  if (then === "Oops") return Command.childEnded(step, { outcome: "failed", error: { _tag: then, n: state.n } })
  return Command.childEnded(step, { outcome: k % 2 === 0 ? "cancelled" : "terminated", reason: then })
}

/** What would end a step: for one that is not waited for any more, it comes too late. */
export const late = (pending: Pending): Command.Command => {
  const { step } = pending
  switch (pending._tag) {
    case "RunIO":
      return Command.succeed(step, { n: 1 })
    case "Signal":
      return Command.handled(step, { n: 1 }, { id: "late" })
    case "Child":
      return pending.phase === "Start"
        ? Command.childStarted(step)
        : Command.childEnded(step, { outcome: "cancelled", reason: "late" })
    case "Send":
      return Command.sent(step)
    case "Timer":
      // Nobody names a timer: it is as late as any other step.
      return Command.succeed(step, null)
  }
}

/** What an operator decides of a step that was given up. */
export const decided = (pending: Pending, decision: "Retry" | "Succeed" | "Fail"): Command.Command => {
  const { step } = pending
  // What a child or a message came to is theirs to say.
  if (decision === "Retry" || pending._tag !== "RunIO") return Command.retry(step)
  return decision === "Succeed"
    ? Command.resolve(step, { _tag: "Succeed", event: { n: mix(step.ordinal, 1) } })
    : Command.resolve(step, { _tag: "Fail", error: { _tag: "Oops", n: 1 } })
}
