/** Each node of the algebra: what is drawn of it, as its golden file, and as Mermaid reads that file. */
import type { Workflow } from "@waymark/core"
import { Mermaid, Picture } from "@waymark/render"
import { describe, expect, it } from "vitest"
import { expectToReadBack } from "./support/mermaid.ts"
import { outline } from "./support/outline.ts"
import { Withdrawal } from "./support/withdrawal.ts"
import * as workflows from "./support/workflows.ts"

interface Case {
  readonly file: string
  readonly workflow: Workflow.Any
  readonly nodes: ReadonlyArray<string>
  readonly edges: ReadonlyArray<string>
  readonly groups?: ReadonlyArray<string>
}

const cases: { readonly [sentence: string]: Case } = {
  "a pure change is a node, by its name or as a dot": {
    file: "pure",
    workflow: workflows.pure,
    nodes: ["start Example", "pure add one", "pure pure", "completed completed"],
    edges: ["Example -> add one", "add one -> pure", "pure -> completed"]
  },
  "a failure that nothing handles leads to the failed end, and nothing goes on from it": {
    file: "fail",
    workflow: workflows.fail,
    nodes: ["start Example", "fail too much", "failed failed"],
    edges: ["Example -> too much", "too much !> failed : TooMuch"]
  },
  "a step says how it is tried again and what it can fail with": {
    file: "run-io",
    workflow: workflows.runIO,
    nodes: [
      "start Example",
      "step charge | retry: 5 attempts, first after 1s, ×3, at most 1m, jitter 0.5, on TooMuch too",
      "completed completed",
      "failed failed"
    ],
    edges: [
      "Example -> charge | retry: 5 attempts, first after 1s, ×3, at most 1m, jitter 0.5, on TooMuch too",
      "charge | retry: 5 attempts, first after 1s, ×3, at most 1m, jitter 0.5, on TooMuch too -> completed",
      "charge | retry: 5 attempts, first after 1s, ×3, at most 1m, jitter 0.5, on TooMuch too !> failed : TooMuch"
    ]
  },
  "a signal has its name": {
    file: "handle-signal",
    workflow: workflows.handleSignal,
    nodes: ["start Example", "signal approve", "completed completed"],
    edges: ["Example -> approve", "approve -> completed"]
  },
  "a timer has its length, its instant, or neither where they are computed": {
    file: "await",
    workflow: workflows.awaits,
    nodes: [
      "start Example",
      "timer cooling off | 1h 30m",
      "timer new year | until 2030-01-01T00:00:00.000Z",
      "timer as long as it takes",
      "completed completed"
    ],
    edges: [
      "Example -> cooling off | 1h 30m",
      "cooling off | 1h 30m -> new year | until 2030-01-01T00:00:00.000Z",
      "new year | until 2030-01-01T00:00:00.000Z -> as long as it takes",
      "as long as it takes -> completed"
    ]
  },
  "a query is a group around the part that answers it": {
    file: "query",
    workflow: workflows.query,
    nodes: ["start Example", "step one in [answers amount]", "step two", "completed completed"],
    edges: ["Example -> one", "one -> two", "two -> completed"],
    groups: ["query [answers amount]"]
  },
  "a sequence is a chain": {
    file: "and-then",
    workflow: workflows.andThen,
    nodes: ["start Example", "step one", "step two", "step three", "completed completed"],
    edges: ["Example -> one", "one -> two", "two -> three", "three -> completed"]
  },
  "what is computed at run time is one node": {
    file: "flat-map",
    workflow: workflows.flatMap,
    nodes: ["start Example", "step one", "dynamic decided at run time", "completed completed"],
    edges: ["Example -> one", "one -> decided at run time", "decided at run time -> completed"]
  },
  "a match has a road for each tag, and they come together": {
    file: "match",
    workflow: workflows.match,
    nodes: [
      "start Example",
      "pure measure",
      "choice how large?",
      "pure let it pass",
      "pure look closer",
      "step ship",
      "completed completed"
    ],
    edges: [
      "Example -> measure",
      "measure -> how large?",
      "how large? -> let it pass : Small",
      "how large? -> look closer : Large",
      "let it pass -> ship",
      "look closer -> ship",
      "ship -> completed"
    ]
  },
  "a branch has a road for each case and one for the rest": {
    file: "branch",
    workflow: workflows.branch,
    nodes: [
      "start Example",
      "choice how much?",
      "signal approve",
      "fail nothing",
      "step ship",
      "completed completed",
      "failed failed"
    ],
    edges: [
      "Example -> how much?",
      "how much? -> approve : over 100",
      "how much? -> nothing : none at all",
      "how much? -> ship : otherwise",
      "approve -> completed",
      "ship -> completed",
      "nothing !> failed : NoStock"
    ]
  },
  "a loop goes round again from the end of its body": {
    file: "loop",
    workflow: workflows.loop,
    nodes: [
      "start Example",
      "step remind in [until paid]",
      "timer a while | 1h 30m in [until paid]",
      "again again? in [until paid]",
      "step thank",
      "completed completed"
    ],
    edges: [
      "Example -> remind",
      "remind -> a while | 1h 30m",
      "a while | 1h 30m -> again?",
      "again? ~> remind : again",
      "again? -> thank",
      "thank -> completed"
    ],
    groups: ["loop [until paid]"]
  },
  "a parallel forks into a group for each branch and joins them": {
    file: "parallel",
    workflow: workflows.parallel,
    nodes: [
      "start Example",
      "fork fork",
      "step pack in [goods]",
      "step label in [goods]",
      "step charge in [money]",
      "join join",
      "step ship",
      "completed completed"
    ],
    edges: [
      "Example -> fork",
      "fork -> pack",
      "pack -> label",
      "label -> join",
      "fork -> charge",
      "charge -> join",
      "join -> ship",
      "ship -> completed"
    ],
    groups: ["branch [goods]", "branch [money]"]
  },
  "a catch is reached from each step that can fail, and from no other": {
    file: "catch",
    workflow: workflows.catches,
    nodes: [
      "start Example",
      "step look up",
      "step reserve",
      "step charge",
      "dynamic decided at run time",
      "pure apologize",
      "step report",
      "completed completed"
    ],
    edges: [
      "Example -> look up",
      "look up -> reserve",
      "reserve -> charge",
      "charge -> decided at run time",
      "reserve !> apologize : NoStock",
      "charge !> apologize : TooMuch",
      "decided at run time !> apologize : failure",
      "decided at run time -> report",
      "apologize -> report",
      "report -> completed"
    ]
  },
  "a catch of one tag lets the others pass": {
    file: "catch-tag",
    workflow: workflows.catchTag,
    nodes: ["start Example", "step reserve", "step charge", "pure order more", "completed completed", "failed failed"],
    edges: [
      "Example -> reserve",
      "reserve -> charge",
      "reserve !> order more : NoStock",
      "charge -> completed",
      "order more -> completed",
      "charge !> failed : TooMuch"
    ]
  },
  "a signal cuts short the group it interrupts": {
    file: "interrupt-with-signal",
    workflow: workflows.interruptedBySignal,
    nodes: [
      "start Example",
      "step one in [interruptible]",
      "step two in [interruptible]",
      "signal cancel",
      "step clean up",
      "step report",
      "completed completed"
    ],
    edges: [
      "Example -> one",
      "one -> two",
      "[interruptible] ?> cancel : cancel",
      "cancel -> clean up",
      "two -> report",
      "clean up -> report",
      "report -> completed"
    ],
    groups: ["interruptible [interruptible]"]
  },
  "a timer cuts short the group it interrupts": {
    file: "interrupt-with-timer",
    workflow: workflows.interruptedByTimer,
    nodes: ["start Example", "signal approve in [interruptible]", "timer deadline | 1h 30m", "completed completed"],
    edges: [
      "Example -> approve",
      "[interruptible] ?> deadline | 1h 30m : deadline",
      "approve -> completed",
      "deadline | 1h 30m -> completed"
    ],
    groups: ["interruptible [interruptible]"]
  },
  "the withdrawal is drawn whole": {
    file: "withdrawal",
    workflow: Withdrawal,
    nodes: [
      "start Withdrawal",
      "step validate in [interruptible]",
      "step hold funds in [interruptible]",
      "timer cooling off | 1d in [interruptible]",
      "signal approve in [interruptible]",
      "step send in [interruptible]",
      "signal cancel in [answers status]",
      "pure pure in [answers status]",
      "completed completed"
    ],
    edges: [
      "Withdrawal -> validate",
      "validate -> hold funds",
      "hold funds -> cooling off | 1d",
      "cooling off | 1d -> approve",
      "approve -> send",
      "[interruptible] ?> cancel : cancel",
      "validate !> pure : TooLarge",
      "hold funds !> pure : NotEnoughFunds",
      "send -> completed",
      "cancel -> completed",
      "pure -> completed"
    ],
    groups: ["query [answers status]", "interruptible [interruptible] in [answers status]"]
  }
}

describe("What is drawn", () => {
  it.each(Object.entries(cases))("%s", async (_, { edges, file, groups = [], nodes, workflow }) => {
    const picture = Picture.make(workflow)
    expect(outline(picture)).toEqual({ nodes, edges, groups })

    const text = Mermaid.render(workflow)
    await expect(text).toMatchFileSnapshot(`golden/${file}.mmd`)
    await expectToReadBack(text, picture)
  })

  it("every kind of node has a shape, and no two kinds that stand beside each other look the same", async () => {
    const shapes = new Map<string, Set<string | undefined>>()
    for (const { workflow } of Object.values(cases)) {
      const { nodes } = Picture.make(workflow)
      const parsed = await expectToReadBack(Mermaid.render(workflow), Picture.make(workflow))
      for (const [i, { kind, label }] of nodes.entries()) {
        const key = kind === "pure" && label === "" ? "dot" : kind
        shapes.set(key, (shapes.get(key) ?? new Set()).add(parsed.nodes[i]?.shape))
      }
    }
    expect(Object.fromEntries([...shapes].map(([kind, seen]) => [kind, [...seen].join()]))).toEqual({
      start: "stadium",
      completed: "stadium",
      failed: "stadium",
      step: "square",
      signal: "odd",
      timer: "delay",
      pure: "round",
      dot: "circle",
      fail: "hexagon",
      dynamic: "subroutine",
      choice: "diamond",
      again: "diamond",
      fork: "fork",
      join: "fork"
    })
  })

  it("reads from left to right where that is asked for", async () => {
    const text = Mermaid.render(Withdrawal, { direction: "LR" })
    const parsed = await expectToReadBack(text, Picture.make(Withdrawal))
    expect(parsed.direction).toBe("LR")
    expect(text.split("\n").slice(1)).toEqual(Mermaid.render(Withdrawal).split("\n").slice(1))
  })

  it("a picture is frozen through and through", () => {
    const picture = Picture.make(Withdrawal)
    const values = [picture, picture.nodes, picture.edges, picture.groups]
    const parts = [...picture.nodes, ...picture.edges, ...picture.groups]
    expect([...values, ...parts].every((value) => Object.isFrozen(value))).toBe(true)
  })
})
