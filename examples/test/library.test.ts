import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const root = new URL("../../", import.meta.url).pathname
const home = mkdtempSync(join(tmpdir(), "waymark-library-"))
const packages = ["core", "interpreter", "sqlite", "postgres", "render"]

/** The packages as an installation lays them: copies without their sources, outside of the workspace. */
beforeAll(() => {
  const modules = join(home, "node_modules")
  mkdirSync(join(modules, "@waymark"), { recursive: true })
  for (const name of packages) {
    const from = join(root, "packages", name)
    cpSync(join(from, "dist"), join(modules, "@waymark", name, "dist"), { recursive: true })
    cpSync(join(from, "package.json"), join(modules, "@waymark", name, "package.json"))
  }
  for (const name of ["effect", "@effect", "@types", "fast-check", "undici-types", "libsql"]) {
    symlinkSync(join(root, "node_modules", name), join(modules, name))
  }
  cpSync(join(root, "examples/test/library/index.ts"), join(home, "index.ts"))
  writeFileSync(join(home, "package.json"), JSON.stringify({ name: "a-library", type: "module" }))
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

const compile = (options: Readonly<Record<string, unknown>>): string => {
  const compilerOptions = {
    target: "ES2023",
    module: "NodeNext",
    strict: true,
    exactOptionalPropertyTypes: true,
    composite: true,
    declaration: true,
    outDir: "out",
    types: ["node"],
    ...options
  }
  writeFileSync(join(home, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["index.ts"] }))
  const typescript = createRequire(import.meta.url).resolve("typescript/package.json")
  const { bin } = JSON.parse(readFileSync(typescript, "utf8")) as { readonly bin: { readonly tsc: string } }
  return spawnSync(process.execPath, [join(dirname(typescript), bin.tsc), "-p", home], { encoding: "utf8" }).stdout
}

describe("a library outside of this workspace", () => {
  it("compiles, and everything that it exports has a name", () => {
    expect(compile({ skipLibCheck: true })).toBe("")
  })

  it("compiles with the declarations of the packages checked as well", () => {
    expect(compile({ skipLibCheck: false, lib: ["ES2023", "DOM"] })).toBe("")
  })
})
