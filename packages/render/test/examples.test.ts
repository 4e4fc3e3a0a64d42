/** The examples of the documentation run. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"

const source = new URL("../src/", import.meta.url)

/** The `ts` blocks of a module's comments. */
const examplesOf = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/^ \* ```ts\n([^]*?)^ \* ```$/gm)].map(([, block = ""]) => block.replaceAll(/^ \* ?/gm, ""))

it("every public function of Mermaid and Picture has an example, and it runs", async () => {
  // Beside the tests, so that the packages are found from there.
  const directory = await mkdtemp(fileURLToPath(new URL(".examples-", import.meta.url)))
  try {
    for (const file of await readdir(source)) {
      if (!file.endsWith(".ts") || file === "index.ts") continue
      const text = await readFile(new URL(file, source), "utf8")
      const examples = examplesOf(text)
      expect({ file, examples: examples.length }).toEqual({
        file,
        examples: [...text.matchAll(/^export const /gm)].length
      })
      for (const [i, example] of examples.entries()) {
        const path = `${directory}/${file.replace(".ts", "")}-${i}.ts`
        await writeFile(path, example)
        const exported = Object.values((await import(path)) as Record<string, unknown>)
        expect({ file, i, shows: exported.length > 0 }).toEqual({ file, i, shows: true })
      }
    }
  } finally {
    await rm(directory, { recursive: true })
  }
})
