/** How the programs of this example begin and end: stopped by the usual signals, and with an exit code that tells. */
import { Cause, Effect, Exit } from "effect"
import { print, red } from "./terminal.ts"

/** Runs a program; the exit code is 0 where it answers `true`, else 1. Its scopes are closed in any case. */
export const main = async (program: Effect.Effect<boolean, unknown>): Promise<void> => {
  const interrupted = new AbortController()
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => interrupted.abort())
  const exit = await Effect.runPromiseExit(program, { signal: interrupted.signal })
  if (Exit.isFailure(exit)) {
    const why = Cause.hasInterruptsOnly(exit.cause) ? "it was interrupted" : Cause.pretty(exit.cause)
    print(`\n${red("Not finished:")} ${why}`)
  }
  process.exitCode = Exit.isSuccess(exit) && exit.value ? 0 : 1
}
