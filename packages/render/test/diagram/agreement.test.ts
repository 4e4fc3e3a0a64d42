/** The compiler reads a diagram as the reader at run time does: generated ones, and all that are wrong. */
import { Diagram } from "@waymark/render"
import type { Workflow } from "@waymark/core"
import { checkRecovery } from "@waymark/interpreter/testing"
import { Effect, Result } from "effect"
import * as fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { project, type Complaint } from "../../../core/test/support/compiler.ts"
import { graph } from "./support/graphs.ts"
import { implementation } from "./support/implementing.ts"
import { wrong } from "./support/wrong.ts"

const written = project("diagrams")
const types = "../../packages/render/src/internal/diagram/types"

const literal = (value: unknown): string => JSON.stringify(value)
const union = (members: ReadonlyArray<string>): string =>
  members.length === 0 ? "never" : [...new Set(members)].map(literal).join(" | ")

const placesOf = (place: Diagram.Place): ReadonlyArray<Diagram.Place> => [
  place,
  ...place.states.flatMap(({ regions }) => regions.flatMap(placesOf))
]

/** What the types say of a diagram, worked out from its graph. */
const expected = ({ root: place, title }: Diagram.Graph): string => {
  const places = placesOf(place)
  const states = places.flatMap((one) => one.states)
  const arrows = places.flatMap((one) => one.arrows)
  const next = states.map(({ id }) => {
    const goals = union(arrows.filter(({ from }) => from === id).map(({ to }) => to))
    return `  readonly ${literal(id)}: ${goals}`
  })
  const kinds = states.filter(({ kind }) => kind !== "step")
  return [
    `title: ${literal(title)}`,
    `next: {\n${next.join("\n")}\n}`,
    `kind: {\n${kinds.map(({ id, kind }) => `  readonly ${literal(id)}: ${literal(kind === "composite" ? "open" : kind)}`).join("\n")}\n}`,
    `divided: ${union(states.filter(({ regions }) => regions.length > 1).map(({ id }) => id))}`
  ].join("\n")
}

/** What only the reader at run time finds: it takes the way of branches, or looks at what changes nothing. */
const isUnseen = (what: string): boolean =>
  /do not end in one join$|from outside|end in the same join|^the fork .* twice$|has no fork before it$|is said twice$|is said twice in |several descriptions$|is no state of the diagram$/u.test(
    what
  )

/** What is said of a text, in the words of the compiler, which knows fewer mends of lines. */
const said = (text: string): ReadonlyArray<string> =>
  Result.match(Diagram.read(text), {
    onSuccess: () => [],
    onFailure: ({ problems }) =>
      problems
        .filter(({ what }) => !isUnseen(what))
        .map(({ mend, what }) => (what.endsWith("is nothing that a diagram can say here") ? what : `${what}: ${mend}`))
  })

/** One line of a diagram is lost, comes twice or somewhere else, or is cut short. */
const damaged = fc
  .record({
    one: graph,
    at: fc.nat(),
    to: fc.nat(),
    how: fc.constantFrom("lost" as const, "twice" as const, "moved" as const, "cut" as const, "joined" as const)
  })
  .map(({ at, how, one, to }) => {
    const lines = Diagram.write(one).split("\n")
    const index = at % lines.length
    const line = lines[index] ?? ""
    const rest = lines.toSpliced(index, 1)
    if (how === "lost") return rest
    if (how === "twice") return lines.toSpliced(index, 0, line)
    if (how === "moved") return rest.toSpliced(to % lines.length, 0, line)
    return how === "cut"
      ? lines.with(index, line.slice(0, to % (line.length + 1)))
      : lines.with(index, `${line} ${lines[index + 1]}`)
  })
  .map((lines) => lines.join("\n"))
  // The compiler looks at each line alone, so a direction that Mermaid makes of two is found at run time only.
  .filter((text) => !/direction[ \t]*\n\s*(?:TB|BT|RL|LR)/iu.test(text))

const right = fc.sample(graph, { numRuns: 20, seed: 20 })
const modules = [
  ...right.map((one, index) => ({
    name: `right${index}`,
    code: `type Text = ${literal(Diagram.write(one))}
type G = GraphIn<Text>
interface Expected {
${expected(one)}
}
same<TitleIn<Text>, Expected["title"]>()
same<Problems<Text>, never>()
same<Flat<{ readonly [K in keyof G["next"] as K extends \`[*] \${string}\` ? never : K]: G["next"][K] }>, Flat<Expected["next"]>>()
same<Flat<G["kind"]>, Flat<Expected["kind"]>>()
same<G["divided"], Expected["divided"]>()
export const workflow = ${implementation(Diagram.write(one))}
`
  })),
  ...fc.sample(damaged, { numRuns: 50, seed: 12 }).map((text, index) => ({
    name: `damaged${index}`,
    code: `same<Said<${literal(text)}>, ${union(said(text))}>()`
  })),
  ...Object.entries(wrong)
    .filter(([, { unseen }]) => unseen !== true)
    .map(([name, { text }]) => ({ name, code: `same<Said<${literal(text)}>, ${union(said(text))}>()` }))
].map((one, index) => ({ ...one, file: `diagram${index}.ts`, path: written.path(`diagram${index}.ts`) }))

const head = `import { Effect, Schema } from "effect"
import { Diagram } from "@waymark/render"
import type { Problems } from "${types}/check.ts"
import type { GraphIn, TitleIn } from "${types}/implement.ts"
import { same } from "../../packages/core/test/types/equals.ts"
type Flat<T> = T extends unknown ? { [K in keyof T]: T[K] } : never
type Said<T extends string> = Known<Exclude<Problems<T>, \`\${string}is no state of the diagram: \${string}\`>>
type Known<P> = P extends \`\${infer W} is nothing that a diagram can say here: \${string}\` ? \`\${W} is nothing that a diagram can say here\` : P
export type Used = [GraphIn<"">, TitleIn<"">, Problems<"">, Flat<{}>, Said<"">]
export const used = [Effect, Schema, Diagram]
`

describe("the compiler and the reader at run time agree", () => {
  let complaints: ReadonlyArray<Complaint> = []
  beforeAll(async () => {
    written.write(Object.fromEntries(modules.map(({ code, file }) => [file, head + code])))
    complaints = await written.compile()
  }, 300_000)
  afterAll(written.remove)

  for (const { code, name, path } of modules) {
    it(`on ${name}`, () => {
      const found = complaints.filter(({ file }) => file === path).map(({ line, message }) => `${line}: ${message}`)
      expect(found.length === 0 ? [] : [...found, code]).toEqual([])
    })
  }

  it("on transitions, all the way: what compiles runs to its end, and recovers from crashes", async () => {
    for (const { name, path } of modules.filter((one) => one.name.startsWith("right"))) {
      const { workflow } = (await import(/* @vite-ignore */ path)) as {
        readonly workflow: Workflow.Workflow<string, number, number, never, never, unknown>
      }
      const report = await Effect.runPromise(Effect.result(checkRecovery(workflow, { input: 1, limit: 3 })))
      expect([name, Result.isSuccess(report) || report.failure.message]).toEqual([name, true])
    }
  }, 300_000)
})
