/** The outside world of generated workflows: a service that is deterministic and keeps a ledger of what it performed. */
import { Step } from "@waymark/core"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { digest, mix, type Problem } from "./state.ts"

/** What becomes of an effect: it dies so many times, then succeeds or ends in a typed failure. */
export interface Outcome {
  readonly dies: number
  readonly then: "Succeed" | Problem["_tag"]
  /** Told apart by it. */
  readonly k: number
}

/** One start of an effect. */
export interface Entry {
  readonly key: string
  readonly step: string
  readonly attempt: number
  /** How many events were durable when it started. */
  readonly durable: number
}

/** What steps of generated workflows need. */
export interface Service {
  /** The step's event, by the running step's idempotency key. */
  readonly perform: (n: number) => Effect.Effect<{ readonly n: number }, Problem>
}

/** The service that steps of generated workflows need. */
export class World extends Context.Service<World, Service>()("@waymark/interpreter/testing/World") {}

/** A world with its ledger. */
export interface Ledger extends Service {
  readonly entries: ReadonlyArray<Entry>
  /** What becomes of the effect with a key. */
  readonly outcomeOf: (key: string) => Outcome
  /** Puts the start of an effect on the ledger, and says what becomes of it. */
  readonly begin: (effect: Omit<Entry, "durable">) => Outcome
}

/**
 * A world in which every idempotency key has its outcome, however often and by whomever the effect is run.
 *
 * @param durable says how many events the journal holds when an effect starts.
 */
export const make = (outcomes: ReadonlyArray<Outcome>, durable: () => number): Ledger => {
  const entries: Array<Entry> = []
  const outcomeOf: Ledger["outcomeOf"] = (key) =>
    outcomes[digest(key) % outcomes.length] ?? { dies: 0, then: "Succeed", k: 0 }
  const begin: Ledger["begin"] = (effect) => {
    entries.push({ ...effect, durable: durable() })
    return outcomeOf(effect.key)
  }
  return {
    entries,
    outcomeOf,
    begin,
    perform: (n) =>
      Effect.flatMap(Step.info, ({ attempt, idempotencyKey: key, step }) => {
        const outcome = begin({ key, step, attempt })
        if (attempt <= outcome.dies) return Effect.die(new Error(`attempt ${attempt} of ${key} dies`))
        const value = mix(n, outcome.k)
        return outcome.then === "Succeed" ? Effect.succeed({ n: value }) : Effect.fail({ _tag: outcome.then, n: value })
      })
  }
}
