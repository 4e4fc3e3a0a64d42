/** `Parallel`, and what it shares with `Map`: branches whose states are kept beside the flow of the state around them. */
import * as Effect from "effect/Effect"
import { WIO } from "@waymark/core"
import type * as Definition from "../../Definition.ts"
import type { Json } from "../data/json.ts"
import { guarded } from "./failure.ts"
import { inner, type Flow } from "./flow.ts"
import * as Query from "./query.ts"
import type { Compiled } from "./query.ts"
import { entering, leaving, sequence, type Part, type Way } from "./steps.ts"

/** Compiles the states of a branch: from the flow that it starts with to its output. */
export type CompileMachine = (name: string, machine: Definition.Machine) => Part<Json>

/**
 * A fork with the flow around it kept: where it fails, `Retry` and `Catch` find the flow that it started from, and not only the record of
 * its branches.
 */
export const kept = (fork: WIO.Any): Part =>
  WIO.embed(fork as Part<Json>, {
    in: (flow: Flow) => flow,
    state: (flow, within): Flow => ({ ...flow, within: { ...(within as object) } as Json }),
    out: (flow, result): Flow => ({ ...flow, result })
  }) as never

/** The last step of a state that has a result of its own. */
export const resulting = (compiled: Compiled<Definition.State & { readonly Next?: string }>): Part<Way> =>
  leaving(
    compiled.name,
    `${compiled.name}: output`,
    (at) => Query.resulted(compiled, at, at.flow.result ?? null),
    compiled.state.Next
  )

export const parallel = (compiled: Compiled<Definition.Parallel>, compile: CompileMachine): Part<Way> => {
  const { name, state } = compiled
  const enter = entering(name, (at) => Effect.map(Query.effectiveInput(compiled, at), (input) => ({ input })))
  const branches = Object.fromEntries(
    state.Branches.map((branch, index) => [String(index), compile(`${name} ${index}`, branch)] as const)
  )
  const keys = Object.keys(branches)
  const fork = WIO.parallel(
    branches as never,
    {
      fork: (flow: Flow) =>
        Object.fromEntries(keys.map((key) => [key, inner(flow, flow.work?.input ?? null)])) as never,
      join: (outs: unknown) => keys.map((key) => (outs as Readonly<Record<string, Json>>)[key])
    } as never
  )
  return guarded(compiled, sequence(enter, kept(fork), resulting(compiled)))
}
