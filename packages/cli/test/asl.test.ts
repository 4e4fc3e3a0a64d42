/** `waymark asl`: definitions in files, checked, run and drawn. */
import { Diagram } from "@waymark/render"
import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { scratch, waymark } from "./support.ts"

const { put } = scratch()
const Resource = "arn:aws:lambda:us-east-1:123456789012:function:ask"
const ask = put("ask.asl.json", { StartAt: "Ask", States: { Ask: { Type: "Task", Resource, End: true } } })
const wrong = put("wrong.asl.json", { StartAt: "Ask", States: { Wait: { Type: "Wat", End: true } } })

describe("waymark asl check", () => {
  it("finds a definition in order", () => {
    expect(waymark("asl", "check", ask)).toEqual({ status: 0, stderr: "", stdout: `${ask} is in order\n` })
  })

  it("says all that is wrong, each with its place", () => {
    const { status, stderr } = waymark("asl", "check", wrong)
    for (const place of ["$.StartAt", "$.States.Wait.Type"]) expect(stderr).toContain(place)
    expect(stderr).not.toContain("Mend the definition.") // Each problem says its own mend.
    expect(status).toBe(1)
  })
})

describe("placeholders of a definition", () => {
  const wait = put("wait.asl.json", '{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":${Seconds},"End":true}}}')

  it("may stand where numbers do, and are drawn without values", () => {
    expect(waymark("asl", "check", wait).status).toBe(0)
    expect(waymark("asl", "render", wait, "--syntax", "tree").stdout).toContain("state: W")
  })

  it("have to have values before anything runs", () => {
    const unfilled = waymark("asl", "run", wait)
    expect(JSON.parse(unfilled.stdout)).toMatchObject({ status: "STUCK" })
    expect(unfilled.stderr).toContain("$.States.W.Seconds is ${Seconds}")
    expect(unfilled.status).toBe(1)
    const { stdout } = waymark("asl", "run", wait, "--substitute", "Seconds=5")
    expect(JSON.parse(stdout)).toMatchObject({ status: "SUCCEEDED" })
  })

  it("may be in quotes", () => {
    const quoted = put("quoted.asl.json", {
      StartAt: "W",
      States: { W: { Type: "Wait", Seconds: "${S}", Next: "P" }, P: { Type: "Pass", Result: "${A}-${S}", End: true } }
    })
    const { stdout } = waymark("asl", "run", quoted, "--substitute", "S=5", "--substitute", "A=07")
    expect(JSON.parse(stdout)).toMatchObject({ status: "SUCCEEDED", output: "07-5" })
  })

  it("are put into text as they are written, and are numbers where numbers are wanted", () => {
    const written = put("written.asl.json", {
      StartAt: "W",
      States: {
        W: { Type: "Wait", Seconds: "${S}", Next: "P" },
        P: { Type: "Pass", Comment: "${S}", Result: ["app-${V}", "${V}", "${L}", "${Z}", "${B}"], End: true }
      }
    })
    const values = ["S=5", "V=1.10", "L=12345678901234567890", "Z=-0", "B=true"]
    const { stdout } = waymark("asl", "run", written, ...values.flatMap((value) => ["--substitute", value]))
    const output = ["app-1.10", "1.10", "12345678901234567890", "-0", "true"]
    expect(JSON.parse(stdout)).toMatchObject({ status: "SUCCEEDED", output })
  })

  const many = put(
    "many.asl.json",
    '{"StartAt":"W",\n"States":{"W":{"Type":"Wait","Seconds":${Many},"Comment":"${A}","End":true}}}'
  )

  it("are named where nothing runs without them, and how to give them", () => {
    const missing = "$.States.W.Seconds is ${Many}: nothing runs without a value there. Give --substitute Many=…."
    const checked = waymark("asl", "check", many)
    expect(checked).toEqual({ status: 0, stderr: "", stdout: `${many} is in order\n${missing}\n` })
    const { stderr, stdout } = waymark("asl", "run", many)
    expect(JSON.parse(stdout)).toEqual({ status: "STUCK", cause: missing, entered: [] })
    expect(stderr).toContain(missing)
    expect(waymark("asl", "check", many, "--substitute", "Many=5").stdout).toBe(`${many} is in order\n`)
  })

  it.each(["check", "run", "render"])("are there, or %s refuses their values", (command) => {
    const { status, stderr, stdout } = waymark("asl", command, many, "--substitute", "Mani=5")
    expect(stderr).toContain(`${many} has no placeholder \${Mani}\n`)
    expect(stderr).toContain("Did you mean Many or A?")
    expect([stdout, status]).toEqual(["", 2])
  })

  it("are refused where a definition has none, and a definition that is none is told as such", () => {
    expect(waymark("asl", "check", ask, "--substitute", "A=5").stderr).toContain("take --substitute away")
    expect(waymark("asl", "check", put("not.json", "{"), "--substitute", "A=5").stderr).toContain("it is not JSON")
  })

  it("may be CloudFormation's functions", () => {
    const States = { T: { Type: "Task", Resource: { "Fn::GetAtt": ["Ask", "Arn"] }, End: true } }
    const file = put("functions.asl.json", { StartAt: "T", States })
    expect(waymark("asl", "check", file, "--substitute", `Ask.Arn=${Resource}`).status).toBe(0)
  })

  it("are named where their value makes no JSON, in a line", () => {
    const { status, stderr } = waymark("asl", "check", many, "--substitute", "Many=x")
    expect(stderr).toContain('$.States.W.Seconds: the value of ${Many} is no JSON there: "x". Give')
    expect(stderr).not.toContain("Unexpected")
    expect(status).toBe(1)
  })

  it("are looked at with their values", () => {
    const { status, stderr } = waymark("asl", "check", wait, "--substitute", "Seconds=-5")
    expect(stderr).toContain("$.States.W.Seconds: it is -5")
    expect(status).toBe(1)
  })
})

describe("waymark asl run", () => {
  it("runs a definition with its tasks answered from a file", () => {
    const mocks = put("mocks.json", { Ask: { return: 42 } })
    const { status, stdout } = waymark("asl", "run", ask, "--input", `{"a":1}`, "--mocks", mocks)
    expect(JSON.parse(stdout)).toEqual({ status: "SUCCEEDED", output: 42, entered: ["Ask"] })
    expect(status).toBe(0)
  })

  it("ends with 1 where the machine fails, and says with what", () => {
    const mocks = put("failing.json", { Ask: { throw: { error: "Busy", cause: "try later" } } })
    const { status, stdout } = waymark("asl", "run", ask, "--mocks", mocks)
    expect(JSON.parse(stdout)).toMatchObject({ status: "FAILED", error: "Busy", cause: "try later" })
    expect(status).toBe(1)
  })

  it.each([
    ["a list", [{ return: 1 }], "mocks"],
    ["an answer that is none", { Ask: 3 }, '"Ask"'],
    ["an answer without a word that it knows", { Ask: { retrn: 1 } }, '"Ask"'],
    ["an error in the spelling of a definition", { Ask: { throw: { Error: "Busy", Cause: "x" } } }, '"Ask"'],
    ["an error that is no text", { Ask: { throw: { error: 5 } } }, '"Ask"'],
    ["an answer that is both", { Ask: { return: 1, throw: { error: "Busy" } } }, '"Ask"'],
    ["one of several that is none", { Ask: [{ return: 1 }, { throw: "Busy" }] }, '"Ask"']
  ])("refuses mocks of another form: %s", (_, mocks, place) => {
    const file = put("odd.json", mocks)
    const { status, stderr, stdout } = waymark("asl", "run", ask, "--mocks", file)
    for (const text of [`${file}: `, place, `{ "return": 42 }`]) expect(stderr).toContain(text)
    expect([stdout, status]).toEqual(["", 1])
  })

  it.each([
    ["no JSON", "{a:1}", `--input '{ "amount": 5 }'`],
    ["the name of a file", "input.json", '--input "$(cat input.json)"'],
    ["a file", put("input", "{}"), '/input)"']
  ])("says how an input is given where it is %s", (_, input, next) => {
    const { status, stderr } = waymark("asl", "run", ask, "--input", input)
    expect(stderr).toContain(next)
    expect(status).toBe(2)
  })

  it("says which task has no answer", () => {
    const { status, stderr } = waymark("asl", "run", ask)
    expect(stderr).toContain(`no mock for state "Ask"`)
    expect(status).toBe(1)
  })
})

describe("waymark asl render", () => {
  it("draws a definition as the diagram that it is", () => {
    const { status, stdout } = waymark("asl", "render", ask, "--syntax", "diagram")
    expect(Result.getOrThrow(Diagram.read(stdout)).root.states.map(({ id }) => id)).toContain("Ask")
    expect(status).toBe(0)
  })

  it("draws a definition", () => {
    const { status, stdout } = waymark("asl", "render", ask, "--syntax", "tree")
    expect(stdout).toContain("state: Ask")
    expect(status).toBe(0)
  })
})
