/** What is to be read of a state in a diagram: what is in it, line by line, and whether it comes to an end. */
import { Node, RetryPolicy } from "@waymark/core"
import type * as Picture from "../../Picture.ts"
import { algebraIn } from "../drawing.ts"
import * as Failures from "../failures.ts"
import { lines, shown } from "../mermaid/escape.ts"
import { titled } from "../mermaid/state.ts"
import type { Drawn, Part } from "../part.ts"
import * as Rope from "../rope.ts"
import * as words from "../words.ts"
import type * as Graph from "./graph.ts"
import { inside, type Located } from "./inside.ts"

export interface Look {
  /** Whether anything but a failure leaves it. */
  readonly ends: boolean
  /** The failures that leave it, in words. */
  readonly fails: () => string
  /** What people read in it beside its name, and how it is tried again. */
  readonly reads: () => { readonly says: ReadonlyArray<string>; readonly retry: Graph.Retry | undefined }
}

/** Text as people are to read it. */
export const textOf = (text: string): string => shown(lines(words.printable(text)))

const leaves: ReadonlySet<Picture.Kind> = new Set([
  "step",
  "signal",
  "timer",
  "pure",
  "fail",
  "child",
  "send",
  "continued",
  "draft",
  "dynamic"
] as const)

/** What is done beside the way of a part. */
const besides: ReadonlySet<Picture.LaneKind> = new Set(["handler", "interruption", "undo", "cancellation"] as const)

/** The steps of a part, in order. */
const stepsOf = (
  drawn: ReadonlyArray<Drawn>
): ReadonlyArray<Omit<Picture.Node, "group" | "lane" | "child" | "mark">> => {
  /** Of each bracket around: whether what is in it is beside the way. */
  const around: Array<boolean> = []
  return drawn.flatMap((one) => {
    const isBeside = around.at(-1) ?? false
    if (one._tag === "Node") return !isBeside && leaves.has(one.node.kind) ? [one.node] : []
    if (one._tag === "Close") around.pop()
    else around.push(isBeside || (one._tag === "Lane" && besides.has(one.lane.kind)))
    return []
  })
}

/** A retry policy as an arrow of a state to itself says it, where that would be implemented as the same one. Others are told in words. */
const retryOf = ({ retry }: Node.RunIO): Graph.Retry | undefined => {
  if (retry?.initial === undefined) return undefined
  // What is left out comes from the engine, which an arrow has no say in but for the longest wait.
  const { attempts, factor, jitter, while: tags } = retry
  const { initial: backoffMs, max } = RetryPolicy.resolve(retry)
  const isFixed = factor === 1 && max >= backoffMs && jitter === undefined && tags === undefined
  return isFixed && isCount(backoffMs) && (attempts === undefined || isCount(attempts))
    ? { attempts, backoffMs }
    : undefined
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value > 0

/** A part in one line, without its name where that is the state's: nothing, where it is a step like any other. */
const lineOf = (node: Pick<Picture.Node, "kind" | "label">, name: string): string => {
  const [first = "", ...details] = node.label.split("\n")
  const isOwn = first === words.printable(name)
  return [titled(node, isOwn ? "" : first).trim(), details.join(", ")]
    .filter((text) => text !== "")
    .join(isOwn ? " " : ", ")
}

/** The parts of a workflow, by their addresses. */
const partsOf = (body: Node.Node): ReadonlyMap<string, Part> => {
  const found = new Map<string, Part>()
  // A child's workflow is not drawn within the state that starts it.
  const draw = algebraIn({ deep: Number.POSITIVE_INFINITY, drawn: new Set() })
  const kept = Object.entries(draw).map(([tag, of]) => [
    tag,
    (...given: Parameters<Node.Algebra<Part>["Pure"]>) => {
      const part = (of as Node.Algebra<Part>["Pure"])(...given)
      found.set(given[2], part)
      return part
    }
  ])
  Node.fold(body, Object.fromEntries(kept) as Node.Algebra<Part>)
  return found
}

/** Looks at the states of a workflow by their names. All of it is drawn once, however deep they are. */
export const looking = (body: Node.Node): ((spot: Located, name: string) => Look) => {
  const parts = partsOf(body)
  return (spot, name) => {
    const { drawn, exits, raised } = parts.get(spot.at) as Part
    return {
      ends: !Rope.isEmpty(exits),
      fails: () => {
        const failures = Failures.union(Rope.toArray(raised).map((one) => one.failures))
        return Failures.isNone(failures) ? "" : Failures.words(failures)
      },
      reads: () => {
        const [only, ...others] = inside(spot).items
        const step = others.length === 0 && only?.node._tag === "RunIO" ? only.node : undefined
        const retry = step && retryOf(step)
        const nodes =
          step === undefined || retry === undefined
            ? stepsOf(Rope.toArray(drawn))
            : [{ kind: "step" as const, label: words.printable(words.step({ ...step, retry: undefined })) }]
        const lines = nodes.map((node) => lineOf(node, name))
        return { says: lines.filter((text) => text !== "").map(textOf), retry }
      }
    }
  }
}
