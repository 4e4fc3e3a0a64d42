/**
 * The tokens of leases, as far as they are known here.
 *
 * Who appends by a token does so without looking at rows, so what has no answer must not be written any more once it has been repeated, or
 * its instance given away. Hence a token in doubt is revoked before its owner appends or gives back anything else: what was under way by then
 * is on record, and what comes later is refused.
 */
import type { LeaseToken } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Database } from "./database.ts"
import { text } from "./parameters.ts"

const revokeSql = "select waymark_lease_revoke($1)"

export class Tokens {
  readonly #run: Database["run"]
  readonly #standing = new Map<string, LeaseToken>()
  /** Owners something of whose has no answer, by the token that it came with. */
  readonly #doubtful = new Map<string, LeaseToken>()

  constructor({ run }: Database) {
    this.#run = run
  }

  of(owner: string): LeaseToken | undefined {
    return this.#standing.get(owner)
  }

  /** It was given this one, or none. */
  give(owner: string, token: string | null): void {
    if (token === null || this.#doubtful.has(owner)) this.#standing.delete(owner)
    else if (this.#standing.get(owner)?.token !== token) this.#standing.set(owner, { owner, token })
  }

  /** It does not stand any more: before the lease is renewed there is none. */
  drop({ owner, token }: LeaseToken): void {
    if (this.#standing.get(owner)?.token === token) this.#standing.delete(owner)
  }

  /** Something that came with it has no answer. */
  doubt(token: LeaseToken): void {
    this.drop(token)
    this.#doubtful.set(token.owner, token)
  }

  get areSettled(): boolean {
    return this.#doubtful.size === 0
  }

  /** Ends once nothing is in doubt. */
  readonly settled: Effect.Effect<void, SqlError> = Effect.suspend(() =>
    this.areSettled
      ? Effect.void
      : Effect.forEach(Array.from(this.#doubtful), ([owner, token]) => this.#revoke(owner, token), { discard: true })
  )

  #revoke(owner: string, token: LeaseToken): Effect.Effect<void, SqlError> {
    return Effect.map(this.#run(revokeSql, [text(owner)]), () => {
      if (this.#doubtful.get(owner) === token) this.#doubtful.delete(owner)
    })
  }
}
