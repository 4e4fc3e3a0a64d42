/**
 * The runtime: it performs what executions ask for and journals what happened.
 *
 * Live instances are kept in memory, one mailbox each; their appends share commits. An instance that nobody runs, because
 * its process was killed or shut down, is claimed, recovered and carried on.
 */
import { RetryPolicy, type Query, type Signal, type Workflow } from "@waymark/core"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { CommandRejected, InstanceExists, InstanceNotFound, InvalidPayload, QueryNotAvailable } from "./Errors.ts"
import type { Event } from "./Event.ts"
import type { Handle, InstanceStatus, SignalError, SignalOptions, Unavailable } from "./Handle.ts"
import * as internal from "./internal/engine/engine.ts"
import { Journal } from "./Journal.ts"
import type { JournalError } from "./JournalError.ts"

/** How an engine works. */
export interface Options<Workflows extends ReadonlyArray<Workflow.Any>> {
  /** The workflows it hosts. It takes over their unfinished instances, also those that older versions started. */
  readonly workflows: Workflows
  /** How long an instance stays with this process when it is not heard of. Default: 10 seconds, or three times `poll`. */
  readonly lease?: Duration.Input
  /**
   * How often it looks for orphaned instances and for signals whose wake-up was lost. Default: what the journal says,
   * 1 second on Postgres, 5 seconds where there is only one process.
   */
  readonly poll?: Duration.Input
  /** The retry policy of steps that have none of their own, and of what theirs leaves out. */
  readonly retry?: RetryPolicy.RetryPolicy
}

/**
 * Starts, signals and asks instances.
 *
 * @example
 * ```ts
 * import { Effect, Layer, Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Engine, Journal } from "@waymark/interpreter"
 *
 * const Greeting = Workflow.make("Greeting", {
 *   version: 1,
 *   input: Schema.String,
 *   state: Schema.String,
 *   body: WIO.runIO("greet", {
 *     event: Schema.String,
 *     run: (name: string) => Effect.succeed(`hello ${name}`),
 *     apply: (_, greeting) => greeting
 *   })
 * })
 *
 * const program = Effect.gen(function*() {
 *   const engine = yield* Engine
 *   const greeting = yield* engine.start(Greeting, { id: "g-1", input: "Ann" })
 *   return yield* greeting.result
 * })
 *
 * const layer = Engine.layer({ workflows: [Greeting] }).pipe(Layer.provide(Journal.layerMemory))
 * export const greeted = await Effect.runPromise(program.pipe(Effect.provide(layer))) // "hello Ann"
 * ```
 */
export class Engine extends Context.Service<
  Engine,
  {
    /**
     * Starts an instance. The same id with an equal input gives the instance that is there already, so a start may be
     * repeated; with another input it is an error.
     */
    readonly start: <Name extends string, Input, Output, Error, R, State>(
      workflow: Workflow.Workflow<Name, Input, Output, Error, R, State>,
      options: { readonly id: string; readonly input: NoInfer<Input> }
    ) => Effect.Effect<Handle<Output, Error>, InstanceExists | InvalidPayload | CommandRejected | Unavailable>
    /** An instance that was started before, here or elsewhere. Nothing is asked of the journal yet. */
    readonly handle: <Name extends string, Input, Output, Error, R, State>(
      workflow: Workflow.Workflow<Name, Input, Output, Error, R, State>,
      id: string
    ) => Handle<Output, Error>
    /** Waits for the end of an instance. */
    readonly result: <Name extends string, Input, Output, Error, R, State>(
      workflow: Workflow.Workflow<Name, Input, Output, Error, R, State>,
      id: string
    ) => Effect.Effect<Output, Error | Unavailable>
    /** Sends a signal to an instance and waits for its reply. */
    readonly signal: <Name extends string, Payload, Reply, Refusal>(
      id: string,
      signal: Signal.Signal<Name, Payload, Reply, Refusal>,
      payload: NoInfer<Payload>,
      options?: SignalOptions
    ) => Effect.Effect<Reply, Refusal | SignalError>
    /** Asks an instance a query. */
    readonly query: <Name extends string, Reply>(
      id: string,
      query: Query.Query<Name, Reply>
    ) => Effect.Effect<Reply, QueryNotAvailable | Unavailable>
    /** Where an instance stands and what it waits for. */
    readonly status: (id: string) => Effect.Effect<InstanceStatus, Unavailable>
    /** The journal of an instance so far. */
    readonly history: (id: string) => Effect.Effect<ReadonlyArray<Event>, InstanceNotFound | JournalError>
  }
>()("@waymark/interpreter/Engine") {
  /**
   * An engine that hosts workflows. It needs a journal and the services of the workflows' steps.
   *
   * @throws TypeError where two of the workflows have one name: a journal finds its workflow by it.
   */
  static layer<const Workflows extends ReadonlyArray<Workflow.Any>>(
    options: Options<Workflows>
  ): Layer.Layer<Engine, never, Journal | Workflow.Services<Workflows[number]>> {
    const names = options.workflows.map(({ name }) => name)
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) {
      throw new TypeError(`Engine.layer: two workflows are named "${twice}": rename one, or host them in two engines`)
    }
    return Layer.effect(
      Engine,
      Effect.gen(function* () {
        const journal = yield* Journal
        const context = yield* Effect.context<Workflow.Services<Workflows[number]>>()
        const poll = Duration.toMillis(options.poll ?? journal.poll)
        return yield* internal.make(journal, context, {
          workflows: options.workflows,
          lease: options.lease === undefined ? Math.max(10_000, 3 * poll) : Duration.toMillis(options.lease),
          poll,
          retry: RetryPolicy.resolve(options.retry)
        })
      })
    )
  }
}
