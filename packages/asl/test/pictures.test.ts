/** State machines are drawn as any workflow is: every state has its place, in the picture and in its progress. */
import { Effect, Result } from "effect"
import { Asl } from "@waymark/asl"
import { Mock } from "@waymark/asl/mock"
import { Execution } from "@waymark/interpreter"
import { Mermaid, Picture } from "@waymark/render"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { definition } from "./support/generator.ts"
import { chain, machineOf, only, TASK } from "./support/machines.ts"

/** The names of all states of a machine and of those within it. */
const namesIn = (value: unknown): ReadonlyArray<string> => {
  if (typeof value !== "object" || value === null) return []
  const { States = {} } = value as { readonly States?: object }
  return [
    ...Object.keys(States),
    ...Object.values(value).flatMap((part) => (part === States ? [] : namesIn(part))),
    ...Object.values(States).flatMap(namesIn)
  ]
}

const order = {
  StartAt: "Ask",
  States: {
    Ask: {
      ...TASK,
      Retry: [{ ErrorEquals: ["Busy"] }],
      Catch: [{ ErrorEquals: ["States.ALL"], Next: "Sorry" }],
      Next: "Ok?"
    },
    "Ok?": { Type: "Choice", Choices: [{ Variable: "$.ok", BooleanEquals: true, Next: "Each" }], Default: "Rest" },
    Rest: { Type: "Wait", Seconds: 60, Next: "Ask" },
    Each: { Type: "Map", ItemsPath: "$.items", ItemProcessor: only({ Type: "Pass" }, "One"), Next: "Both" },
    Both: {
      Type: "Parallel",
      Branches: [only({ Type: "Pass" }, "Left"), only({ Type: "Pass" }, "Right")],
      End: true
    },
    Sorry: { Type: "Fail", Error: "E" }
  }
}

describe("a picture", () => {
  it("has a place for each state, named as the state: a frame, or the one step that it is", () => {
    fc.assert(
      fc.property(definition, (given) => {
        const { groups, nodes } = Picture.make(machineOf(given))
        const frames = groups.filter(({ kind }) => kind === "state").map(({ label }) => label)
        const places = new Set([...frames, ...nodes.map(({ label }) => label)])
        const names = new Set(namesIn(given))
        expect([...names].filter((name) => !places.has(name))).toEqual([])
        expect(frames.filter((label) => !names.has(label))).toEqual([])
      }),
      { numRuns: 30 }
    )
  })

  it("shows steps by the names of their states, and what may become of failures", () => {
    const { nodes } = Picture.make(machineOf(order))
    const labels = new Set(nodes.map(({ label }) => label))
    for (const name of ["Ask", "Ok?", "Rest", "One", "Left", "Right", "Sorry", "Ask: retry", "Ask: catch"]) {
      expect(labels).toContain(name)
    }
  })

  it("has the ways between states, and says when they are taken", () => {
    const { edges, groups, nodes } = Picture.make(machineOf(order))
    const groupOf = new Map([...groups, ...nodes].map(({ group, id }) => [id, group]))
    const states = [
      ...groups.filter(({ kind }) => kind === "state"),
      ...nodes.filter(({ label }) => label in order.States)
    ]
    const stateOf = new Map(states.map(({ id, label }) => [id, label]))
    const around = (id: string | undefined): string | undefined =>
      id === undefined ? undefined : (stateOf.get(id) ?? around(groupOf.get(id)))
    const ways = edges
      .filter(({ from, kind, to }) => kind === "next" && around(from) !== around(to))
      .map(({ from, label, to }) => [around(from), label, around(to)])
    expect(ways.filter(([from = "", , to]) => from in order.States && (to ?? "") in order.States)).toEqual([
      ["Ask", undefined, "Ok?"],
      ["Ask", "catch States.ALL", "Sorry"],
      ["Ok?", "$.ok BooleanEquals true", "Each"],
      ["Ok?", "otherwise", "Rest"],
      ["Rest", undefined, "Ask"],
      ["Each", undefined, "Both"]
    ])
  })

  it("is kept", async () => {
    await expect(Mermaid.render(machineOf(order))).toMatchFileSnapshot("golden/order.mmd")
  })
})

it("progress tells which states are done, and which one it is at", () => {
  const machine = machineOf(chain({ Wait: { Type: "Wait", Seconds: 60 }, Ask: TASK }))
  const { execution } = Execution.start(machine, {}, { id: "i", at: 0 })
  const marked = Picture.annotate(Picture.make(machine), Execution.progress(execution))
  const status = (name: string) => marked.nodes.find(({ label }) => label === name)?.mark?.status
  expect([status("Wait: input"), status("Wait"), status("Ask")]).toEqual(["current", "pending", "pending"])
})

it("what the mocks say shows in what was entered", async () => {
  const machine = Result.getOrThrow(Asl.parse(order, { name: "order" }))
  const mocks = {
    Ask: [{ throw: { error: "Busy" } }, { return: { ok: false } }, { return: { ok: true, items: [1, 2] } }]
  }
  const report = await Effect.runPromise(Mock.run(machine, {}, mocks))
  expect(report.entered).toEqual(["Ask", "Ok?", "Rest", "Ask", "Ok?", "Each", "One", "One", "Both", "Left", "Right"])
})
