/**
 * The calls of a workflow's steps: what stands in for them, what was asked of them, and whether any is under way. A stage
 * puts its `edit` into the workflow that it hosts.
 */
import { Node, Step, WIO, type Codec, type Workflow } from "@waymark/core"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { InvalidPayload } from "../../Errors.ts"
import { steadied } from "../generator/play.ts"
import { StepNotStubbed, StubMisfit } from "./errors.ts"
import { like, type Edit } from "./rewrite.ts"
import type { Call, Stub, Stubs } from "./Stub.ts"

/** What a test may run into, besides what its workflow does. */
export type StageError = StepNotStubbed | StubMisfit | InvalidPayload

/** How steps are called. */
export interface Casting {
  readonly workflow: Workflow.Any
  readonly stubs: Stubs
  /** Whether steps without a stub run for real. */
  readonly unstubbed: "run" | "refuse"
  /** Whether the same step has the same random UUID in every run. Default: no. */
  readonly steady?: boolean
}

/** What is called, and what its outcome has to fit. */
interface Part {
  readonly step: string
  readonly given: Pick<Call, "state" | "payload">
  readonly codecs: { readonly event: Codec.Codec<unknown>; readonly error: Codec.Codec<unknown> }
  readonly own: () => Effect.Effect<unknown, unknown, unknown>
  readonly unstubbed: Casting["unstubbed"]
}

const MISSING = "Error: Service not found"

export class Calls {
  readonly list: Array<Call> = []
  /** Called as an effect starts: whether the test may go on. */
  onCall: (call: Call) => boolean = () => true
  /** Nothing that happens from here on matters. */
  isOver = false
  readonly #casting: Casting
  readonly #keys = new Map<string, Array<string>>()
  #problem: StageError | undefined
  #activity = 0
  #running = 0
  #asleep = 0

  constructor(casting: Casting) {
    this.#casting = casting
  }

  /** Whatever happens to an effect moves it. */
  get activity(): number {
    return this.#activity
  }

  /** Is any effect under way? */
  get isRunning(): boolean {
    return this.#running > 0
  }

  /** Is any effect under way that waits for something else than time? */
  get isBusy(): boolean {
    return this.#running > this.#asleep
  }

  /** Fails where the test cannot go on. */
  readonly check: Effect.Effect<void, StageError> = Effect.suspend(() =>
    this.#problem === undefined ? Effect.void : Effect.fail(this.#problem)
  )

  /** The test cannot go on: what has come to this never ends. */
  stop(problem: StageError): Effect.Effect<never> {
    this.#problem ??= problem
    this.isOver = true
    return Effect.never
  }

  /** What stands in the place of a workflow's steps, in a process that may die. */
  edit(died: Deferred.Deferred<void> | undefined): Edit {
    const children = new Map<string, Workflow.Any>()
    const { unstubbed } = this.#casting
    return {
      runIO: (node) =>
        like(node, {
          run: (state) => {
            const given = { state, payload: undefined }
            return this.#perform(died, { step: node.name, given, codecs: node, own: () => node.run(state), unstubbed })
          }
        }),
      handleSignal: (node) =>
        like(node, {
          handle: (state, payload) => {
            const codecs = { event: node.event, error: node.signal.error }
            const own = () => node.handle(state, payload)
            return this.#perform(died, { step: node.name, given: { state, payload }, codecs, own, unstubbed: "run" })
          }
        }),
      child: (node) => {
        if (this.#stubOf(node.name) === undefined) return undefined
        const child = children.get(node.name) ?? this.#standIn(died, node)
        children.set(node.name, child)
        return child
      }
    }
  }

  /** A child that has a stub is a workflow of one step: so its parent sees it start and end as it would the real one. */
  #standIn(died: Deferred.Deferred<void> | undefined, node: Node.Child): Workflow.Any {
    const { name: step, workflow } = node
    const { error, name, state } = workflow
    const codecs = { event: state, error }
    const run = (input: unknown) =>
      this.#perform(died, {
        step,
        given: { state: input, payload: undefined },
        codecs,
        own: () => Effect.never,
        unstubbed: "refuse"
      }) as Effect.Effect<unknown, unknown>
    const body = WIO.runIO(step, { event: state.schema, error: error.schema, run, apply: (_, event): unknown => event })
    return Object.freeze({ ...workflow, name: `${name} (stub of ${step})`, body: Node.of(body) })
  }

  #stubOf(name: string): Stub | undefined {
    const { stubs } = this.#casting
    return Object.hasOwn(stubs, name) ? stubs[name] : undefined
  }

  #perform(died: Deferred.Deferred<void> | undefined, part: Part): Effect.Effect<unknown, unknown, unknown> {
    const stub = this.#stubOf(part.step)
    const performed = Effect.flatMap(Step.info, (info) => {
      const call = this.#called(part, info)
      if (stub !== undefined) return this.#fitting(call, part, stub.effect(call))
      if (part.unstubbed === "run") return this.#provided(call, Effect.suspend(part.own))
      return this.stop(this.#notStubbed(call, "it has no stub, and no services are given for steps to run for real"))
    })
    const watched = this.#watched(performed)
    if (died === undefined) return watched
    return Effect.raceFirst(watched, Effect.andThen(Deferred.await(died), Effect.interrupt))
  }

  #called({ given, step }: Part, info: Step.Info): Call {
    const { attempt, idempotencyKey, instance, now: at, ordinal, path, run } = info
    const keys = this.#keys.get(step) ?? []
    this.#keys.set(step, keys)
    if (!keys.includes(idempotencyKey)) keys.push(idempotencyKey)
    const nth = keys.indexOf(idempotencyKey)
    const call: Call = { step, ...given, attempt, nth, at, instance, run, path, ordinal, idempotencyKey }
    this.list.push(call)
    if (!this.onCall(call)) this.isOver = true
    return call
  }

  /** Knows of an effect that it runs, and whether it sleeps. */
  #watched<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    const change = (running: number, asleep: number) =>
      Effect.sync(() => {
        this.#activity++
        this.#running += running
        this.#asleep += asleep
      })
    return Effect.clockWith((clock) => {
      const sleep: Clock.Clock["sleep"] = (duration) =>
        Effect.acquireUseRelease(
          change(0, 1),
          () => clock.sleep(duration),
          () => change(0, -1)
        )
      const watching = Object.assign(Object.create(clock) as typeof clock, { sleep })
      return Effect.acquireUseRelease(
        change(1, 0),
        () => Effect.provideService(effect, Clock.Clock, watching),
        () => change(-1, 0)
      )
    })
  }

  /** What a stub gives has to be what the step can come to. */
  #fitting(
    { path, step }: Call,
    { codecs }: Part,
    effect: Effect.Effect<unknown, unknown>
  ): Effect.Effect<unknown, unknown> {
    return Effect.flatMap(Effect.exit(effect), (exit) => {
      const failure = Exit.findErrorOption(exit)
      // A stub that dies has nothing to fit.
      if (Exit.isFailure(exit) && Option.isNone(failure)) return exit
      const [what, value] = Exit.isSuccess(exit)
        ? (["event", exit.value] as const)
        : (["error", Option.getOrUndefined(failure)] as const)
      const encoded = codecs[what].encode(value)
      if (Result.isSuccess(encoded)) return exit
      const { name: workflow } = this.#casting.workflow
      return this.stop(new StubMisfit({ workflow, step, path, what, reason: encoded.failure.message }))
    })
  }

  /** A service that is not there is the test's fault, not the step's. */
  #provided(call: Call, effect: Effect.Effect<unknown, unknown, unknown>): Effect.Effect<unknown, unknown, unknown> {
    const { steady = false } = this.#casting
    const steadily = steady ? Effect.map(effect, (event) => steadied(event, call.idempotencyKey)) : effect
    return Effect.catchCause(steadily, (cause) => {
      const defects = cause.reasons.filter(Cause.isDieReason).map(({ defect }) => String(defect))
      const missing = defects.find((said) => said.startsWith(MISSING))
      return missing === undefined
        ? Effect.failCause(cause)
        : this.stop(this.#notStubbed(call, missing.slice("Error: ".length)))
    })
  }

  #notStubbed({ path, step }: Call, reason: string): StepNotStubbed {
    const { stubs, workflow } = this.#casting
    return new StepNotStubbed({ workflow: workflow.name, step, path, reason, stubs: Object.keys(stubs) })
  }
}
