/**
 * The lines of a diagram, read by the compiler: what each of them says, on its own. `statements.ts` beside this folder does
 * the same at run time, by the same rules in the same order.
 *
 * The text is cut into a tuple whose index is the number of the line, and that tuple is mapped: no recursion goes with the
 * length of a diagram but the cutting, which takes sixteen lines at a time.
 */
import type { Direction } from "../graph.ts"

/** Cuts a text into its lines. The first element stands for nothing, so that the index of a line is its number. */
export type Lines<
  Text extends string,
  Acc extends ReadonlyArray<string> = [""]
> = Text extends `${infer A}\n${infer B}\n${infer C}\n${infer D}\n${infer E}\n${infer F}\n${infer G}\n${infer H}\n${infer I}\n${infer J}\n${infer K}\n${infer L}\n${infer M}\n${infer N}\n${infer O}\n${infer P}\n${infer Rest}`
  ? Lines<Rest, [...Acc, A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P]>
  : Text extends `${infer A}\n${infer Rest}`
    ? Lines<Rest, [...Acc, A]>
    : [...Acc, Text]

type Blank = " " | "\t" | "\r"

export type TrimStart<S extends string> = S extends `    ${infer R}`
  ? TrimStart<R>
  : S extends `${Blank}${infer R}`
    ? TrimStart<R>
    : S
export type TrimEnd<S extends string> = S extends `${infer R}${Blank}` ? TrimEnd<R> : S
export type Trim<S extends string> = TrimEnd<TrimStart<S>>

/** A remark behind an arrow or a name. Behind a colon it is part of what is said there, as Mermaid has it. */
type Uncommented<S extends string> = S extends `${infer Said}%%${string}`
  ? Unclassed<Said> extends `${string}:${string}`
    ? S
    : TrimEnd<Said>
  : S
/** Without the three colons before classes, which begin no words. */
type Unclassed<S extends string> = S extends `${infer A}:::${infer B}` ? `${A}${Unclassed<B>}` : S

// ---- names --------------------------------------------------------------------------------------------------------

/** What no name of a state can have in it: most would end it or open something else, for Mermaid. */
type Sign = Space | ":" | "=" | "-" | "{" | "}" | "[" | "]" | "<" | ">" | '"' | ";" | "," | "#" | "%"
type Space =
  | " "
  | "\t"
  | "\r"
  | "\v"
  | "\f"
  | "\u00a0"
  | "\u1680"
  | "\u2000"
  | "\u2001"
  | "\u2002"
  | "\u2003"
  | "\u2004"
  | "\u2005"
  | "\u2006"
  | "\u2007"
  | "\u2008"
  | "\u2009"
  | "\u200a"
  | "\u2028"
  | "\u2029"
  | "\u202f"
  | "\u205f"
  | "\u3000"
  | "\ufeff"

/** What Mermaid takes for a word of its own, and a key that no plain record can have. */
export type Keyword =
  | ""
  | "state"
  | "default"
  | "note"
  | "class"
  | "classdef"
  | "scale"
  | "click"
  | "style"
  | "href"
  | "statediagram"
  | "as"
  | "__proto__"

type Unfit = `${string}${Sign}${string}`

type Letter =
  | ("a" | "b" | "c" | "d" | "e" | "f" | "g" | "h" | "i" | "j" | "k" | "l" | "m")
  | ("n" | "o" | "p" | "q" | "r" | "s" | "t" | "u" | "v" | "w" | "x" | "y" | "z")
type Digit = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9"
type WordSign = Letter | Uppercase<Letter> | Digit | "_"

/** Whether a text is of `\w` alone. */
type IsWord<S extends string> = S extends `${infer C}${infer R}`
  ? C extends WordSign
    ? R extends ""
      ? true
      : IsWord<R>
    : false
  : false

/** Whether a text, in small letters, begins with a word that Mermaid sees wherever no letter, digit or `_` follows. */
export type Opens<S extends string> = S extends `${"click" | "default" | "href"}${infer R}`
  ? R extends `${WordSign}${string}`
    ? false
    : true
  : false

/** Whether a text names a state. */
export type IsName<S extends string> = S extends Unfit
  ? false
  : Lowercase<S> extends Keyword
    ? false
    : Opens<Lowercase<S>> extends true
      ? false
      : true

/** What may stand at an end of an arrow: its name, or nothing. */
type End<S extends string> = S extends `${infer Id}:::${infer Class}`
  ? [IsName<Id>, IsName<Class>] extends [true, true]
    ? Id
    : false
  : S extends "[*]"
    ? S
    : IsName<S> extends true
      ? S
      : false

// ---- statements ---------------------------------------------------------------------------------------------------

export interface Arrow<From, To, Label> {
  readonly _: "arrow"
  readonly from: From
  readonly to: To
  readonly label: Label
}
export interface Declared<Kind, Id> {
  readonly _: Kind
  readonly id: Id
}
export interface Other<Kind> {
  readonly _: Kind
}
export interface Unknown<Text> {
  readonly _: "unknown"
  readonly text: Text
}

/** A place behind an arrow: `b`, `b:::loud`, `b : label`, `b:::loud : label`. */
type Target<S extends string> = S extends `${infer Id}:${infer R}`
  ? R extends `::${infer R2}`
    ? R2 extends `${infer Class}:${infer Label}`
      ? [`${Id}:::${TrimEnd<Class>}`, Trim<Label>]
      : [S, never]
    : [TrimEnd<Id>, Trim<R>]
  : [S, never]

/** Whether Mermaid reads words behind a colon to their end: it cuts them at `;`, and fails at `::` and where there are none. */
type IsSaid<Words extends string> = Words extends "" | `${string}::${string}` | `${string}:`
  ? false
  : Words extends `${string};${string}`
    ? Unentitled<Words> extends `${string};${string}`
      ? false
      : true
    : true

/** Without signs by their number or name, as `#59;`: their `;` is the only one that Mermaid does not cut words at. */
type Unentitled<S extends string> = S extends `${infer A}#${infer R}`
  ? R extends `${infer Name};${infer B}`
    ? IsWord<Name> extends true
      ? `${A}${Unentitled<B>}`
      : `${A}#${Unentitled<R>}`
    : S
  : S

type ArrowOf<Left extends string, Right extends string, Line extends string> =
  Target<Right> extends [infer To extends string, infer Label extends string]
    ? [End<Left>, End<To>] extends [infer A extends string, infer B extends string]
      ? [Label] extends [never]
        ? Arrow<A, B, "">
        : IsSaid<Label> extends true
          ? Arrow<A, B, Label>
          : Unknown<Line>
      : Unknown<Line>
    : Unknown<Line>

type DeclaredAs<Kind, S extends string, Line extends string> =
  IsName<S> extends true ? Declared<Kind, S> : Unknown<Line>

/** What stands behind `state`. */
type StateOf<S extends string, Line extends string> = S extends `${infer Id}<<${"choice" | "fork" | "join"}>>`
  ? S extends `${Id}<<${infer K}>>`
    ? DeclaredAs<K, TrimEnd<Id>, Line>
    : never
  : S extends `${infer Id}[[${"choice" | "fork" | "join"}]]`
    ? S extends `${Id}[[${infer K}]]`
      ? DeclaredAs<K, TrimEnd<Id>, Line>
      : never
    : S extends `"${infer Said}" as ${infer Id}`
      ? Said extends "" | `${string}"${string}`
        ? Unknown<Line>
        : Trim<Id> extends `${infer C}{`
          ? DeclaredAs<"open", TrimEnd<C>, Line>
          : DeclaredAs<"state", Trim<Id>, Line>
      : S extends `${infer Id}{`
        ? DeclaredAs<"open", TrimEnd<Id>, Line>
        : DeclaredAs<"state", S, Line>

/** A name with or without a class or words of its own. */
type Plain<S extends string, Line extends string> = S extends `${infer Id}:${infer Words}`
  ? Words extends `::${infer Class}`
    ? IsName<Class> extends true
      ? DeclaredAs<"state", Id, Line>
      : Unknown<Line>
    : IsSaid<Trim<Words>> extends true
      ? DeclaredAs<"state", TrimEnd<Id>, Line>
      : Unknown<Line>
  : S extends `${string}=${string}`
    ? Declared<"retry", S>
    : DeclaredAs<"state", S, Line>

type NoteOf<S extends string, Line extends string> = S extends `${"left" | "right"} of ${infer Of}`
  ? Of extends `${infer Id}:${infer Said}`
    ? Trim<Said> extends "" | `${string}${":" | ";"}${string}`
      ? Unknown<Line>
      : DeclaredAs<"note", Trim<Id>, Line>
    : DeclaredAs<"block", Trim<Of>, Line>
  : Unknown<Line>

type Opening = "state" | "note" | "classDef" | "class" | "style" | "scale"

type Worded<Word extends string, S extends string, Line extends string> = Word extends "state"
  ? StateOf<S, Line>
  : Word extends "note"
    ? NoteOf<S, Line>
    : Word extends "scale"
      ? S extends `-${string}` | `0${string}`
        ? Unknown<Line>
        : S extends `${bigint} width`
          ? Other<"outermost">
          : Unknown<Line>
      : Word extends "class"
        ? Classed<S, Line>
        : S extends `${infer Ids} ${string}`
          ? AreWords<Ids, Word extends "style" ? "," : never> extends true
            ? Other<"ignored">
            : Unknown<Line>
          : Unknown<Line>

/** Whether texts with `Comma` between are each of `\w` alone. */
type AreWords<S extends string, Comma extends string> = [Comma] extends [never]
  ? IsWord<S>
  : S extends `${infer A}${Comma}${infer B}`
    ? IsWord<A> extends true
      ? AreWords<TrimStart<B>, Comma>
      : false
    : IsWord<S>

/** States, the blanks behind commas taken out, and one word for their class. */
type Classed<S extends string, Line extends string> = S extends `${infer A}, ${infer B}`
  ? Classed<`${A},${TrimStart<B>}`, Line>
  : S extends `${infer Ids} ${infer Name}`
    ? TrimStart<Name> extends `${string}${Space}${string}`
      ? Unknown<Line>
      : AreWords<Ids, ","> extends true
        ? Other<"ignored">
        : Unknown<Line>
    : Unknown<Line>

/** What one line says, once blanks around it and remarks behind it are off. */
type Said<S extends string> = S extends "" | `%%${string}`
  ? Other<"blank">
  : S extends "hide empty description"
    ? Other<"outermost">
    : S extends "}"
      ? Other<"close">
      : S extends "--"
        ? Other<"divider">
        : S extends "---"
          ? Other<"fence">
          : S extends "end note"
            ? Other<"end note">
            : S extends "stateDiagram-v2" | "stateDiagram"
              ? Other<"header">
              : S extends `acc${"Title" | "Descr"}${infer R}`
                ? TrimStart<R> extends `:${string}`
                  ? Other<"outermost">
                  : TrimStart<R> extends "{"
                    ? S extends `accDescr${string}`
                      ? Other<"acc">
                      : Unknown<S>
                    : Free<S>
                : S extends `direction ${infer D}`
                  ? TrimStart<D> extends Direction
                    ? Other<"direction">
                    : Free<S>
                  : Free<S>

type Free<S extends string> = S extends `${infer Left}-->${infer Right}`
  ? Left extends `${infer Word extends Opening} ${infer R}`
    ? Worded<Word, TrimStart<`${R}-->${Right}`>, S>
    : Left extends `${string}:${infer B}`
      ? B extends `::${string}`
        ? ArrowOf<TrimEnd<Left>, TrimStart<Right>, S>
        : Plain<S, S>
      : ArrowOf<TrimEnd<Left>, TrimStart<Right>, S>
  : S extends `${infer Word extends Opening} ${infer R}`
    ? Worded<Word, TrimStart<R>, S>
    : Plain<S, S>

/** Whether a text, in small letters, is a direction to Mermaid, wherever in it that stands. */
type Turns<S extends string> = S extends `${string}direction${infer R}`
  ? R extends `${Space}${infer Q}`
    ? TrimStart<Q> extends `${"tb" | "bt" | "rl" | "lr"}${string}`
      ? true
      : Turns<R>
    : Turns<R>
  : false

type Meant<S, Line extends string> = S extends Other<"blank" | "direction"> ? S : Unknown<Uncommented<Line>>

type OfLine<Line extends string> =
  Turns<Lowercase<Line>> extends true ? Meant<Said<Uncommented<Line>>, Line> : Said<Uncommented<Line>>

/** What a line says. */
export type Statement<Line extends string> = OfLine<Trim<Line>>

/** What each line of a text says; the index is the number of the line. */
export type Statements<Text extends string> = StatementsOf<Lines<Text>>
export type StatementsOf<L extends ReadonlyArray<string>> = { readonly [N in keyof L]: Statement<L[N]> }
