/** What the tests of the data layer share: values of any shape, and what stands in for chance and time. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import type { AslFailure } from "../../src/Errors.ts"
import type { Json } from "../../src/internal/data/json.ts"
import type { Recorded, Scope } from "../../src/internal/data/scope.ts"

/** JSON without -0, which JSON does not have. */
export const anyJson: fc.Arbitrary<Json> = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json)

export const recorded = (random: ReadonlyArray<number> = [0.5]): Recorded => {
  let drawn = 0
  return {
    now: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    random: () => random[drawn++ % random.length] ?? 0,
    uuid: () => "9f1c2b34-5d6e-4f70-8192-a3b4c5d6e7f8"
  }
}

export const scopeOf = (input: Json, rest: Partial<Scope> = {}): Scope => ({
  input,
  context: {},
  variables: {},
  ...rest
})

export const success = <A, E>(result: Result.Result<A, E>): A => Result.getOrThrow(result)

/** The name of the error that a result is. */
export const errorOf = <A>(result: Result.Result<A, AslFailure>): string =>
  Result.isFailure(result)
    ? (result.failure.error ?? "an error without a name")
    : `no error: ${JSON.stringify(result.success)}`

export const run = <A, E>(effect: Effect.Effect<A, E>): Promise<Result.Result<A, E>> =>
  Effect.runPromise(Effect.result(effect))
