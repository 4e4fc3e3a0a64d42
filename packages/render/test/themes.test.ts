/** The colours of what has become of a node: to be read by everybody, and told apart without colour vision. */
import type { Progress } from "@waymark/interpreter"
import { Mermaid, Picture } from "@waymark/render"
import { describe, expect, it } from "vitest"
import { contrast, distance, eyes, light } from "./support/colours.ts"
import { expectToReadBack, parse } from "./support/mermaid.ts"
import { parseStates } from "./support/stateDiagram.ts"
import { Withdrawal } from "./support/withdrawal.ts"
import * as workflows from "./support/workflows.ts"

const statuses = [
  "pending",
  "current",
  "done",
  "compensated",
  "failed",
  "skipped"
] as const satisfies ReadonlyArray<Progress.Status>
const themes = ["auto", "light", "dark"] as const
const pages = { auto: ["#ffffff", "#0d1117"], light: ["#ffffff"], dark: ["#0d1117"] } as const

/** A picture of which each node has another status. */
const everything = (options: Mermaid.Options): string => {
  const { nodes, ...picture } = Picture.make(Withdrawal)
  return Mermaid.fromPicture(
    {
      ...picture,
      nodes: nodes.map((node, i) => ({
        ...node,
        mark: { status: statuses[i % statuses.length] ?? "done", completed: 1 }
      }))
    },
    options
  )
}

type Style = Readonly<Record<string, string>>

const stylesOf = async (options: Mermaid.Options): Promise<ReadonlyMap<string, Style>> => {
  const text = everything(options)
  const { styles } = options.syntax === "state" ? await parseStates(text) : await parse(text)
  return new Map(
    statuses.map((status) => {
      const parts = (styles.get(status) ?? []).map((part) => part.split(":").map((word) => word.trim()))
      return [status, Object.fromEntries(parts) as Style]
    })
  )
}

const pairs = <A>(values: ReadonlyArray<A>): ReadonlyArray<readonly [A, A]> =>
  values.flatMap((a, i) => values.slice(i + 1).map((b) => [a, b] as const))

describe.each(themes)("The theme %s", (theme) => {
  const seen = (style: Style | undefined, part: "fill" | "stroke" | "color", by: keyof typeof eyes) =>
    eyes[by](light(style?.[part] ?? `no ${part}`))

  describe.each(Object.keys(eyes) as ReadonlyArray<keyof typeof eyes>)("seen %s", (by) => {
    it("has text that can be read on its node", async () => {
      for (const [status, style] of await stylesOf({ theme })) {
        expect.soft(contrast(seen(style, "color", by), seen(style, "fill", by)), status).toBeGreaterThan(4.5)
      }
    })

    it("has outlines that stand out from the page or from the node", async () => {
      for (const [status, style] of await stylesOf({ theme })) {
        for (const page of pages[theme]) {
          const stroke = seen(style, "stroke", by)
          const most = Math.max(contrast(stroke, eyes[by](light(page))), contrast(stroke, seen(style, "fill", by)))
          expect.soft(most, `${status} on ${page}`).toBeGreaterThan(3)
        }
      }
    })

    it("has no two statuses of the same colours", async () => {
      const styles = await stylesOf({ theme })
      for (const [a, b] of pairs(statuses)) {
        const apart = (part: "fill" | "stroke") =>
          distance(seen(styles.get(a), part, by), seen(styles.get(b), part, by))
        expect.soft(Math.max(apart("fill"), apart("stroke")), `${a} and ${b}`).toBeGreaterThan(10)
      }
    })
  })

  it("has no two statuses of the same outline, for whoever sees no colours at all", async () => {
    const styles = await stylesOf({ theme })
    const outlines = statuses.map((status) => {
      const { "stroke-dasharray": dashes = "solid", "stroke-width": width } = styles.get(status) ?? {}
      return `${width} ${dashes}`
    })
    expect(new Set(outlines).size, outlines.join(", ")).toBe(statuses.length)
  })

  it("is the same in both syntaxes", async () => {
    expect(await stylesOf({ theme, syntax: "state" })).toEqual(await stylesOf({ theme, syntax: "flowchart" }))
  })
})

describe("A theme", () => {
  it.each(["flowchart", "state"] as const)("of a %s is said in its front matter, unless the host decides", (syntax) => {
    const of = (theme: Mermaid.Options["theme"]) => Mermaid.render(workflows.runIO, { syntax, ...(theme && { theme }) })
    expect(of("dark")).toMatch(/^---\n[^]*config:\n {2}theme: dark\n[^]*---\n/)
    expect(of("light")).toMatch(/^---\n[^]*config:\n {2}theme: default\n[^]*---\n/)
    expect(of("auto")).not.toContain("theme")
    expect(of(undefined)).toBe(of("auto"))
  })

  it("changes nothing but colours", async () => {
    const text = (theme: Mermaid.Options["theme"]) => everything(theme ? { theme } : {})
    const parsed = await Promise.all(
      themes.map(async (theme) => expectToReadBack(text(theme), Picture.make(Withdrawal)))
    )
    for (const { edges, groups, nodes } of parsed)
      expect({ edges, groups, nodes }).toEqual({
        edges: parsed[0]?.edges,
        groups: parsed[0]?.groups,
        nodes: parsed[0]?.nodes
      })
  })
})
