/** `npm run svg`: pictures as SVG, drawn by the real Mermaid in a headless browser. The usage below says how. */
import { readFileSync, writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { draw, open, variable } from "./browser.mjs"

const usage = `npm run svg -- file.mmd … [options]

Writes file.svg beside each file.mmd, such as what Mermaid.render gives; "-" reads standard input.

Options:
  --out FILE     where to write it, "-" for standard output; for one file only
  --theme NAME   light or dark, where the text itself does not say. Default: light
  --help         this text

Mermaid and a browser are installed into packages/render/browser when they are first needed.
${variable} names a Chrome, Chromium or Edge to use instead.`

const read = () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: "string" },
      theme: { type: "string", default: "light" },
      help: { type: "boolean", default: false }
    }
  })
  if (values.help) return { ...values, files: [] }
  if (positionals.length === 0) throw new TypeError("no file is named")
  if (values.theme !== "light" && values.theme !== "dark")
    throw new TypeError(`--theme is "${values.theme}": say light or dark`)
  if (values.out !== undefined && positionals.length > 1) throw new TypeError("--out is for one file only")
  if (values.out === undefined && positionals.includes("-")) throw new TypeError("say by --out where to write it")
  return { ...values, files: positionals }
}

const given = () => {
  try {
    return read()
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`)
    process.exit(2)
  }
}

/** Nobody else sees the page: whatever is asked for is drawn. */
const limits = { maxEdges: 1_000_000, maxTextSize: 100_000_000 }

const textOf = (file) => {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8")
  } catch (error) {
    const why = { ENOENT: "there is no such file", EISDIR: "it is a directory" }[error.code] ?? error.message
    const next = `Give the path of a Mermaid text, such as what Mermaid.render gives, relative to ${process.cwd()}`
    throw new Error(`${file} cannot be read: ${why}. ${next}.`, { cause: error })
  }
}

const main = async ({ files, help, out, theme }) => {
  if (help) return console.log(usage)
  const texts = files.map((file) => ({ file, text: textOf(file) }))
  const { close, page } = await open()
  try {
    for (const { file, text } of texts) {
      const svg = await draw(page, text, { theme, limits }).catch((error) => {
        throw new Error(`${file} cannot be drawn: ${error.message}`, { cause: error })
      })
      const target = out ?? `${file.replace(/\.\w+$/, "")}.svg`
      if (target === "-") process.stdout.write(svg)
      else writeFileSync(target, svg)
    }
  } finally {
    await close()
  }
}

await main(given()).catch((error) => {
  console.error(error.message)
  process.exitCode = 1
})
