/** From what is drawn, in order, to a picture: each node and group is told what it is in, each edge which states go along it. */
import type * as Picture from "../Picture.ts"
import type { Drawn, States } from "./part.ts"
import * as Rope from "./rope.ts"
import { stated } from "./states.ts"

interface Around {
  readonly group: string | undefined
  readonly lane?: string
  readonly child?: string
}

/** What is open, and whether states in it may be others than the workflow rests in: a failure, or that of an embedded one or a child. */
interface Open {
  readonly around: Around
  readonly isForeign: boolean
}

const outermost: Open = { around: { group: undefined }, isForeign: false }

const childOf = ({ child }: Around): { readonly child?: string } => (child === undefined ? {} : { child })

/** What makes a state by a function of its own, which the workflow then rests in. */
const makesState: ReadonlySet<Picture.Kind> = new Set(["step", "signal", "child"])

/** `rests` are the types of the states that the workflow rests in, where its schema says so. */
export const place = (
  drawn: Rope.Rope<Drawn>,
  edges: Rope.Rope<Picture.Edge>,
  rests: ReadonlyArray<string> | undefined
): Picture.Picture => {
  const nodes: Array<Picture.Node> = []
  const groups: Array<Picture.Group> = []
  const lanes: Array<Picture.Lane> = []
  const known = new Map<string, States>()
  const open: Array<Open> = []
  const rest: States = { gives: rests?.length === 1 ? rests : undefined }
  for (const item of Rope.toArray(drawn)) {
    const { around, isForeign } = open.at(-1) ?? outermost
    switch (item._tag) {
      case "Node":
        nodes.push(Object.freeze({ ...item.node, ...around, mark: undefined }))
        known.set(item.node.id, !isForeign && makesState.has(item.node.kind) ? rest : item.states)
        break
      case "Open":
        groups.push(Object.freeze({ ...item.group, ...around, mark: undefined }))
        open.push({
          around: { ...childOf(around), group: item.group.id },
          isForeign: isForeign || item.group.kind === "embedded"
        })
        break
      case "Lane": {
        const isChild = item.lane.kind === "child"
        const inside = isChild ? { child: item.lane.address } : childOf(around)
        lanes.push(Object.freeze({ ...item.lane, ...around, ...inside }))
        open.push({
          around: { ...inside, group: around.group, lane: item.lane.id },
          isForeign: isForeign || isChild || item.lane.kind === "handler"
        })
        break
      }
      case "Close":
        open.pop()
    }
  }
  return Object.freeze({
    nodes: Object.freeze(nodes),
    edges: Object.freeze(stated(nodes, Rope.toArray(edges), known)),
    groups: Object.freeze(groups),
    lanes: Object.freeze(lanes)
  })
}
