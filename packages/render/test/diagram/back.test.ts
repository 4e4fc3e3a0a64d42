/** What `Mermaid.render` draws as a diagram is read again: the same graph, and that of the diagram that was drawn. */
import { Node, type RetryPolicy, Signal, WIO, Workflow } from "@waymark/core"
import { Execution } from "@waymark/interpreter"
import { Diagram, Mermaid } from "@waymark/render"
import { Effect, Result, Schema } from "effect"
import * as fc from "fast-check"
import { describe, expect, it, vi } from "vitest"
import { settingsOf } from "../support/mermaid.ts"
import { anyName, anyRecipe, build as buildRecipe, workflow as recipeWorkflow } from "../support/recipes.ts"
import { parseStates } from "../support/stateDiagram.ts"
import { Withdrawal } from "../support/withdrawal.ts"
import * as workflows from "../support/workflows.ts"
import { arrowsIn, decoded } from "./support/arrows.ts"
import { graph } from "./support/graphs.ts"
import { implemented } from "./support/implementing.ts"
import { around, type Body, titleOf, workflow } from "./support/machines.ts"
import { drawn, ran, read, statesIn, wrapped, wraps } from "./support/redrawn.ts"

vi.setConfig({ testTimeout: 240_000 })

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
    const both = WIO.machine("m", { initial: "go on", states: { "go on": states["go on"] }, ways: {} })
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
