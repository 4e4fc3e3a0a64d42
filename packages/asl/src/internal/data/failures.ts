/** How the functions of this directory fail: they throw within, and give a `Result` at their borders. */
import * as Result from "effect/Result"
import { AslFailure, type PredefinedError } from "../../Errors.ts"

export const fail = (error: PredefinedError, cause: string): never => {
  throw new AslFailure({ error, cause })
}

export const attempt = <A>(evaluate: () => A): Result.Result<A, AslFailure> => {
  try {
    return Result.succeed(evaluate())
  } catch (error) {
    if (error instanceof AslFailure) {
      return Result.fail(error)
    }
    throw error
  }
}
