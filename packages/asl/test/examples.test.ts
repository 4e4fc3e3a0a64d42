/** The examples of the documentation run. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"

/** The `ts` blocks of a module's comments. */
const examplesOf = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/^ \* ```ts\n([^]*?)^ \* ```$/gm)].map(([, block = ""]) => block.replaceAll(/^ \* ?/gm, ""))

const run = async (directory: URL) => {
  // Beside the tests, so that the packages are found from there.
  const scratch = await mkdtemp(fileURLToPath(new URL(".examples-", import.meta.url)))
  try {
    for (const file of await readdir(directory)) {
      if (!file.endsWith(".ts") || file === "index.ts") continue
      const text = await readFile(new URL(file, directory), "utf8")
      const examples = examplesOf(text)
      const functions = [...text.matchAll(/^export const /gm)].length
      expect({ file, enough: examples.length >= functions }).toEqual({ file, enough: true })
      for (const [i, example] of examples.entries()) {
        const path = `${scratch}/${file.replace(".ts", "")}-${i}.ts`
        await writeFile(path, example)
        const exported = Object.values((await import(path)) as Record<string, unknown>)
        expect({ file, i, shows: exported.length > 0 }).toEqual({ file, i, shows: true })
      }
    }
  } finally {
    await rm(scratch, { recursive: true })
  }
}

it("every public function has an example, and it runs", async () => {
  await run(new URL("../src/", import.meta.url))
  await run(new URL("../src/mock/", import.meta.url))
})
