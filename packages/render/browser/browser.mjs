/**
 * A headless browser with the real Mermaid in it: what `svg.mjs` and `pictures.mjs` draw with.
 *
 * Nothing of it is a dependency of the library. What it needs is installed into this folder when it is first asked for.
 */
import { execFileSync } from "node:child_process"
import { existsSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { fileURLToPath, pathToFileURL } from "node:url"

const folder = fileURLToPath(new URL(".", import.meta.url))
const { resolve } = createRequire(import.meta.url)

/** The variable that names a Chrome, Chromium or Edge to use instead of one that is installed. */
export const variable = "WAYMARK_BROWSER"

const remedy = `Name a Chrome, Chromium or Edge by ${variable}, such as ${variable}=/usr/bin/chromium.`

const load = async (name) => {
  const module = await import(pathToFileURL(resolve(name)).href)
  return module.default
}

const install = (named) => {
  const wanted = ["mermaid", "puppeteer-core", ...(named === undefined ? ["@sparticuz/chromium"] : [])]
  const missing = () => wanted.filter((name) => !existsSync(`${folder}node_modules/${name}`))
  if (missing().length === 0) return
  console.error(`Installing ${wanted.join(", ")} into ${folder} …`)
  const omit = named === undefined ? [] : ["--omit=optional"]
  try {
    execFileSync("npm", ["install", "--no-package-lock", "--no-audit", "--no-fund", "--no-workspaces", ...omit], {
      cwd: folder,
      stdio: "pipe",
      timeout: 600_000
    })
  } catch (error) {
    rmSync(`${folder}node_modules`, { recursive: true, force: true })
    const why = String(error.stderr ?? error).trim()
    throw new Error(`${wanted.join(", ")} could not be installed: ${why.slice(-500)}`, { cause: error })
  }
  // npm passes over what does not suit the machine.
  if (missing().length > 0) throw new Error(`${missing().join(", ")} could not be installed. ${remedy}`)
}

/** Nothing is installed where it is of no use. */
const check = (named) => {
  if (named !== undefined && !existsSync(named))
    throw new Error(`${variable} is "${named}", which is not there. ${remedy}`)
  // The one from the registry is built for Linux on x64.
  if (named === undefined && (process.platform !== "linux" || process.arch !== "x64"))
    throw new Error(`There is no browser to install on ${process.platform} ${process.arch}. ${remedy}`)
}

/** Where the browser is, and what it is started with. */
const found = async (named) => {
  if (named === undefined) {
    const chromium = await load("@sparticuz/chromium")
    return { executablePath: await chromium.executablePath(), args: chromium.args, headless: "shell" }
  }
  return {
    executablePath: named,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    headless: true
  }
}

/** Opens a page with Mermaid in it; `close` ends the browser. */
export const open = async () => {
  const named = process.env[variable]
  check(named)
  install(named)
  const puppeteer = await load("puppeteer-core")
  const options = await found(named)
  const browser = await puppeteer.launch(options).catch((error) => {
    throw new Error(`${options.executablePath} does not start: ${error.message}\n${remedy}`, { cause: error })
  })
  const page = await browser.newPage()
  await page.setContent(
    '<!doctype html><meta charset="utf-8"><body><div id="picture" style="display:inline-block"></div>'
  )
  await page.addScriptTag({ path: `${folder}node_modules/mermaid/dist/mermaid.min.js` })
  return { page, close: () => browser.close() }
}

/** The grounds that the two themes are made for. */
export const grounds = { light: "#ffffff", dark: "#0d1117" }

const themes = { light: "default", dark: "dark" }

/**
 * Draws a text on the page, and gives it as a document of SVG. It fails with what Mermaid says where that cannot read it.
 * `limits` are Mermaid's own (`maxEdges`, `maxTextSize`), which a text cannot set.
 */
export const draw = (page, text, { theme = "light", limits = {} } = {}) =>
  page.evaluate(
    async (text, theme, ground, limits) => {
      const { mermaid } = globalThis
      mermaid.initialize({ startOnLoad: false, theme, maxTextSize: 50_000, maxEdges: 500, ...limits })
      const holder = document.querySelector("#picture")
      holder.replaceChildren()
      document.body.style.background = ground
      const { svg } = await mermaid.render("waymark", text)
      holder.innerHTML = svg
      const picture = holder.querySelector("svg")
      const { height, width } = picture.viewBox.baseVal
      // As large as it is, not as wide as the page.
      picture.setAttribute("width", width)
      picture.setAttribute("height", height)
      picture.style.maxWidth = "none"
      picture.style.backgroundColor = ground
      return new XMLSerializer().serializeToString(picture)
    },
    text,
    themes[theme],
    grounds[theme],
    limits
  )
