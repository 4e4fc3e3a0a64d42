/** What is wrong, in the words of `words.ts`, as a type. */
import type { Code, Words } from "../words.ts"

type Fill<What extends ReadonlyArray<string>, Names extends ReadonlyArray<unknown>> = What extends readonly [
  infer Piece extends string,
  ...infer Pieces extends ReadonlyArray<string>
]
  ? Names extends readonly [infer Name extends string, ...infer Others]
    ? `${Piece}${Name}${Fill<Pieces, Others>}`
    : Piece
  : ""

/** What the compiler shows of one problem. */
export type Say<
  C extends Code,
  Names extends ReadonlyArray<unknown> = []
> = `${Fill<Words[C]["what"], Names>}: ${Words[C]["mend"]}`
