/** What is wrong with a diagram, said by the compiler: the rules of `rules.ts`, but for those that ask for the way of a branch. */
import type { Arrow, Declared, Lines } from "./lines.ts"
import type { Circling, Graph, GraphOf, Ids, IsSeveral, Kind, Place, Reach, Start, Starts } from "./graph.ts"
import type { Fact, Read, ReadText, Retry } from "./read.ts"
import type { Say } from "./say.ts"

// ---- arrows of a state to itself ----------------------------------------------------------------------------------

type Attribute<
  Id extends string,
  A extends string
> = A extends `${infer Key extends "attempts" | "backoffMs"}=${infer Value}`
  ? Value extends `-${string}` | "0"
    ? Say<"number", [Key, Id, Value]>
    : Value extends `${bigint}`
      ? never
      : Say<"number", [Key, Id, Value]>
  : Say<"attribute", [A, Id]>

type Attributes<Id extends string, Text extends string> = Text extends `${infer A}\\n${infer Rest}`
  ? Attributes<Id, A> | Attributes<Id, Rest>
  : Text extends `${infer A},${infer Rest}`
    ? Attributes<Id, A> | Attributes<Id, Rest>
    : Text extends ` ${infer Rest}` | `${infer Rest} `
      ? Attributes<Id, Rest>
      : Attribute<Id, Text>

type Retrying<G extends Graph, Id extends string, Text extends string> =
  Kind<G, Id> extends "choice"
    ? Say<"choiceToItself", [Id]>
    : Kind<G, Id> extends "step"
      ? Text extends ""
        ? Say<"noRetry", [Id]>
        : Attributes<Id, Text>
      : Say<"retryOdd", [Id]>

// ---- what one statement says --------------------------------------------------------------------------------------

type Where<In extends string> = In extends "" ? "the diagram" : `\`${In}\``

type Starting<G extends Graph, In extends string, To extends string> = To extends "[*]"
  ? Say<"startToEnd", [Where<In>]>
  : Kind<G, To> extends "choice" | "join"
    ? Say<"startsOdd", [To]>
    : never

type Choosing<G extends Graph, From extends string, To extends string, Label extends string> =
  | (Label extends "" ? Say<"unlabelled", [From, To]> : never)
  | (Kind<G, To> extends "choice" ? Say<"choiceToChoice", [From, To]> : never)

type OfFact<G extends Graph, F> =
  F extends Fact<infer In extends string, string, infer S>
    ? S extends Arrow<infer From extends string, infer To extends string, infer Label extends string>
      ? From extends "[*]"
        ? Starting<G, In, To>
        : Kind<G, From> extends "choice"
          ? Choosing<G, From, To, Label>
          : Kind<G, From> extends "fork"
            ? Kind<G, To> extends "choice" | "join"
              ? Say<"startsOdd", [To]>
              : To extends "[*]"
                ? Say<"startsOdd", [To]>
                : never
            : never
      : S extends Retry<infer Id extends string, infer Text extends string>
        ? Retrying<G, Id, Text>
        : S extends Declared<"note" | "block", infer Id extends string>
          ? Id extends Ids<G>
            ? never
            : Say<"noState", [Id]>
          : never
    : never

// ---- what leaves one state ----------------------------------------------------------------------------------------

type SameLabels<Id extends string, A> = { readonly [X in A as LabelOf<X>]: X } extends infer By
  ? {
      [L in keyof By]: L extends "" ? never : IsSeveral<By[L]> extends false ? never : Say<"sameLabel", [Id, L]>
    }[keyof By]
  : never
type LabelOf<X> = X extends { readonly says: { readonly label: infer L extends string } } ? L : never

type OfSource<G extends Graph, Id extends string, A> = Id extends `[*] ${infer In} ${string}`
  ? IsSeveral<A> extends false
    ? never
    : Say<"starts", [Where<In>]>
  : IsSeveral<Kind<G, Id>> extends true
    ? never
    : Kind<G, Id> extends "choice"
      ? SameLabels<Id, A>
      : Kind<G, Id> extends "fork"
        ? IsSeveral<A> extends false
          ? Say<"forks", [Id]>
          : never
        : IsSeveral<A> extends false
          ? never
          : Say<"arrows", [Id]>

type OfSources<G extends Graph> = {
  [K in keyof G["out"]]: OfSource<G, K & string, G["out"][K]>
}[keyof G["out"]]

// ---- what is missing ----------------------------------------------------------------------------------------------

type DeadEnd<Id> = Id extends string ? Say<"deadEnd", [Id]> : never
type Unreached<G extends Graph, Id> = Id extends keyof G["place"]
  ? `[*] ${G["place"][Id] & string}` extends keyof G["out"]
    ? Say<"unreached", [Id & string]>
    : never
  : never

type NoStart<G extends Graph, P> =
  P extends Place<infer In extends string, infer Region extends string>
    ? Start<In, Region> extends keyof G["out"]
      ? never
      : Say<"noStart", [Where<In>]>
    : never

type Regions<F> =
  F extends Fact<infer In extends string, infer Region extends string, infer S>
    ? Place<In, Region> | (S extends Declared<"open", infer Id extends string> ? Place<Id, "0"> : never)
    : never

type Twice<G extends Graph> = {
  [K in keyof G["place"]]: IsSeveral<G["place"][K]> extends false ? never : Say<"twice", [K]>
}[keyof G["place"]]
type TwoKinds<G extends Graph> = {
  [K in keyof G["kind"]]: IsSeveral<G["kind"][K]> extends false ? never : Say<"kinds", [K]>
}[keyof G["kind"]]

type OfGraph<G extends Graph, F> =
  | OfFact<G, F>
  | OfSources<G>
  | DeadEnd<Exclude<Ids<G>, keyof G["out"]>>
  | Unreached<G, Exclude<Ids<G>, Reach<G["next"], Starts<G>>>>
  | NoStart<G, Regions<F> | Place<"", "0">>
  | Twice<G>
  | TwoKinds<G>

/** All that is wrong with a text; `never` where nothing is. */
export type Problems<T extends string> =
  ReadText<T> extends Read<infer _Title, infer F, infer P>
    ? P | (Say<"noHeader"> extends P ? never : OfGraph<GraphOf<F>, F>)
    : never

type Circles<T extends string> =
  ReadText<T> extends Read<infer _Title, infer F, infer _P>
    ? Circling<GraphOf<F>["next"], Ids<GraphOf<F>>> extends infer Id
      ? Id extends string
        ? Say<"circling", [Id]>
        : never
      : never
    : never

/**
 * The same of a text that must have no circles. To find those takes the compiler the square of the length, so of more than a
 * thousand lines that is left to run time.
 */
export type CheckedAcyclic<T extends string> =
  Checked<T> extends T
    ? "1001" extends keyof Lines<T>
      ? T
      : [Circles<T>] extends [never]
        ? T
        : Said<Circles<T>>
    : Checked<T>

/** What a text has to be: itself, where nothing is wrong with it, and else what is wrong. */
export type Checked<T extends string> = string extends T
  ? "give the text itself: the compiler cannot read one that is only known at run time, for which there is `Diagram.read`"
  : [Problems<T>] extends [never]
    ? T
    : Said<Problems<T>>

// A text of its own, so that the compiler shows it and not the name of the type that it comes from.
type Said<P> = P extends string ? `${P}.` : never
