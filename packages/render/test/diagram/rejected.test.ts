/** What is wrong with a diagram is said all at once, each with its place, its line and the mend. */
import { Diagram } from "@waymark/render"
import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { gamgee, wrong } from "./support/wrong.ts"

const problemsOf = (text: string, options = {}): ReadonlyArray<Diagram.Problem> =>
  Result.match(Diagram.read(text, options), { onSuccess: () => [], onFailure: ({ problems }) => problems })

describe("a diagram is rejected", () => {
  for (const [name, { says, text }] of Object.entries(wrong)) {
    it(`for ${name}`, () => {
      const problems = problemsOf(text)
      expect(problems.map(({ column, line, what }) => `${line}:${column} ${what}`)).toEqual(says)
      for (const problem of problems) {
        expect(problem.text).toBe(text.split("\n")[problem.line - 1])
        expect(problem.mend).not.toBe("")
      }
    })
  }

  it("in the 23 ways of Gamgee; the 24th, a circle, only where none is wanted", () => {
    expect(Object.keys(gamgee).length).toBe(23)
  })

  it("for a circle where none is wanted, which is named", () => {
    const text =
      "---\ntitle: W\n---\nstateDiagram-v2\nstate d <<choice>>\n[*] --> count\ncount --> d\nd --> [*]: zero\nd --> count: more"
    expect(problemsOf(text)).toEqual([])
    expect(problemsOf(text, { acyclic: true })).toEqual([
      {
        line: 9,
        column: 1,
        text: "d --> count: more",
        what: "it goes in a circle: count --> d --> count",
        mend: "take one of the arrows out, or do not ask for `acyclic`"
      }
    ])
  })

  it("for no title where only an indented line has one, of a setting", () => {
    const text = "---\nconfig:\n  title: B\n---\nstateDiagram-v2\n[*] --> a\na --> [*]"
    expect(problemsOf(text).map(({ what }) => what)).toEqual(["the diagram has no title"])
    const titled = Diagram.make("---\ntitle: A\nconfig:\n  title: B\n---\nstateDiagram-v2\n[*] --> a\na --> [*]")
    const { title }: { readonly title: "A" } = titled
    expect(title).toBe("A")
  })

  it("for no remark behind a class", () => {
    const text = "---\ntitle: W\n---\nstateDiagram-v2\n[*] --> a:::loud %% why\na:::loud --> [*] %% how"
    expect(problemsOf(text)).toEqual([])
    expect(Diagram.make("---\ntitle: W\n---\nstateDiagram-v2\n[*] --> a:::loud %% why\na --> [*]").title).toBe("W")
  })

  it("with a mend that fits the line", () => {
    const mend = (line: string) =>
      problemsOf(`---\ntitle: W\n---\nstateDiagram-v2\n[*] --> a\na --> [*]\n${line}`)[0]?.mend
    expect(mend("a-b")).toBe("Mermaid ends the name `a-b` at `-`: write `_` in its place")
    expect(mend("a b")).toContain("`a b` is no one word")
    expect(mend("a --> State")).toContain("`State` is a word of Mermaid")
    expect(mend("a --> __proto__")).toContain("`__proto__` cannot be the key of a handler")
    expect(mend("a -> b")).toBe("write arrows as `from --> to`")
    expect(mend("a --> b;")).toBe("leave the semicolon out of `b;`: to Mermaid it is part of the name")
    expect(mend("a --> b: x; y")).toBe("leave the semicolon out: Mermaid cuts a label there")
    expect(mend("state x { a --> b }")).toBe("write what is in a composite state on lines of its own")
    expect(mend("state x <<history>>")).toBe("there are <<choice>>, <<fork>> and <<join>>, behind one name")
    expect(mend('state "X" as x <<choice>>')).toContain("write the title on a line of its own")
    expect(mend("stateDiagram-v2 again")).toBe("write `stateDiagram-v2` once, on a line of its own")
    expect(mend("flowchart TD")).toContain("what is read here are state diagrams")
    expect(mend('click a href "x"')).toContain("write a note")
    expect(mend("direction XX")).toBe("there are `direction TB`, BT, LR and RL")
    expect(mend("direction TD")).toContain("write `direction TB`")
    expect(mend("note over a: x")).toContain("write `note right of name: words`")
  })

  it("in one error, whose message has all of it", () => {
    // @ts-expect-error it does not compile either
    const make = () => Diagram.make("---\ntitle: W\n---\nstateDiagram-v2\n  [*] --> a")
    expect(make).toThrow(Diagram.DiagramInvalid)
    expect(make).toThrow(
      "the diagram has 1 problem:\nline 5, column 11: `a` goes nowhere: draw an arrow from it, to `[*]` where it is the last\n    [*] --> a"
    )
  })
})
