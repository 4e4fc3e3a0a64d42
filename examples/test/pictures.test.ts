/** The pictures of every example's workflow: golden files, in both syntaxes, as the real Mermaid reads them. */
import { Diagram, Mermaid, Picture } from "@waymark/render"
import { Result } from "effect"
import { readFile } from "node:fs/promises"
import { describe, expect, it } from "vitest"
import { expectToReadBack } from "../../packages/render/test/support/mermaid.ts"
import { expectStatesToReadBack } from "../../packages/render/test/support/stateDiagram.ts"
import { load, workflows } from "./support/workflows.ts"

describe("The picture of an example", () => {
  it("is there for every one", () => {
    expect(workflows.length).toBeGreaterThan(30)
    for (const folder of ["asl/", "derecho-tour/", "diagrams/", "withdrawal/"]) {
      expect(workflows.some(([file]) => file.startsWith(folder))).toBe(true)
    }
  })

  it.each(workflows)("%s: %s", async (file, name) => {
    const { golden, workflow } = await load(file, name)
    const picture = Picture.make(workflow)

    const text = Mermaid.render(workflow, { types: true })
    await expect(text).toMatchFileSnapshot(`${golden}.mmd`)
    await expectToReadBack(text, picture, true)

    const states = Mermaid.render(workflow, { syntax: "state", direction: "LR", types: true })
    await expect(states).toMatchFileSnapshot(`${golden}.state.mmd`)
    await expectStatesToReadBack(states, picture, true)
  })

  it("as a diagram is read back as its graph, or it is said why there is none", async () => {
    const drawn: Array<string> = []
    for (const [file, name] of workflows) {
      const { workflow } = await load(file, name)
      const graph = Diagram.of(workflow)
      if (Result.isFailure(graph)) expect(graph.failure).toBeInstanceOf(Diagram.NoDiagram)
      else {
        drawn.push(file)
        expect(Diagram.read(Mermaid.render(workflow, { syntax: "diagram" }))).toEqual(graph)
      }
    }
    for (const folder of ["asl/", "diagrams/"]) {
      const all = workflows.filter(([file]) => file.startsWith(folder))
      expect([folder, drawn.filter((file) => file.startsWith(folder)).length]).toEqual([folder, all.length])
    }
  })

  it("is shown by the page of the diagrams as its golden file is", async () => {
    const page = await readFile(new URL("../diagrams/README.md", import.meta.url), "utf8")
    const shown = [...page.matchAll(/<!-- golden (\S+) -->\n```mermaid\n([^]*?)```\n/g)]
    expect(shown.length).toBe(1)
    expect(page.split("```mermaid\n").length - 1).toBe(1)
    for (const [, file = "", picture] of shown) {
      expect(picture).toBe(await readFile(new URL(`golden/${file}`, import.meta.url), "utf8"))
    }
  })
})
