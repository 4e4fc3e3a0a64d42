/** The commands that draw in a browser say what is missing, without one: what they draw is tested by `npm run pictures`. */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

const run = (command: "svg" | "pictures", args: ReadonlyArray<string>, browser?: string) =>
  spawnSync(process.execPath, [fileURLToPath(new URL(`../browser/${command}.mjs`, import.meta.url)), ...args], {
    encoding: "utf8",
    env: { ...process.env, ...(browser !== undefined && { WAYMARK_BROWSER: browser }) }
  })

const golden = fileURLToPath(new URL("golden/saga.mmd", import.meta.url))

describe("npm run svg", () => {
  it("says how it is used", () => {
    const { status, stdout } = run("svg", ["--help"])
    expect(status).toBe(0)
    expect(stdout).toContain("npm run svg -- file.mmd")
    expect(stdout).toContain("WAYMARK_BROWSER")
  })

  it.each([
    [[], "no file is named"],
    [[golden, "--theme", "pink"], '--theme is "pink": say light or dark'],
    [[golden, golden, "--out", "x.svg"], "--out is for one file only"],
    [["-"], "say by --out where to write it"]
  ])("refuses %j with its usage", (args, message) => {
    const { status, stderr } = run("svg", args)
    expect(status).toBe(2)
    expect(stderr).toContain(message)
    expect(stderr).toContain("Options:")
  })

  it.each([
    ["nope.mmd", "nope.mmd cannot be read: there is no such file. Give the path of a Mermaid text"],
    [fileURLToPath(new URL("golden", import.meta.url)), "cannot be read: it is a directory. Give the path"]
  ])("says of %s why it cannot be read, and what to give, before it installs anything", (file, message) => {
    const { status, stderr } = run("svg", [file], "/no/such/browser")
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining(message) as string })
    expect(stderr).not.toMatch(/ENOENT|EISDIR/)
  })

  it("names a browser that is not there, and what to do, before it installs anything", () => {
    const { status, stderr } = run("svg", [golden], "/no/such/browser")
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /^WAYMARK_BROWSER is "\/no\/such\/browser", which is not there. Name a Chrome, Chromium or Edge/
    )
    expect(stderr).not.toContain("Installing")
  })
})

describe("npm run pictures", () => {
  it("says so too", () => {
    const { status, stderr } = run("pictures", ["saga"], "/no/such/browser")
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining("which is not there") as string })
  })
})
