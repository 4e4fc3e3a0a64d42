/** What to do about a line that says nothing, where a name is at fault: the guesses of `hints.ts`. */
import type { Hints, Words } from "../words.ts"
import type { IsName, Keyword, Opens, Trim } from "./lines.ts"

type Fill<Hint extends keyof Hints, Name extends string> = `${Hints[Hint][0]}${Name}${Hints[Hint][1]}`

/** What is wrong with a name; nothing where nothing is. */
type OfName<S extends string> = S extends "" | "[*]"
  ? ""
  : S extends "__proto__"
    ? Fill<"proto", S>
    : Lowercase<S> extends Keyword
      ? Fill<"keyword", S>
      : IsName<S> extends true
        ? ""
        : S extends `${string};${string}`
          ? Fill<"semicolon", S>
          : S extends `${string}${" " | "\t"}${string}`
            ? Fill<"blank", S>
            : S extends `${string}-${string}`
              ? Fill<"dash", S>
              : Fill<Opens<Lowercase<S>> extends true ? "opening" : "sign", S>

type Before<S extends string, Sign extends string> = Trim<S extends `${infer A}${Sign}${string}` ? A : S>

type First<A, B> = A extends "" ? B : A

type OfArrow<S extends string> = S extends `${infer Left}-->${infer Right}`
  ? Right extends `${string}-->${string}`
    ? ""
    : First<OfName<Before<Left, ":::">>, OfName<Before<Right, ":">>>
  : S extends `${"state" | "note" | "#"}${string}` | `${string}${"->" | "<-" | "---" | "=" | "{"}${string}`
    ? ""
    : OfName<Before<S, ":">>

/** What the compiler shows of a line that says nothing. */
export type SayUnknown<S extends string> =
  `${Words["unknown"]["what"][0]}${S}${Words["unknown"]["what"][1]}: ${OfArrow<S> extends infer Hint extends string
    ? First<Hint, Words["unknown"]["mend"]> & string
    : never}`
