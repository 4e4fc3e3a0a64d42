/** Batches in which one entry that the database can't keep does no harm to the others. */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import { isAboutData, reasonOf } from "./errors.ts"

/** Something of a batch, and where its answer belongs. */
export interface Placed {
  readonly place: number
}

/** The answers of a batch, by place. */
export type Answers<A> = ReadonlyMap<number, A>

/** What stands for an entry that the database can't keep. */
export interface Rejected {
  readonly _tag: "Rejected"
  readonly reason: string
}

/** Writes a batch. One bad entry fails the whole statement: halving finds it, and the others are written. */
export const writeApart = <Entry extends Placed, A>(
  entries: ReadonlyArray<Entry>,
  write: (entries: ReadonlyArray<Entry>) => Effect.Effect<Answers<A>, SqlError>
): Effect.Effect<Answers<A | Rejected>, SqlError> =>
  Effect.catch(entries.length === 0 ? Effect.succeed<Answers<A>>(new Map()) : write(entries), (error) => {
    const [first] = entries
    if (first === undefined || !isAboutData(error)) return Effect.fail(error)
    if (entries.length === 1) {
      return Effect.succeed<Answers<A | Rejected>>(
        new Map([[first.place, { _tag: "Rejected", reason: reasonOf(error) }]])
      )
    }
    const middle = Math.ceil(entries.length / 2)
    return Effect.map(
      Effect.forEach([entries.slice(0, middle), entries.slice(middle)], (half) => writeApart(half, write)),
      (halves) => new Map(halves.flatMap((half) => Array.from(half)))
    )
  })
