/** Why a command does not do what it was asked for: said in a line, with the next move in another. */
import * as CliError from "effect/cli/CliError"

export type Refused = CliError.UserError

/** What is wrong, and what to do about it. */
export const refuse = (what: string, next: string): Refused =>
  new CliError.UserError({ cause: what, userMessage: `${what}\n${next}` })
