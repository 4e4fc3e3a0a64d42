/** `waymark generate`: modules beside diagrams, and whether they are up to date. */
import { Diagram } from "@waymark/render"
import * as fs from "node:fs"
import * as path from "node:path"
import { describe, expect, it } from "vitest"
import { scratch, waymark } from "./support.ts"

const text = "---\ntitle: order review\n---\nstateDiagram-v2\n  [*] --> check\n  check --> [*]\n"
const broken = "---\ntitle: broken\n---\nstateDiagram-v2\n  [*] --> check\n"

describe("waymark generate", () => {
  const { directory, put } = scratch()
  fs.mkdirSync(path.join(directory, "deep"))
  fs.mkdirSync(path.join(directory, "node_modules"))
  const pattern = path.join(directory, "**/*.mermaid")

  it("writes the module of every diagram that a pattern stands for, but for those of installed packages", () => {
    const files = [put("review.mermaid", text), put("deep/review.mermaid", text)]
    const other = put("node_modules/review.mermaid", text)
    const { status, stderr, stdout } = waymark("generate", pattern)
    expect([stderr, status]).toEqual(["", 0])
    expect(stdout).toContain("2 written, 0 up to date\n")
    for (const file of files) {
      expect(fs.readFileSync(`${file}.ts`, "utf8")).toBe(Diagram.moduleText(text, "OrderReview"))
      expect(stdout).toContain(`written  ${file}.ts`)
    }
    expect(fs.existsSync(`${other}.ts`)).toBe(false)
  })

  it("--check finds them up to date, and stale once a diagram has changed, and writes nothing", () => {
    expect(waymark("generate", "--check", pattern)).toMatchObject({ status: 0, stdout: "0 written, 2 up to date\n" })
    const file = put("review.mermaid", text.replaceAll("check", "look"))
    const { status, stderr } = waymark("generate", "--check", pattern)
    expect(stderr).toContain(`${file}.ts is not what its diagram says`)
    expect(status).toBe(1)
    expect(fs.readFileSync(`${file}.ts`, "utf8")).toBe(Diagram.moduleText(text, "OrderReview"))
  })

  it("says what is wrong with a diagram, by line and column, and does the others", () => {
    const wrong = put("broken.mermaid", broken)
    const { status, stderr, stdout } = waymark("generate", pattern)
    expect(stderr).toContain(`${wrong}: the diagram has 1 problem`)
    expect(stderr).toContain("line 5, column 11")
    expect(stdout).toContain("review.mermaid.ts")
    expect(status).toBe(1)
    expect(fs.existsSync(`${wrong}.ts`)).toBe(false)
  })

  it("gives a module of the title Diagram another name than what it imports", () => {
    const file = put("deep/own.mermaid", text.replace("order review", "diagram"))
    expect(waymark("generate", file).status).toBe(0)
    expect(fs.readFileSync(`${file}.ts`, "utf8")).toContain("export const _Diagram = Diagram.make(")
    expect(() => Diagram.moduleText(text, "class")).toThrow("is no name of a constant")
    expect(() => Diagram.moduleText(text, "Diagram")).toThrow("is no name of a constant")
  })

  it("--check says which module is missing, and not that it is stale", () => {
    const file = put("deep/fresh.mermaid", text)
    const { status, stderr, stdout } = waymark("generate", "--check", file)
    expect(stderr).toContain(`${file}.ts is missing\nRun waymark generate without --check.`)
    expect(stderr).not.toContain("is not what its diagram says")
    expect([stdout, status]).toEqual(["", 1])
  })

  it("says of each file that it cannot read or write why, once, and does the others", () => {
    const file = put("deep/last.mermaid", text)
    const blocked = put("deep/blocked.mermaid", text)
    fs.mkdirSync(`${blocked}.ts`)
    fs.mkdirSync(path.join(directory, "deep/dir.mermaid"))
    const { status, stderr, stdout } = waymark("generate", path.join(directory, "deep/*.mermaid"))
    expect(stdout).toContain(`written  ${file}.ts\n`)
    expect(stderr).toContain(`${path.join(directory, "deep/dir.mermaid")} cannot be read: it is a directory`)
    expect(stderr).toContain(`${blocked}.ts cannot be written: it is a directory`)
    expect(stderr).toContain("The modules of the others are written.")
    expect(status).toBe(1)
    const broken = waymark("generate", put("broken.mermaid", "")).stderr
    expect(broken).not.toContain("Mend the diagram") // Each problem says its own mend.
    expect(broken).not.toContain("others")
  })

  it("refuses what stands for no file, and does nothing then", () => {
    const file = put("deep/other.mermaid", text)
    const pattern = path.join(directory, "*.nothing")
    const one = waymark("generate", file, pattern)
    expect(one.stderr).toContain(`no file matches ${pattern}\nQuote patterns`)
    expect([one.stdout, one.status, fs.existsSync(`${file}.ts`)]).toEqual(["", 1, false])
    const nowhere = waymark("generate", "nowhere.mermaid")
    expect(nowhere.stderr).toContain("nowhere.mermaid cannot be read: there is no such file\nGive the path of a file")
    expect(nowhere.status).toBe(1)
  })
})
