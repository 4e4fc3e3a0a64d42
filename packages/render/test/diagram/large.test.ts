/** A diagram of 300 states compiles, with a handler for each, and a mistake in it is found. */
import { Diagram } from "@waymark/render"
import { Result } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { project, type Complaint } from "../../../core/test/support/compiler.ts"
import { large } from "./support/large.ts"

const modules = project("large")

describe("a diagram of 300 states", () => {
  let complaints: ReadonlyArray<Complaint> = []
  beforeAll(async () => {
    const { module, text } = large(300)
    const lost = text.replace("s299 --> [*]", "s299 --> lost")
    modules.write({
      "right.ts": module(text),
      "wrong.ts": module(lost).replace(/export const workflow[^]*/u, "export { Large, Effect, Schema }")
    })
    complaints = await modules.compile()
  }, 300_000)
  afterAll(modules.remove)
  const said = (name: string) =>
    complaints.filter(({ file }) => file === modules.path(name)).map(({ message }) => message)

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
