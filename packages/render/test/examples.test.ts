/** The examples of the documentation run. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"

const source = new URL("../src/", import.meta.url)

/** The `ts` blocks of a module's comments. */
const examplesOf = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/^ \* ```ts\n([^]*?)^ \* ```$/gm)].map(([, block = ""]) => block.replaceAll(/^ \* ?/gm, ""))

/** The files that a module gives classes of, and these. */
const givenBy = (text: string): ReadonlyArray<readonly [file: string, names: ReadonlyArray<string>]> =>
  [...text.matchAll(/^export \{ ([^}]*) \} from "\.\/(.*)"$/gm)].map(([, names = "", file = ""]) => [
    file,
    names.split(", ").filter((name) => !name.startsWith("type "))
  ])

const read = (file: string): Promise<string> => readFile(new URL(file, source), "utf8")

// Beside the tests, so that the packages are found from there.
const inDirectory = async (run: (directory: string) => Promise<void>): Promise<void> => {
  const directory = await mkdtemp(fileURLToPath(new URL(".examples-", import.meta.url)))
  try {
    await run(directory)
  } finally {
    await rm(directory, { recursive: true })
  }
}

const expectToShow = async (directory: string, name: string, example: string): Promise<void> => {
  const path = `${directory}/${name}.ts`
  await writeFile(path, example)
  const exported = Object.values((await import(path)) as Record<string, unknown>)
  expect({ name, shows: exported.length > 0 }).toEqual({ name, shows: true })
}

const modules = (await readdir(source)).filter((file) => file.endsWith(".ts") && file !== "index.ts")

it("every public function of Mermaid and Picture has an example, and it runs", () =>
  inDirectory(async (directory) => {
    for (const file of modules) {
      const text = await read(file)
      const examples = examplesOf(text)
      expect({ file, examples: examples.length }).toEqual({
        file,
        examples: [...text.matchAll(/^export const /gm)].length
      })
      for (const [i, example] of examples.entries())
        await expectToShow(directory, `${file.replace(".ts", "")}-${i}`, example)
    }
  }))

it("every public class has an example, and it runs", () =>
  inDirectory(async (directory) => {
    for (const file of modules) {
      for (const [given, names] of givenBy(await read(file))) {
        const text = await read(given)
        for (const name of names) {
          const before = text.slice(0, text.indexOf(`export class ${name} `))
          const [example] = examplesOf(before.slice(before.lastIndexOf("/**")))
          expect({ name, has: example !== undefined }).toEqual({ name, has: true })
          await expectToShow(directory, name, example ?? "")
        }
      }
    }
  }))
