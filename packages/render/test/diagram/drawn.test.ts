/** What a diagram says of its states beyond their names is seen in pictures of the workflow that was made of it. */
import { Node, type Workflow } from "@waymark/core"
import { Diagram, Mermaid, Picture, Tree } from "@waymark/render"
import { Command, Execution } from "@waymark/interpreter"
import { Effect, Result, Schema } from "effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { statesOf } from "../../src/internal/diagram/graph.ts"
import { anyName } from "../support/recipes.ts"
import { expectStatesToReadBack, parseStates } from "../support/stateDiagram.ts"

const Loan = Diagram.make(`---
title: Loan
---
stateDiagram-v2
  state "Take it in" as apply
  apply : by post
  note right of apply : in person, too
  state "Checks" as checks {
    [*] --> look
    look --> look: attempts=2
    look --> [*]
    note left of look : with care
  }
  note right of checks
    all of them
    # at once
  end note
  state verdict <<choice>>
  note left of verdict : by the rules
  state split <<fork>>
  state meet <<join>>
  note right of meet : when both are there
  [*] --> apply
  apply --> checks
  checks --> verdict
  verdict --> apply: again
  verdict --> split: good
  split --> pay
  split --> file
  pay --> meet
  file --> meet
  meet --> [*]
`)

const n = Schema.Number
const loan = Loan.implement({
  version: 1,
  payloads: { apply: n, look: n, split: n, pay: n, file: n },
  branches: { pay: n, file: n },
  output: n,
  states: {
    apply: (x, go) => Effect.succeed(go.checks(x)),
    checks: { states: { look: (x, go) => Effect.succeed(go.end.good(x)) } },
    split: (x) => ({ pay: x, file: x }),
    pay: (x, go) => Effect.succeed(go.meet(x)),
    file: (x, go) => Effect.succeed(go.meet(x)),
    meet: ({ pay }, go) => go.end(pay)
  }
})
const picture = Picture.make(loan)
const nodeOf = (name: string) => picture.nodes.find(({ address }) => address.endsWith(`/state ${name}`))
const frameOf = (label: string) => picture.groups.find((group) => group.label === label)

describe("a picture of a workflow that was made of a diagram", () => {
  it("calls states what people read in place of their names", () => {
    expect(nodeOf("apply")?.label).toBe("Take it in\nby post")
    expect(nodeOf("look")?.label).toContain("look\nretry: 2 attempts")
    expect(frameOf("Checks")).toBeDefined()
  })

  it("has the notes at the states, those of a choice at what leads to it and those of a join at its fork", () => {
    expect(nodeOf("apply")?.note).toBe("in person, too")
    expect(nodeOf("look")?.note).toBe("with care")
    expect(frameOf("Checks")?.note).toBe("all of them\n# at once\nby the rules")
    expect(frameOf("split")?.note).toBe("when both are there")
    expect([...picture.nodes, ...picture.groups].filter(({ note }) => note !== undefined)).toHaveLength(4)
  })

  it("has one frame around a composite state, by its title, and nothing without a name in it", () => {
    const { groups, nodes } = picture
    expect(groups.filter(({ label }) => label.toLowerCase() === "checks").map(({ kind }) => kind)).toEqual(["machine"])
    expect(
      nodes.filter(({ group }) => group === frameOf("Checks")?.id).map(({ label }) => label.split("\n")[0])
    ).toEqual(["look"])
    expect(nodes.filter(({ kind }) => kind === "pure")).toEqual([])
  })

  it("draws as one only what has the same notes", () => {
    const step = picture.nodes.find(({ kind }) => kind === "step") as Picture.Node
    const noted = (...notes: ReadonlyArray<string>) => ({
      edges: [],
      groups: [],
      nodes: notes.map((note, i) => ({ ...step, id: `n_${i}`, group: undefined, label: `step ${i}`, note }))
    })
    expect(Picture.collapse(noted("slow", "slow"), { repeated: 2 }).nodes).toHaveLength(1)
    expect(Picture.collapse(noted("slow", "fast"), { repeated: 2 }).nodes).toHaveLength(2)
  })

  it("keeps them where it is drawn in short", () => {
    const { nodes } = Picture.collapse(picture, { depth: 1 })
    expect(nodes.find(({ kind, label }) => kind === "collapsed" && label.startsWith("Checks"))?.note).toContain(
      "all of"
    )
  })

  it("as a state diagram has them as notes", async () => {
    const text = Mermaid.fromPicture(picture, { syntax: "state" })
    const { notes } = await expectStatesToReadBack(text, picture)
    expect(notes.get(nodeOf("apply")?.id ?? "")).toBe("in person, too")
    expect(notes.get(frameOf("Checks")?.id ?? "")).toBe("all of them\n# at once\nby the rules")
    await expect(text).toMatchFileSnapshot("../golden/diagram.state.mmd")
  })

  it("as a diagram is the diagram itself, also where it is on its way", async () => {
    const text = Mermaid.render(loan, { syntax: "diagram" })
    expect(Diagram.read(text)).toEqual(Result.succeed(Loan.graph))
    expect(text).toBe(Diagram.write(Loan.graph))

    const { execution } = Execution.start(loan, 1, { id: "l-1", at: 0 })
    const [apply] = Execution.pending(execution)
    const event = { go: "checks", payload: 1 }
    const next = Result.getOrThrow(
      Execution.step(execution, Command.succeed((apply as Execution.Pending).step, event), { at: 1 })
    ).execution
    const running = Mermaid.renderExecution(next, { syntax: "diagram", direction: "LR", theme: "light" })
    await expect(running).toMatchFileSnapshot("../golden/diagram-running.diagram.mmd")
    const { classDefs, root } = Result.getOrThrow(Diagram.read(running))
    const steps = statesOf(root).filter(({ kind }) => kind === "step")
    expect(Object.fromEntries(steps.map(({ classes, id }) => [id, classes]))).toEqual({
      apply: ["done"],
      look: ["current"],
      pay: ["pending"],
      file: ["pending"]
    })
    expect(classDefs.map(({ names }) => names)).toEqual(["done", "current", "pending"])
    const { states } = await parseStates(running.replace("title: Loan", 'title: "Loan"'))
    for (const { classes, id } of steps) expect([id, states.get(id)?.classes]).toEqual([id, classes])
  })

  it("reads as the diagram says, also in short", () => {
    const Sideways = Diagram.make(`---\ntitle: Sideways\n---\nstateDiagram-v2\ndirection RL\n[*] --> a\na --> [*]`)
    const sideways = Sideways.implement({
      version: 1,
      payloads: { a: n },
      output: n,
      states: { a: (x, go) => Effect.succeed(go.end(x)) }
    })
    const drawn = Picture.make(sideways)
    expect(drawn.groups.map(({ direction }) => direction)).toEqual(["RL"])
    const all = [
      drawn,
      Picture.collapse(drawn, { depth: 0 }),
      Picture.collapse(drawn, { repeated: 2 }),
      Picture.annotate(drawn, new Map()),
      Picture.unfold(drawn, [])
    ]
    for (const one of all) {
      expect(one.direction).toBe("RL")
      expect(Mermaid.fromPicture(one)).toContain("flowchart RL\n")
      expect(Mermaid.fromPicture(one, { syntax: "state" })).toContain("\n  direction RL\n")
      expect(Mermaid.fromPicture(one, { syntax: "state", direction: "TD" })).not.toContain("RL")
    }
    // So many that they have short ids.
    const step = drawn.nodes.find(({ kind }) => kind === "step") as Picture.Node
    const nodes = Array.from({ length: 700 }, (_, i) => ({ ...step, id: `n_${"x".repeat(60)}${i}` }))
    expect(Mermaid.fromPicture({ ...drawn, edges: [], nodes })).toMatch(/^flowchart RL\n/)
  })

  it("says what people read where the diagram has signs by their number", () => {
    const Odd = Diagram.make(
      `---\ntitle: Odd\n---\nstateDiagram-v2\n[*] --> a\nstate "a#59; #quot;b#quot; #heart;" as a\na --> [*]: go#59; on`
    )
    const odd = Odd.implement({
      version: 1,
      payloads: { a: n },
      output: n,
      states: { a: (x, go) => Effect.succeed(go.end(x)) }
    })
    const { edges, nodes } = Picture.make(odd)
    expect(nodes.map(({ label }) => label)).toContain('a; "b" #heart;')
    expect(edges.map(({ label }) => label)).toContain("go; on")
    expect(Diagram.of(odd)).toEqual(Result.succeed(Odd.graph))
  })

  it("breaks lines where Mermaid does, and is the same diagram again", () => {
    const Broken = Diagram.make(`---
title: Broken
---
stateDiagram-v2
  state "one<br/>two" as a
  note right of a : three<BR >four
  state "five<br />six" as b {
    c : not #lt;br/#gt; nor <brr>
    [*] --> c
    c --> [*]
  }
  [*] --> a
  a --> b: seven<br>eight
  b --> [*]
`)
    const broken = Broken.implement({
      version: 1,
      payloads: { a: n, c: n },
      output: n,
      states: {
        a: (x, go) => Effect.succeed(go.b(x)),
        b: { states: { c: (x, go) => Effect.succeed(go.end.end(x)) } }
      }
    })
    const { edges, groups, nodes } = Picture.make(broken)
    expect(nodes.find(({ address }) => address.endsWith("/state a"))).toMatchObject({
      label: "one\ntwo",
      note: "three\nfour"
    })
    expect(nodes.map(({ label }) => label)).toContain("not <br/> nor <brr>")
    expect(groups.map(({ label }) => label)).toContain("five, six")
    expect(edges.map(({ label }) => label)).toContain("seven\neight")
    expect(Tree.render(Picture.make(broken))).toBe(
      [
        "Broken",
        "├─ machine: Broken",
        "│  ├─ one (two; note: three / four) → five (seven / eight)",
        "│  └─ machine: five, six → end",
        "│     └─ not <br/> nor <brr> → end",
        "└─ completed",
        ""
      ].join("\n")
    )
    expect(Result.getOrThrow(Diagram.of(broken))).toEqual(Broken.graph)

    // Without the diagram beside it, the machine says the same.
    const machine = Node.items(broken.body).find(({ _tag }) => _tag === "Machine")
    const { root } = Result.getOrThrow(Diagram.of({ ...broken, body: { ...machine } } as Workflow.Any))
    expect(root.arrows.map(({ label }) => label)).toEqual([undefined, "seven<br/>eight", undefined])
  })

  it("as a tree has the ways of each state, and those of a composite apart from those in it", () => {
    const Again = Diagram.make(`---
title: Again
---
stateDiagram-v2
  state done <<choice>>
  state box {
    state inner <<choice>>
    [*] --> a
    a --> b
    b --> inner
    inner --> a: inside
    inner --> [*]: out
  }
  [*] --> box
  box --> done
  done --> box: redo
  done --> [*]: done
`)
    const again = Again.implement({
      version: 1,
      payloads: { a: n, b: n },
      output: n,
      states: {
        box: {
          states: {
            a: (x, go) => Effect.succeed(go.b(x)),
            b: (x, go) => Effect.succeed(x > 0 ? go.inside(x) : x < 0 ? go.out.redo(x) : go.out.done(x))
          }
        }
      }
    })
    const lines = Tree.render(Picture.make(again), { ascii: true }).split("\n")
    expect(lines.filter((line) => line.includes("->")).map((line) => line.replace(/^[^a-z]*/, ""))).toEqual([
      "machine: box -> box (redo), end (done)",
      "a -> b",
      "b -> a (inside), end (out)"
    ])
  })

  it("as a tree has them in words, and as a flowchart, which has no notes, has none", async () => {
    const text = Tree.render(picture)
    expect(text).toContain("Take it in (by post; note: in person, too) → Checks\n")
    expect(text).toContain("machine: Checks (note: all of them / # at once / by the rules) → ")
    expect(Mermaid.fromPicture(picture)).not.toContain("in person")
    await expect(text).toMatchFileSnapshot("../golden/diagram.txt")
  })

  it("has notes of any text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyName, { minLength: 1, maxLength: 3 }), async (lines) => {
        const note = lines.join("\n")
        const noted = {
          ...picture,
          nodes: picture.nodes.map((node) => (node.kind === "step" ? { ...node, note } : node))
        }
        await expectStatesToReadBack(Mermaid.fromPicture(noted, { syntax: "state" }), noted)
      }),
      { numRuns: 100 }
    )
  })
})
