/** What `Mermaid.render` draws as a diagram is read again: the same graph, and that of the diagram or machine that was drawn. */
import { Node, Query, RetryPolicy, Signal, WIO, Workflow } from "@waymark/core"
import { Command, Execution } from "@waymark/interpreter"
import { Diagram, Mermaid } from "@waymark/render"
import { Effect, Result, Schema } from "effect"
import * as fc from "fast-check"
import { describe, expect, it, vi } from "vitest"
import { settingsOf } from "../support/mermaid.ts"
import { parseStates } from "../support/stateDiagram.ts"
import { anyName, anyRecipe, build as buildRecipe, workflow as recipeWorkflow } from "../support/recipes.ts"
import { Withdrawal } from "../support/withdrawal.ts"
import * as workflows from "../support/workflows.ts"
import { arrowsIn, decoded } from "./support/arrows.ts"
import { graph } from "./support/graphs.ts"
import { implementation } from "./support/implementing.ts"
import { anyMachine, build, goalsOf, type Machine, shown, titleOf, workflow } from "./support/machines.ts"

vi.setConfig({ testTimeout: 240_000 })

const read = (text: string): Diagram.Graph => Result.getOrThrow(Diagram.read(text))
const drawn = (of: Workflow.Any): string => Mermaid.render(of, { syntax: "diagram" })

/** The workflow that a diagram becomes: what `implementation` writes, without the compiler. */
const implemented = (text: string): Workflow.Any =>
  // oxlint-disable-next-line typescript/no-implied-eval -- the same text as the compiler is given elsewhere
  new Function("Effect", "Schema", "Diagram", `return ${implementation(text)}`)(Effect, Schema, Diagram) as Workflow.Any

type Body = WIO.WIO<unknown, unknown, unknown, unknown, unknown>

const keep = (state: unknown) => state

const around =
  (wrap: (...args: ReadonlyArray<never>) => unknown) =>
  (body: Body): Body =>
    (wrap as (body: Body) => Body)(body)

/** What is put around a body without another state. */
const wrappers: ReadonlyArray<(body: Body) => Body> = [
  around(WIO.map(keep)),
  around(WIO.query(Query.make("status", { reply: Schema.Unknown }), keep)),
  around(WIO.saga),
  around(WIO.uncancellable),
  (body) => WIO.embed(body, { in: keep, out: keep }),
  around(WIO.catch(WIO.pure(keep))),
  around(WIO.interruptWith(WIO.await<unknown>("too late", { for: "1 day" }))),
  around(WIO.compensateWith(WIO.pure(keep))),
  around(WIO.onCancel(WIO.pure(keep))),
  around(WIO.andThen(WIO.checkpoint("so far", { state: Schema.Unknown })))
]
const wraps = fc.array(fc.constantFrom(...wrappers), { maxLength: 3 })

const wrapped = (of: Workflow.Any, all: ReadonlyArray<(body: Body) => Body>): Workflow.Any =>
  workflow(
    of.name,
    all.reduce((body, wrap) => wrap(body), of.body as unknown as Body)
  )

const nth = <A>(values: ReadonlyArray<A>, index: number): A => {
  const value = values.at(index)
  if (value === undefined) throw new Error(`there is no ${index} among ${values.length}`)
  return value
}

const statesIn = (place: Diagram.Place): ReadonlyArray<Diagram.State> =>
  place.states.flatMap((state) => [state, ...state.regions.flatMap(statesIn)])

/** The same graph, without what a theme, a direction and a progress add. */
const bare = (one: Diagram.Graph, of: Diagram.Graph): Diagram.Graph => {
  const known = new Map(statesIn(of.root).map((state) => [state.id, state]))
  const plain = (place: Diagram.Place): Diagram.Place => ({
    ...place,
    direction: undefined,
    states: place.states.map((state) => ({
      ...state,
      classes: state.classes.slice(0, known.get(state.id)?.classes.length ?? 0),
      regions: state.regions.map(plain)
    }))
  })
  return { ...one, matter: [], root: plain(one.root), classDefs: one.classDefs.slice(0, of.classDefs.length) }
}

describe("a workflow that was made of a diagram", () => {
  it("is drawn as the diagram that is kept beside its machine, whatever is put around that", () => {
    fc.assert(
      fc.property(graph, wraps, (one, all) => {
        const of = wrapped(implemented(Diagram.write(one)), all)
        expect(read(drawn(of))).toEqual(one)
      }),
      { numRuns: 200 }
    )
  })

  it("is what its nodes say, too: the same states, arrows, labels and retries", () => {
    const renamed = (place: Diagram.Place): Diagram.Place => {
      const nameOf = (id: string) => (id === "[*]" ? id : titleOf(place, id))
      return {
        ...place,
        states: place.states.map((state) => ({
          ...state,
          id: nameOf(state.id),
          regions: state.regions.map(renamed)
        })),
        arrows: place.arrows.map(({ from, label, to }) => ({
          from: nameOf(from),
          to: nameOf(to),
          label: label === undefined ? label : decoded(label)
        }))
      }
    }
    const retries = (place: Diagram.Place) =>
      statesIn(place)
        .filter(({ retry }) => retry !== undefined)
        .map(({ id, retry }) => [id, retry?.attempts, retry?.backoffMs ?? 1000])
        .toSorted()
    fc.assert(
      fc.property(graph, (one) => {
        const of = implemented(Diagram.write(one))
        const machine = Node.items(of.body).find(({ _tag }) => _tag === "Machine") as Node.Node
        // A copy, which nobody has made of a diagram.
        const { root } = Result.getOrThrow(Diagram.of({ ...of, body: { ...machine } }))
        expect(arrowsIn(renamed(root))).toEqual(arrowsIn(one.root))
        expect(retries(renamed(root))).toEqual(retries(one.root))
      }),
      { numRuns: 100 }
    )
  })

  it("is read back with its theme and another direction", () => {
    const style = fc.record({
      direction: fc.constantFrom(undefined, "TD" as const, "LR" as const),
      theme: fc.constantFrom(undefined, "auto" as const, "light" as const, "dark" as const)
    })
    fc.assert(
      fc.property(graph, style, (one, { direction, theme }) => {
        const of = implemented(Diagram.write(one))
        const asked = { syntax: "diagram", ...(direction && { direction }), ...(theme && { theme }) } as const
        const found = read(Mermaid.render(of, asked))
        expect(bare(found, one)).toEqual(bare(one, one))
        if (direction !== undefined) expect(found.root.direction).toBe(direction === "TD" ? "TB" : "LR")
        const themes = found.matter.filter((line) => line.startsWith("  theme:"))
        const papers = found.matter.filter((line) => line.startsWith("  themeVariables:"))
        const isNoted = statesIn(one.root).some(({ notes }) => notes.length > 0)
        expect(papers).toHaveLength(isNoted && (theme === "light" || theme === "dark") ? 1 : 0)
        if (theme === "light") expect(themes).toEqual(["  theme: default"])
        if (theme === "dark") expect(themes).toEqual(["  theme: dark"])
      }),
      { numRuns: 100 }
    )
  })

  it("on its way has on each step the class of what has become of it, and is read back as before", () => {
    let moves = 0
    fc.assert(
      fc.property(graph, fc.nat(8), (one, most) => {
        const of = implemented(Diagram.write(one))
        const { done, execution } = ran(of, most)
        moves += done.size
        const found = read(Mermaid.renderExecution(execution, { syntax: "diagram" }))
        expect(bare(found, one)).toEqual(bare(one, one))
        const own = new Map(statesIn(one.root).map(({ classes, id }) => [id, classes.length]))
        const added = statesIn(found.root).map((state) => ({ ...state, added: state.classes.slice(own.get(state.id)) }))
        const withClass = (name: string) =>
          new Set(added.filter((state) => state.added.includes(name)).map(({ id }) => id))
        const current = new Set(Execution.pending(execution).map(({ step }) => step.name))
        expect(withClass("current")).toEqual(current)
        expect(withClass("done")).toEqual(new Set([...done].filter((id) => !current.has(id))))
        for (const state of added) expect(state.added).toHaveLength(state.kind === "step" ? 1 : 0)
      }),
      { numRuns: 200 }
    )
    expect(moves).toBeGreaterThan(100)
  })
})

/** Does steps, the first that is waited for each time: how far it is, and which it has done, by their names. */
const ran = (of: Workflow.Any, most: number) => {
  let { execution } = Execution.start(of as Workflow.Workflow<string, unknown, unknown>, 1, { id: "i", at: 0 })
  const done = new Set<string>()
  for (let i = 0; i < most; i++) {
    const [pending] = Execution.pending(execution)
    if (pending?._tag !== "RunIO") break
    const event = Effect.runSync(pending.effect as Effect.Effect<unknown>)
    execution = Result.getOrThrow(Execution.step(execution, Command.succeed(pending.step, event), { at: i })).execution
    done.add(pending.step.name)
  }
  return { execution, done }
}

describe("a theme", () => {
  const paper = { noteBkgColor: "#fff5ad", noteTextColor: "#333333", noteBorderColor: "#8a7a1f" }
  const steps = "stateDiagram-v2\n[*] --> a\nnote right of a: mind\na --> [*]"

  it("stands in the settings of a diagram in place of its own, however these are written, and nothing else changes", async () => {
    const lines = (...all: ReadonlyArray<ReadonlyArray<string>>) => fc.constantFrom(...all)
    const matter = fc
      .record({
        before: lines([], ["# config: none"], ["displayMode: compact"]),
        key: fc.constantFrom("config:", '"config":', "'config' :", "config: # mine"),
        first: lines([], ["          # deeper"], ["# at the edge"], [""], ["  # theme: none"]),
        margin: fc.constantFrom("  ", " ", "    "),
        inside: fc.shuffledSubarray([
          ["look: neo"],
          ["state:", "  titleTopMargin: 5", "  theme: kept"],
          ["themeVariables:", "  noteTextColor: red"],
          ['"fontSize": 12 # theme: none']
        ]),
        theme: lines([], ["theme: forest"], ['"theme": forest # mine'], ["'theme' :", "  forest"], ["theme:forest: 1"]),
        after: lines([], ["other:", "  theme: kept", "  themeVariables: kept"], ["other:", '  "theme": kept'])
      })
      .filter(({ inside, theme }) => inside.length + theme.length > 0)
      .map(({ after, before, first, inside, key, margin, theme }) => ({
        theme: theme.map((line) => margin + line),
        others: [...before, key, ...first, ...inside.flat().map((line) => margin + line), ...after],
        at: before.length + 1 + first.length
      }))
    await fc.assert(
      fc.asyncProperty(matter, async ({ at, others, theme }) => {
        const all = [...others.slice(0, at), ...theme, ...others.slice(at)]
        const text = ["---", "title: w", ...all, "---", steps].join("\n")
        const themed = Mermaid.render(implemented(text), { syntax: "diagram", theme: "dark" })
        const { theme: _, ...kept } = await settingsOf(text)
        expect(await settingsOf(themed)).toEqual({ themeVariables: paper, ...kept, theme: "dark" })
        const isTheme = (line: string) => /^ +["']?theme["']? ?:(?: |$)/.test(line)
        const ours = theme.filter((line) => !isTheme(line) && line.trim() !== "forest")
        expect(
          read(themed).matter.filter((line) => !/^ +(?:theme: dark|themeVariables: \{ note.*)$/.test(line))
        ).toEqual([...others.slice(0, at), ...ours, ...others.slice(at)])
      }),
      { numRuns: 300 }
    )
  })

  it("is not put into settings that are written in one line, and makes some where there are none", async () => {
    const themed = (matter: string) =>
      Mermaid.render(implemented(`---\ntitle: w\n${matter}---\n${steps}`), { syntax: "diagram", theme: "dark" })
    expect(read(themed("config: { look: neo }\n")).matter).toEqual(["config: { look: neo }"])
    expect(await settingsOf(themed(""))).toEqual({ theme: "dark", themeVariables: paper })
    expect(await settingsOf(themed("config:\n"))).toEqual({ theme: "dark", themeVariables: paper })
  })
})

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

describe("the text of a diagram", () => {
  const n = Schema.Number
  const signal = (name: string) =>
    WIO.handleSignal(Signal.make(name, { payload: Schema.Struct({ by: Schema.String }) }), {
      event: n,
      handle: () => Effect.succeed(0),
      apply: (state: number, more) => state + more
    })
  const step = (name: string, retry?: RetryPolicy.RetryPolicy<never>) =>
    WIO.runIO(name, {
      event: n,
      run: (state: number) => Effect.succeed(state),
      apply: (_, more) => more,
      ...(retry && { retry })
    })
  const review = Workflow.make("Review", {
    version: 1,
    input: n,
    state: n,
    body: around(WIO.interruptWith(signal("withdraw")))(
      WIO.machine("review", {
        initial: "writing",
        states: {
          writing: step("write", { attempts: 3, initial: "2 seconds", factor: 1 }),
          "peer review": signal("verdict"),
          publish: step("publish").pipe(
            WIO.andThen(WIO.await<number>("embargo", { for: "2 days" })),
            WIO.interruptWith(signal("retract").pipe(WIO.andThen(step("clean up"))))
          ),
          checks: WIO.machine("inner", {
            initial: "spelling",
            states: {
              spelling: step("spelling", { attempts: 5, initial: "1 second", factor: 2 }),
              links: step("links", { attempts: 2 })
            },
            ways: { spelling: [{ to: "links" }], links: [{}] }
          }),
          announce: WIO.parallel({ mail: step("mail"), feed: step("feed") }, { join: ({ mail }) => mail })
        },
        ways: {
          writing: [{ to: "checks" }],
          checks: [{ to: "peer review" }],
          "peer review": [
            { to: "writing", label: "refused" },
            { to: "publish", label: "accepted" }
          ],
          publish: [{ to: "announce" }],
          announce: [{}]
        }
      }) as unknown as Body
    ) as never
  })
  const cases = { "hand-made": review, machine: workflows.machine, withdrawal: Withdrawal } as const

  it.each(Object.entries(cases))("of %s", async (name, of) => {
    const text = drawn(of)
    await expect(text).toMatchFileSnapshot(`../golden/${name}.diagram.mmd`)
    expect(Diagram.read(text)).toEqual(Diagram.of(of))
    await parseStates(text.replace(/^title: (.*)$/m, 'title: "$1"'))
  })

  it("is as long as it has to be, and not deeper than it can be read", () => {
    const names = Array.from({ length: 2_000 }, (_, i) => `s${i}`)
    const states = Object.fromEntries(names.map((name) => [name, step(name)]))
    const next = (i: number) => names.slice(i + 1, i + 2).map((to) => ({ to }))
    const ways = Object.fromEntries(names.map((name, i) => [name, next(i)]))
    const machine: unknown = WIO.machine("m", { initial: "s0", states, ways })
    const long = workflow("w", machine as Body)
    expect(read(drawn(long)).root.states).toHaveLength(2_000)
    const deep = (depth: number) => {
      let body = step("deep") as unknown as Body
      for (let i = 0; i < depth; i++) {
        body = WIO.machine("m", { initial: "a", states: { a: body }, ways: { a: [{}] } }) as never
      }
      return workflow("w", body)
    }
    expect(Result.isSuccess(Diagram.of(deep(500)))).toBe(true)
    let nested: unknown = step("deep")
    for (let i = 0; i < 502; i++) nested = WIO.parallel({ a: nested, b: step("b") } as never)
    for (const of of [deep(2_000), workflow("w", nested as Body)]) {
      expect(() => drawn(of)).toThrow("its composite states are more than 500 deep in each other: draw it with another")
    }
  })

  it("says what Mermaid has to be told to draw a large one", () => {
    const path = (length: number) => {
      const names = Array.from({ length }, (_, i) => `the step ${i}`)
      return workflow(
        "w",
        names.map((name) => step(name) as unknown as Body).reduce((first, second) => first.pipe(WIO.andThen(second)))
      )
    }
    const text = drawn(path(1_000))
    const [note = "", ...others] = text.split("\n").filter((line) => line.startsWith("%%"))
    expect(others).toEqual([])
    expect(note).toBe(
      `%% More than Mermaid draws unless it is initialized with maxTextSize: ${text.length - note.length - 1}`
    )
    expect(read(text).root.states).toHaveLength(1_000)
    expect(drawn(path(100))).not.toContain("%%")
  })

  it("knows no ways of a state but those that were given", () => {
    const states = { ask: step("ask"), constructor: step("constructor") }
    const machine = WIO.machine("m", { initial: "ask", states, ways: { ask: [{ to: "constructor" }] } as never })
    const of = Workflow.make("w", { version: 1, input: n, state: n, body: machine })
    expect(drawn(of)).toContain("constructor --> [*]")
    expect(Mermaid.render(of)).toContain("constructor")
  })

  it("keeps labels apart that differ only in what no text can hold", () => {
    const labels = ["\ud800", "\ud801", "\ufffd (2)"]
    const ways = { ask: labels.map((label) => ({ to: "ask", label })) }
    const of = workflow("w", WIO.machine("m", { initial: "ask", states: { ask: step("ask") }, ways }) as never)
    const arrows = read(drawn(of)).root.arrows.filter(({ from }) => from === "ask_choice")
    expect(arrows.map(({ label }) => label)).toEqual(["\ufffd", "\ufffd (2)", "\ufffd (2) (2)"])
  })

  it("has the class of what has become of each step of a machine that was written by hand, and none on composite states", () => {
    const fork = WIO.parallel(
      { left: step("left"), right: step("right") },
      { fork: (from: number) => ({ left: from, right: from }), join: ({ left }) => left }
    )
    const states = {
      start: step("first").pipe(WIO.andThen(step("second"))),
      "go on": step("third").pipe(WIO.andThen(fork))
    }
    const both = WIO.machine("m", { initial: "go on", states: { "go on": states["go on"] }, ways: {} } as never)
    const classesOf = (of: WIO.WIO<number, unknown, unknown, unknown, unknown>, most: number) => {
      const { execution } = ran(workflow("w", of as never), most)
      const { root } = read(Mermaid.renderExecution(execution, { syntax: "diagram" }))
      return Object.fromEntries(statesIn(root).map(({ classes, id }) => [id, classes.join()]))
    }
    const one = WIO.machine("m", { initial: "start", states: { start: states.start }, ways: {} })
    expect(classesOf(one as never, 0)).toEqual({ start: "current" })
    expect(classesOf(one as never, 1)).toEqual({ start: "current" })
    expect(classesOf(one as never, 2)).toEqual({ start: "done" })
    const inside = { go_on: "", in_parallel: "" }
    expect(classesOf(both as never, 0)).toEqual({ ...inside, third: "current", left: "pending", right: "pending" })
    expect(classesOf(both as never, 1)).toEqual({ ...inside, third: "done", left: "current", right: "current" })
    expect(classesOf(both as never, 2)).toEqual({ ...inside, third: "done", left: "done", right: "current" })
  })

  it("says of the branches of a parallel what no diagram can say", () => {
    const branches = {
      mail: around(WIO.interruptWith(signal("stop").pipe(WIO.andThen(step("clean up")))))(step("mail") as never),
      feed: around(WIO.catch(step("mend") as never))(
        WIO.machine("posts", { initial: "post", states: { post: step("post") }, ways: { post: [{}] } }) as never
      )
    }
    const either = WIO.parallel(branches, { until: () => true })
    const settled = WIO.parallel(branches, { mode: "settle" })
    const text = drawn(
      workflow("w", WIO.machine("m", { initial: "a", states: { a: either, b: settled } as never }) as never)
    )
    expect(text.split("\n").filter((line) => line.startsWith("%%"))).toEqual([
      "%% Not drawn in a: until a condition holds",
      "%% Not drawn in mail: what cuts it short: stop, clean up",
      "%% Not drawn in a: what handles failures: mend (branch feed)",
      "%% Not drawn in b: all settled",
      "%% Not drawn in mail_2: what cuts it short: stop, clean up",
      "%% Not drawn in b: what handles failures: mend (branch feed)"
    ])
  })

  it("names the mend where a workflow is neither a machine nor a path of steps", () => {
    expect(() => drawn(workflows.loop)).toThrow(
      'the workflow "Example" is no diagram: "until paid" is neither a machine nor a step (Loop): put it into a state of a WIO.machine, or draw it with another syntax, such as "state"'
    )
    expect(() => drawn(workflows.machineWithWays)).toThrow(
      'nothing goes to "lost": say in `ways` what does, or draw it with another syntax, such as "state"'
    )
  })
})

describe("any workflow", () => {
  it("is drawn as a diagram that is read back as its graph, or refused with a mend", () => {
    let count = 0
    fc.assert(
      fc.property(anyRecipe, anyName, (recipe, name) => {
        const of = recipeWorkflow(buildRecipe(recipe), { name })
        const found = Diagram.of(of)
        if (Result.isFailure(found)) {
          expect(found.failure).toBeInstanceOf(Diagram.NoDiagram)
          expect(found.failure.mend).not.toBe("")
          expect(() => drawn(of)).toThrow(Diagram.NoDiagram)
        } else {
          count++
          expect(read(drawn(of))).toEqual(found.success)
        }
      }),
      { numRuns: 500 }
    )
    expect(count).toBeGreaterThan(50)
  })
})
