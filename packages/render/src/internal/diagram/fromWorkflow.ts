/**
 * A workflow as a state diagram that `read` takes: the machine that it is, or the path of its steps.
 *
 * A machine that was made of a diagram is that diagram. Of one that was written by hand each state is a state, whatever is in it: one that is a
 * machine or a fork itself is a composite one. What a diagram cannot say is told beside it.
 */
import { Node, type Workflow } from "@waymark/core"
import * as Result from "effect/Result"
import * as Remarks from "../remarks.ts"
import * as Graph from "./graph.ts"
import { calledOf, endingOf, inside, isMachine, isParallel, type Located, partsOf, unsaid } from "./inside.ts"
import { looking, textOf, type Look } from "./look.ts"
import { distinct, Names } from "./names.ts"
import { NoDiagram } from "./noDiagram.ts"

/** What no diagram can say. */
export interface Beside {
  /** Nothing where it is all of the workflow, or a part of its path, that does so. */
  readonly id: string | undefined
  readonly says: string
}

/** What is drawn. */
export interface Drawn {
  readonly graph: Graph.Graph
  /** The static node that each state is. */
  readonly addresses: ReadonlyMap<string, string>
  /** What the workflow does that no diagram can say, in words, and the state in which it does. */
  readonly beside: ReadonlyArray<Beside>
}

/** Nobody reads deeper ones, and who does it for a program has a call stack. */
const deepest = 500

const otherwise = 'draw it with another syntax, such as "state"'

/** What a path can go through: other nodes have ways of their own, which a state could not show. */
const steps: ReadonlySet<Node.Node["_tag"]> = new Set([
  ...(["RunIO", "HandleSignal", "Await", "Child", "SignalTo", "Pure", "Fail", "Draft", "Gen", "FlatMap"] as const),
  ...(["ContinueAsNew", "Machine"] as const)
])

const stateOf = (state: Pick<Graph.State, "id"> & Partial<Graph.State>): Graph.State => ({
  kind: "step",
  descriptions: [],
  classes: [],
  notes: [],
  retry: undefined,
  regions: [],
  ...state
})

/** A title in one line, of signs that YAML takes. */
const titleOf = (name: string): string => name.replaceAll(/[\p{Cc}\p{Surrogate}\u2028\u2029\ufeff\ufffe\uffff]/gu, " ")

/** A way out of a state: to the state of a number, or to the end. */
interface Way {
  readonly to?: number
  readonly label?: string | undefined
}

/** A state of a place. */
interface Member {
  readonly name: string
  readonly spot: Located
  /** Where it goes, which may depend on whether it comes to an end; `undefined` where only running it tells. */
  readonly ways: (ends: boolean) => ReadonlyArray<Way> | undefined
}

/** One workflow, while it is drawn. */
class Drawing {
  readonly addresses = new Map<string, string>()
  readonly beside: Array<Beside> = []
  private readonly names = new Names()
  private readonly workflow: string
  /** How many composite states are around what is drawn. */
  private depth = 0
  private readonly look: ReturnType<typeof looking>

  constructor({ body, name }: Workflow.Any) {
    this.workflow = name
    this.look = looking(body)
  }

  /** The place of everything. */
  root(body: Located): Graph.Place {
    const items = this.through(body)
    const [first] = items
    if (first === undefined) throw this.refused("it has no step", otherwise)
    if (items.length === 1 && isMachine(first)) return this.machine(first)
    const other = items.find((item) => !steps.has(item.node._tag) && !isParallel(item))
    if (other !== undefined) {
      const name = Node.nameOf(other.node)
      throw this.refused(
        `${name === undefined ? "what it does" : `"${name}"`} is neither a machine nor a step (${other.node._tag})`,
        `put it into a state of a WIO.machine, or ${otherwise}`
      )
    }
    return this.path(items)
  }

  /** Keeps where the states of a diagram are in the machine that was made of it. */
  locate({ at, node }: Located<Node.Machine>, states: ReadonlyMap<string, Graph.State>): void {
    for (const [i, id] of Object.keys(node.states).entries()) {
      const spot = partsOf({ at, node })[i] as Located
      this.addresses.set(id, spot.at)
      if (states.get(id)?.kind === "step") continue
      const open = [...inside(spot).items]
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        if (isMachine(next)) this.locate(next, states)
        else if (isParallel(next)) open.push(...partsOf(next).flatMap((branch) => inside(branch).items))
      }
    }
  }

  /** What is in a part, with a word on what is lost of it. */
  through(spot: Located, id?: string): ReadonlyArray<Located> {
    const { beside, items } = inside(spot)
    this.lose(beside, id)
    return items
  }

  private lose(words: ReadonlyArray<string>, id: string | undefined): void {
    for (const says of new Set(words)) this.beside.push({ id, says })
  }

  private refused(what: string, mend: string): NoDiagram {
    return new NoDiagram({ workflow: this.workflow, what, mend })
  }

  private machine(spot: Located<Node.Machine>): Graph.Place {
    const { initial, states, ways } = spot.node
    const names = Object.keys(states)
    const said = (name: string): ReadonlyArray<Way> | undefined =>
      ways && (ways[name] ?? []).map(({ label, to }) => ({ label, ...(to !== undefined && { to: names.indexOf(to) }) }))
    const members = partsOf(spot).map((part, i) => ({
      name: names[i] as string,
      spot: part,
      ways: () => said(names[i] as string)
    }))
    return this.place(members, names.indexOf(initial))
  }

  private path(items: ReadonlyArray<Located>): Graph.Place {
    const members = items.map((spot, i) => ({
      name: calledOf(spot.node) ?? "",
      spot,
      ways: (ends: boolean) => (ends ? [i + 1 < items.length ? { to: i + 1 } : {}] : [])
    }))
    return this.place(members, 0)
  }

  private place(members: ReadonlyArray<Member>, first: number): Graph.Place {
    const ids = members.map(({ name }) => this.names.idOf(name))
    const start = ids[first] as string
    const states: Array<Graph.State> = []
    const arrows: Array<Graph.Arrow> = [{ from: "[*]", to: start, label: undefined }]
    const goalOf = ({ to }: Way): string => (to === undefined ? "[*]" : (ids[to] as string))
    /** `label` is as the text has it. */
    const go = (from: string, to: string, label?: string): void => void arrows.push({ from, to, label })
    const written = (label: string | undefined): string | undefined => (label ? textOf(label) : undefined)
    /** Roads need names of their own: one that is not called anything is called after where it leads. */
    const choose = (choice: string, ways: ReadonlyArray<Way>): void => {
      states.push(stateOf({ id: choice, kind: "choice" }))
      const taken = new Set<string>()
      for (const way of ways) {
        const called = way.label || (way.to === undefined ? "end" : (members[way.to] as Member).name) || "on"
        // Labels that differ in what no text can hold alone are equal once they are written.
        const label = distinct(textOf(called), taken, (nth) => ` (${nth})`)
        taken.add(label)
        go(choice, goalOf(way), label)
      }
    }
    let anywhere: string | undefined
    for (const [i, member] of members.entries()) {
      const id = ids[i] as string
      const seen = this.look(member.spot, member.name)
      const ways = member.ways(seen.ends)
      states.push(this.state(member, id, seen))
      const [way] = ways ?? []
      if (ways === undefined && seen.ends) go(id, (anywhere ??= this.names.idOf("where_to")))
      // What goes nowhere else is an end, be it that it fails.
      else if (ways === undefined || way === undefined) go(id, "[*]", written(seen.fails()))
      // An arrow of a state to itself would say how that is tried again.
      else if (ways.length === 1 && way.to !== i) go(id, goalOf(way), written(way.label))
      else {
        const choice = this.names.idOf(`${id}_choice`)
        go(id, choice)
        choose(choice, ways)
      }
    }
    if (anywhere !== undefined) choose(anywhere, [...members.map((_, to) => ({ to })), {}])
    this.check(members, ids, arrows)
    return { direction: undefined, states, arrows }
  }

  /** A state that nothing goes to is none that a diagram may have. */
  private check(members: ReadonlyArray<Member>, ids: ReadonlyArray<string>, arrows: ReadonlyArray<Graph.Arrow>): void {
    const next = new Map<string, Array<string>>()
    for (const { from, to } of arrows) {
      const known = next.get(from)
      if (known === undefined) next.set(from, [to])
      else known.push(to)
    }
    const seen = new Set<string>()
    const open = ["[*]"]
    for (let from = open.pop(); from !== undefined; from = open.pop()) {
      for (const to of next.get(from) ?? []) {
        if (to === "[*]" || seen.has(to)) continue
        seen.add(to)
        open.push(to)
      }
    }
    for (const [i, { name }] of members.entries()) {
      if (seen.has(ids[i] as string)) continue
      throw this.refused(`nothing goes to "${name}"`, `say in \`ways\` what does, or ${otherwise}`)
    }
  }

  private state({ name, spot }: Member, id: string, look: Look): Graph.State {
    this.addresses.set(id, spot.at)
    const title = id === name ? [] : [textOf(name)]
    const { items } = inside(spot)
    if (!items.some((item) => isMachine(item) || isParallel(item))) {
      this.lose(unsaid(spot), id)
      const { retry, says } = look.reads()
      return stateOf({ id, retry, descriptions: says.length === 0 ? title : [textOf(name), ...says] })
    }
    this.through(spot, id)
    this.depth++
    if (this.depth > deepest)
      throw this.refused(`its composite states are more than ${deepest} deep in each other`, otherwise)
    const regions = this.regions(items, id)
    this.depth--
    return stateOf({ id, kind: "composite", descriptions: title, regions })
  }

  /** What is in the composite state of an id: a machine, branches side by side, or a path through one of these. */
  private regions(items: ReadonlyArray<Located>, id: string): ReadonlyArray<Graph.Place> {
    const [one, ...others] = items
    if (others.length > 0) return [this.path(items)]
    return isMachine(one) ? [this.machine(one)] : this.branches(one as Located<Node.Parallel>, id)
  }

  /** Branches side by side, in the state of an id. */
  private branches(spot: Located<Node.Parallel>, id: string): ReadonlyArray<Graph.Place> {
    const ending = endingOf(spot.node)
    if (ending !== "") this.lose([ending], id)
    return partsOf(spot).map((branch, i) => this.region(spot.node.branches[i]?.key ?? "", branch, id))
  }

  /** A branch: a machine has no state around it of its own. */
  private region(name: string, spot: Located, id: string): Graph.Place {
    const { beside, items } = inside(spot)
    const [only, ...others] = items
    if (others.length > 0 || !isMachine(only))
      return this.place([{ name, spot, ways: (ends) => (ends ? [{}] : []) }], 0)
    this.lose(
      beside.map((says) => `${says} (branch ${name})`),
      id
    )
    return this.machine(only)
  }
}

/** The graph of a workflow, but for its title. */
const draw = (drawing: Drawing, body: Located): Graph.Graph => {
  const [only, ...others] = inside(body).items
  const made = others.length === 0 && isMachine(only) ? Remarks.graphOf(only.node) : undefined
  if (made !== undefined) {
    drawing.through(body)
    drawing.locate(only as Located<Node.Machine>, new Map(Graph.statesOf(made.root).map((state) => [state.id, state])))
    return made
  }
  const nothing = { accTitle: undefined, accDescr: undefined, scale: undefined, hideEmptyDescription: false }
  return { title: "", matter: [], root: drawing.root(body), ...nothing, classDefs: [], styles: [] }
}

/** Draws a workflow. */
export const fromWorkflow = (workflow: Workflow.Any): Result.Result<Drawn, NoDiagram> => {
  const drawing = new Drawing(workflow)
  try {
    const graph = { ...draw(drawing, { node: workflow.body, at: "" }), title: titleOf(workflow.name) }
    return Result.succeed({ graph, addresses: drawing.addresses, beside: drawing.beside })
  } catch (error) {
    if (error instanceof NoDiagram) return Result.fail(error)
    throw error
  }
}
