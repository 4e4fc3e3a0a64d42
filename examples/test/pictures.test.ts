/** The pictures of every example's workflow: golden files, in both syntaxes, as the real Mermaid reads them. */
import { readdir, readFile } from "node:fs/promises"
import type { Workflow } from "@waymark/core"
import { Mermaid, Picture } from "@waymark/render"
import { describe, expect, it } from "vitest"
import { expectToReadBack } from "../../packages/render/test/support/mermaid.ts"
import { expectStatesToReadBack } from "../../packages/render/test/support/stateDiagram.ts"

const examples = new URL("../", import.meta.url)

/** The modules that export a workflow, with the names of those. */
const found = async (): Promise<ReadonlyArray<readonly [file: string, name: string]>> => {
  const files = (await readdir(examples, { recursive: true })).filter(
    // A main module is a program, which would run.
    (file) => /(?<!\.d|main)\.ts$/.test(file) && !/(^|\/)(dist|test|node_modules)\//.test(file)
  )
  const all = await Promise.all(
    files.toSorted().map(async (file) => {
      const text = await readFile(new URL(file, examples), "utf8")
      return [...text.matchAll(/^export const (\w+) = Workflow\.make\(/gm)].map(
        ([, name = ""]) => [file, name] as const
      )
    })
  )
  return all.flat()
}

const workflows = await found()

describe("The picture of an example", () => {
  it("is there for every one", () => {
    expect(workflows.length).toBeGreaterThan(20)
  })

  it.each(workflows)("%s: %s", async (file, name) => {
    const module = (await import(new URL(file, examples).href)) as Readonly<Record<string, Workflow.Any>>
    const workflow = module[name]
    if (workflow === undefined) throw new Error(`${file} exports no ${name}`)
    const picture = Picture.make(workflow)
    const golden = `golden/${file.replace(/\.ts$/, "").replaceAll("/", "-")}-${name}`

    const text = Mermaid.render(workflow, { types: true })
    await expect(text).toMatchFileSnapshot(`${golden}.mmd`)
    await expectToReadBack(text, picture, true)

    const states = Mermaid.render(workflow, { syntax: "state", direction: "LR", types: true })
    await expect(states).toMatchFileSnapshot(`${golden}.state.mmd`)
    await expectStatesToReadBack(states, picture, true)
  })
})
