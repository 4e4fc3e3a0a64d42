/** Where chance comes from. What it gives goes into events, so a replay has the same. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { Step } from "@waymark/core"
import type { Recorded } from "../data/scope.ts"

/** A source of chance; tests put one of their own there. */
export interface Chance {
  readonly random: () => number
  readonly uuid: () => string
}

export const Chance: Context.Reference<Chance> = Context.Reference("@waymark/asl/Chance", {
  defaultValue: (): Chance => ({ random: Math.random, uuid: () => crypto.randomUUID() })
})

/** Told of each state that is entered and in which execution, in the process that runs it: a runner's trace. */
export type Entered = (state: string, execution: unknown) => void

export const Entered: Context.Reference<Entered> = Context.Reference("@waymark/asl/Entered", {
  defaultValue: (): Entered => () => undefined
})

/** What a step may draw while it runs. */
export const recorded: Effect.Effect<Recorded> = Effect.gen(function* () {
  const { now } = yield* Step.info
  const { random, uuid } = yield* Chance
  return { now, random, uuid }
})
