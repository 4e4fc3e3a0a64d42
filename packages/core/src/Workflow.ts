/** A workflow: a body with its name, its version and the schemas of what goes in, rests and comes out. */
import * as Schema from "effect/Schema"
import type { AnySchema } from "./Codec.ts"
import * as Codec from "./Codec.ts"
import * as Given from "./internal/given.ts"
import * as Node from "./Node.ts"
import type { Leaves } from "./Product.ts"
import type { ContinuesAs } from "./nodes/ContinueAsNew.ts"
import type * as WIO from "./WIO.ts"

/** A named, versioned workflow: what an engine hosts, a journal names and a picture shows. */
export interface Workflow<
  out Name extends string,
  out Input,
  out Output,
  out Error = never,
  out R = never,
  out State = Output,
  out Attributes = {}
> {
  readonly _tag: "Workflow"
  readonly name: Name
  readonly version: number
  readonly input: Codec.Codec<Input>
  readonly state: Codec.Codec<unknown>
  readonly error: Codec.Codec<unknown>
  readonly body: Node.Node
  /** The search attributes of a state, where the workflow declares some. */
  readonly attributes: ((state: unknown) => SearchAttributes) | undefined
  readonly "~types"?: {
    readonly Output: (_: never) => Output
    readonly Error: (_: never) => Error
    readonly R: (_: never) => R
    readonly State: (_: never) => State
    readonly Attributes: (_: never) => Attributes
  }
}

/** What instances can be listed by: plain values by name. They are stored as they are, so nothing secret belongs here. */
export type SearchAttributes = Readonly<Record<string, string | number | boolean | null>>

/** Any workflow, for constraints. */
export type Any = Workflow<string, unknown, unknown, unknown, unknown, unknown>

/** What a workflow is started with. */
export type Input<W> = W extends Workflow<infer _N, infer A, infer _O, infer _E, infer _R, infer _S> ? A : never
/** What a workflow ends in. */
export type Output<W> = W extends Workflow<infer _N, infer _I, infer A, infer _E, infer _R, infer _S> ? A : never
/** The business failures a workflow can end with. */
export type Error<W> = W extends Workflow<infer _N, infer _I, infer _O, infer A, infer _R, infer _S> ? A : never
/** The Effect services a workflow needs. */
export type Services<W> = W extends Workflow<infer _N, infer _I, infer _O, infer _E, infer A, infer _S> ? A : never
/** Every state a workflow can rest in. */
export type State<W> = W extends Workflow<infer _N, infer _I, infer _O, infer _E, infer _R, infer A> ? A : never

/** The search attributes that a workflow declares. */
export type Attributes<W> =
  W extends Workflow<infer _N, infer _I, infer _O, infer _E, infer _R, infer _S, infer A> ? A : never

/** What the compiler shows where the `state` schema leaves a state out. */
interface StateNotCovered<S> {
  readonly "the state schema does not cover": S
}
/** What the compiler shows where the body does not start from the input. */
interface InputNotAccepted<I> {
  readonly "the body does not start from the input": I
}
/** What the compiler shows where the body can fail with something that `error` leaves out. */
interface ErrorNotCovered<E> {
  readonly "the error schema does not cover": E
}

/** What the compiler shows where a step does not say what state it starts from. */
interface StateUnknown {
  readonly "a state of the body is unknown": "annotate the parameter of the step's function: run, handle, input and the like"
}

/** The keys that hold data: brands and the like are types only. */
type DataKeys<L> = Exclude<Extract<keyof L, string>, `~${string}`>

/** Whether a member of the schema holds a state with all it has: a key that the schema lacks would be lost on the way. */
type Covers<L, S> = unknown extends S
  ? true
  : S extends unknown
    ? L extends S
      ? L extends ReadonlyArray<unknown> | string | number | bigint | boolean
        ? true
        : [DataKeys<L>] extends [keyof S]
          ? true
          : never
      : never
    : never

/** The states that no member of the schema holds. */
type NotCovered<L, S> = L extends unknown ? ([Covers<L, S>] extends [never] ? L : never) : never

type CheckState<L, S> = unknown extends S
  ? unknown
  : unknown extends L
    ? StateUnknown
    : [NotCovered<L, S>] extends [never]
      ? unknown
      : StateNotCovered<NotCovered<L, S>>

/** What the compiler shows where `WIO.continueAsNew` begins the next run with something that is not its input. */
interface ContinuesWith<I> {
  readonly "continueAsNew does not give the input, but": I
}

/** What a run continues with, compared to the input. */
type Continuation<I, R> = [Continued<R>] extends [I] ? "input" : "other"

// This way round, so that a body whose services are a type parameter still compiles: of that one it is not known to be wrong.
type CheckContinuation<I, R> = [Continuation<I, R>] extends ["other"]
  ? ContinuesWith<Exclude<Continued<R>, I>>
  : unknown

type Continued<R> = R extends ContinuesAs<infer Input> ? Input : never

type Check<I, S, E, W> = ([I] extends [WIO.In<W>] ? unknown : InputNotAccepted<Exclude<I, WIO.In<W>>>) &
  CheckState<Leaves<WIO.State<W>>, S> &
  ([WIO.Error<W>] extends [E] ? unknown : ErrorNotCovered<Exclude<WIO.Error<W>, E>>) &
  CheckContinuation<I, WIO.Services<W>>

/**
 * Names a body. `input` describes what it starts from, `state` must cover every state it can rest in (of a `parallel`,
 * `race` or `forEach`, those of its branches), and `error` the business failures that it leaves unhandled.
 *
 * `attributes` says by what its instances can be listed: a function of the state, asked after each event.
 *
 * Raise `version` when a change would not fit the journals of running instances; an engine runs instances that were
 * started by its own version or an older one.
 *
 * @throws TypeError where the name is empty or the version is no positive whole number.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 *
 * export const Reminder = Workflow.make("Reminder", {
 *   version: 1,
 *   input: Schema.String,
 *   state: Schema.String,
 *   body: WIO.await<string>("a day", { for: "1 day" })
 * })
 * ```
 */
export const make = <
  const Name extends string,
  Input extends AnySchema,
  State extends AnySchema,
  W extends WIO.Any,
  Error extends AnySchema = typeof Schema.Never,
  Attributes extends SearchAttributes = {}
>(
  name: Name,
  options: {
    readonly version: number
    readonly input: Input
    readonly state: State
    readonly error?: Error
    readonly body: W & Check<Input["Type"], State["Type"], Error["Type"], W>
    readonly attributes?: (state: WIO.State<NoInfer<W>>) => Attributes
  }
): Workflow<
  Name,
  Input["Type"],
  WIO.Out<W>,
  WIO.Error<W>,
  Exclude<WIO.Services<W>, ContinuesAs<unknown>>,
  WIO.State<W>,
  Attributes
> => {
  Given.name("Workflow.make", name)
  if (!Number.isSafeInteger(options.version) || options.version < 1) {
    throw new TypeError(`Workflow.make(${name}): version is ${options.version}: give a whole number from 1`)
  }
  return Object.freeze({
    _tag: "Workflow",
    name,
    version: options.version,
    input: Codec.make(options.input),
    state: Codec.make(options.state),
    error: Codec.make(options.error ?? Schema.Never),
    body: Node.of(options.body as WIO.Any),
    attributes: options.attributes as ((state: unknown) => SearchAttributes) | undefined
  })
}
