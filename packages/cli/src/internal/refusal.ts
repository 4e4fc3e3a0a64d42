/** Why a command does not do what it was asked for: said in a line, with the next move in another where the first one does not say it. */
import * as Runtime from "effect/Runtime"
import * as CliError from "effect/cli/CliError"

export type Refused = CliError.UserError

/** The exit code of a command line that is none, as against one that was understood and could not be done (1). */
export const MISUSED = 2

/** What is wrong, and what to do about it. */
export const refuse = (what: string, next?: string): Refused =>
  new CliError.UserError({ cause: what, userMessage: next === undefined ? what : `${what}\n${next}` })

/** The same of a command line, whose parts do not fit. */
export const misuse = (what: string, next: string): Refused =>
  Object.assign(refuse(what, next), { [Runtime.errorExitCode]: MISUSED })
