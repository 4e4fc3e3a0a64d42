/** What was decided at run time, unfolded beside the node that has decided it. */
import { Node, WIO, type Workflow } from "@waymark/core"
import { Command, Execution, type Event, type Pending, type Progress } from "@waymark/interpreter"
import { drive, Generator } from "@waymark/interpreter/testing"
import { Mermaid, Picture, Tree } from "@waymark/render"
import { Result } from "effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { expectToReadBack } from "./support/mermaid.ts"
import { step, timer, workflow } from "./support/workflows.ts"

/** The journal of a run whose steps give the next of the values, and whose timers fire. */
const journalOf = (of: Workflow.Any, input: number, values: ReadonlyArray<number | "fire">) => {
  const { events, execution } = Execution.start(of, input, { id: "i-1", at: 0 })
  const journal: Array<Event.Event> = [...events]
  let now: Execution.Any = execution
  let at = 0
  for (const value of values) {
    const [pending] = Execution.pending(now) as readonly [Pending.Pending]
    if (pending._tag === "Timer") at = pending.due
    const command = value === "fire" ? Command.tick(at) : Command.succeed(pending.step, value)
    const moved = Result.getOrThrow(Execution.step(now, command, { at }))
    now = moved.execution
    journal.push(...moved.events)
  }
  return journal
}

const unfolded = (of: Workflow.Any, input: number, values: ReadonlyArray<number | "fire">): Picture.Picture =>
  Result.getOrThrow(Picture.ofJournal(of, journalOf(of, input, values), { unfold: true }))

const marks = ({ nodes }: Picture.Picture) =>
  nodes.map(
    ({ kind, label, mark }) => `${label === "" ? kind : label.split("\n")[0]}: ${mark?.status} ${mark?.completed}`
  )

describe("Unfolded, a picture shows", () => {
  const waits = workflow(
    step("one").pipe(
      WIO.flatMap((n) => timer(`wait ${n}`)),
      WIO.andThen(step("two"))
    )
  )

  it("what a flatMap has decided on, and how far that has come", async () => {
    expect(marks(unfolded(waits, 1, []))).toEqual([
      "Example: done 0",
      "one: current 0",
      "decided at run time: pending 0",
      "two: pending 0",
      "completed: pending 0"
    ])
    const underWay = unfolded(waits, 1, [7])
    expect(marks(underWay).slice(2, 4)).toEqual(["decided at run time: current 1", "wait 7: current 0"])
    expect(underWay.nodes[3]).toMatchObject({ kind: "timer", mark: { waits: [{ _tag: "Timer", due: 5_400_000 }] } })
    expect(marks(unfolded(waits, 1, [7, "fire"])).slice(2, 5)).toEqual([
      "decided at run time: done 2",
      "wait 7: done 1",
      "two: current 0"
    ])
    await expect(Tree.render(underWay)).toMatchFileSnapshot("golden/flat-map-unfolded.txt")
    const text = Mermaid.fromPicture(underWay)
    await expect(text).toMatchFileSnapshot("golden/flat-map-unfolded.mmd")
    await expectToReadBack(text, underWay)
  })

  const total = workflow(
    WIO.gen("total", function* (n: number) {
      let sum = 0
      for (let i = 0; i < n; i++) sum += yield* WIO.step(step("ask"), i)
      const told = yield* WIO.step(step("tell").pipe(WIO.andThen(step("thank"))), sum)
      return told
    })
  )

  it("what a generator has yielded so far, one after the other, and what follows itself once", async () => {
    const underWay = unfolded(total, 3, [1, 2, 3, 6])
    expect(marks(underWay).slice(1, 5)).toEqual(["total: current 4", "ask: done 3", "tell: done 1", "thank: current 0"])
    expect(underWay.edges.map(({ from, kind, to }) => `${from} ${kind} ${to}`)).toEqual([
      "m_start next n_",
      "n_ next m_completed",
      "n_ decision d_1_x_n__x_0_x_n_",
      "d_1_x_n__x_0_x_n_ next d_1_x_n__x_1_x_n_tell",
      "d_1_x_n__x_1_x_n_tell next d_1_x_n__x_1_x_n_thank"
    ])
    await expect(Tree.render(underWay)).toMatchFileSnapshot("golden/gen-unfolded.txt")
  })

  it("decisions of equal shape once, others beside them", () => {
    const round = WIO.pure((n: number) => n).pipe(
      WIO.flatMap((n) => (n % 2 === 0 ? step("even") : step("odd").pipe(WIO.andThen(step("again")))))
    )
    const loop = workflow(WIO.loop("rounds", round, { while: (n: number) => n > 0 }))
    const { groups, nodes } = unfolded(loop, 4, [2, 3, 5, 4, 7])
    expect(groups.filter(({ kind }) => kind === "decided").map(({ label, mark }) => [label, mark?.status])).toEqual([
      ["decided, 3 times", "done"],
      ["decided, 2 times", "current"]
    ])
    expect(nodes.map(({ label, mark }) => [label, mark?.status, mark?.completed])).toEqual(
      expect.arrayContaining([
        ["even", "done", 3],
        ["odd", "current", 1],
        ["again", "done", 1]
      ])
    )
  })

  it("decisions within decisions", async () => {
    const inner = (n: number) => step("inner").pipe(WIO.flatMap((m) => timer(`wait ${n + m}`)))
    const outer = workflow(step("outer").pipe(WIO.flatMap(inner)))
    const picture = unfolded(outer, 0, [1, 2])
    expect(marks(picture).slice(1, -1)).toEqual([
      "outer: done 1",
      "decided at run time: current 3",
      "inner: done 1",
      "decided at run time: current 1",
      "wait 3: current 0"
    ])
    await expect(Tree.render(picture)).toMatchFileSnapshot("golden/flat-map-nested.txt")
  })

  it("a workflow that computes its own rest as many decisions of one function", () => {
    const rest = (n: number): WIO.WIO<number, number> =>
      n === 0 ? WIO.pure((m: number) => m) : (step("count").pipe(WIO.flatMap(rest)) as never)
    const { groups, nodes } = unfolded(workflow(step("start").pipe(WIO.flatMap(rest))), 0, [3, 2, 1])
    expect(groups.map(({ label }) => label)).toEqual(["decided, 3 times"])
    expect(nodes.find(({ label }) => label === "count")?.mark).toMatchObject({ status: "current", completed: 2 })
  })

  it("nothing without marks where the picture has none", () => {
    const decisions = Result.getOrThrow(Execution.decisions(waits, journalOf(waits, 1, [7])))
    const { groups, nodes } = Picture.unfold(Picture.make(waits), decisions)
    expect(nodes.map(({ label }) => label)).toContain("wait 7\n1h 30m")
    expect([...nodes, ...groups].every(({ mark }) => mark === undefined)).toBe(true)
  })
})

/** All that ends by an event of its own. */
const steps = new Set<Node.Node["_tag"]>(["RunIO", "HandleSignal", "Await", "SignalTo"])

const countsIn = (node: Node.Node, progress: Progress.Progress, decisions: ReadonlyArray<Progress.Decision>) => {
  const counts = new Map<string, number>()
  const add = (name: string, by: number) => counts.set(name, (counts.get(name) ?? 0) + by)
  const walk = (at: string, node: Node.Node, progress: Progress.Progress) => {
    const { completed, failed } = progress.get(at) as Progress.Entry
    if (steps.has(node._tag)) add(Node.nameOf(node) as string, completed + failed)
    for (const child of Node.children(node)) walk(Node.address(at, child.slot), child.node, progress)
  }
  const all = (decided: ReadonlyArray<Progress.Decision>) => {
    for (const { parts } of decided) {
      for (const part of parts) {
        walk("", part.node, part.progress)
        all(part.decisions)
      }
    }
  }
  walk("", node, progress)
  all(decisions)
  return counts
}

describe("Unfolding, over generated runs", () => {
  const dynamic = Generator.cases().filter(({ plan }) => Generator.contains(plan, "FlatMap", "Gen"))
  const run = ({ input, script, ...rest }: Generator.Case) => {
    const workflow = Generator.workflow(rest)
    return drive({ workflow, input, script, signals: Generator.namesOf({ input, script, ...rest }).signals })
  }

  it("adds to the picture and changes nothing of it", () =>
    fc.assert(
      fc.property(dynamic, (generated) => {
        const { journal, workflow } = run(generated)
        const plain = Result.getOrThrow(Picture.ofJournal(workflow, journal))
        const full = Result.getOrThrow(Picture.ofJournal(workflow, journal, { unfold: true }))
        const kept = <A>(before: ReadonlyArray<A>, after: ReadonlyArray<A>) => {
          const there = new Set(before.map((one) => JSON.stringify(one)))
          expect(after.filter((one) => there.has(JSON.stringify(one)))).toEqual(before)
        }
        kept(plain.nodes, full.nodes)
        kept(plain.groups, full.groups)
        kept(plain.edges, full.edges)
        const ids = [...full.nodes, ...full.groups].map(({ id }) => id)
        expect(new Set(ids).size).toBe(ids.length)
        for (const id of ids) expect(id).toMatch(/^[a-z]_[a-zA-Z0-9_]*$/)
        for (const { from, to } of full.edges) {
          expect(ids).toContain(from)
          expect(ids).toContain(to)
        }
      }),
      { numRuns: 150 }
    ))

  it("counts every step that the journal says has ended at a node of its name, also in what was decided", () =>
    fc.assert(
      fc.property(
        dynamic.filter(({ names }) => names === "unique"),
        (generated) => {
          const { executions, journal, workflow } = run(generated)
          const last = executions.at(-1)
          if (last === undefined) throw new Error("a run has at least its start")
          const decisions = Result.getOrThrow(Execution.decisions(workflow, journal))
          const counts = countsIn(workflow.body, Execution.progress(last), decisions)
          const from = Math.max(
            0,
            journal.findLastIndex(({ kind }) => kind === "checkpoint")
          )
          const ended = new Map<string, number>()
          for (const { kind, payload, step } of journal.slice(from)) {
            const isDecided = kind === "resolved" && (payload as { readonly decision: string }).decision !== "retry"
            if (!["completed", "failed", "signal", "fired", "sent"].includes(kind) && !isDecided) continue
            // Children are closed, and operators decide of them, by names that are no step's here.
            if (!counts.has(step)) expect(["sent", "resolved"]).toContain(kind)
            ended.set(step, (ended.get(step) ?? 0) + 1)
          }
          for (const [name, count] of counts) expect({ name, count }).toEqual({ name, count: ended.get(name) ?? 0 })
        }
      ),
      { numRuns: 150 }
    ))
})
