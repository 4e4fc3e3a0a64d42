/** The effects of a simulation: which began, where, knowing what, and which ended. */
import { Step } from "@waymark/core"
import * as Effect from "effect/Effect"
import { mix, type Problem } from "../generator/state.ts"
import { make as makeWorld, type Outcome, type Service } from "../generator/world.ts"
import type { Dice } from "./dice.ts"
import type { Kernel, Process } from "./kernel.ts"
import type { Schedule } from "./schedule.ts"
import type { Truth } from "./truth.ts"

/** One start of an effect. */
export interface Start {
  readonly process: Process
  readonly instance: string
  readonly run: number
  readonly key: string
  readonly step: string
  readonly attempt: number
  readonly at: number
  /** How many events of the run were durable when it started. */
  readonly durable: number
  /** The epochs of the instance that its process had been given by then. */
  readonly epochs: ReadonlyArray<number>
  /** What it came to; nothing where it was interrupted, or its process died. */
  readonly ended?: { readonly at: number; readonly value: number | "died" }
}

/** How long an effect takes. Some of those that are `mixed` outlive a lease. */
const effort = (effects: Schedule["effects"], dice: Dice): number => {
  if (effects === "long") return dice.below(40_000)
  if (effects === "instant" || dice.onceIn(2)) return 0
  return effects === "mixed" && dice.onceIn(5) ? dice.below(40_000) : dice.below(40)
}

/** The ledger of a simulation. */
export class Ledger {
  readonly starts: Array<Start> = []
  readonly #kernel: Kernel
  readonly #truth: Truth
  readonly #effects: Schedule["effects"]
  readonly #outcomeOf: (key: string) => Outcome

  constructor(kernel: Kernel, truth: Truth, outcomes: ReadonlyArray<Outcome>, effects: Schedule["effects"]) {
    this.#kernel = kernel
    this.#truth = truth
    this.#effects = effects
    this.#outcomeOf = makeWorld(outcomes, () => 0).outcomeOf
  }

  /** The world as it is for a process: each idempotency key has its outcome, wherever and however often it is run. */
  world(process: Process): Service {
    const perform = (n: number): Effect.Effect<{ readonly n: number }, Problem> =>
      Effect.flatMap(Step.info, (info) => {
        const { dies, k, then } = this.#outcomeOf(info.idempotencyKey)
        const index = this.#begin(process, info)
        const value = mix(n, k)
        const wait = effort(this.#effects, this.#kernel.dice)
        const fate = Effect.suspend((): Effect.Effect<{ readonly n: number }, Problem> => {
          const isDead = info.attempt <= dies
          this.#end(index, isDead ? "died" : value)
          if (isDead) return Effect.die(new Error(`attempt ${info.attempt} of ${info.idempotencyKey} dies`))
          return then === "Succeed" ? Effect.succeed({ n: value }) : Effect.fail({ _tag: then, n: value })
        })
        return wait === 0 ? fate : Effect.andThen(Effect.sleep(wait), fate)
      })
    return { perform }
  }

  #begin(process: Process, { attempt, idempotencyKey: key, instance, run, step }: Step.Info): number {
    const epochs = this.#truth.epochs(process, instance)
    const durable = this.#truth.events(instance, run).length
    return this.starts.push({ process, instance, run, key, step, attempt, at: this.#kernel.now, durable, epochs }) - 1
  }

  #end(index: number, value: number | "died"): void {
    const start = this.starts[index]
    if (start !== undefined) this.starts[index] = { ...start, ended: { at: this.#kernel.now, value } }
  }
}
