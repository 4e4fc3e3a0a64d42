/** A module that implements a diagram: each handler goes ahead by its first transition, and names all others. */
import * as Schema from "effect/Schema"
import type { Workflow } from "@waymark/core"
import { Effect, Result } from "effect"
import { Diagram } from "@waymark/render"
import { build } from "../../../src/internal/diagram/build.ts"
import { firstOf, statesOf } from "../../../src/internal/diagram/graph.ts"
import { index, waysOf } from "../../../src/internal/diagram/transitions.ts"

const key = (name: string): string => JSON.stringify(name)

/** What implements a text, as the text of an expression. Everything that goes along is a number. */
export const implementation = (text: string): string => {
  const built = Result.getOrThrow(build(text, { acyclic: false }))
  const all = index(built)
  const states = statesOf(built.graph.root)
  const anything = new Proxy({}, { get: () => Schema.Number })
  const schemas = { payloads: anything, branches: anything, output: Schema.Number }
  const calls = (id: string, given: string): string => {
    const [first = "", ...others] = waysOf(all, schemas, id).map(
      ({ go }) => `go${go.map((name) => `[${key(name)}]`).join("")}(${given})`
    )
    return [...others.map((call) => `${given} < 0 ? ${call} : `), first].join("")
  }
  const firstsOf = (fork: string): ReadonlyArray<string> => built.branches.forks.get(fork)?.firsts ?? []
  const forked = (firsts: ReadonlyArray<string>): string =>
    `(n) => ({ ${firsts.map((first) => `${key(first)}: n`).join(", ")} })`
  const joined = (id: string, first: string): string => `(ends, go) => ${calls(id, `ends[${key(first)}]`)}`
  const handler = ({ id, kind, regions }: Diagram.State): string => {
    if (kind === "step") return `(n, go) => Effect.succeed(${calls(id, "n")})`
    if (kind === "fork") return forked(firstsOf(id))
    if (kind === "join") {
      const [, { firsts }] = [...built.branches.forks].find(([, { join }]) => join === id) as [
        string,
        { firsts: ReadonlyArray<string> }
      ]
      return joined(id, firsts[0] ?? "")
    }
    const inside = `states: {\n${regions.flatMap(handlers).join(",\n")}\n}`
    const firsts = regions.map(firstOf)
    return regions.length === 1
      ? `{ ${inside} }`
      : `{ fork: ${forked(firsts)}, ${inside}, join: ${joined(id, firsts[0] ?? "")} }`
  }
  const handlers = (place: Diagram.Place): ReadonlyArray<string> =>
    place.states.filter(({ kind }) => kind !== "choice").map((state) => `${key(state.id)}: ${handler(state)}`)

  const entered = states.filter(
    ({ kind, regions }) => kind === "step" || kind === "fork" || (kind === "composite" && regions.length > 1)
  )
  const branches = states.flatMap(({ id, kind, regions }) =>
    kind === "fork" ? firstsOf(id) : regions.length > 1 ? regions.map(firstOf) : []
  )
  const numbers = (ids: ReadonlyArray<string>): string =>
    `{ ${ids.map((id) => `${key(id)}: Schema.Number`).join(", ")} }`
  return `Diagram.make(${JSON.stringify(text)}).implement({
  version: 1,
  payloads: ${numbers(entered.map(({ id }) => id))},
  ${branches.length === 0 ? "" : `branches: ${numbers(branches)},`}
  output: Schema.Number,
  states: {
${handlers(built.graph.root).join(",\n")}
  }
})`
}

/** The workflow that a diagram becomes: what `implementation` writes, without the compiler. */
export const implemented = (text: string): Workflow.Any =>
  // oxlint-disable-next-line typescript/no-implied-eval -- the same text as the compiler is given elsewhere
  new Function("Effect", "Schema", "Diagram", `return ${implementation(text)}`)(Effect, Schema, Diagram) as Workflow.Any
