/** The commands of the repository say how they are called where they are asked, or called in another way, and begin nothing. */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const commands = {
  simulate: at("../../packages/interpreter/simulate.mjs"),
  chaos: at("../chaos/dist/main.js"),
  "pooler-test": at("../chaos/dist/poolerTest.js"),
  "kill-test": at("../dist/withdrawal/killTest.js"),
  demo: at("../dist/withdrawal/demo.js")
}
const called = (name: keyof typeof commands, argument: string) =>
  spawnSync(process.execPath, [commands[name], argument], { encoding: "utf8" })

describe.each(Object.keys(commands) as ReadonlyArray<keyof typeof commands>)("npm run %s", (name) => {
  it("says how it is called, and ends with 0", () => {
    const { status, stderr, stdout } = called(name, "--help")
    expect(stdout).toMatch(new RegExp(`^usage: npm run ${name}`))
    expect(stderr).toBe("")
    expect(status).toBe(0)
  })

  it("refuses what it does not know, says what it takes, and ends with 2", () => {
    const { status, stderr, stdout } = called(name, "--bogus")
    expect(stderr.split("\n")[0]).toContain(`${name}: Unknown option '--bogus'`)
    expect(stderr).toContain(`usage: npm run ${name}`)
    expect(stdout).toBe("")
    expect(status).toBe(2)
  })
})

it.each([
  ["simulate", "--seconds=soon", "simulate: --seconds is soon"],
  ["chaos", "--seconds=soon", "chaos: --seconds is soon: give a number from 1"],
  ["chaos", "--processes=1.5", "chaos: --processes is 1.5: give a whole number from 1"],
  ["chaos", "--store=tape", "chaos: --store is tape: give postgres or sqlite"],
  ["kill-test", "--rounds=0", "kill-test: --rounds is 0: give a whole number from 1"]
] as const)("npm run %s refuses %s", (name, argument, why) => {
  const { status, stderr } = called(name, argument)
  expect(stderr.split("\n")[0]).toContain(why)
  expect(status).toBe(2)
})
