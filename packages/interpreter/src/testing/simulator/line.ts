/**
 * The line between processes and their journal: calls take time on it, may be lost, and are carried out where they arrive
 * even if their caller has died meanwhile.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { JournalError, type Append, type Appended, type Journal } from "../../Journal.ts"
import { intercepted, type Call, type Operation } from "../operations.ts"
import type { Kernel, Process } from "./kernel.ts"
import type { Outcome } from "./schedule.ts"

type Service = Journal["Service"]

/** What a line is asked for, and what it tells. */
export interface Setting {
  readonly kernel: Kernel
  /** How long a call is under way at the most. */
  readonly pace: number
  /** How long a slow one is. */
  readonly slow: number
  /** What becomes of a call. */
  readonly decide: (operation: Operation) => Outcome | undefined
  /** A call was carried out. */
  readonly done: (process: Process, call: Call, exit: Exit.Exit<unknown, JournalError>) => void
  /** The process dies, now. */
  readonly die: (process: Process) => void
  /** The process is asked to end. */
  readonly suspend: (process: Process) => void
  /** Somebody else claims the instances of some appends. */
  readonly seize: (appends: ReadonlyArray<Append>) => void
}

/** These tell for as long as they are listened to, and have no answer that could be lost. */
const endless: ReadonlySet<string> = new Set(["listen"])

const cut = (operation: Operation, reason: string, retryable: boolean): Exit.Exit<never, JournalError> =>
  Exit.fail(new JournalError({ operation, reason, retryable }))

/** What of a call may be done after it has failed: nothing that rests on a lease, which a store sees to. */
const belated = <A>(call: Call<A>): Call<A> => {
  if (call.operation !== "append") return call
  const args = [(call.args[0] as ReadonlyArray<Append>).filter(({ leaseToken }) => leaseToken === undefined)]
  return { ...call, args, perform: call.performWith(args) }
}

/** The journal as a process sees it at the other end of its line. */
export const connect = (journal: Service, process: Process, setting: Setting): Service => {
  const { decide, die, done, kernel, pace, seize, slow, suspend } = setting
  const underWay = (): number => (pace === 0 || kernel.dice.onceIn(3) ? 0 : kernel.dice.below(pace + 1))

  const call = <A>(given: Call<A>): Effect.Effect<A, JournalError> => {
    const { args, operation, performWith } = given
    if (endless.has(operation)) {
      return performWith(
        args.map((arg) =>
          typeof arg === "function" ? (...told: ReadonlyArray<unknown>) => process.post(() => arg(...told)) : arg
        )
      )
    }
    return Effect.callback<A, JournalError>((resume) => {
      const outcome = decide(operation)
      const later = (millis: number, task: () => void): void => void kernel.after(millis, task)
      const answer = (exit: Exit.Exit<A, JournalError>, millis = underWay()): void =>
        later(millis, () => process.post(() => resume(exit)))
      /** What arrives is done, whatever has become of its caller. */
      const arrive = (arriving = given): Exit.Exit<A, JournalError> => {
        const exit = Effect.runSyncExit(Effect.provideService(arriving.perform, Clock.Clock, kernel.clock))
        done(process, arriving, exit)
        return exit
      }
      const lost = cut(operation, "the connection was cut", true)
      switch (outcome) {
        case undefined:
          return later(underWay(), () => answer(arrive()))
        case "crash-before":
          return die(process)
        case "crash-after":
          return later(underWay(), () => {
            arrive()
            die(process)
          })
        case "refuse":
          // Where it has no time to tell for a step, or does not take a child, the step fails: that is no fault of the engine's.
          return answer(cut(operation, "the journal has no answer", operation === "now" || operation === "create"))
        case "fail":
          return answer(cut(operation, "the journal is out of reach", true))
        case "unknown-lost":
          return answer(lost, kernel.dice.below(2_000))
        case "unknown-committed":
          return later(underWay(), () => {
            arrive()
            answer(lost, kernel.dice.below(2_000))
          })
        case "unknown-late":
          later(kernel.dice.below(2_000), () => arrive(belated(given)))
          return answer(lost)
        case "slow":
          return kernel.dice.onceIn(2)
            ? later(slow, () => answer(arrive()))
            : later(underWay(), () => answer(arrive(), slow))
        case "suspend":
          return later(underWay(), () => {
            answer(arrive())
            suspend(process)
          })
        case "fenced":
          if (operation !== "append") return answer(lost)
          return later(underWay(), () => {
            seize(args[0] as ReadonlyArray<Append>)
            answer(arrive())
          })
        case "conflict": {
          if (operation !== "append") return answer(lost)
          const conflicts = (args[0] as ReadonlyArray<Append>).map(({ expected }): Appended => ({
            _tag: "Conflict",
            length: expected
          }))
          return answer(Exit.succeed(conflicts as A))
        }
      }
    })
  }
  return intercepted(journal, call)
}
