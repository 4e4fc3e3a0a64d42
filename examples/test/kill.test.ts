/** `kill -9` at random moments, for real: the processes run from the built output. The long form is `npm run kill-test`. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"

const program = fileURLToPath(new URL("../dist/withdrawal/killTest.js", import.meta.url))

/** Runs a built program to its end. */
const run = async (...args: ReadonlyArray<string>) => {
  if (!fs.existsSync(program)) throw new Error(`there is no ${program}: build first, with npm run build`)
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "inherit"] })
  let output = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text))
  const [code] = (await once(child, "close")) as [number | null]
  return { code, output }
}

it(
  "twenty kills at random moments make no effect run again whose event is recorded",
  { timeout: 120_000 },
  async () => {
    const { code, output } = await run("--rounds", "20")
    // The seed is in the output, which is shown where this fails.
    expect(output).toMatch(/\nkills: 20, .* violations: 0\n$/)
    expect(code).toBe(0)
  }
)
