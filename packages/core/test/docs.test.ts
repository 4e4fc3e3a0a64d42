/** The documentation is run: its examples compile and execute, and nothing that users can reach goes without a word. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { compile, root, type Complaint } from "./support/compiler.ts"
import { examples, exported, packages, type Documented } from "./support/docExamples.ts"

/** Inside the repository, so that packages are found as users would; `.waymark` is git-ignored. */
const folder = join(root, ".waymark", `doc-examples-${process.pid}`)

const modules = examples().map(({ code, file, line }) => ({
  code,
  file,
  line,
  path: join(folder, `${file.replaceAll(/[^\w.]/gu, "_")}_${line}.ts`)
}))

describe("the examples", () => {
  let complaints: ReadonlyArray<Complaint> = []

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true })
    const compilerOptions = {
      composite: false,
      declaration: false,
      declarationMap: false,
      sourceMap: false,
      noEmit: true,
      customConditions: ["waymark-source"]
    }
    const project = { extends: "../../tsconfig.base.json", compilerOptions, include: ["."] }
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(project))
    for (const { code, path } of modules) writeFileSync(path, code)
    complaints = await compile(join(folder, "tsconfig.json"))
  })
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  it("are there", () => {
    expect(modules.length).toBeGreaterThan(20)
  })

  for (const { file, line, path } of modules) {
    it(`compile and run: ${file}:${line}`, async () => {
      const found = complaints
        .filter((complaint) => complaint.file === path)
        .map((complaint) => `${file}:${line + complaint.line - 1}: ${complaint.message}`)
      expect(found).toEqual([])
      await expect(import(/* @vite-ignore */ path)).resolves.toBeDefined()
    })
  }
})

const list = (found: ReadonlyArray<Documented>): ReadonlyArray<string> =>
  found.map(({ file, line, name }) => `${name} (${file}:${line})`)

const isModule = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && Object.prototype.toString.call(value) === "[object Module]"

/** The values that a package exports when it is imported, those of its namespaces included. */
const values = (module: Readonly<Record<string, unknown>>, prefix = ""): ReadonlyArray<readonly [string, unknown]> =>
  Object.entries(module).flatMap(([name, value]) => {
    const own = [[prefix + name, value] as const]
    return isModule(value) ? own.concat(values(value, `${prefix}${name}.`)) : own
  })

const hasSentence = ({ text }: Documented): boolean => /\w.*[.:?!](?:\s|$)/su.test(text)

describe.each(packages)("what packages/%s exports", (name) => {
  let found: ReadonlyMap<string, Documented> = new Map()
  let reachable: ReadonlyArray<readonly [string, unknown]> = []
  beforeAll(async () => {
    found = new Map(exported(name).map((one) => [one.name, one]))
    const index = join(root, "packages", name, "src/index.ts")
    reachable = values((await import(/* @vite-ignore */ index)) as Readonly<Record<string, unknown>>)
  })

  it("is all found in the sources", () => {
    expect(reachable.map(([value]) => value).filter((value) => !found.has(value))).toEqual([])
  })

  it("has a doc comment with at least one sentence", () => {
    const wanted = new Set(reachable.map(([value]) => value))
    // The types of the algebra are part of what a reading is written against.
    const silent = [...found.values()].filter((one) => (wanted.has(one.name) || name === "core") && !hasSentence(one))
    expect(list(silent)).toEqual([])
  })

  it("has an example wherever it is something to call", () => {
    const bare = reachable.flatMap(([value, given]) => {
      const one = found.get(value)
      // Errors are caught, schemas are read; `Store` is for authors of stores, whose example are the three stores.
      const isCalled = typeof given === "function" && !Schema.isSchema(given) && !value.startsWith("Store.")
      return isCalled && one?.hasExample === false ? [one] : []
    })
    // What only says of an execution which one it is.
    const plain = new Set([
      "Execution.workflow",
      "Execution.id",
      "Execution.run",
      "Execution.length",
      "Execution.parent"
    ])
    expect(list(bare.filter(({ name }) => !plain.has(name)))).toEqual([])
  })
})
