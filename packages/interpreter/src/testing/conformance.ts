/**
 * The conformance suite of the `Journal` port: what a store must do, as data, for any test runner.
 *
 * Each case is a sentence about behaviour and a program that fails with a `ConformanceFailure` where a journal does
 * something else. All cases of a suite may share one database, at the same time too. They need the live clock.
 */
import { appends } from "./conformance/appends.ts"
import type { Case } from "./conformance/bench.ts"
import { creations } from "./conformance/creation.ts"
import { instances } from "./conformance/instances.ts"
import { listening as listeningCases, watches } from "./conformance/listening.ts"
import { leases } from "./conformance/leases.ts"
import { lists } from "./conformance/listing.ts"
import { loads } from "./conformance/load.ts"
import { messages } from "./conformance/messages.ts"
import { notes } from "./conformance/notes.ts"
import { ownership } from "./conformance/ownership.ts"
import { payloads } from "./conformance/payloads.ts"
import { purges } from "./conformance/purging.ts"
import { reopenings } from "./conformance/reopening.ts"
import { signals } from "./conformance/signals.ts"
import { takeovers } from "./conformance/takeovers.ts"
import { together } from "./conformance/together.ts"
import { wakings } from "./conformance/waking.ts"

export { ConformanceFailure } from "./conformance/bench.ts"
export type { Case } from "./conformance/bench.ts"

/**
 * All that every journal must do.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Journal } from "@waymark/interpreter"
 * import { conformance } from "@waymark/interpreter/testing"
 *
 * export const suite = Effect.forEach(conformance, ({ effect }) => effect, { discard: true }).pipe(
 *   Effect.provide(Journal.layerMemory)
 * )
 * ```
 */
export const conformance: ReadonlyArray<Case> = [
  ...instances,
  ...creations,
  ...reopenings,
  ...ownership,
  ...takeovers,
  ...leases,
  ...wakings,
  ...appends,
  ...payloads,
  ...signals,
  ...messages,
  ...notes,
  ...lists,
  ...purges,
  ...watches,
  ...together,
  ...loads
]

/**
 * What a journal does besides whose listeners are told as much as the port says, which it may do without. Those that serve
 * one process must.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Journal } from "@waymark/interpreter"
 * import { listening } from "@waymark/interpreter/testing"
 *
 * export const suite = Effect.forEach(listening, ({ effect }) => effect, { discard: true }).pipe(
 *   Effect.provide(Journal.layerMemory)
 * )
 * ```
 */
export const listening: ReadonlyArray<Case> = listeningCases
