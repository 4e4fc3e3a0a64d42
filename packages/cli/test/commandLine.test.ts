/** A command line that is no sentence: what is said of it, where, and with which exit code. */
import { fileURLToPath } from "node:url"
import * as path from "node:path"
import { describe, expect, it } from "vitest"
import { waymark } from "./support.ts"

const module_ = path.relative(process.cwd(), fileURLToPath(new URL("./fixtures/workflows.js", import.meta.url)))
const order = `${module_}#Order`

describe("a wrong command line ends with 2, and says on the standard error alone", () => {
  const cases: ReadonlyArray<[what: string, args: ReadonlyArray<string>, of: string, says: ReadonlyArray<string>]> = [
    ["which subcommand there is", ["rendr"], "waymark", [`Unknown subcommand "rendr"`, "render"]],
    ["which subcommand of a subcommand", ["asl", "chek"], "waymark asl", [`Unknown subcommand "chek"`, "check"]],
    ["which option there is", ["render", order, "--sintax", "tree"], "waymark render", ["--sintax", "--syntax"]],
    ["which option has no value", ["render", order, "--syntax"], "waymark render", ["--syntax", "tree"]],
    ["which values there are", ["render", order, "--direction", "UP"], "waymark render", ["--direction", "TD"]],
    [
      "which numbers there are",
      ["render", order, "--depth", "-1"],
      "waymark render",
      ["--depth", "a whole number from 0"]
    ],
    ["that it wants a number", ["render", order, "--repeated", "x"], "waymark render", ["a whole number from 2"]],
    ["which argument is missing", ["asl", "check"], "waymark asl check", ["Missing required argument: definition"]],
    ["which argument is too much", ["generate", "--chek", "x"], "waymark generate", ["--chek", "--check"]],
    ["that behind -- there are arguments only", ["render", order, "--", "--types"], "waymark render", [`"--types"`]]
  ]
  it.each(cases)("%s", (_, args, command, says) => {
    const { status, stderr, stdout } = waymark(...args)
    for (const text of [...says, `Usage: ${command} `, `See ${command} --help.`]) expect(stderr).toContain(text)
    expect(stderr).not.toContain("DESCRIPTION")
    expect([stdout, status]).toEqual(["", 2])
  })

  const parts: ReadonlyArray<[what: string, args: ReadonlyArray<string>, says: ReadonlyArray<string>]> = [
    ["to unfold what has no journal", ["render", order, "--unfold"], ["--unfold is for the run", "--journal"]],
    ["signs of ASCII outside trees", ["render", order, "--ascii"], ["--ascii is for trees", "--syntax tree"]],
    ["a theme for a tree", ["render", order, "--syntax", "tree", "--theme", "dark"], ["a tree has no theme"]],
    ["a depth for a diagram", ["render", order, "--syntax", "diagram", "--depth", "1"], ["a diagram has no depth"]],
    ["types for a diagram", ["render", order, "--syntax", "diagram", "--types"], ["a diagram has no types"]],
    [
      "to unfold in a diagram",
      ["render", order, "--syntax", "diagram", "--journal", "j.json", "--unfold"],
      ["a diagram unfolds nothing"]
    ],
    ["no module", ["render", "#Order"], ["no module is named", "dist/orders.js#Order"]],
    ["an input that is no JSON", ["asl", "run", "m.json", "--input", "a: 1"], ["--input is no JSON"]]
  ]
  it.each(parts)("or that its parts do not fit: %s", (_, args, says) => {
    const { status, stderr, stdout } = waymark(...args)
    for (const text of says) expect(stderr).toContain(text)
    expect([stdout, status]).toEqual(["", 2])
  })
})

describe("help that is asked for is no error", () => {
  it.each([[["--help"]], [["render", "--help"]], [[]], [["asl"]]])("waymark %j", (args) => {
    const { status, stderr, stdout } = waymark(...args)
    expect(stdout).toContain("USAGE")
    expect([stderr, status]).toEqual(["", 0])
  })
})
