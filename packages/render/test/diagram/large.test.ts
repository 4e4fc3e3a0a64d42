/** A diagram of 300 states compiles, with a handler for each, and a mistake in it is found. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Diagram } from "@waymark/render"
import { Result } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { compile, root, type Complaint } from "../../../core/test/support/compiler.ts"
import { large } from "./support/large.ts"

const folder = join(root, ".waymark", `large-${process.pid}`)

describe("a diagram of 300 states", () => {
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
    const { module, text } = large(300)
    writeFileSync(join(folder, "right.ts"), module(text))
    const lost = text.replace("s299 --> [*]", "s299 --> lost")
    writeFileSync(
      join(folder, "wrong.ts"),
      module(lost).replace(/export const workflow[^]*/u, "export { Large, Effect, Schema }")
    )
    complaints = await compile(join(folder, "tsconfig.json"))
  }, 300_000)
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const said = (name: string) =>
    complaints.filter(({ file }) => file === join(folder, name)).map(({ message }) => message)

  it("is some 900 lines long, and reads at run time", () => {
    const { text } = large(300)
    expect(text.split("\n").length).toBeGreaterThan(900)
    expect(Result.isSuccess(Diagram.read(text))).toBe(true)
  })

  it("compiles, with handlers that are offered their transitions", () => {
    expect(said("right.ts")).toEqual([])
  })

  it("does not compile with a state that goes nowhere", () => {
    expect(said("wrong.ts")[0]).toContain("`lost` goes nowhere")
  })
})
