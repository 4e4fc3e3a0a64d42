/** `waymark render`: what it draws, and what it says where it cannot. */
import { Journals, Stub, TestRun } from "@waymark/interpreter/testing"
import { Diagram, Mermaid, Picture, Tree } from "@waymark/render"
import { Effect, Result } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import * as Fixture from "./fixtures/workflows.js"
import { scratch, waymark } from "./support.ts"

const module_ = path.relative(process.cwd(), fileURLToPath(new URL("./fixtures/workflows.js", import.meta.url)))
const { directory, put } = scratch()

describe("waymark render", () => {
  it("draws the workflow that a module exports under a name", () => {
    const { status, stderr, stdout } = waymark("render", `${module_}#Order`)
    expect(stdout).toBe(Mermaid.render(Fixture.Order))
    expect(stderr).toBe("")
    expect(status).toBe(0)
  })

  it("draws it as a state diagram from left to right, into a file", () => {
    const file = path.join(directory, "order.mmd")
    const style = ["--syntax", "state", "--direction", "LR", "--theme", "dark", "--types", "--depth", "0"]
    const { status, stdout } = waymark("render", `${module_}#Order`, ...style, "-o", file)
    const options = { syntax: "state", direction: "LR", theme: "dark", types: true, depth: 0 } as const
    expect(fs.readFileSync(file, "utf8")).toBe(Mermaid.render(Fixture.Order, options))
    expect(stdout).toBe("")
    expect(status).toBe(0)
  })

  it("draws it as a diagram that is read again, also how far an instance has come", async () => {
    const { status, stdout } = waymark("render", `${module_}#Order`, "--syntax", "diagram")
    expect(Diagram.read(stdout)).toEqual(Diagram.of(Fixture.Order))
    expect(status).toBe(0)
    const { events } = await Effect.runPromise(
      TestRun.toEnd(Fixture.Order, { input: 1, stubs: { pay: Stub.succeed(2) } })
    )
    const file = put("order-2.json", Result.getOrThrow(Journals.fromEvents(events)))
    const style = ["--syntax", "diagram", "--direction", "LR"]
    const marked = waymark("render", `${module_}#Order`, "--journal", file, ...style).stdout
    expect(Result.getOrThrow(Diagram.read(marked)).root).toMatchObject({
      direction: "LR",
      states: [{ id: "pay", classes: ["done"] }]
    })
  })

  it("draws how far an instance has come, by its exported journal", async () => {
    const { events } = await Effect.runPromise(
      TestRun.toEnd(Fixture.Order, { input: 1, stubs: { pay: Stub.succeed(2) } })
    )
    const file = put("order-1.json", Result.getOrThrow(Journals.fromEvents(events)))
    const { status, stdout } = waymark("render", `${module_}#Order`, "--journal", file, "--syntax", "tree", "--ascii")
    const picture = Result.getOrThrow(Picture.ofJournal(Fixture.Order, events))
    expect(stdout).toBe(Tree.render(picture, { ascii: true }))
    expect(stdout).toContain("done")
    expect(status).toBe(0)
  })
})

describe("waymark render refuses", () => {
  const throwing = put("throwing.mjs", '\nthrow new Error("boom")\n')
  const common = put("common.js", 'throw new Error("boom")')
  const odd = put("odd.mjs", "export const x = (")
  const importing = put("importing.mjs", 'import "./gone.mjs"')
  const json = put("order.json", {})
  const alone = put(
    "alone.mjs",
    `export { Order } from ${JSON.stringify(new URL("./fixtures/workflows.js", import.meta.url).href)}`
  )
  const none = put("none.mjs", "export const x = 1")
  const cases: ReadonlyArray<[what: string, args: ReadonlyArray<string>, says: ReadonlyArray<string>]> = [
    [
      "a module that is not there",
      ["nowhere.js#Order"],
      ["nowhere.js cannot be imported: there is no such file", "Give the path of an ES"]
    ],
    ["a directory", [`${directory}#Order`], ["cannot be imported: it is a directory", "Give the path of an ES"]],
    ["a module that throws", [`${throwing}#Order`], [`boom (at ${fs.realpathSync(throwing)}:2:7)`, "mend what it"]],
    ["one that is no ES module by its name", [`${common}#Order`], [`boom (at ${fs.realpathSync(common)}:1:7)`]],
    ["a module that is no JavaScript", [`${odd}#Order`], ["cannot be imported: Unexpected end", `node --check ${odd}`]],
    ["an import that is not there", [`${importing}#Order`], ["gone.mjs", importing, "mend what it imports"]],
    ["a file of another kind", [`${json}#Order`], [`${json} cannot be imported`, "Give the path of an ES module"]],
    ["a module without workflows", [none], [`${none} exports no workflow`, "export const Order = Workflow.make("]],
    [
      "a name in a module without workflows",
      [`${none}#x`],
      [`"x" of ${none} is no workflow`, "export const x = Workflow.make("]
    ],
    ["TypeScript", ["orders.ts#Order"], ["orders.ts cannot be imported", "Name the JavaScript that it is built to"]],
    ["an unknown export", [`${module_}#Ordr`], [`has no export "Ordr"`, "it exports the workflows Order, Refund"]],
    ["an export that is no workflow", [`${module_}#limit`], [`"limit" of`, "is no workflow"]],
    ["to guess which of two", [module_], ["which workflow of", "Order, Refund", `${module_}#Order`]],
    ["to guess which of two behind a bare #", [`${module_}#`], ["which workflow of", `${module_}#Order`]],
    [
      "a bare #, where the module has one workflow only",
      [`${alone}#`],
      [`which workflow of ${alone}? It exports the workflows Order`, `Say which, as in ${alone}#Order`]
    ],
    [
      "to draw as a diagram what is none",
      [`${module_.replace("workflows.js", "loop.js")}#Reminders`, "--syntax", "diagram"],
      ['the workflow "Reminders" is no diagram: "until paid"', 'draw it with another syntax, such as "state"']
    ],
    ["a journal that is no JSON", [`${module_}#Order`, "--journal", module_], ["is no JSON"]],
    [
      "a journal that is not there",
      [`${module_}#Order`, "--journal", "nowhere.json"],
      ["nowhere.json cannot be read: there is no such file", "relative to where"]
    ],
    [
      "a directory for a journal",
      [`${module_}#Order`, "--journal", directory],
      [`${directory} cannot be read: it is a directory`]
    ],
    [
      "a directory for a picture",
      [`${module_}#Order`, "-o", directory],
      ["cannot be written: it is a directory", "Name a file in it"]
    ],
    [
      "a directory that is not there",
      [`${module_}#Order`, "-o", `${directory}/no/o.mmd`],
      ["cannot be written: its directory is not there", "Make"]
    ]
  ]
  it.each(cases)("%s", (_, args, says) => {
    const { status, stderr, stdout } = waymark("render", ...args)
    for (const text of says) expect(stderr).toContain(text)
    // Neither where this command is installed nor how it reads files.
    expect(stderr).not.toMatch(/dist.internal|FileSystem\.|node:internal/)
    expect([stdout, status]).toEqual(["", 1])
  })

  it("JSON that is no journal, and says once what is one", () => {
    const file = put("other.json", { a: 1 })
    const { status, stderr } = waymark("render", `${module_}#Order`, "--journal", file)
    expect(stderr).toContain(`${file}: this is no exported journal`)
    expect(stderr.split("Write such files with Journals.export.")).toHaveLength(2)
    expect(status).toBe(1)
  })

  it("a journal of another workflow", async () => {
    const { events } = await Effect.runPromise(
      TestRun.toEnd(Fixture.Refund, { input: 1, stubs: { "pay back": Stub.succeed(2) } })
    )
    const file = put("refund-1.json", Result.getOrThrow(Journals.fromEvents(events)))
    const { status, stderr } = waymark("render", `${module_}#Order`, "--journal", file)
    expect(stderr).toContain("does not fit the workflow")
    expect(status).toBe(1)
  })
})
