/** A machine that was written by hand is drawn as a diagram with all that it says, or that is told in remarks. */
import { Node, RetryPolicy } from "@waymark/core"
import { Diagram } from "@waymark/render"
import { Result } from "effect"
import * as fc from "fast-check"
import { describe, expect, it, vi } from "vitest"
import { anyName } from "../support/recipes.ts"
import { parseStates } from "../support/stateDiagram.ts"
import { decoded } from "./support/arrows.ts"
import { implemented } from "./support/implementing.ts"
import { anyMachine, build, goalsOf, type Machine, shown, titleOf, workflow } from "./support/machines.ts"
import { drawn, nth, read, statesIn, wrapped, wraps } from "./support/redrawn.ts"

vi.setConfig({ testTimeout: 240_000 })

/** The states that nothing leads to, of all machines of which a diagram would have to draw them. */
const isReached = ({ initial, says, states }: Machine): boolean => {
  const seen = new Set<number>()
  const open = [initial]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue
    seen.add(at)
    const { kind, ways } = nth(states, at)
    if (says) open.push(...ways.map(({ to }) => to).filter((to) => to >= 0))
    // Without a word on where it goes, it goes anywhere, unless it always fails.
    else if (ends({ kind })) open.push(...states.keys())
  }
  const inner = states.flatMap(({ kind }) =>
    kind._ === "machine" || kind._ === "path"
      ? [kind.inside]
      : kind._ === "parallel"
        ? kind.branches.map(([, inside]) => inside)
        : []
  )
  return seen.size === states.length && inner.every(isReached)
}

const ends = ({ kind }: Pick<Machine["states"][number], "kind">): boolean => {
  if (kind._ === "fail") return false
  if (kind._ === "machine") return leaves(kind.inside)
  // What cuts it short leads on, too.
  if (kind._ === "path") return true
  return kind._ === "parallel" ? kind.branches.every(([, inside]) => leaves(inside)) : true
}
const leaves = ({ says, states }: Machine): boolean =>
  says ? states.some(({ ways }) => ways.some(({ to }) => to < 0)) : states.some(ends)

/** Whether a policy is one that a diagram can say: a whole number of attempts, always as long apart. */
const isArrow = (policy: RetryPolicy.RetryPolicy): boolean => {
  const { attempts, initial, max } = RetryPolicy.resolve(policy)
  return (
    policy.initial !== undefined &&
    policy.factor === 1 &&
    policy.jitter === undefined &&
    Number.isInteger(initial) &&
    initial > 0 &&
    initial <= max &&
    attempts < Number.POSITIVE_INFINITY
  )
}

/** What the arrow of a step to itself becomes when the diagram is implemented. */
const policyOf = (retry: Diagram.Retry): RetryPolicy.RetryPolicy => {
  const label = `${retry.attempts === undefined ? "" : `attempts=${retry.attempts}, `}backoffMs=${retry.backoffMs}`
  const text = `---\ntitle: w\n---\nstateDiagram-v2\n[*] --> a\na --> a: ${label}\na --> [*]`
  const machine = Node.items(implemented(text).body).find((node) => node._tag === "Machine")
  const step = machine?.states["a"]
  return (step?._tag === "RunIO" ? step.retry : undefined) ?? {}
}

const waitsOf = (policy: RetryPolicy.RetryPolicy) => {
  const resolved = RetryPolicy.resolve(policy)
  return Array.from({ length: 10 }, (_, i) => RetryPolicy.delay(resolved, i + 1, 0.5))
}

/** What the remarks say of a state. */
const besideOf = (text: string, id: string): ReadonlySet<string> => {
  const before = `%% Not drawn in ${id}: `
  const lines = text.split("\n").filter((line) => line.startsWith(before))
  return new Set(lines.map((line) => decoded(line.slice(before.length))))
}

/** The place of a machine is that machine. */
const expectPlace = (place: Diagram.Place, { initial, says, states }: Machine, text: string): void => {
  const members = place.states.filter(({ kind }) => kind !== "choice")
  expect(members.map(({ id }) => titleOf(place, id))).toEqual(states.map(({ name }) => shown(name)))
  const called = (to: number) => (to < 0 ? "the end" : shown(nth(states, to).name))
  expect(place.arrows[0]).toMatchObject({ from: "[*]", to: members[initial]?.id })
  for (const [i, state] of states.entries()) {
    const { kind, regions, retry, id } = nth(members, i)
    const anywhere = ends(state) ? [...states.keys(), -1] : [-1]
    const said = state.ways.length === 0 ? [{ to: -1, label: undefined }] : state.ways
    const wanted = says ? said : anywhere.map((to) => ({ to, label: undefined }))
    const goals = goalsOf(place, id)
    expect(goals.map(([to]) => to)).toEqual(wanted.map(({ to }) => called(to)))
    // A label may be given where a choice needs one, and numbered where it has two.
    for (const [at, { label }] of wanted.entries()) {
      if (label !== undefined && label !== "") expect(goals[at]?.[1].startsWith(shown(label))).toBe(true)
    }
    if (state.kind._ === "step") {
      const policy = state.kind.retry
      expect(retry !== undefined).toBe(policy !== undefined && isArrow(policy))
      const said = nth(members, i).descriptions.filter((line) => line.includes("retry"))
      expect(said).toHaveLength(policy !== undefined && !isArrow(policy) ? 1 : 0)
      if (policy !== undefined && retry !== undefined) expect(waitsOf(policyOf(retry))).toEqual(waitsOf(policy))
    } else expect(retry).toBeUndefined()
    if (state.kind._ === "scoped") {
      const { scopes } = state.kind
      const lines = ["do it", ...scopes.flatMap(({ adds }) => adds ?? [])]
      expect(nth(members, i).descriptions.slice(1)).toEqual(lines.filter((line) => line !== shown(state.name)))
      expect(besideOf(text, id)).toEqual(new Set(scopes.flatMap((scope) => scope.says ?? [])))
    } else expect(besideOf(text, id)).toEqual(new Set(state.kind._ === "path" ? ["what cuts it short: too late"] : []))
    if (state.kind._ === "machine") expectPlace(nth(regions, 0), state.kind.inside, text)
    else if (state.kind._ === "path") {
      const [path, ...others] = regions
      expect(others).toEqual([])
      expect(path?.states.map((one) => titleOf(path, one.id))).toEqual(["first", "the rest"])
      const [{ id: first }, { id: rest, regions: inner }] = [nth(path?.states ?? [], 0), nth(path?.states ?? [], 1)]
      const steps = [["[*]", first] as const, [first, rest] as const, [rest, "[*]"] as const]
      expect(path?.arrows).toMatchObject(steps.map(([from, to]) => ({ from, to })))
      expectPlace(nth(inner, 0), state.kind.inside, text)
    } else if (state.kind._ === "parallel") {
      for (const [at, [, inside]] of state.kind.branches.entries()) expectPlace(nth(regions, at), inside, text)
    } else expect(kind).toBe("step")
  }
}

describe("a machine that was written by hand", () => {
  it("is drawn with its states, starts, ways, ends, retries and what no diagram can say, and read back as the same graph", () => {
    fc.assert(
      fc.property(anyMachine, anyName, wraps, (machine, name, all) => {
        fc.pre(isReached(machine))
        const of = wrapped(workflow(name, build("machine", machine)), all)
        const text = drawn(of)
        const found = read(text)
        expect(found).toEqual(Result.getOrThrow(Diagram.of(of)))
        expectPlace(found.root, machine, text)
      }),
      { numRuns: 300 }
    )
  })

  it("is refused where nothing goes to a state", () => {
    fc.assert(
      fc.property(anyMachine, (machine) => {
        fc.pre(!isReached(machine))
        const found = Diagram.of(workflow("w", build("machine", machine)))
        expect(Result.isFailure(found) && found.failure.message).toContain("nothing goes to")
      }),
      { numRuns: 100 }
    )
  })

  it("is read by Mermaid, too, with the same states and arrows", async () => {
    await fc.assert(
      fc.asyncProperty(anyMachine, async (machine) => {
        fc.pre(isReached(machine))
        const text = drawn(workflow("w", build("machine", machine)))
        const { root } = read(text)
        const { composites, relations, states } = await parseStates(text.replace("title: w", 'title: "w"'))
        const all = statesIn(root)
        for (const { descriptions, id, kind } of all) {
          const found = kind === "composite" ? composites.get(id)?.label : states.get(id)?.label
          if (kind === "step" || kind === "composite") {
            expect(found).toBe(descriptions.length === 0 ? id : decoded(descriptions.join("\n")))
          } else expect(states.get(id)?.shape).toBe("choice")
        }
        const placesOf = (place: Diagram.Place): ReadonlyArray<Diagram.Place> => [
          place,
          ...place.states.flatMap(({ regions }) => regions.flatMap(placesOf))
        ]
        const arrows = placesOf(root).flatMap((place) => place.arrows)
        const retries = all.filter(({ retry }) => retry !== undefined)
        expect(relations).toHaveLength(arrows.length + retries.length)
        for (const { from, label = "", to } of arrows) {
          if (from === "[*]" || to === "[*]") continue
          expect(relations).toContainEqual({ from, to, label: decoded(label) })
        }
      }),
      { numRuns: 100, endOnFailure: true }
    )
  })
})
