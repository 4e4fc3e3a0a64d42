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

/** What happens, and what becomes of effects. */
export interface Script {
  readonly moves: ReadonlyArray<Move>
  /** Each idempotency key has one of these. Where there are none, all effects succeed at once. */
  readonly outcomes: ReadonlyArray<Outcome>
}
