/** Workflows of every shape with names of every kind, for properties: recipes as plain data, and what is built of them. */
import type { Picture } from "@waymark/render"
import { Effect, Schema } from "effect"
import * as fc from "fast-check"
import { Query, Signal, WIO, Workflow } from "@waymark/core"

type Roads = Readonly<Record<string, Recipe>>

export type Recipe =
  | { readonly tag: "pure" | "fail" | "gen" | "embed"; readonly name: string | undefined; readonly body?: Recipe }
  | { readonly tag: "step"; readonly name: string; readonly errors: ReadonlyArray<string>; readonly limit?: number }
  | { readonly tag: "signal" | "timer" | "uuid" | "checkpoint" | "draft"; readonly name: string }
  | {
      readonly tag: "child"
      readonly name: string
      readonly of: string
      readonly errors: ReadonlyArray<string>
      readonly awaited: boolean
    }
  | { readonly tag: "send"; readonly name: string; readonly of: string }
  | { readonly tag: "flatMap" | "continued" }
  | { readonly tag: "sequence"; readonly items: ReadonlyArray<Recipe> }
  | { readonly tag: "match" | "branch" | "machine"; readonly name: string; readonly roads: Roads }
  | { readonly tag: "version"; readonly name: string; readonly before: Recipe; readonly after: Recipe }
  | { readonly tag: "parallel"; readonly roads: Roads; readonly ending?: "settle" | "until" }
  | { readonly tag: "race" | "raceFirst"; readonly roads: Roads }
  | {
      readonly tag: "forEach"
      readonly name: string
      readonly body: Recipe
      readonly mode: "fail-fast" | "settle"
      readonly places: number
    }
  | { readonly tag: "loop" | "query"; readonly name: string; readonly body: Recipe }
  | { readonly tag: "saga" | "uncancellable"; readonly body: Recipe }
  | { readonly tag: "compensate" | "onCancel"; readonly body: Recipe; readonly handler: Recipe }
  | { readonly tag: "catch"; readonly body: Recipe; readonly handler: Recipe; readonly tags?: ReadonlyArray<string> }
  | { readonly tag: "timeout"; readonly name: string; readonly body: Recipe }
  | { readonly tag: "interrupt"; readonly body: Recipe; readonly trigger: Recipe; readonly rest: ReadonlyArray<Recipe> }

/** Recipes do not fit states together, so their parts are taken for fitting anything. */
type Part = WIO.WIO<unknown, unknown, unknown, unknown, unknown>

const then = WIO.andThen as (first: Part, second: Part) => Part

/** A chain whose `andThen`s are nested to the left, or the way `split` says: where to cut a stretch of items. */
export const chain = (parts: ReadonlyArray<Part>, split: (length: number) => number = (length) => length - 1): Part => {
  const [first] = parts
  if (first !== undefined && parts.length === 1) return first
  const cut = split(parts.length)
  return then(chain(parts.slice(0, cut), split), chain(parts.slice(cut), split))
}

const keep = (state: unknown) => state

const errorOf = (tags: ReadonlyArray<string>): typeof Schema.Unknown =>
  Schema.Union(tags.map((tag) => Schema.TaggedStruct(tag, {}))) as never

/** Some other workflow: a child, or whom a signal is sent to. */
const other = (name: string, errors: ReadonlyArray<string> = []): Workflow.Any =>
  workflow(WIO.pure(keep), { name, error: errorOf(errors) })

export const build = (recipe: Recipe): Part => {
  const all = (roads: Roads) =>
    Object.fromEntries(Object.entries(roads).map(([key, road]) => [key, build(road)] as const))
  const piped = (body: Recipe, wrap: (...args: ReadonlyArray<never>) => unknown): Part =>
    (wrap as (part: Part) => Part)(build(body))
  switch (recipe.tag) {
    case "pure":
    case "fail":
      return (recipe.tag === "pure" ? WIO.pure : WIO.fail)(keep, recipe.name === undefined ? {} : { name: recipe.name })
    case "step":
      return WIO.runIO(recipe.name, {
        event: Schema.Unknown,
        error: errorOf(recipe.errors),
        run: Effect.succeed,
        apply: keep,
        timeouts: recipe.limit === undefined ? {} : { startToClose: recipe.limit }
      })
    case "signal":
      return WIO.handleSignal(Signal.make(recipe.name, { payload: Schema.Unknown }), {
        event: Schema.Unknown,
        handle: Effect.succeed,
        apply: keep
      })
    case "timer":
      return WIO.await<unknown>(recipe.name, { for: "1 day" })
    case "uuid":
      return WIO.uuid(recipe.name)
    case "checkpoint":
      return WIO.checkpoint(recipe.name, { state: Schema.Unknown })
    case "draft":
      return WIO.draft(recipe.name)
    case "continued":
      return WIO.continueAsNew(keep)
    case "child":
      return WIO.child(other(recipe.of, recipe.errors), {
        name: recipe.name,
        input: keep,
        await: recipe.awaited as never
      })
    case "send":
      return WIO.signalTo(other(recipe.of), "other", Signal.make(recipe.name, { payload: Schema.Unknown }), 0) as Part
    case "gen": {
      // Drawn, it is never called.
      const body = function* () {
        yield* WIO.step(WIO.pure(keep), 0)
      }
      return recipe.name === undefined ? WIO.gen(body) : WIO.gen(recipe.name, body)
    }
    case "flatMap":
      return WIO.flatMap(() => WIO.pure(keep))(WIO.pure(keep))
    case "sequence":
      return chain(recipe.items.map(build))
    case "match":
      return WIO.match(recipe.name, all(recipe.roads) as never) as never
    case "branch": {
      const cases = Object.entries(all(recipe.roads)).map(([key, road]) => [key, { when: () => true, then: road }])
      return WIO.branch(recipe.name, Object.fromEntries(cases) as never, WIO.pure(keep)) as Part
    }
    case "machine": {
      const names = Object.keys(recipe.roads)
      return WIO.machine(recipe.name, {
        initial: names[names.length >> 1] as never,
        states: all(recipe.roads) as never
      })
    }
    case "version":
      return WIO.version<Part, Part>(recipe.name, { before: build(recipe.before), after: build(recipe.after) })
    case "parallel": {
      const endings = { settle: { mode: "settle" }, until: { until: () => true } } as const
      return WIO.parallel(all(recipe.roads), (recipe.ending && endings[recipe.ending]) as never) as Part
    }
    case "race":
    case "raceFirst":
      return (recipe.tag === "race" ? WIO.race : WIO.raceFirst)<Readonly<Record<string, Part>>>(all(recipe.roads))
    case "forEach":
      return WIO.forEach(recipe.name, {
        items: () => [],
        key: String,
        body: build(recipe.body),
        mode: recipe.mode,
        concurrency: recipe.places
      } as never)
    case "saga":
    case "uncancellable":
      return (recipe.tag === "saga" ? WIO.saga : WIO.uncancellable)(build(recipe.body))
    case "compensate":
    case "onCancel":
      return piped(
        recipe.body,
        (recipe.tag === "compensate" ? WIO.compensateWith : WIO.onCancel)(build(recipe.handler) as never)
      )
    case "embed": {
      const body = build(recipe.body ?? { tag: "pure", name: undefined })
      const inner = recipe.name === undefined ? body : workflow(body, { name: recipe.name })
      return WIO.embed(inner, { in: keep, out: keep })
    }
    case "timeout":
      return piped(recipe.body, WIO.timeout(recipe.name, { for: "1 day" }))
    case "loop":
      return WIO.loop(recipe.name, build(recipe.body) as never, { while: () => true })
    case "query":
      return piped(recipe.body, WIO.query(Query.make(recipe.name, { reply: Schema.Unknown }), keep))
    case "catch": {
      const handler = build(recipe.handler) as never
      return piped(recipe.body, recipe.tags === undefined ? WIO.catch(handler) : WIO.catchTag(recipe.tags, handler))
    }
    default:
      return piped(recipe.body, WIO.interruptWith(chain([recipe.trigger, ...recipe.rest].map(build))))
  }
}

/** A workflow of a body, which may end with the failures that `error` describes: anything if left out. */
export const workflow = (
  body: Part,
  {
    error = Schema.Unknown,
    name = "Generated"
  }: { readonly error?: typeof Schema.Unknown; readonly name?: string } = {}
): Workflow.Any =>
  Workflow.make(name, { version: 1, input: Schema.Unknown, state: Schema.Unknown, error, body: body as never })

/** Names that a grammar, an escape or a browser may trip over. */
const traps = [
  " ",
  "end",
  "graph",
  "subgraph",
  "default",
  "style",
  "classDef x:",
  "click",
  "o",
  "x",
  "--- o",
  "-->",
  "---x",
  "1. x",
  "- x",
  "+ x",
  "* x",
  "2) y",
  "# h",
  "> q",
  "**b**",
  "_i_",
  "`md`",
  "~~s~~",
  "[l](u)",
  "![i](u)",
  '"',
  "'",
  '""',
  "#quot;",
  "#35;",
  "&amp;",
  "&#35;",
  ";",
  "a; b",
  "#",
  "##",
  "%%",
  "%%{init: {}}%%",
  "|",
  "||",
  "(",
  "([",
  "[[",
  "{{",
  "<script>alert(1)</script>",
  "<br/>",
  "<br>",
  "</b>",
  '<a href="x">',
  "javascript:x",
  "fa:fa-ban",
  "$$x$$",
  "\\n",
  "\\",
  "\n",
  "a\nb",
  "\r\n",
  "\t",
  "\u0000",
  "\u0007",
  "\u0085",
  "\u00a0",
  "\u2028",
  "\ufeff",
  "\ud800",
  "ﬂ°°35¶ß",
  "ﬂ°lt¶ß",
  "@{ shape: x }",
  ":::done",
  "a:b#c;",
  "style a:#1;",
  "style:",
  ":",
  ": ",
  "/",
  "~",
  "~2",
  ">",
  ">Pure",
  "a>Pure",
  "×2",
  "ü",
  "日本語",
  "👩‍👩‍👧",
  "🇨🇭",
  "é",
  "\u202eabc",
  "---",
  "===",
  "?>",
  "accTitle: x",
  "direction LR",
  "the direction TB is",
  "direction",
  "LR",
  "[*]",
  "<<choice>>",
  "[[fork]]",
  "--",
  "{",
  "}",
  "end note",
  "note right of n_",
  "state",
  "as",
  "hide empty description",
  "«signal»",
  "n_",
  "case a",
  "otherwise",
  "body"
]

/** Any name: traps, text in any script, any code points, and several of these in a row. */
export const anyName: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...traps) },
      fc.string({ unit: "grapheme", maxLength: 12 }),
      fc.string({ unit: "binary", maxLength: 12 }),
      fc.string({ maxLength: 30 })
    ),
    { minLength: 1, maxLength: 4 }
  )
  .map((parts) => parts.join(""))
  .filter((name) => name !== "")

/** Keys of records may be empty too. What JavaScript would move or swallow is refused where the record is given. */
const anyKey: fc.Arbitrary<string> = fc
  .oneof(anyName, fc.constant(""))
  .filter((key) => !/^\d+$/.test(key) && key !== "__proto__")

const name = anyName
const perhapsName = fc.option(name, { nil: undefined })

const distinct = (part: fc.Arbitrary<Recipe>, least: number) =>
  fc
    .uniqueArray(fc.tuple(anyKey, part), { selector: ([key]) => key, minLength: least, maxLength: 3 })
    .map((entries) => Object.fromEntries(entries))

const tags = fc.uniqueArray(fc.oneof(fc.constantFrom("A", "B", "C"), name), { maxLength: 3 })

const leaves: ReadonlyArray<fc.Arbitrary<unknown>> = [
  fc.record({ tag: fc.constant("step"), name, errors: tags }),
  fc.record({ tag: fc.constant("step"), name, errors: tags, limit: fc.nat().map((n) => n + 1) }),
  fc.record({ tag: fc.constantFrom("pure", "fail", "gen"), name: perhapsName }),
  fc.record({ tag: fc.constantFrom("signal", "timer", "uuid", "checkpoint", "draft"), name }),
  fc.record({ tag: fc.constant("child"), name, of: name, errors: tags, awaited: fc.boolean() }),
  fc.record({ tag: fc.constant("send"), name, of: name }),
  fc.record({ tag: fc.constantFrom("flatMap", "continued") })
]

/** Any recipe. */
export const anyRecipe: fc.Arbitrary<Recipe> = fc.letrec<{ recipe: Recipe }>((tie) => {
  const part = tie("recipe")
  const roads = distinct(part, 0)
  const contestants = distinct(part, 1)
  const trigger = fc.record({ tag: fc.constantFrom("signal", "timer"), name })
  return {
    recipe: fc.oneof(
      { depthSize: "medium", withCrossShrink: true },
      { weight: 7, arbitrary: fc.oneof(...leaves) },
      fc.record({ tag: fc.constant("sequence"), items: fc.array(part, { minLength: 1, maxLength: 5 }) }),
      fc.record({ tag: fc.constantFrom("match", "branch"), name, roads }),
      fc.record({ tag: fc.constant("version"), name, before: part, after: part }),
      fc.record({ tag: fc.constant("machine"), name, roads: contestants }),
      fc.record({ tag: fc.constant("parallel"), roads, ending: fc.constantFrom(undefined, "settle", "until") }),
      fc.record({ tag: fc.constantFrom("race", "raceFirst"), roads: contestants }),
      fc.record({
        tag: fc.constant("forEach"),
        name,
        body: part,
        mode: fc.constantFrom("fail-fast", "settle"),
        places: fc.constantFrom(1, 10, Infinity)
      }),
      fc.record({ tag: fc.constantFrom("loop", "query", "timeout"), name, body: part }),
      fc.record({ tag: fc.constantFrom("saga", "uncancellable"), body: part }),
      fc.record({ tag: fc.constant("embed"), name: perhapsName, body: part }),
      fc.record({ tag: fc.constantFrom("compensate", "onCancel", "catch"), body: part, handler: part }),
      fc.record({ tag: fc.constant("catch"), body: part, handler: part, tags }),
      fc.record({ tag: fc.constant("interrupt"), body: part, trigger, rest: fc.array(part, { maxLength: 2 }) })
    ) as fc.Arbitrary<Recipe>
  }
}).recipe

/** Whether the text of a picture is sure to fit what Mermaid draws by default: larger ones get short ids. */
export const isOrdinary = (picture: Picture.Picture): boolean => JSON.stringify(picture).length < 50_000
