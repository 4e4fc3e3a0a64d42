import { readFile } from "node:fs/promises"
import { Mermaid } from "@waymark/render"
import { describe, expect, it } from "vitest"
import { Purchase } from "../readme.ts"

const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8")
const block = (text: string, marker: string, language: string): string | undefined =>
  text.split(`<!-- ${marker} -->\n\`\`\`${language}\n`)[1]?.split("```")[0]

describe("the README", () => {
  it("shows the example that is compiled", async () => {
    expect(block(await read("../../README.md"), "cut from examples/readme.ts", "ts")).toBe(await read("../readme.ts"))
  })

  it("shows the picture that is drawn", async () => {
    expect(block(await read("../../README.md"), "drawn by Mermaid.render", "mermaid")).toBe(Mermaid.render(Purchase))
  })
})
