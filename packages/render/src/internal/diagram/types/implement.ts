/** What an implementation of a diagram has to give: a handler for each state, offered the transitions that leave it. */
import type { Codec, WIO } from "@waymark/core"
import type * as Effect from "effect/Effect"
import type { HasNoHandler, HasNoPayload, IsComposite, StandsElsewhere } from "./given.ts"
import type { At, Graph, GraphOf, Ids, Kind, Start, StartsOf } from "./graph.ts"
import type { Arrow } from "./lines.ts"
import type { Fact, Read, ReadText } from "./read.ts"

type AnySchema = Codec.AnySchema

/** The graph of a text. */
export type GraphIn<T extends string> = ReadText<T> extends Read<infer _T, infer F, infer _P> ? GraphOf<F> : never

/** The title of a text: the name of its workflow. */
export type TitleIn<T extends string> =
  ReadText<T> extends Read<infer Title extends string, infer _F, infer _P> ? Title : string

/** What a handler answers: the transition to take out of the state `From`, with what goes along. */
export interface Transition<out From extends string> {
  readonly "~waymark/transition": From
  /** The names that were chosen: of the transition and, where it leaves composite states, of those that follow. */
  readonly go: ReadonlyArray<string>
  readonly payload: unknown
}

// ---- what is told of in schemas -----------------------------------------------------------------------------------

type OfKind<G extends Graph, K> = {
  [Id in keyof G["kind"]]: G["kind"][Id] extends K ? Id : never
}[keyof G["kind"]] &
  string

type Undivided<G extends Graph> = Exclude<OfKind<G, "open">, G["divided"]>

/** A schema for each state: what it is entered with. A composite state without regions is entered as its first state is. */
export type Payloads<G extends Graph> =
  Exclude<Ids<G>, OfKind<G, "choice" | "join"> | Undivided<G>> extends infer Id
    ? { readonly [K in Id & string]?: AnySchema }
    : never

/** Why a state has no schema for what it is entered with: a composite one is entered as another is, a choice or join is none. */
export type Payloadless<G extends Graph> = {
  readonly [Id in Undivided<G> | OfKind<G, "choice" | "join">]: Id extends Undivided<G>
    ? IsComposite<Id, FirstIn<G, Id>>
    : HasNoPayload<Id, Kind<G, Id>>
}
/** Why a state has no handler where another is asked for. */
export type Elsewhere<G extends Graph> = {
  readonly [Id in Ids<G>]: Kind<G, Id> extends "choice" ? HasNoHandler<Id> : StandsElsewhere<Id, Owner<G, Id>>
}
type Owner<G extends Graph, Id> = At<G["place"], Id> extends `${infer In} ${string}` ? In : never

type FirstIn<G extends Graph, Id extends string> =
  Id extends Undivided<G> ? (StartsOf<G, Id> extends infer First extends string ? FirstIn<G, First> : never) : Id

type Branch<G extends Graph> =
  | At<G["next"], OfKind<G, "fork">>
  | (G["divided"] extends infer In extends string ? (In extends string ? StartsOf<G, In> : never) : never)

/** A schema for each branch of a fork and each region, by its first state: what it comes to. */
export type Ends<G extends Graph> = Branch<G> extends infer Id ? { readonly [K in Id & string]?: AnySchema } : never

/** The types of an implementation: what states are entered with, what branches come to, and what comes out. */
export interface Typed {
  readonly payloads: object
  readonly ends: object
  readonly output: unknown
  readonly error: unknown
}

type TypeOf<S> = S extends { readonly Type: infer T } ? T : never

/** The schema of a state, whose name may be a number to JavaScript. */
type SchemaOf<R, Id> = Id extends keyof R ? R[Id] : Id extends `${infer Number extends number}` ? At<R, Number> : never

/** The state whose schema says what `Id` is entered with, and the type that this says. */
type Entry<G extends Graph, C extends Typed, Id> =
  SchemaOf<C["payloads"], Id> extends infer S
    ? [S] extends [never]
      ? Id extends string
        ? StartsOf<G, Id> extends infer First
          ? [First] extends [never]
            ? never
            : Entry<G, C, First>
          : never
        : never
      : readonly [Id, TypeOf<S>]
    : never

type Payload<G extends Graph, C extends Typed, Id> =
  Entry<G, C, Id> extends readonly [unknown, infer Type] ? Type : never

type End<C extends Typed, Id> = TypeOf<SchemaOf<C["ends"], Id>>

// ---- which branch a state is in -----------------------------------------------------------------------------------

/** What comes after a state within its branch: nothing after a join, and after a fork what follows its join. */
type After<G extends Graph, Id> = Id extends unknown
  ? Kind<G, Id> extends "join"
    ? never
    : Kind<G, Id> extends "fork"
      ? At<G["next"], JoinOf<G, Id>>
      : At<G["next"], Id>
  : never
type Within<G extends Graph, Front, Seen = Front> = [Front] extends [never]
  ? Seen
  : After<G, Front> extends infer Then
    ? Within<G, Exclude<Then, Seen>, Seen | Then>
    : never

/** The join that the branches of a fork end in. */
type JoinOf<G extends Graph, Fork> = Extract<Within<G, At<G["next"], Fork>>, OfKind<G, "join">>

/** The states of a branch, with the joins of the forks in it. */
type InBranch<G extends Graph, First> =
  Exclude<Within<G, First>, OfKind<G, "join"> | "[*]"> extends infer Id
    ? Id | JoinsOf<G, Extract<Id, OfKind<G, "fork">>>
    : never
type JoinsOf<G extends Graph, Fork> = Fork extends unknown ? JoinOf<G, Fork> : never

/** For each state in a branch of a fork, the first state of that branch. */
type Branches<G extends Graph> = {
  readonly [First in At<G["next"], OfKind<G, "fork">> as InBranch<G, First> & string]: First
}

/** The first states of the branches that end in a join. */
type Joined<G extends Graph, Join> = {
  [Fork in OfKind<G, "fork">]: JoinOf<G, Fork> extends Join ? At<G["next"], Fork> : never
}[OfKind<G, "fork">]

// ---- transitions --------------------------------------------------------------------------------------------------

type Label<X> = X extends { readonly says: { readonly label: infer L extends string } } ? L : never
type Name<X> = X extends { readonly says: { readonly to: infer To extends string } }
  ? To extends "[*]"
    ? "end"
    : To
  : never

declare const named: unique symbol

/**
 * Of what the compiler shows of a payload only the name of a type is ours, and it keeps that of a union alone. Nothing is of this type, so the
 * union is as good as the other part of it.
 */
interface Named<out What> {
  readonly [named]: What
}

/** What a transition to a state takes: what the schema of `State` in `payloads` says. A composite state has the schema of its first one. */
export type PayloadOf<State, Type> = Type | Named<State>

/** What a transition to the end of a branch or region takes: what the schema of its first state in `branches` says. */
export type OutputOfBranch<First, Type> = Type | Named<First>

/** What a transition to the end of the diagram takes: what the schema `output` says. */
export type OutputOfWorkflow<Type> = Type | Named<"output">

type ToState<E> = E extends readonly [infer State, infer Type] ? PayloadOf<State, Type> : never
type ToEnd<C extends Typed, First> = First extends unknown ? OutputOfBranch<First, End<C, First>> : never

/** What an arrow asks for, of a handler of `From`; `Via` is what the arrow leaves: that state, or a composite state around it. */
type Enter<G extends Graph, C extends Typed, From extends string, Via, X> =
  X extends Fact<
    infer In extends string,
    infer Region extends string,
    Arrow<infer _From, infer To extends string, infer _L>
  >
    ? To extends "[*]"
      ? In extends ""
        ? (output: OutputOfWorkflow<C["output"]>) => Transition<From>
        : In extends G["divided"]
          ? (output: ToEnd<C, At<G["next"], Start<In, Region>>>) => Transition<From>
          : Leave<G, C, From, In, At<G["out"], In>>
      : Kind<G, To> extends "join"
        ? (output: ToEnd<C, At<Branches<G>, Via>>) => Transition<From>
        : (payload: ToState<Entry<G, C, To>>) => Transition<From>
    : never

/** The transitions that arrows offer: the labels of the choice they lead to, or else the state they lead to, or `end`. */
type Leave<G extends Graph, C extends Typed, From extends string, Via, A> = A extends {
  readonly says: { readonly to: infer To extends string }
}
  ? Kind<G, To> extends "choice"
    ? { readonly [X in At<G["out"], To> as Label<X>]: Enter<G, C, From, Via, X> }
    : { readonly [X in A as Name<X>]: Enter<G, C, From, Via, X> }
  : never

/** The transitions out of a state. */
export type Go<G extends Graph, C extends Typed, Id extends string> = Leave<G, C, Id, Id, At<G["out"], Id>>

// ---- handlers -----------------------------------------------------------------------------------------------------

/** A state that is more than one step: a workflow that ends in the transition to take. It can wait for signals, timers and children. */
export interface Part<Payload, Go, From extends string, E> {
  readonly part: (go: Go) => WIO.WIO<Payload, Transition<From>, E, unknown, unknown>
  /** The states that the workflow rests in, where those are not only what it starts from. */
  readonly state?: AnySchema
}

/** What a fork gives each branch to start from. It is no effect, and computed anew on replay. */
type Fork<G extends Graph, C extends Typed, Id, First> = (payload: Payload<G, C, Id>) => {
  readonly [B in First & string]: Payload<G, C, B>
}
/** Where it goes on, from what the branches came to. It is no effect, and computed anew on replay. */
type Join<G extends Graph, C extends Typed, Id extends string, First> = (
  ends: { readonly [B in First & string]: End<C, B> },
  go: Go<G, C, Id>
) => Transition<Id>

/** A composite state: the handlers of what is in it. */
interface Composite<States> {
  readonly states: States
}
/** A composite state with regions side by side. */
interface Regions<Fork, Join, States> {
  readonly fork: Fork
  readonly join: Join
  readonly states: States
}

/** The handler of a step: an effect that answers with the transition to take, which `Exact` (`given.ts`) looks at and says in words what is wrong. */
type Answering<Payload, Go> = (payload: Payload, go: Go) => Effect.Effect<unknown, unknown, unknown>

type HandlerOf<G extends Graph, C extends Typed, Id extends string> =
  Kind<G, Id> extends infer K
    ? K extends "open"
      ? Id extends G["divided"]
        ? Regions<Fork<G, C, Id, StartsOf<G, Id>>, Join<G, C, Id, StartsOf<G, Id>>, Handlers<G, C, Id>>
        : Composite<Handlers<G, C, Id>>
      : K extends "fork"
        ? Fork<G, C, Id, At<G["next"], Id>>
        : K extends "join"
          ? Join<G, C, Id, Joined<G, Id>>
          :
              | Answering<Payload<G, C, Id>, Go<G, C, Id>>
              | { readonly run: Answering<Payload<G, C, Id>, Go<G, C, Id>>; readonly timeouts?: WIO.TimeoutOptions }
              | Part<Payload<G, C, Id>, Go<G, C, Id>, Id, C["error"]>
    : never

/** A handler for each state of a place. That none is missing is said by `Exact`, in words. */
export type Handlers<G extends Graph, C extends Typed, In extends string> =
  StandingIn<G, In, Exclude<Ids<G>, OfKind<G, "choice">>> extends infer Id
    ? { readonly [K in Id & string]?: HandlerOf<G, C, K> }
    : never
type StandingIn<G extends Graph, In extends string, Id> = Id extends keyof G["place"]
  ? G["place"][Id] extends `${In} ${string}`
    ? Id
    : never
  : never

// ---- the workflow -------------------------------------------------------------------------------------------------

/** The services that handlers need. */
export type Needs<S> = { [K in keyof S]: NeedsOf<S[K]> }[keyof S]
type NeedsOf<H> = H extends { readonly states: infer Inner }
  ? Needs<Inner>
  : H extends { readonly part: (go: never) => infer W }
    ? WIO.Services<W>
    : H extends { readonly run: (...args: never) => Effect.Effect<infer _A, infer _E, infer R> }
      ? R
      : H extends (...args: never) => Effect.Effect<infer _A, infer _E, infer R>
        ? R
        : never

/** What a workflow made of a diagram is started with: what its first state is entered with. */
export type Input<G extends Graph, C extends Typed> = Payload<G, C, StartsOf<G, "">>

/** Something that is only asked for where there is any of `A`. */
export type IfAny<A, T> = [A] extends [never] ? unknown : T

export type { Graph as AnyGraph }
