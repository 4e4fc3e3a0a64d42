/**
 * A Mermaid state diagram that types its code: `make` reads a literal text, and the type of what it gives *is* the diagram.
 *
 * `implement` asks for a handler for each state, offers each handler exactly the transitions that leave its state, and gives an
 * ordinary `Workflow`. For tools there are `read` and `write`, between texts and plain graphs, `of`, from workflows to those, and `moduleText`.
 */
import type { Codec, Workflow } from "@waymark/core"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import { build } from "./internal/diagram/build.ts"
import { fromWorkflow } from "./internal/diagram/fromWorkflow.ts"
import type * as Graphs from "./internal/diagram/graph.ts"
import { implement as implementing, type Options as Untyped } from "./internal/diagram/implement.ts"
import { moduleText as textOfModule } from "./internal/diagram/module.ts"
import type { NoDiagram } from "./internal/diagram/noDiagram.ts"
import type { DiagramInvalid } from "./internal/diagram/problem.ts"
import { index } from "./internal/diagram/transitions.ts"
import type { Checked, CheckedAcyclic } from "./internal/diagram/types/check.ts"
import type * as Given from "./internal/diagram/types/given.ts"
import type * as Types from "./internal/diagram/types/implement.ts"
import { write as writing } from "./internal/diagram/write.ts"

export { HandlerInvalid } from "./internal/diagram/handlers.ts"
export { NoDiagram } from "./internal/diagram/noDiagram.ts"
export { DiagramInvalid, type Problem } from "./internal/diagram/problem.ts"
export type { Arrow, Direction, Graph, Place, Retry, State } from "./internal/diagram/graph.ts"
export type {
  ForeignTransition,
  HasNoHandler,
  HasNoPayload,
  IsComposite,
  IsMissing,
  NoBranch,
  NotInDiagram,
  NoTransition,
  SaysNothing,
  StandsElsewhere,
  TriedAgain,
  Undeclared
} from "./internal/diagram/types/given.ts"
export type {
  OutputOfBranch,
  OutputOfWorkflow,
  Part,
  PayloadOf,
  Transition
} from "./internal/diagram/types/implement.ts"

type AnySchema = Codec.AnySchema

/** The types of an implementation. */
interface Typing<Payloads extends object, Ends extends object, Output extends AnySchema, Error extends AnySchema> {
  readonly payloads: Payloads
  readonly ends: Ends
  readonly output: Output["Type"]
  readonly error: Error["Type"]
}

/** Where a workflow made of a diagram rests: in a state, with what that was entered with; at the end of a branch, while others go on; at its end. */
export type Resting<Payloads, Ends, Output> =
  | { readonly [Id in keyof Payloads]: { readonly state: Id; readonly payload: TypeOf<Payloads[Id]> } }[keyof Payloads]
  | { readonly [Id in keyof Ends]: { readonly branch: Id; readonly output: TypeOf<Ends[Id]> } }[keyof Ends]
  | ([keyof Ends] extends [never] ? never : Readonly<Record<string, unknown>>)
  | Output

type TypeOf<S> = S extends { readonly Type: infer T } ? T : never

/** The workflow that a diagram becomes: a `Workflow` like any other, under a name that modules can export which import this one only. */
export interface Implemented<
  out Name extends string,
  out Input,
  out Output,
  out Error,
  out R,
  out State
> extends Workflow.Workflow<Name, Input, Output, Error, R, State> {}

/** What `implement` is given. */
type Options<
  G extends Types.AnyGraph,
  Payloads extends object,
  Ends extends object,
  Output extends AnySchema,
  Error extends AnySchema,
  States
> = {
  /** The version of the workflow: raise it when a change would not fit the journals of running instances. */
  readonly version: number
  /** For each state, what it is entered with; a composite state without regions is entered as its first state is, and has none of its own. */
  readonly payloads: Given.Exact<Payloads, Types.Payloads<G>, never, unknown, Types.Payloadless<G>> & Payloads
  /** What the workflow ends with. */
  readonly output: Output
  /** The typed failures that handlers may end the workflow with. */
  readonly error?: Error
  /** For each state, how it is left. */
  readonly states: Given.Exact<
    States,
    Types.Handlers<G, Typing<Payloads, Ends, Output, Error>, "">,
    G["retried"],
    Error["Type"],
    Types.Elsewhere<G>
  > &
    States
} & Types.IfAny<
  keyof Types.Ends<G>,
  {
    /** For each branch of a fork and each region, by its first state: what it comes to. */
    readonly branches: Given.Exact<Ends, Types.Ends<G>, never, unknown, {}, "branch"> & Ends
  }
>

/** A diagram, as it was read: `Text` is its text, which the compiler has read, too. */
export interface Diagram<in out Text extends string> {
  readonly text: Text
  /** The title: the name of the workflow. */
  readonly title: Types.TitleIn<Text>
  /** The diagram as plain data. */
  readonly graph: Graphs.Graph
  /**
   * Gives each state its handler, and so makes a workflow of the diagram.
   *
   * A handler is a function of what its state was entered with and of the transitions that leave the state (`go`): an Effect that
   * answers `go.next(payload)`. It becomes a step of the state's name; what is journaled is the transition, with its payload. The arrow of a
   * state to itself is its retry policy; without one it is the engine's. For limits of time there is `{ run, timeouts }`; a state that waits for signals, timers or
   * children is given a workflow that ends in a transition: `{ part: (go) => wio }`. A composite state is given
   * `{ states }`, one with regions `{ fork, join, states }`; a `<<fork>>` says what each branch is given, and a `<<join>>` where it
   * goes on from what they came to.
   *
   * A state that is missing, misspelt or too much does not compile, and neither does a transition that the diagram does not have, or a
   * key of a handler that would be dropped.
   *
   * @throws HandlerInvalid where code that no compiler has checked gives a state no handler or no schema, or more than is heard.
   *
   * @example
   * ```ts
   * import { Effect, Schema } from "effect"
   * import { Diagram } from "@waymark/render"
   *
   * const Parcel = Diagram.make(`---
   * title: Parcel
   * ---
   * stateDiagram-v2
   *   state weight <<choice>>
   *   [*] --> weigh
   *   weigh --> weigh: attempts=3, backoffMs=500
   *   weigh --> weight
   *   weight --> send: light
   *   weight --> [*]: too heavy
   *   send --> [*]
   * `)
   *
   * export const workflow = Parcel.implement({
   *   version: 1,
   *   payloads: { weigh: Schema.Number, send: Schema.Struct({ grams: Schema.Number }) },
   *   output: Schema.String,
   *   states: {
   *     weigh: (kilos, go) =>
   *       Effect.succeed(kilos > 20 ? go["too heavy"]("sent back") : go.light({ grams: kilos * 1000 })),
   *     send: ({ grams }, go) => Effect.succeed(go.end(`${grams} g sent`))
   *   }
   * })
   * ```
   */
  readonly implement: <
    const Payloads extends Types.Payloads<Types.GraphIn<Text>>,
    Output extends AnySchema,
    const Ends extends Types.Ends<Types.GraphIn<Text>>,
    States extends Types.Handlers<Types.GraphIn<Text>, Typing<Payloads, Ends, Output, Error>, "">,
    Error extends AnySchema = typeof Schema.Never
  >(
    options: Options<Types.GraphIn<Text>, Payloads, Ends, Output, Error, States>
  ) => Implemented<
    Types.TitleIn<Text>,
    Types.Input<Types.GraphIn<Text>, Typing<Payloads, Ends, Output, Error>>,
    Output["Type"],
    Error["Type"],
    Types.Needs<States>,
    Resting<Payloads, Ends, Output["Type"]>
  >
}

const made = <Text extends string>(text: string, acyclic: boolean): Diagram<Text> => {
  const built = Result.getOrThrow(build(text, { acyclic }))
  const implement = (options: Untyped) => implementing(index(built), options)
  return Object.freeze({ text, title: built.graph.title, graph: built.graph, implement }) as unknown as Diagram<Text>
}

/**
 * Reads a state diagram, given as a literal text. Use it where a diagram that people have agreed on is to be what runs.
 *
 * What is wrong with the diagram does not compile, and the message says what; whatever is left for run time is thrown, all of
 * it at once, with lines and columns. With `acyclic` a diagram that goes in circles is refused, and the circle named.
 *
 * @throws DiagramInvalid where the text is no diagram that can be run.
 *
 * @example
 * ```ts
 * import { Diagram } from "@waymark/render"
 *
 * export const Parcel = Diagram.make(`---
 * title: Parcel
 * ---
 * stateDiagram-v2
 *   [*] --> pack
 *   pack --> send
 *   send --> [*]
 * `)
 * ```
 */
export const make = <const Text extends string, const Acyclic extends boolean = false>(
  text: Acyclic extends true ? CheckedAcyclic<Text> : Checked<Text>,
  options: { readonly acyclic?: Acyclic } = {}
): Diagram<Text> => made(text as string, options.acyclic ?? false)

/**
 * Reads a text that is only known at run time: its graph, or all that is wrong with it. For tools.
 *
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { Diagram } from "@waymark/render"
 *
 * const graph = Diagram.read("stateDiagram-v2\n [*] --> pack")
 * export const problems = Result.match(graph, { onSuccess: () => [], onFailure: ({ problems }) => problems })
 * // the diagram has no title; "pack" goes nowhere
 * ```
 */
export const read = (
  text: string,
  options: { readonly acyclic?: boolean } = {}
): Result.Result<Graphs.Graph, DiagramInvalid> =>
  Result.map(build(text, { acyclic: options.acyclic ?? false }), ({ graph }) => graph)

/**
 * The text of a graph: read again, it is the same graph. Remarks (`%%`), blank lines and the order of lines are no part of a graph, so the
 * text has none of those of the text that the graph was read from; a `Diagram` keeps that one as `text`.
 *
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { Diagram } from "@waymark/render"
 *
 * const text = "---\ntitle: Parcel\n---\nstateDiagram-v2\n[*] --> pack\npack --> [*]"
 * export const again = Result.map(Diagram.read(text), Diagram.write)
 * ```
 */
export const write = (graph: Graphs.Graph): string => writing(graph)

/**
 * The graph that a workflow is: that of the diagram which it was made of, or else the states of its machine and where they go, or its path of
 * steps. `Mermaid.render(workflow, { syntax: "diagram" })` writes it, and `read` gives it again.
 *
 * Use it to compare what runs with a diagram that was agreed on, or to get one of a machine that was written by hand. A state whose name cannot be an id has the
 * name as its description. Where several ways leave a state, a choice parts them. Without `ways` each may go to any state, and to the end; one that `ways` leaves out is an end.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Diagram } from "@waymark/render"
 *
 * const Ask = Workflow.make("Ask", {
 *   version: 1,
 *   input: Schema.Number,
 *   state: Schema.Number,
 *   body: WIO.machine("asking", {
 *     initial: "wait",
 *     states: { wait: WIO.await<number>("a day", { for: "1 day" }) },
 *     ways: { wait: [{}] }
 *   })
 * })
 *
 * export const graph = Diagram.of(Ask)
 * ```
 */
export const of = (workflow: Workflow.Any): Result.Result<Graphs.Graph, NoDiagram> =>
  Result.map(fromWorkflow(workflow), ({ graph }) => graph)

/**
 * The text of the module that stands for a `.mermaid` file: one line that exports what `make` gives, under a name. For
 * generators, since the compiler reads no such files.
 *
 * @throws TypeError where `name` is no name of a constant.
 *
 * @example
 * ```ts
 * import { Diagram } from "@waymark/render"
 *
 * export const text = Diagram.moduleText("---\ntitle: Parcel\n---\nstateDiagram-v2\n[*] --> pack\npack --> [*]\n", "Parcel")
 * ```
 */
export const moduleText = (text: string, name: string): string => textOfModule(text, name)
