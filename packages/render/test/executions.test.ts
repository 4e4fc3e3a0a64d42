/** V3 over generated runs: what a journal names is in the picture, and progress adds nothing but classes and counters. */
import { Node } from "@waymark/core"
import { Execution, type Event, type Progress } from "@waymark/interpreter"
import { drive, Generator } from "@waymark/interpreter/testing"
import { Mermaid, Picture } from "@waymark/render"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"

interface Place {
  readonly address: string
  readonly node: Node.Node
}

const placesOf = (node: Node.Node, at = ""): ReadonlyArray<Place> => [
  { address: at, node },
  ...Node.children(node).flatMap((child) => placesOf(child.node, Node.address(at, child.slot)))
]

/** What ends by an event of its own: these are counted, and waited for. */
const steps = new Set<Node.Node["_tag"]>(["RunIO", "HandleSignal", "Await", "Child", "SignalTo", "Checkpoint"])

const isStep = ({ node }: Place) => steps.has(node._tag)

const run = ({ input, script, ...rest }: Generator.Case) => {
  const workflow = Generator.workflow(rest)
  return drive({ workflow, input, script, signals: Generator.namesOf({ input, script, ...rest }).signals })
}

const isStatic = ({ plan }: Generator.Case): boolean => !Generator.contains(plan, "FlatMap", "Gen")

/** The end of a parent closes its children: that is no step of the workflow, and goes by the child's name. */
const isClosing = (step: string): boolean => step === Generator.Other.name

/** The picture's text without what progress may add: classes, and what stands on nodes and frames. */
const bare = (text: string) =>
  text
    .split("\n")
    .filter((line) => !/^\s*(class|classDef) /.test(line) || line.includes("classDef query"))
    .map((line) => line.replace(/"[^"]*"(?=[^|]*$)/, '""'))
    .filter((line) => line.trim() !== "")

/** Whether an event ends a step. Only children that are waited for have an event for their start and one for their end. */
const endOf = (body: Node.Node) => {
  const awaited = new Set(
    placesOf(body).flatMap(({ node }) => (node._tag === "Child" && node.awaited ? [node.name] : []))
  )
  return ({ kind, payload, step }: Event.Event): boolean => {
    switch (kind) {
      case "completed":
      case "failed":
      case "signal":
      case "fired":
      case "child-ended":
      case "checkpoint":
        return true
      case "child-started":
        return !awaited.has(step)
      case "sent":
        return !isClosing(step)
      case "resolved":
        return !isClosing(step) && (payload as { readonly decision: string }).decision !== "retry"
      default:
        return false
    }
  }
}

/** Which nodes an event of a step may be of. */
const tagsOf: { readonly [kind: string]: ReadonlyArray<Node.Node["_tag"]> } = {
  completed: ["RunIO"],
  failed: ["RunIO"],
  attempt: ["RunIO", "Child", "SignalTo"],
  resolved: ["RunIO", "Child", "SignalTo"],
  signal: ["HandleSignal"],
  due: ["Await"],
  fired: ["Await"],
  "child-started": ["Child"],
  "child-ended": ["Child"],
  sent: ["SignalTo"],
  version: ["Version"],
  checkpoint: ["Checkpoint"]
}

/** The way to a thread: the key of each fork passed as journals write it, or `any` of those that a run computes. */
type Way = ReadonlyArray<string>
const any = "any/key"
const keyOf = (key: string): string => (key === "interrupt" ? "~2" : key.replaceAll("~", "~0").replaceAll("/", "~1"))

/** Each place with the ways to the threads that may come to it. */
const waysOf = (
  node: Node.Node,
  ways: ReadonlyArray<Way> = [[]],
  at = ""
): ReadonlyArray<Place & { readonly ways: ReadonlyArray<Way> }> => {
  const within = (key: string) => ways.map((way) => [...way, key])
  const ofPart = ({ node: part, slot }: Node.Part) => {
    switch (node._tag) {
      case "Parallel":
      case "Race":
        return waysOf(part, within(keyOf(slot.slice("branch ".length))), Node.address(at, slot))
      case "ForEach":
        return waysOf(part, within(any), Node.address(at, slot))
      case "InterruptWith": {
        // The trigger waits beside the thread that it may cut short; what follows it goes on in that thread.
        const found = waysOf(part, ways, Node.address(at, slot))
        if (slot !== "interruption") return found
        const trigger = Node.items(part)[0]
        return found.map((place) => (place.node === trigger ? { ...place, ways: within("interrupt") } : place))
      }
      case "Compensate": {
        // What undoes a part is handed to the threads around it.
        const outwards = ways.flatMap((way) => [...way.keys(), way.length].map((end) => way.slice(0, end)))
        return waysOf(part, slot === "undo" ? outwards : ways, Node.address(at, slot))
      }
      default:
        return waysOf(part, ways, Node.address(at, slot))
    }
  }
  return [{ address: at, node, ways }, ...Node.children(node).flatMap(ofPart)]
}

const isBeginning = (way: Way, of: Way): boolean =>
  way.every((key, i) => i < of.length && (key === any || of[i] === any || key === of[i]))
const isSame = (one: Way, other: Way): boolean => one.length === other.length && isBeginning(one, other)

describe("V3: the picture of an execution, over generated runs", () => {
  it("has an entry for every static node, and for no other", () =>
    fc.assert(
      fc.property(Generator.cases(), (generated) => {
        const { executions, workflow } = run(generated)
        const addresses = placesOf(workflow.body).map(({ address }) => address)
        for (const execution of executions) {
          expect([...Execution.progress(execution).keys()].sort()).toEqual([...addresses].sort())
        }
      }),
      { numRuns: 100 }
    ))

  it("has a node for every event of a step: that step in its thread, or what was decided at run time around it", () =>
    fc.assert(
      fc.property(Generator.cases(), (generated) => {
        const { journal, workflow } = run(generated)
        const drawn = new Set(Picture.make(workflow).nodes.map(({ address }) => address))
        const places = waysOf(workflow.body).filter(({ address }) => drawn.has(address))
        const dynamic = places.filter(({ node }) => node._tag === "FlatMap" || node._tag === "Gen")
        for (const { kind, path, step } of journal) {
          const tags = tagsOf[kind]
          if (tags === undefined || isClosing(step)) continue
          const way = path === "" ? [] : path.split("/").map((segment) => segment.slice(segment.indexOf(":") + 1))
          const isItself = places.some(
            ({ node, ways }) =>
              tags.includes(node._tag) && Node.nameOf(node) === step && ways.some((found) => isSame(found, way))
          )
          // Undone in a thread further out, too.
          const isAround = dynamic.some(({ ways }) =>
            ways.some((found) => isBeginning(found, way) || isBeginning(way, found))
          )
          expect({ kind, path, step, isDrawn: isItself || isAround }).toEqual({ kind, path, step, isDrawn: true })
        }
      }),
      { numRuns: 300 }
    ))

  it("counts every step that the journal says has ended, at a node of that name", () =>
    fc.assert(
      fc.property(
        // By a name alone one could not say which child is waited for.
        Generator.cases().filter(
          (generated) =>
            isStatic(generated) && (generated.names === "unique" || !Generator.contains(generated.plan, "Child"))
        ),
        (generated) => {
          const { executions, journal, workflow } = run(generated)
          const last = executions.at(-1)
          if (last === undefined) throw new Error("a run has at least its start")
          const progress = Execution.progress(last)
          const counted = new Map<string, number>()
          for (const { address, node } of placesOf(workflow.body).filter(isStep)) {
            const { completed, failed } = progress.get(address) as Progress.Entry
            const name = Node.nameOf(node) as string
            counted.set(name, (counted.get(name) ?? 0) + completed + failed)
          }
          const ended = new Map([...counted.keys()].map((name) => [name, 0]))
          const isEnd = endOf(workflow.body)
          // A checkpoint begins the count anew.
          const from = journal.findLastIndex(({ kind }) => kind === "checkpoint")
          for (const event of journal.slice(Math.max(0, from))) {
            if (isEnd(event)) ended.set(event.step, (ended.get(event.step) ?? 0) + 1)
          }
          expect(counted).toEqual(ended)
        }
      ),
      { numRuns: 200 }
    ))

  it("shows as current what is waited for, and nothing once it has ended", () =>
    fc.assert(
      fc.property(Generator.cases().filter(isStatic), (generated) => {
        const { executions, workflow } = run(generated)
        const places = placesOf(workflow.body).filter(isStep)
        for (const execution of executions) {
          const progress = Execution.progress(execution)
          const pending = Execution.pending(execution)
          const current = places.filter(({ address }) => progress.get(address)?.status === "current")
          const names = new Set(current.map(({ node }) => Node.nameOf(node)))
          const waited = pending.map(({ step }) => step.name).filter((name) => !isClosing(name))
          // The whole is not over before its children are closed, be it a single step.
          const isWhole = isStep({ address: "", node: workflow.body }) && pending.length > waited.length
          expect(names).toEqual(new Set(isWhole ? [Node.nameOf(workflow.body)] : waited))
          if (pending.length > 0) continue
          for (const { status } of progress.values())
            expect(["done", "compensated", "failed", "skipped"]).toContain(status)
        }
      }),
      { numRuns: 200 }
    ))

  it("says of every step what it waits for, as `pending` does", () =>
    fc.assert(
      fc.property(Generator.cases(), (generated) => {
        const { executions } = run(generated)
        for (const execution of executions) {
          const said = [...Execution.progress(execution).values()].flatMap(({ waits = [] }) => waits)
          const told = said.map((wait) => {
            switch (wait._tag) {
              case "Attempt":
                return `${wait.path} attempt ${wait.attempt} from ${wait.notBefore}, after ${wait.lastError}`
              case "Signal":
                return `${wait.path} signal ${wait.signal}`
              case "Timer":
                return `${wait.path} timer ${wait.due}`
              case "Child":
                return `${wait.path} child ${wait.id}`
              case "Closing":
                return `${wait.path} closing ${wait.id}`
            }
          })
          const wanted = Execution.pending(execution).map((pending) => {
            const { path } = pending.step
            if (pending._tag === "Signal") return `${path} signal ${pending.signal.name}`
            if (pending._tag === "Timer") return `${path} timer ${pending.due}`
            if (pending._tag === "Child" && pending.phase === "Wait") return `${path} child ${pending.id}`
            if (pending._tag === "Send" && pending.signal.startsWith("waymark/")) return `${path} closing ${pending.to}`
            const { attempt, lastError, notBefore } = pending
            return `${path} attempt ${attempt} from ${notBefore === Infinity ? null : notBefore}, after ${lastError}`
          })
          expect(told.toSorted()).toEqual(wanted.toSorted())
        }
      }),
      { numRuns: 200 }
    ))

  it("comes to the end that the execution has come to", () =>
    fc.assert(
      fc.property(Generator.cases(), (generated) => {
        const { executions, status, workflow } = run(generated)
        const last = executions.at(-1)
        if (last === undefined) throw new Error("a run has at least its start")
        const { nodes } = Picture.annotate(Picture.make(workflow), Execution.progress(last))
        const reached = nodes.filter(
          ({ kind, mark }) =>
            (kind === "completed" && mark?.status === "done") || (kind === "failed" && mark?.status === "failed")
        )
        const ends: ReadonlyArray<string> = status === "completed" || status === "failed" ? [status] : []
        expect(reached.map(({ kind }) => kind)).toEqual(ends)
      }),
      { numRuns: 300 }
    ))

  it("differs from the workflow's only in classes and counters", () =>
    fc.assert(
      fc.property(Generator.cases(), fc.nat(), (generated, at) => {
        const { executions, workflow } = run(generated)
        const execution = executions.at(at % executions.length)
        if (execution === undefined) throw new Error("a run has at least its start")
        expect(bare(Mermaid.renderExecution(execution))).toEqual(bare(Mermaid.render(workflow)))
        const { edges, nodes } = Picture.annotate(Picture.make(workflow), Execution.progress(execution))
        expect(edges).toEqual(Picture.make(workflow).edges)
        // What a child does is in a journal of its own.
        expect(nodes.every(({ child, mark }) => (mark === undefined) === (child !== undefined))).toBe(true)
      }),
      { numRuns: 150 }
    ))
})
