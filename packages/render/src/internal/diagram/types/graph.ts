/** What has been read, as a graph: who goes where, and what stands in which place. */
import type { Arrow, Declared } from "./lines.ts"
import type { Fact, Retry } from "./read.ts"

/** A graph: records, so that each question about a state is one look. */
export interface Graph {
  /** The arrows that leave a state; those of `[*]` under `Start`. Arrows of a state to itself are none. */
  readonly out: object
  /** Where those arrows go. */
  readonly next: object
  /** What states are declared as, but for steps. */
  readonly kind: object
  /** The place of each state. */
  readonly place: object
  /** The composite states that have regions. */
  readonly divided: string
  /** The states with an arrow to themselves. */
  readonly retried: string
}

/** What `[*]` goes by in `out`. */
export type Start<In extends string, Region extends string> = `[*] ${In} ${Region}`
/** Where a state stands. */
export type Place<In extends string, Region extends string> = `${In} ${Region}`

type Source<F> =
  F extends Fact<
    infer In extends string,
    infer Region extends string,
    Arrow<infer From extends string, infer _T, infer _L>
  >
    ? From extends "[*]"
      ? Start<In, Region>
      : From
    : never

type Goal<F> = F extends { readonly says: { readonly to: infer To } } ? To : never

/** The states that a statement names. */
type Names<F> = F extends { readonly says: infer S }
  ? S extends Arrow<infer From, infer To, infer _L>
    ? Exclude<From | To, "[*]">
    : S extends Declared<Kinds | "state", infer Id>
      ? Id
      : S extends Retry<infer Id, infer _T>
        ? Id
        : never
  : never

export type Kinds = "choice" | "fork" | "join" | "open"

type Kinded<F> = F extends { readonly says: Declared<Kinds, infer Id extends string> } ? Id : never
type KindOf<F> = F extends { readonly says: Declared<infer K extends Kinds, infer _I> } ? K : never

type PlaceOf<F> =
  F extends Fact<infer In extends string, infer Region extends string, infer _S> ? Place<In, Region> : never

type Divided<F> = F extends Fact<infer In extends string, infer _R, { readonly _: "divider" }> ? In : never

type Retried<F> = F extends { readonly says: Retry<infer Id extends string, infer _T> } ? Id : never

/** The same record. The compiler works out the keys of one with an `as` anew whenever it is asked for them. */
type Keyed<R, Keys extends keyof R = keyof R> = { readonly [K in Keys]: R[K] }

/** The graph of what has been read. */
export interface GraphOf<F> extends Graph {
  readonly out: Keyed<{ readonly [X in F as Source<X>]: X }>
  readonly next: Keyed<{ readonly [X in F as Source<X>]: Goal<X> }>
  readonly kind: Keyed<{ readonly [X in F as Kinded<X>]: KindOf<X> }>
  readonly place: Keyed<{ readonly [X in F as Names<X> & string]: PlaceOf<X> }>
  readonly divided: Divided<F>
  readonly retried: Retried<F>
}

/** What a record says of a key; nothing where it has none. */
export type At<R, K> = K extends keyof R ? R[K] : never

export type Kind<G extends Graph, Id> = Id extends keyof G["kind"] ? G["kind"][Id] : "step"

/** All states. */
export type Ids<G extends Graph> = keyof G["place"] & string

/** The first states, of everything. */
export type Starts<G extends Graph> = At<G["next"], keyof G["next"] & `[*] ${string}`>

/** The first state of a composite state, or of each of its regions. */
export type StartsOf<G extends Graph, In extends string> = At<G["next"], keyof G["next"] & `[*] ${In} ${string}`>

/**
 * What can be reached. Four arrows at a time, so that a chain of thousands is no deeper than the compiler goes.
 */
export type Reach<Next, Front, Seen = Front> = [Front] extends [never]
  ? Seen
  : [At<Next, Front>, At<Next, At<Next, Front>>] extends [infer One, infer Two]
    ? [At<Next, Two>, At<Next, At<Next, Two>>] extends [infer Three, infer Four]
      ? Reach<Next, Exclude<One | Two | Three | Four, Seen>, Seen | One | Two | Three | Four>
      : never
    : never

/** Those of `Left` from which an arrow leads to one of `All`. */
type Ahead<Next, Left, All> = Left extends unknown
  ? [Extract<At<Next, Left>, All>] extends [never]
    ? never
    : Left
  : never
type Ahead4<Next, A> =
  Ahead<Next, A, A> extends infer B
    ? Ahead<Next, B, B> extends infer C
      ? Ahead<Next, C, C> extends infer D
        ? Ahead<Next, D, D>
        : never
      : never
    : never

/** The states that go in a circle, or lead into one: what is left where all that leads to an end is taken away, over and over. */
export type Circling<Next, Left> =
  Ahead4<Next, Left> extends infer Rest ? ([Left] extends [Rest] ? Left : Circling<Next, Rest>) : never

/** Whether there are several. */
export type IsSeveral<A, B = A> = [A] extends [never]
  ? false
  : A extends unknown
    ? [B] extends [A]
      ? false
      : true
    : never
