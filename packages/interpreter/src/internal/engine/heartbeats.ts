/**
 * What the running steps of an instance last said of how far they are. It is kept as notes, so that the next attempt knows it,
 * in this process or in another one.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Schema from "effect/Schema"
import type { Noted } from "../../Journal.ts"
import type { JournalError } from "../../JournalError.ts"
import { Few } from "./few.ts"

const PREFIX = "heartbeat:"

/** The details that were noted of a run, by step. Another run's steps may have the same keys. */
const read = (notes: ReadonlyArray<Noted>, run: number): Map<string, Schema.Json> | undefined => {
  if (notes.length === 0) return undefined
  const found = new Map<string, Schema.Json>()
  for (const { name, value } of notes) {
    if (!name.startsWith(PREFIX) || !Predicate.hasProperty(value, "run") || value.run !== run) continue
    if (Predicate.hasProperty(value, "details")) found.set(name.slice(PREFIX.length), value.details as Schema.Json)
  }
  return found
}

/** Whose steps they are. */
export interface Owner {
  /** Keeps a note; answers whether that was its own to write. */
  readonly note: (name: string, value: Schema.Json | null) => Effect.Effect<boolean, JournalError>
}

export class Heartbeats {
  readonly #run: number
  readonly #owner: Owner
  #details: Map<string, Schema.Json> | undefined
  /** The steps that are being attempted. What is left of an effect that was given up has nothing to say any more. */
  #heard: Few<true> | undefined

  constructor(run: number, owner: Owner, notes: ReadonlyArray<Noted>) {
    this.#run = run
    this.#owner = owner
    this.#details = read(notes, run)
  }

  /** Is no step being heard, and has none said anything? */
  get isEmpty(): boolean {
    return (this.#heard?.size ?? 0) === 0 && (this.#details?.size ?? 0) === 0
  }

  /** Is a step being heard, or has it said something? */
  has(key: string): boolean {
    return this.#heard?.has(key) === true || this.#details?.has(key) === true
  }

  /** An attempt of a step begins: what the ones before it said last. */
  begin(key: string): Schema.Json | undefined {
    ;(this.#heard ??= new Few()).set(key, true)
    return this.#details?.get(key)
  }

  /** A step says how far it is. */
  beat(key: string, details: Schema.Json | undefined): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#heard?.has(key) !== true) return Effect.void
      if (details !== undefined) (this.#details ??= new Map()).set(key, details)
      else if (this.#details?.delete(key) !== true) return Effect.void
      const value = details === undefined ? null : { run: this.#run, details }
      return this.#owner.note(PREFIX + key, value).pipe(
        // What no journal can keep is the step's own fault.
        Effect.orDie,
        // Somebody else owns the instance: whatever this effect does from here on is in vain.
        Effect.flatMap((kept) => (kept ? Effect.void : Effect.interrupt))
      )
    })
  }

  /** A step is waited for no more: what takes its note away, where there is one. */
  end(key: string): Effect.Effect<unknown, JournalError> | undefined {
    this.#heard?.delete(key)
    return this.#details?.delete(key) === true ? this.#owner.note(PREFIX + key, null) : undefined
  }
}
