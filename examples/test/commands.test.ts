/** The commands of the repository say how they are called where they are not called so, and begin nothing. */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const commands = { simulate: at("../../packages/interpreter/simulate.mjs"), chaos: at("../chaos/dist/main.js") }

describe.each(["simulate", "chaos"] as const)("npm run %s", (name) => {
  it.each([
    ["--bogus", "Unknown option '--bogus'"],
    ["--seconds=soon", "--seconds is soon"]
  ])("refuses %s with a line that says what it takes, and ends with 2", (argument, why) => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [commands[name], argument], { encoding: "utf8" })
    expect(stderr.split("\n")).toEqual([
      expect.stringContaining(`${name}: ${why}`),
      expect.stringMatching(new RegExp(`^usage: ${name} .*--seconds.*--seed`)),
      ""
    ])
    expect(stdout).toBe("")
    expect(status).toBe(2)
  })
})
