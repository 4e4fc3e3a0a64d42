/** What is said of a command line that is wrong: what is wrong, how the command is called and where there is more, not all of its help. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as TerminalCapabilities from "effect/cli/TerminalCapabilities"
import { MISUSED } from "./refusal.ts"

/** Says it on the standard error: the standard output is for what was asked for, which may go into a file. */
export const layer: Layer.Layer<never> = CliOutput.layerPresenter({
  present: Effect.fnUntraced(function* (event: CliOutput.Presenter.Event) {
    if (event._tag !== "InvalidInvocation") return yield* CliOutput.defaultPresenter.present(event)
    const { canColor } = yield* TerminalCapabilities.TerminalCapabilities
    const wrong = CliOutput.defaultFormatter({ colors: canColor }).formatErrors(event.errors)
    yield* Console.error(`${wrong}\n\nUsage: ${event.helpDoc.usage}\nSee ${event.commandPath.join(" ")} --help.`)
  })
})

/** Gives a wrong command line an exit code of its own. */
export const coded = <E>(error: E | CliError.ShowHelp): E | CliError.ShowHelp =>
  isWrong(error) ? Object.assign(error, { [Runtime.errorExitCode]: MISUSED }) : error

const isWrong = (error: unknown): error is CliError.ShowHelp =>
  CliError.isCliError(error) && error._tag === "ShowHelp" && error.errors.length > 0
