/** `npm run pictures`: every golden picture in a real browser, and what is wrong with how it looks. The usage says how. */
import { mkdirSync, readdirSync, readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { draw, open, variable } from "./browser.mjs"
import { measure } from "./measure.mjs"

const usage = `npm run pictures -- [name …] [options]

Draws the golden pictures whose file names have one of these names in them, or all of them, in both themes, and a large one in
every syntax. Fails where one is a picture of an error, where a label is not inside its box or cannot be read on it, or where
things lie over each other.

Options:
  --png DIR   also writes each as DIR/file.theme.png, to be looked at
  --help      this text

Mermaid and a browser are installed into packages/render/browser when they are first needed.
${variable} names a Chrome, Chromium or Edge to use instead.`

const folders = ["../test/golden/", "../../../examples/test/golden/"].map((path) => new URL(path, import.meta.url))

const given = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { png: { type: "string" }, help: { type: "boolean", default: false } }
    })
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`)
    process.exit(2)
  }
}

const goldens = () =>
  folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith(".mmd"))
      .map((file) => ({ file, text: readFileSync(new URL(file, folder), "utf8") }))
  )

const texts = async (names) => {
  const isNamed = (file) => names.length === 0 || names.some((name) => file.includes(name))
  // Drawn by the library as it is built.
  const larges = names.length === 0 || names.includes("large") ? (await import("./large.mjs")).large() : []
  return [...goldens(), ...larges].filter(({ file }) => isNamed(file))
}

const main = async ({ positionals, values: { help, png } }) => {
  if (help) return console.log(usage)
  const { close, page } = await open()
  let failed = 0
  let passed = 0
  try {
    if (png !== undefined) mkdirSync(png, { recursive: true })
    for (const { file, text, themes = ["light", "dark"] } of await texts(positionals)) {
      for (const theme of themes) {
        const faults = await draw(page, text, { theme }).then(
          () => page.evaluate(measure),
          (error) => [`cannot be drawn: ${error.message}`]
        )
        if (png !== undefined) await (await page.$("#picture")).screenshot({ path: `${png}/${file}.${theme}.png` })
        for (const fault of faults) console.log(`${file}, ${theme}: ${fault}`)
        if (faults.length > 0) failed++
        else passed++
      }
    }
  } finally {
    await close()
  }
  console.log(`${passed} passed, ${failed} failed`)
  if (failed > 0 || passed === 0) process.exitCode = 1
}

await main(given()).catch((error) => {
  console.error(error.message)
  process.exitCode = 1
})
