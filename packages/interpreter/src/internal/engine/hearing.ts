/**
 * Who reads the inboxes of instances that are live here. What was read may have been settled by the time it is told, so an instance remembers what
 * it settles for as long as anybody reads.
 */
import * as Effect from "effect/Effect"
import { Tally } from "./tally.ts"

export class Hearing extends Tally {
  /** Reads about the signals of an instance and tells it. */
  hear<A, E>(id: string, read: Effect.Effect<A, E>, tell: (read: A) => void): Effect.Effect<A, E> {
    return this.during(
      id,
      Effect.tap(read, (found) => Effect.sync(() => tell(found)))
    )
  }
}
