/** The trees of every example's workflow, as golden files: what a terminal shows of them. */
import { readdir, readFile } from "node:fs/promises"
import type { Workflow } from "@waymark/core"
import { Picture, Tree } from "@waymark/render"
import { describe, expect, it } from "vitest"

const examples = new URL("../", import.meta.url)

/** The modules that export a workflow, with the names of those. A main module is a program, which would run. */
const found = async (): Promise<ReadonlyArray<readonly [file: string, name: string]>> => {
  const files = (await readdir(examples, { recursive: true })).filter(
    (file) => /(?<!\.d|main)\.ts$/.test(file) && !/(^|\/)(dist|test|node_modules)\//.test(file)
  )
  const all = await Promise.all(
    files.toSorted().map(async (file) => {
      const text = await readFile(new URL(file, examples), "utf8")
      const names = text.matchAll(/^export const (\w+) = Workflow\.make\(/gm)
      return [...names].map(([, name = ""]) => [file, name] as const)
    })
  )
  return all.flat()
}

const workflows = await found()

describe("The tree of an example", () => {
  it("is there for every one", () => {
    expect(workflows.length).toBeGreaterThan(20)
  })

  it.each(workflows)("%s: %s", async (file, name) => {
    const module = (await import(new URL(file, examples).href)) as Readonly<Record<string, Workflow.Any>>
    const workflow = module[name]
    if (workflow === undefined) throw new Error(`${file} exports no ${name}`)
    const golden = `golden/${file.replace(/\.ts$/, "").replaceAll("/", "-")}-${name}.txt`
    await expect(Tree.render(Picture.make(workflow), { types: true })).toMatchFileSnapshot(golden)
  })
})
