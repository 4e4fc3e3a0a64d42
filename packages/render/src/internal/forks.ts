/** How the nodes with threads of their own are drawn: a fork, its branches, and where they come together again. */
import { Node } from "@waymark/core"
import type * as Picture from "../Picture.ts"
import * as Failures from "./failures.ts"
import * as ids from "./ids.ts"
import { drawGroup, drawLane, drawNode, edge, handle, lead, only, type Part, type Parts } from "./part.ts"
import * as Rope from "./rope.ts"
import { frameOf } from "./ways.ts"
import * as words from "./words.ts"

/** Where branches come together. */
interface Meeting {
  readonly kind: "join" | "winner"
  readonly label: string
  /** Whether anything gets there. */
  readonly isReached: boolean
  /** Whether it goes on from there. */
  readonly isLeft: boolean
  /** The edges of a branch that lead there. */
  readonly arrivals: (branch: Part, group: string) => Rope.Rope<Picture.Edge>
  readonly raised: Part["raised"]
}

interface Branch {
  readonly body: Part
  readonly group: string
  readonly drawn: Part["drawn"]
}

/** What is said of a fork as a whole, and whether its branches start from the state that it does. */
interface Fork {
  readonly says: string
  readonly keeps: boolean
}

const forked = (address: string, { keeps, says }: Fork, branches: ReadonlyArray<Branch>, meeting: Meeting): Part => {
  const fork = ids.node(address)
  const join = ids.join(address)
  const { arrivals, isLeft, isReached, kind, label, raised } = meeting
  return {
    entry: fork,
    exits: isLeft ? Rope.of({ from: join }) : Rope.empty,
    raised,
    drawn: drawLane(
      { id: ids.fork(address), address, kind: "fork", label: says },
      Rope.concat([
        drawNode(fork, address, "fork", "", { keeps }),
        ...branches.map(({ drawn }) => drawn),
        // Whoever comes in first brings the state that it goes on with.
        isReached ? drawNode(join, address, kind, label, { keeps: kind === "winner" }) : Rope.empty
      ])
    ),
    edges: Rope.concat([
      ...branches.flatMap(({ body, group }) => [
        edge(fork, body.entry),
        body.edges,
        isReached ? arrivals(body, group) : Rope.empty
      ]),
      branches.length === 0 ? edge(fork, join) : Rope.empty
    ])
  }
}

const branchesOf = (
  branches: ReadonlyArray<{ readonly key: string }>,
  parts: Parts,
  address: string
): ReadonlyArray<Branch> =>
  parts.map(({ node, slot, value }, i) => {
    const at = Node.address(address, slot)
    const key = branches[i]?.key ?? ""
    const own = frameOf(node, value, key)
    const group = own ?? ids.branch(at)
    return {
      body: value,
      group,
      drawn: own === undefined ? drawGroup(group, at, "branch", key, value.drawn) : value.drawn
    }
  })

const raisedBy = (parts: ReadonlyArray<Part>): Part["raised"] => Rope.concat(parts.map(({ raised }) => raised))

const ends = ({ exits }: Part): boolean => !Rope.isEmpty(exits)
const fails = ({ raised }: Part): boolean => !Rope.isEmpty(raised)

/** The ends of a branch lead to where it meets the others, its failures too. */
const settled = (join: string) => (branch: Part) =>
  Rope.concat([lead(branch.exits, join), handle(branch.raised, undefined, join).edges])

const done = (join: string) => (branch: Part) => lead(branch.exits, join)

/** All branches come together, be it with their failures. */
const all = (mode: "fail-fast" | "settle", bodies: ReadonlyArray<Part>, join: string): Meeting => {
  const settles = mode === "settle"
  // Where one branch never ends, the others have nothing to come together for.
  const isReached = bodies.every((body) => ends(body) || (settles && fails(body)))
  return {
    kind: "join",
    label: settles ? "all settled" : "",
    isReached,
    isLeft: isReached,
    arrivals: settles ? settled(join) : done(join),
    raised: settles ? Rope.empty : raisedBy(bodies)
  }
}

/** A condition brings the branches together, those that go on for ever too. */
const early = (bodies: ReadonlyArray<Part>, join: string): Meeting => ({
  kind: "join",
  label: "until a condition holds",
  isReached: true,
  isLeft: true,
  arrivals: (body, group) => (ends(body) ? lead(body.exits, join) : edge(group, join, "interruption", "given up")),
  raised: raisedBy(bodies)
})

export const parallel = (node: Node.Parallel, parts: Parts, address: string): Part => {
  const join = ids.join(address)
  const bodies = parts.map(({ value }) => value)
  return forked(
    address,
    { says: "in parallel", keeps: node.fork === undefined },
    branchesOf(node.branches, parts, address),
    node.until === undefined ? all(node.mode, bodies, join) : early(bodies, join)
  )
}

export const forEach = (node: Node.ForEach, parts: Parts, address: string): Part => {
  const body = only(parts)
  const join = ids.join(address)
  const group = ids.group(address)
  const drawn = drawGroup(group, address, "forEach", words.forEach(node), body.drawn)
  const { arrivals, ...meeting } = all(node.mode, [body], join)
  return forked(address, { says: "", keeps: false }, [{ body, group, drawn }], {
    ...meeting,
    // Without items there is nothing to wait for, whatever becomes of those that there are.
    isReached: true,
    isLeft: true,
    arrivals: (branch, group) =>
      meeting.isReached ? arrivals(branch, group) : edge(ids.node(address), join, "next", "no items")
  })
}

export const race = (node: Node.Race, parts: Parts, address: string): Part => {
  const join = ids.join(address)
  const bodies = parts.map(({ value }) => value)
  const first = node.wins === "settled"
  // For the first success, a failure counts only once nobody else is left; then it is the first branch's.
  const canFail = first ? bodies.some(fails) : bodies.every(fails)
  const failing = Rope.toArray(raisedBy(first ? bodies : bodies.slice(0, 1)))
  const isLeft = bodies.some(ends)
  const failures = Failures.union(failing.map((raised) => raised.failures))
  const fork = { says: "race", keeps: node.fork === undefined }
  return forked(address, fork, branchesOf(node.branches, parts, address), {
    kind: "winner",
    label: first ? "first to settle" : "first success",
    isReached: isLeft || canFail,
    isLeft,
    arrivals: settled(join),
    raised: canFail ? Rope.of({ from: join, failures }) : Rope.empty
  })
}
