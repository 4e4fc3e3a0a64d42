/** Scripts: what happens to a generated workflow, as plain data. After the last move everything pending is served. */
import type { Outcome } from "./world.ts"

/** One thing that happens. Indexes are taken modulo what there is. */
export type Move =
  /** The pending step at this index is served: its effect is run, its signal sent, its timer's time comes. */
  | { readonly _tag: "Serve"; readonly index: number }
  /** A signal arrives, whether anybody waits for it or not. A negative number is refused. */
  | { readonly _tag: "Signal"; readonly signal: number; readonly n: number; readonly to: string | undefined }
  /** So much time passes. */
  | { readonly _tag: "Tick"; readonly millis: number }
  /** The instance is to be cancelled, or terminated. */
  | { readonly _tag: "Cancel" | "Terminate" }
  /** An operator decides about the step at this index of those that were given up. */
  | { readonly _tag: "Operate"; readonly index: number; readonly decision: "Retry" | "Succeed" | "Fail" }
  /** The step at this index of those that are waited for no more is said to have ended. */
  | { readonly _tag: "Late"; readonly index: number }

/** What happens, and what becomes of effects. */
export interface Script {
  readonly moves: ReadonlyArray<Move>
  /** Each idempotency key has one of these. Where there are none, all effects succeed at once. */
  readonly outcomes: ReadonlyArray<Outcome>
}

/** The script with a move after so many others. */
export const interposed = ({ moves, outcomes }: Script, turn: number, move: Move): Script => {
  const wait = Array.from({ length: Math.max(0, turn - moves.length) }, () => ({ _tag: "Serve", index: 0 }) as const)
  return { moves: [...moves, ...wait].toSpliced(turn, 0, move), outcomes }
}
