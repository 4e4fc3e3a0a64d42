/** Workflows of every shape with names of every kind, for properties: recipes as plain data, and what is built of them. */
import { Effect, Schema } from "effect"
import * as fc from "fast-check"
import { Query, Signal, WIO, Workflow } from "@waymark/core"

export type Recipe =
  | { readonly tag: "pure" | "fail"; readonly name: string | undefined }
  | { readonly tag: "step"; readonly name: string; readonly errors: ReadonlyArray<string> }
  | { readonly tag: "signal" | "timer"; readonly name: string }
  | { readonly tag: "flatMap" }
  | { readonly tag: "sequence"; readonly items: ReadonlyArray<Recipe> }
  | { readonly tag: "match" | "branch"; readonly name: string; readonly roads: Readonly<Record<string, Recipe>> }
  | { readonly tag: "parallel"; readonly roads: Readonly<Record<string, Recipe>> }
  | { readonly tag: "loop" | "query"; readonly name: string; readonly body: Recipe }
  | { readonly tag: "catch"; readonly body: Recipe; readonly handler: Recipe; readonly tags?: ReadonlyArray<string> }
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

export const build = (recipe: Recipe): Part => {
  const all = (roads: Readonly<Record<string, Recipe>>) =>
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
        error: Schema.Union(recipe.errors.map((tag) => Schema.TaggedStruct(tag, {}))) as never,
        run: Effect.succeed,
        apply: keep
      })
    case "signal":
      return WIO.handleSignal(Signal.make(recipe.name, { payload: Schema.Unknown }), {
        event: Schema.Unknown,
        handle: Effect.succeed,
        apply: keep
      })
    case "timer":
      return WIO.await<unknown>(recipe.name, { for: "1 day" })
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
    case "parallel":
      return WIO.parallel(all(recipe.roads)) as Part
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

/** Any recipe. */
export const anyRecipe: fc.Arbitrary<Recipe> = fc.letrec<{ recipe: Recipe }>((tie) => {
  const part = tie("recipe")
  const tags = fc.uniqueArray(fc.oneof(fc.constantFrom("A", "B", "C"), name), { maxLength: 3 })
  const roads = fc.uniqueArray(fc.tuple(anyKey, part), { selector: ([key]) => key, maxLength: 3 })
  const record = roads.map((entries) => Object.fromEntries(entries))
  const trigger = fc.record({ tag: fc.constantFrom("signal", "timer"), name })
  return {
    recipe: fc.oneof(
      { depthSize: "medium", withCrossShrink: true },
      fc.record({ tag: fc.constant("step"), name, errors: tags }),
      fc.record({ tag: fc.constantFrom("pure", "fail"), name: fc.option(name, { nil: undefined }) }),
      fc.record({ tag: fc.constantFrom("signal", "timer"), name }),
      fc.record({ tag: fc.constant("flatMap") }),
      fc.record({ tag: fc.constant("sequence"), items: fc.array(part, { minLength: 1, maxLength: 5 }) }),
      fc.record({ tag: fc.constantFrom("match", "branch"), name, roads: record }),
      fc.record({ tag: fc.constant("parallel"), roads: record }),
      fc.record({ tag: fc.constantFrom("loop", "query"), name, body: part }),
      fc.record({ tag: fc.constant("catch"), body: part, handler: part }),
      fc.record({ tag: fc.constant("catch"), body: part, handler: part, tags }),
      fc.record({ tag: fc.constant("interrupt"), body: part, trigger, rest: fc.array(part, { maxLength: 2 }) })
    ) as fc.Arbitrary<Recipe>
  }
}).recipe
