/**
 * A diagram, read by the compiler: its statements, each with the composite state and the region it stands in, and what is
 * wrong with their nesting. A fold over the numbers of the lines.
 */
import type { Lines, StatementsOf, Trim } from "./lines.ts"
import type { SayUnknown } from "./hints.ts"
import type { Say } from "./say.ts"

/** A statement in its place: the composite state around it (`""` at the top) and the number of the region. */
export interface Fact<In, Region, S, Line = string> {
  readonly in: In
  readonly region: Region
  readonly says: S
  /** Tells apart what is said twice. */
  readonly line: Line
}

/** How often the arrow of a state to itself lets it be tried. */
export interface Retry<Id, Text> {
  readonly _: "retry"
  readonly id: Id
  readonly text: Text
}

/** What a text says. */
export interface Read<Title, Facts, Problems> {
  readonly title: Title
  readonly facts: Facts
  readonly problems: Problems
}

type Increment<N extends string> = N extends `${infer H}0`
  ? `${H}1`
  : N extends `${infer H}1`
    ? `${H}2`
    : N extends `${infer H}2`
      ? `${H}3`
      : N extends `${infer H}3`
        ? `${H}4`
        : N extends `${infer H}4`
          ? `${H}5`
          : N extends `${infer H}5`
            ? `${H}6`
            : N extends `${infer H}6`
              ? `${H}7`
              : N extends `${infer H}7`
                ? `${H}8`
                : N extends `${infer H}8`
                  ? `${H}9`
                  : N extends `${infer H}9`
                    ? H extends ""
                      ? "10"
                      : `${Increment<H>}0`
                    : never

/** Where in the text the fold is: around the front matter, in it, before the header, behind it, in a note, in a description. */
type Mode = "top" | "matter" | "before" | "body" | "note" | "acc"

/** The composite states and regions around a line, the innermost first. */
type Places = ReadonlyArray<readonly [string, string]>

type Put<K extends Places, S, N> = Fact<K[0][0], K[0][1], S, N>

/** A stop, since the compiler goes no further than a thousand steps without one. */
interface Stop<N, M, T, K, X, F, P> {
  readonly stop: [N, M, T, K, X, F, P]
}

/**
 * Reads from line `N` on: in mode `M`, with the title `T`, within the places `K`; `X` is the state whose arrow to itself may go
 * on here, or whose note it is. `F` are the facts and `P` the problems so far.
 */
type Step<L, S, N extends string, M extends Mode, T, K extends Places, X extends string, F, P> = N extends keyof S &
  keyof L
  ? N extends `${string}0`
    ? Stop<N, M, T, K, X, F, P>
    : Line<L, S, N, M, T, K, X, F, P, S[N]>
  : Read<T, F, P | Left<M, T, K, X>>

/** What is missing where the text ends. */
type Left<M, T, K extends Places, X extends string> =
  | (T extends string ? never : Say<"noTitle">)
  | (M extends "top" | "before" | "matter" ? Say<"noHeader"> : never)
  | (M extends "note" | "acc" ? Say<"unclosed", [X]> : never)
  | Unclosed<K[number][0]>
type Unclosed<Id> = Id extends string ? (Id extends "" ? never : Say<"unclosed", [Id]>) : never

type Line<L, S, N extends string, M extends Mode, T, K extends Places, X extends string, F, P, Says> = M extends "body"
  ? Body<L, S, N, T, K, X, F, P, Says>
  : M extends "note"
    ? Step<L, S, Increment<N>, Says extends { _: "end note" } ? "body" : M, T, K, X, F, P>
    : M extends "acc"
      ? Step<L, S, Increment<N>, Says extends { _: "close" } ? "body" : M, T, K, X, F, P>
      : M extends "matter"
        ? Says extends { _: "fence" }
          ? Step<L, S, Increment<N>, "before", T, K, X, F, P>
          : Matter<N extends keyof L ? L[N] & string : never, T> extends readonly [infer Title, infer Twice]
            ? Step<L, S, Increment<N>, M, Title, K, X, F, P | Twice>
            : never
        : Says extends { _: "blank" }
          ? Step<L, S, Increment<N>, M, T, K, X, F, P>
          : Says extends { _: "fence" }
            ? M extends "top"
              ? Step<L, S, Increment<N>, "matter", T, K, X, F, P>
              : Step<L, S, Increment<N>, M, T, K, X, F, P | Say<"unknown", ["---"]>>
            : Says extends { _: "header" }
              ? Step<L, S, Increment<N>, "body", T, K, X, F, P>
              : // Said once for all that follows.
                Body<L, S, N, T, K, X, F, P | Say<"noHeader">, Says>

/** The title once a line of the front matter is read, `null` where it is an empty one; and what is wrong with the line. */
type Matter<Text extends string, Known> = Text extends `title:${infer Title}`
  ? Known extends undefined
    ? Trim<Title> extends ""
      ? [null, never]
      : Title extends `${" " | "\t"}${string}`
        ? Titled<Trim<Title>>
        : [Trim<Title>, Say<"titleOdd", [Trim<Title>]>]
    : [Known, Say<"titles">]
  : [Known, never]
/** A title that YAML reads as it stands: in quotes with nothing in them to be escaped, or where nothing in it is a sign of YAML. */
type Titled<S extends string> = S extends `"${infer T}"`
  ? T extends `${string}${'"' | "\\"}${string}`
    ? [S, Say<"titleOdd", [S]>]
    : [T extends "" ? null : T, never]
  : S extends `'${infer T}'`
    ? [Single<T>] extends [never]
      ? [S, Say<"titleOdd", [S]>]
      : [T extends "" ? null : Single<T>, never]
    : IsPlain<S> extends true
      ? [S, never]
      : [S, Say<"titleOdd", [S]>]
/** A text whose single quotes are all written twice, with each of them once. */
type Single<T extends string> = T extends `${infer A}'${infer B}`
  ? B extends `'${infer C}`
    ? `${A}'${Single<C>}`
    : never
  : T
type IsPlain<S extends string> = S extends `${Opening}${string}` | `${string}${":" | "\t#" | " #"}`
  ? false
  : S extends `${string}${": " | ":\t" | " #" | "\t#"}${string}`
    ? false
    : Lowercase<S> extends "~" | "null" | "true" | "false"
      ? false
      : S extends `${"0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "+" | "."}${string}`
        ? S extends `${string} ${string}`
          ? true
          : false
        : true
type Opening =
  | ("-" | "?" | ":" | "," | "[" | "]" | "{" | "}" | "#" | "&")
  | ("*" | "!" | "|" | ">" | "'" | '"' | "%" | "@" | "`" | "~")

type Text<L, N extends string> = N extends keyof L ? (L[N] extends infer T extends string ? Trim<T> : never) : never

type Body<L, S, N extends string, T, K extends Places, X extends string, F, P, Says> = Says extends {
  _: "arrow"
  from: infer From extends string
  to: infer To
  label: infer Label
}
  ? From extends Exclude<To, "[*]">
    ? Step<L, S, Increment<N>, "body", T, K, From, F | Put<K, Retry<From, Label>, N>, P>
    : Step<L, S, Increment<N>, "body", T, K, "", F | Put<K, Says, N>, P>
  : Says extends { _: "blank" | "ignored" | "direction" }
    ? Step<L, S, Increment<N>, "body", T, K, Says extends { _: "blank" } ? X : "", F, P>
    : Says extends { _: "retry"; id: infer More }
      ? X extends ""
        ? Step<L, S, Increment<N>, "body", T, K, X, F, P | SayUnknown<Text<L, N>>>
        : Step<L, S, Increment<N>, "body", T, K, X, F | Put<K, Retry<X, More>, N>, P>
      : Says extends { _: "open"; id: infer Id extends string }
        ? Step<L, S, Increment<N>, "body", T, [[Id, "0"], ...K], "", F | Put<K, Says, N>, P>
        : Says extends { _: "close" }
          ? K extends readonly [Places[number], infer Outer extends Places[number], ...infer Rest extends Places]
            ? Step<L, S, Increment<N>, "body", T, [Outer, ...Rest], "", F, P>
            : Step<L, S, Increment<N>, "body", T, K, "", F, P | Say<"closesNothing">>
          : Says extends { _: "divider" }
            ? K extends readonly [
                readonly [infer In extends string, infer Region extends string],
                Places[number],
                ...infer _
              ]
              ? K extends readonly [unknown, ...infer Outer extends Places]
                ? Step<
                    L,
                    S,
                    Increment<N>,
                    "body",
                    T,
                    [[In, Increment<Region>], ...Outer],
                    "",
                    F | Fact<In, Increment<Region>, Says, N>,
                    P
                  >
                : never
              : Step<L, S, Increment<N>, "body", T, K, "", F, P | Say<"divides">>
            : Says extends { _: "block"; id: infer Id extends string }
              ? Step<L, S, Increment<N>, "note", T, K, Id, F | Put<K, Says, N>, P>
              : Says extends { _: "acc" | "outermost" }
                ? K extends readonly [Places[number], Places[number], ...infer _]
                  ? Step<L, S, Increment<N>, "body", T, K, "", F, P | SayUnknown<Text<L, N>>>
                  : Says extends { _: "acc" }
                    ? Step<L, S, Increment<N>, "acc", T, K, "accDescr", F, P>
                    : Step<L, S, Increment<N>, "body", T, K, "", F, P>
                : Says extends { _: "unknown" | "fence" | "end note" | "header" }
                  ? Step<L, S, Increment<N>, "body", T, K, "", F, P | SayUnknown<Text<L, N>>>
                  : Step<L, S, Increment<N>, "body", T, K, "", F | Put<K, Says, N>, P>

type Go<L, S, R> =
  R extends Stop<
    infer N extends string,
    infer M extends Mode,
    infer T,
    infer K extends Places,
    infer X extends string,
    infer F,
    infer P
  >
    ? N extends keyof S
      ? Go<L, S, Line<L, S, N, M, T, K, X, F, P, S[N]>>
      : never
    : R

/** What a text says. */
export type ReadText<T extends string> =
  Lines<T> extends infer L extends ReadonlyArray<string>
    ? StatementsOf<L> extends infer S
      ? Go<L, S, Step<L, S, "1", "top", undefined, [["", "0"]], "", never, never>>
      : never
    : never
