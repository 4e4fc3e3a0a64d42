/** What a diagram may say, and the graph that it gives: nothing of it is dropped. */
import { Engine, Journal } from "@waymark/interpreter"
import { Diagram, Mermaid, Picture } from "@waymark/render"
import { Effect, Layer, Result, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { project } from "../../../core/test/support/compiler.ts"
import { expectToReadBack } from "../support/mermaid.ts"
import { expectStatesToReadBack, parseStates } from "../support/stateDiagram.ts"
import { arrowsIn, arrowsOn } from "./support/arrows.ts"

const read = (body: string): Diagram.Graph =>
  Result.getOrThrow(Diagram.read(`---\ntitle: Parcel\n---\nstateDiagram-v2\n${body}`))
const states = (body: string): Readonly<Record<string, Diagram.State>> =>
  Object.fromEntries(read(body).root.states.map((state) => [state.id, state]))

const oneStep = "[*] --> a\na --> [*]\n"

describe("a diagram may have", () => {
  it("a title, in quotes or not, with other front matter around it", () => {
    const titleOf = (matter: string) =>
      Result.getOrThrow(Diagram.read(`---\n${matter}\n---\n\n%% words\nstateDiagram-v2\n${oneStep}`))
    expect(titleOf("title: My Parcel ").title).toBe("My Parcel")
    expect(titleOf(`title: "My: Parcel"`).title).toBe("My: Parcel")
    expect(titleOf("config:\n  theme: dark\ntitle: 'P'")).toMatchObject({
      title: "P",
      matter: ["config:", "  theme: dark"]
    })
  })

  it("a mark of the order of its bytes before all else", () => {
    const text = `---\ntitle: Parcel\n---\nstateDiagram-v2\n${oneStep}`
    expect(Result.getOrThrow(Diagram.read(`\ufeff${text}`))).toEqual(Result.getOrThrow(Diagram.read(text)))
  })

  it("arrows in any order, with labels, remarks and classes", () => {
    expect(read("a-->[*]\n\t[*]   -->   a:::loud: go: now %% and then\n%% words\na:::quiet\n").root.arrows).toEqual([
      { from: "a", to: "[*]", label: undefined },
      { from: "[*]", to: "a", label: "go: now %% and then" }
    ])
    expect(states("a --> [*] %% words\n[*] --> a:::loud\na:::quiet\n")["a"]?.classes).toEqual(["loud", "quiet"])
  })

  it("retries on arrows of states to themselves, in every way to separate them", () => {
    const retry = { attempts: 3, backoffMs: 2000 }
    for (const text of ["attempts=3, backoffMs=2000", "attempts=3\\nbackoffMs=2000", "attempts=3\nbackoffMs=2000"]) {
      expect(states(`${oneStep}a --> a: ${text}\n`)["a"]?.retry).toEqual(retry)
    }
    expect(states(`${oneStep}a --> a: attempts=3\na --> a : backoffMs=2000\n`)["a"]?.retry).toEqual(retry)
    expect(states(`${oneStep}a --> a: backoffMs=7\n`)["a"]?.retry).toEqual({ attempts: undefined, backoffMs: 7 })
  })

  it("descriptions, notes, classes and styles", () => {
    const graph = read(`${oneStep}state "A long name" as a
a : and more: of it
note left of a : once
note right of a
  twice --> as long
    : [*]
end note
classDef loud fill:#f00,stroke:red
class a loud
style a fill:blue
accTitle: Parcels
accDescr {
  How parcels
  are sent
}
scale 350 width
hide empty description
direction LR`)
    expect(graph.root.states).toEqual([
      {
        id: "a",
        kind: "step",
        descriptions: ["A long name", "and more: of it"],
        classes: ["loud"],
        notes: [
          { side: "left", text: "once" },
          { side: "right", text: "twice --> as long\n  : [*]" }
        ],
        retry: undefined,
        regions: []
      }
    ])
    expect(graph).toMatchObject({
      accTitle: "Parcels",
      accDescr: "How parcels\nare sent",
      scale: 350,
      hideEmptyDescription: true,
      classDefs: [{ names: "loud", style: "fill:#f00,stroke:red" }],
      styles: [{ ids: ["a"], style: "fill:blue" }]
    })
    expect(graph.root.direction).toBe("LR")
  })

  it("choices, forks and joins in both of Mermaid's brackets, and composite states with regions", () => {
    const all = states(`state f <<fork>>
state j[[join]]
[*] --> f
f --> a
f --> box
state "A box" as box {
  direction LR
  [*] --> x
  x --> [*]
  --
  [*] --> y
  y --> [*]
}
a --> j
box --> j
j --> [*]`)
    expect(Object.values(all).map(({ id, kind }) => [id, kind])).toEqual([
      ["f", "fork"],
      ["j", "join"],
      ["a", "step"],
      ["box", "composite"]
    ])
    expect(all["box"]?.regions.map(({ direction, states: inside }) => [direction, inside.map(({ id }) => id)])).toEqual(
      [
        ["LR", ["x"]],
        [undefined, ["y"]]
      ]
    )
  })

  it("names that are words elsewhere, and names in any script", async () => {
    const Odd = Diagram.make(`---
title: Odd
---
stateDiagram-v2
  state 判断 <<choice>>
  [*] --> end
  end --> constructor
  constructor --> toString
  toString --> 判断
  判断 --> direction: __proto__
  判断 --> end: hasOwnProperty
  direction --> é.1
  é.1 --> 🌲
  🌲 --> 1
  1 --> [*]
`)
    const number = Schema.Number
    const workflow = Odd.implement({
      version: 1,
      payloads: {
        end: number,
        constructor: number,
        toString: number,
        direction: number,
        "é.1": number,
        "🌲": number,
        1: number
      },
      output: number,
      states: {
        end: (n, go) => Effect.succeed(go.constructor(n)),
        // oxlint-disable-next-line typescript/no-base-to-string -- here it is the name of a state
        constructor: (n, go) => Effect.succeed(go.toString(n)),
        toString: (n, go) => Effect.succeed(n > 1 ? go["__proto__"](n) : go.hasOwnProperty(n + 1)),
        direction: (n, go) => Effect.succeed(go["é.1"](n)),
        "é.1": (n, go) => Effect.succeed(go["🌲"](n)),
        "🌲": (n, go) => Effect.succeed(go[1](n)),
        1: (n, go) => Effect.succeed(go.end(n))
      }
    })
    const { taken } = await Effect.runPromise(
      Effect.gen(function* () {
        const engine = yield* Engine
        const instance = yield* engine.start(workflow, { id: "i", input: 1 })
        expect(yield* instance.result).toBe(2)
        const events = yield* Journal.use((journal) => journal.read({ instance: "i", run: 0, from: 0, limit: 100 }))
        return { taken: events.flatMap(({ kind, step }) => (kind === "completed" ? [step] : [])) }
      }).pipe(Effect.provide(Engine.layer({ workflows: [workflow] }).pipe(Layer.provideMerge(Journal.layerMemory))))
    )
    expect(taken.join(" ")).toBe("end constructor toString end constructor toString direction é.1 🌲 1")
    const names = ["end", "constructor", "toString", "判断", "direction", "é.1", "🌲", "1"]
    expect(Odd.graph.root.states.map(({ id }) => id).toSorted()).toEqual(names.toSorted())
    const picture = Picture.make(workflow)
    expect(arrowsOn(picture)).toEqual(arrowsIn(Odd.graph.root))
    await expectStatesToReadBack(Mermaid.render(workflow, { syntax: "state" }), picture)
    await expectToReadBack(Mermaid.render(workflow), picture)
  })

  // Each is the name of a state, in the middle of a line and at its beginning.
  const tried = `end state class note constructor __proto__ toString direction default style classDef click scale hide as
    fork join choice start root prototype valueOf function null undefined true 日本語 ümlaut 🌲 1 é.1 stateDiagram accTitle title`
  it.each(tried.split(/\s+/u))(
    "the name %s: a name to Mermaid as well, or refused with a word on why",
    async (name) => {
      const text = `---\ntitle: "W"\n---\nstateDiagram-v2\n[*] --> first\nfirst --> ${name}\n${name} --> [*]\n`
      const read = Diagram.read(text)
      if (Result.isFailure(read)) {
        const problem = read.failure.problems.find(({ line }) => line === 6)
        expect(problem).toMatchObject({ column: 1, text: `first --> ${name}` })
        expect(problem?.mend).toContain(`\`${name}\``)
        return
      }
      const { relations } = await parseStates(text)
      const ends = (id: string) => (/^root_(?:start|end)$/u.test(id) ? "[*]" : id)
      expect(relations.map(({ from, label, to }) => `${ends(from)} --> ${ends(to)}: ${label}`).toSorted()).toEqual(
        read.success.root.arrows.map(({ from, label = "", to }) => `${from} --> ${to}: ${label}`).toSorted()
      )
    }
  )
})

describe("the module of a .mermaid file", () => {
  it("is one line that compiles to the same diagram, whatever signs are in it", async () => {
    const text = `---\r\ntitle: '\`\${x}\` \\\\ n'\r\n---\r\nstateDiagram-v2\r\n  [*] --> a\r\n  a --> a: attempts=3\\nbackoffMs=5\r\n  a --> [*]\r\n`
    const module = Diagram.moduleText(text, "Signs")
    const written = project("module")
    try {
      written.write({ "signs.ts": module })
      expect(await written.compile()).toEqual([])
      const { Signs } = (await import(/* @vite-ignore */ written.path("signs.ts"))) as {
        readonly Signs: { readonly text: string; readonly graph: Diagram.Graph }
      }
      expect(Signs.text).toBe(text.replaceAll("\r\n", "\n"))
      expect(Signs.graph.root.states[0]?.retry).toEqual({ attempts: 3, backoffMs: 5 })
    } finally {
      written.remove()
    }
  }, 300_000)

  it("refuses a name that is none", () => {
    expect(() => Diagram.moduleText("", "my diagram")).toThrow(
      'Diagram.moduleText: "my diagram" is no name of a constant: give one of letters, digits, "_" and "$"'
    )
  })
})
