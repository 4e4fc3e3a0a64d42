/** The pictures of the documentation are golden files, so that they cannot go stale. */
import { readFile } from "node:fs/promises"
import { expect, it } from "vitest"

it("docs/pictures.md shows golden pictures, each as its file is", async () => {
  const text = await readFile(new URL("../../../docs/pictures.md", import.meta.url), "utf8")
  const shown = [...text.matchAll(/<!-- golden (\S+) -->\n```mermaid\n([^]*?)```\n/g)]
  expect(shown.length).toBe(text.split("```mermaid\n").length - 1)
  expect(shown.length).toBeGreaterThanOrEqual(4)
  for (const [, file = "", picture] of shown) {
    expect({ file, picture }).toEqual({
      file,
      picture: await readFile(new URL(`golden/${file}`, import.meta.url), "utf8")
    })
  }
})
