/** The trees of every example's workflow, as golden files: what a terminal shows of them. */
import { Picture, Tree } from "@waymark/render"
import { describe, expect, it } from "vitest"
import { load, workflows } from "./support/workflows.ts"

describe("The tree of an example", () => {
  it.each(workflows)("%s: %s", async (file, name) => {
    const { golden, workflow } = await load(file, name)
    await expect(Tree.render(Picture.make(workflow), { types: true })).toMatchFileSnapshot(`${golden}.txt`)
  })
})
