/**
 * What operators ask of an instance: messages of the engine's own, as durable as any signal. The owner deals with them in its
 * turns, so they work from every process that shares the journal; no handler of a workflow ever sees them.
 */
import { Codec, type Signal } from "@waymark/core"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Command from "../../Command.ts"
import { CommandRejected, InvalidPayload, NotStuck } from "../../Errors.ts"
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import type { Outcome, Send } from "../../Journal.ts"
import * as Pending from "../../Pending.ts"
import type { Draft } from "./draft.ts"
import { jsonSchemaOf } from "./jsonSchema.ts"

const PREFIX = "waymark/"

/** Is it one of the engine's own? `Signal.make` gives no such name. */
export const isControl = (name: string): boolean => name.startsWith(PREFIX)

const define = <Payload extends Codec.AnySchema, Refusal extends Codec.AnySchema>(
  name: string,
  payload: Payload,
  error: Refusal
): Signal.Signal<string, Payload["Type"], void, Refusal["Type"]> => ({
  _tag: "Signal",
  name: PREFIX + name,
  payload: Codec.make(payload),
  reply: Codec.make(Schema.Void),
  error: Codec.make(error)
})

const Reason = Schema.Struct({ reason: Schema.String })
const StepRef = Schema.Struct({ path: Schema.String, ordinal: Schema.Int, name: Schema.String })
const Decision = Schema.Union([
  Schema.Struct({ _tag: Schema.Literal("Succeed"), event: Schema.Json }),
  Schema.Struct({ _tag: Schema.Literal("Fail"), error: Schema.Json })
])

/** The instance is to be cancelled. */
export const Cancel = define("cancel", Reason, CommandRejected)
/** The instance is to be over at once. */
export const Terminate = define("terminate", Reason, CommandRejected)
/** What was given up is to be tried again: one step, or all. */
export const Retry = define(
  "retry",
  Schema.Struct({ step: Schema.optionalKey(StepRef) }),
  Schema.Union([NotStuck, CommandRejected])
)
/** An operator says what a step that was given up came to. */
export const Resolve = define(
  "resolve",
  Schema.Struct({ step: StepRef, outcome: Decision }),
  Schema.Union([NotStuck, InvalidPayload, CommandRejected])
)

const CHILD_ENDED = `${PREFIX}child-ended`

/** How a child has ended, for the step that has started it. */
export interface ChildEnd {
  readonly child: string
  readonly parent: Execution.Parent
  readonly outcome: Command.ChildOutcome
}

/** Is it the message that a child has ended? It is stored with the child's end, in one commit, so a parent need not look for it. */
export const isChildEnd = ({ name }: Send): boolean => name === CHILD_ENDED

/** The message for the parent of an instance that ends with this event. */
export const childEnd = (parent: Execution.Parent, { instance: child, payload, run }: Event): Send => ({
  instance: parent.instance,
  id: `${CHILD_ENDED}/${child}/${run}`,
  name: CHILD_ENDED,
  payload: { child, parent: { ...parent }, outcome: payload }
})

/** What such a message tells: nobody else writes one. */
export const childEndOf = ({ payload }: Send): ChildEnd => payload as unknown as ChildEnd

/** The instance that is asked, in the middle of a turn. */
export interface Subject {
  readonly draft: Draft
  /** Why it is stuck although no step was given up. */
  readonly failure: string | undefined
  /** Tries to go on; answers why it is stuck still. */
  readonly again: () => string | undefined
}

type Refusal = NotStuck | InvalidPayload | CommandRejected

const Refusals = Codec.make(Schema.Union([NotStuck, InvalidPayload, CommandRejected]))
/** The answer to what was done as it was asked. */
export const done: Outcome = { _tag: "Consumed", reply: Result.getOrThrow(Cancel.reply.encode(undefined)) }
const refuse = (refusal: Refusal): Outcome => ({
  _tag: "Refused",
  error: Result.getOrThrow(Refusals.encode(refusal))
})

/** The answer to what cannot be done: what stands in the way is the definition. */
export const unable = (execution: Execution.Any, reason: string): Outcome => {
  const [instance, step] = [Execution.id(execution), Execution.workflow(execution).name]
  return refuse(new CommandRejected({ instance, rejection: "Threw", path: "", step, reason }))
}

/** Without what no journal can keep: causes and refusals are values of any kind. */
const plain = ({ instance, path, reason, rejection, step }: CommandRejected): CommandRejected =>
  new CommandRejected({ instance, path, reason, rejection, step })

/** The steps that were given up: all of them, or the one that is named. */
const givenUp = (execution: Execution.Any, step: Pending.StepRef | undefined): ReadonlyArray<Pending.Pending> =>
  Execution.pending(execution)
    .filter((pending) => "notBefore" in pending && pending.notBefore === Infinity)
    .filter((found) => step === undefined || Pending.key(found.step) === Pending.key(step))

const end = ({ again, draft, failure }: Subject, command: Command.Command): Outcome => {
  const rejected = draft.tell(command)
  // It is on its way there already: asking twice is no mistake.
  if (rejected !== undefined) return rejected.rejection === "Ended" ? done : refuse(plain(rejected))
  // What could not be taken before may fit now, and what was cut is taken no more.
  if (failure !== undefined) again()
  return done
}

const retry = ({ again, draft, failure }: Subject, step: Pending.StepRef | undefined): Outcome => {
  const { execution } = draft
  const instance = Execution.id(execution)
  const stuck = givenUp(execution, step)
  const tries = failure !== undefined && (step === undefined || stuck.length === 0)
  if (stuck.length === 0 && !tries) return refuse(new NotStuck({ instance, ...(step && { step: step.name }) }))
  for (const found of stuck) {
    const rejected = draft.tell(Command.retry(found.step))
    if (rejected !== undefined) return refuse(plain(rejected))
  }
  const reason = tries ? again() : undefined
  return reason === undefined ? done : unable(execution, reason)
}

/**
 * A decision comes as JSON, like what a journal holds: whoever makes it need not know the workflow's values. So it is folded
 * in as a recorded event is, which decodes it by the step's schemas.
 */
const decide = (
  draft: Draft,
  { name, ordinal, path }: Pending.StepRef,
  payload: Schema.Json
): Result.Result<Execution.Step<Execution.Any>, Execution.RecoveryError | CommandRejected> => {
  const { at, audit, epoch, execution } = draft
  const [instance, run, seq] = [Execution.id(execution), Execution.run(execution), Execution.length(execution)]
  const id = `${run}.${seq}.${epoch}`
  const event: Event = { instance, run, seq, id, at, kind: "resolved", path, ordinal, step: name, payload }
  return Result.gen(function* () {
    const evolved: Execution.Any = yield* Execution.evolve(execution, event)
    const settled = yield* Execution.settle(evolved, draft)
    const recorded = audit ? { ...event, patch: Execution.patch(execution, evolved) } : event
    return { execution: settled.execution, events: [recorded, ...settled.events] }
  })
}

/** How much of a schema a message shows. */
const SHOWN = 600

/** Why a decision does not fit the schema that the step writes such an outcome by; nothing where it does. */
const unfit = (instance: string, found: Pending.Pending, outcome: typeof Decision.Type): InvalidPayload | undefined => {
  if (found._tag !== "RunIO") return undefined
  const [slot, json] =
    outcome._tag === "Succeed" ? ["event" as const, outcome.event] : ["error" as const, outcome.error]
  const decoded = found[slot].decode(json)
  if (Result.isSuccess(decoded)) return undefined
  const { name, ordinal, path } = found.step
  const wanted = JSON.stringify(jsonSchemaOf(found[slot])).slice(0, SHOWN)
  return new InvalidPayload({
    instance,
    what: `the ${slot} that step "${name}" (path "${path}", ordinal ${ordinal}) is said to have come to`,
    reason: `${decoded.failure.message}. Give it as the step's "${slot}" schema writes it, in JSON Schema: ${wanted}`
  })
}

const resolve = ({ draft }: Subject, step: Pending.StepRef, outcome: typeof Decision.Type): Outcome => {
  const instance = Execution.id(draft.execution)
  const [found] = givenUp(draft.execution, step)
  if (found === undefined) return refuse(new NotStuck({ instance, step: step.name }))
  const wrong = unfit(instance, found, outcome)
  if (wrong !== undefined) return refuse(wrong)
  const decided = decide(
    draft,
    found.step,
    outcome._tag === "Succeed"
      ? { decision: "succeed", event: outcome.event }
      : { decision: "fail", error: outcome.error }
  )
  if (Result.isSuccess(decided)) {
    const rejected = draft.take(Result.succeed(decided.success))
    return rejected === undefined ? done : refuse(plain(rejected))
  }
  const { failure } = decided
  if (failure._tag === "CommandRejected") return refuse(plain(failure))
  if (failure._tag === "DefinitionThrew") {
    const { message: reason } = failure
    return refuse(new CommandRejected({ instance, rejection: "Threw", path: step.path, step: step.name, reason }))
  }
  const what = `what step "${step.name}" is said to have come to`
  return refuse(new InvalidPayload({ instance, what, reason: failure.reason }))
}

/** Does what a message asks for, within the draft: what its sender is answered. */
export const obey = (send: Send, subject: Subject): Outcome => {
  const take = <Payload>(
    { payload }: Signal.Signal<string, Payload, unknown, unknown>,
    act: (payload: Payload) => Outcome
  ): Outcome => {
    const decoded = payload.decode(send.payload)
    if (Result.isSuccess(decoded)) return act(decoded.success)
    const what = `the payload of "${send.name}"`
    return refuse(new InvalidPayload({ instance: send.instance, what, reason: decoded.failure.message }))
  }
  switch (send.name) {
    case Cancel.name:
      return take(Cancel, ({ reason }) => end(subject, Command.cancel(reason)))
    case Terminate.name:
      return take(Terminate, ({ reason }) => end(subject, Command.terminate(reason)))
    case Retry.name:
      return take(Retry, ({ step }) => retry(subject, step))
    case Resolve.name:
      return take(Resolve, ({ outcome, step }) => resolve(subject, step, outcome))
    default: {
      const what = `the message "${send.name}"`
      const reason = "this version of the engine does not know it: ask with the version that the instance runs on"
      return refuse(new InvalidPayload({ instance: send.instance, what, reason }))
    }
  }
}
