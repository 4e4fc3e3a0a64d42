/** What is read off schemas: the fields of payloads on signals, and the types of states along the edges. */
import { Effect, Schema } from "effect"
import { Signal, WIO, Workflow } from "@waymark/core"
import { Picture } from "@waymark/render"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { anyRecipe, build, workflow as generated } from "./support/recipes.ts"
import { NoStock, risky, step, timer } from "./support/workflows.ts"

class Held extends Schema.TaggedClass<Held>()("Held", {
  amount: Schema.Number,
  note: Schema.optionalKey(Schema.String)
}) {}
class Paid extends Schema.TaggedClass<Paid>()("Paid", { at: Schema.Date }) {}

class Tree extends Schema.Class<Tree>("Tree")({
  parts: Schema.Array(Schema.suspend((): Schema.Codec<unknown> => Tree))
}) {}

type Endless = { readonly next: Endless | null }
const Endless: Schema.Codec<Endless> = Schema.Struct({
  next: Schema.NullOr(Schema.suspend((): Schema.Codec<Endless> => Endless))
})

describe("A signal says the fields of its payload", () => {
  const labelOf = (payload: Schema.Codec<unknown, unknown>) => {
    const wait = WIO.handleSignal(Signal.make("approve", { payload }), {
      event: Schema.Unknown,
      handle: (_: number, given) => Effect.succeed(given),
      apply: (n) => n
    })
    const drawn = Workflow.make("W", { version: 1, input: Schema.Number, state: Schema.Number, body: wait })
    return Picture.make(drawn).nodes[1]?.label
  }
  it.each<readonly [string, Schema.Codec<unknown, unknown>, string]>([
    ["of a struct", Schema.Struct({ by: Schema.String, amount: Schema.Int }), "by: string, amount: number"],
    ["of a class, whose tag is its name", Held, "amount: number, note?: string"],
    [
      "that may be left out, in either way",
      Schema.Struct({ a: Schema.optional(Schema.Number), b: Schema.optionalKey(Schema.Null) }),
      "a?: number, b?: null"
    ],
    ["by the names of classes", Schema.Struct({ tree: Tree, all: Schema.Array(Held) }), "tree: Tree, all: Held[]"],
    [
      "that are structs, too",
      Schema.Struct({ to: Schema.Struct({ street: Schema.String }) }),
      "to: { street: string }"
    ],
    [
      "of Effect's own types",
      Schema.Struct({ on: Schema.Date, of: Schema.Option(Schema.String), in: Schema.Duration }),
      "on: Date, of: Option<string>, in: Duration"
    ],
    [
      "that are one of several",
      Schema.Struct({ how: Schema.Literals(["fast", "safe"]), to: Schema.NullOr(Held) }),
      'how: "fast" | "safe", to: Held | null'
    ],
    [
      "of lists, pairs and records",
      Schema.Struct({
        a: Schema.Array(Schema.NullOr(Schema.String)),
        b: Schema.Tuple([Schema.String, Schema.BigInt]),
        c: Schema.Record(Schema.String, Schema.Boolean)
      }),
      "a: Array<string | null>, b: [string, bigint], c: { [string]: boolean }"
    ],
    [
      "as far as there is room",
      Schema.Struct(Object.fromEntries("abcdefgh".split("").map((key) => [key, Schema.String]))),
      "a: string, b: string, c: string, d: string, e: string, …"
    ],
    ["of what holds itself", Endless, "next: { next: … | null } | null"],
    [
      "of what is not there yet",
      Schema.Struct({
        later: Schema.suspend((): Schema.Codec<unknown> => {
          throw new Error("not yet")
        })
      }),
      "later: …"
    ],
    ["or its type, where it has none", Schema.String, "string"],
    ["or which of several it is", Schema.Union([Held, Paid]), "Held | Paid"]
  ])("%s", (_, payload, text) => expect(labelOf(payload)).toBe(`approve\n${text}`))

  it.each<readonly [string, Schema.Codec<unknown, unknown>]>([
    ["there are none", Schema.Void],
    ["there are none in it", Schema.Struct({})],
    ["it may be anything", Schema.Unknown]
  ])("or nothing, where %s", (_, payload) => expect(labelOf(payload)).toBe("approve"))
})

describe("An edge says the type of the state that goes along it", () => {
  const statesOf = (
    body: WIO.Any,
    state: Schema.Codec<unknown, unknown> = Schema.Unknown,
    input: Schema.Codec<unknown, unknown> = Schema.Number
  ) => {
    const drawn = Workflow.make("W", { version: 1, input, state, error: Schema.Unknown, body: body as never })
    const { edges, nodes } = Picture.make(drawn)
    const name = (id: string) =>
      nodes.find((node) => node.id === id)?.label.split("\n")[0] || nodes.find((node) => node.id === id)?.kind
    return Object.fromEntries(edges.map(({ from, state, to }) => [`${name(from)} -> ${name(to)}`, state]))
  }
  const change = (name: string) => WIO.pure((n: number) => n, { name })

  it("from the input on, as long as nothing changes it", () => {
    const body = timer("first").pipe(
      WIO.andThen(timer("second")),
      WIO.andThen(change("change")),
      WIO.andThen(timer("third"))
    )
    expect(statesOf(body, Schema.Unknown, Held)).toEqual({
      "W -> first": "Held",
      "first -> second": "Held",
      "second -> change": "Held",
      "change -> third": undefined,
      "third -> completed": undefined
    })
  })

  it("to a match and along its roads: what their tags say", () => {
    const pass = (name: string) => WIO.await<unknown>(name, { for: "1 day" })
    const body = change("measure").pipe(
      WIO.andThen(WIO.match("which?", { A: pass("a"), B: pass("b") } as never) as never),
      WIO.andThen(pass("last") as never)
    )
    expect(statesOf(body)).toEqual({
      "W -> measure": "number",
      "measure -> which?": "A | B",
      "which? -> a": "A",
      "which? -> b": "B",
      "a -> last": "A",
      "b -> last": "B",
      "last -> completed": "A | B"
    })
  })

  it("round a loop: what comes in and what comes back", () => {
    expect(statesOf(WIO.loop("loop", timer("wait"), { while: () => true }))).toEqual({
      "W -> wait": "number",
      "wait -> again?": "number",
      "again? -> wait": "number",
      "again? -> completed": "number"
    })
    expect(
      statesOf(WIO.loop("loop", timer("wait").pipe(WIO.andThen(change("change"))), { while: () => true }))
    ).toEqual({
      "W -> wait": "number",
      "wait -> change": undefined,
      "change -> again?": undefined,
      "again? -> wait": undefined,
      "again? -> completed": undefined
    })
  })

  it("to a checkpoint and from it: what it keeps", () => {
    const body = change("prepare").pipe(
      WIO.andThen(WIO.checkpoint("prepared", { state: Schema.Number })),
      WIO.andThen(timer("wait"))
    )
    expect(statesOf(body)).toMatchObject({
      "prepare -> checkpoint: prepared": "number",
      "checkpoint: prepared -> wait": "number",
      "wait -> completed": "number"
    })
  })

  it("from steps: what the workflow rests in, where that is one type", () => {
    const body = step("one").pipe(WIO.andThen(timer("wait")))
    expect(statesOf(body, Held)).toEqual({ "W -> one": "number", "one -> wait": "Held", "wait -> completed": "Held" })
    expect(statesOf(body, Schema.Union([Held, Paid]))).toMatchObject({ "one -> wait": undefined })
  })

  it("but not from steps within what has other states: an embedded workflow, or what handles a failure", () => {
    const embedded = WIO.embed(step("inside"), { in: (n: number) => n, out: (n) => n }).pipe(
      WIO.andThen(step("outside"))
    )
    expect(statesOf(embedded, Held)).toMatchObject({ "inside -> outside": undefined, "outside -> completed": "Held" })
    const handled = risky("risky", NoStock).pipe(WIO.catch(step("handler") as never))
    expect(statesOf(handled as never, Held)).toMatchObject({
      "risky -> handler": undefined,
      "handler -> completed": undefined,
      "risky -> completed": "Held"
    })
  })

  it("into branches that start where their fork does, and out of a race that only waits", () => {
    const roads = { a: timer("a"), b: timer("b") }
    expect(statesOf(WIO.race(roads))).toMatchObject({ "fork -> a": "number", "first success -> completed": "number" })
    expect(statesOf(WIO.parallel(roads, { fork: (n: number) => ({ a: n, b: n }) }))).toMatchObject({
      "fork -> a": undefined
    })
  })

  it("in any workflow, changing nothing else and costing little", () => {
    fc.assert(
      fc.property(anyRecipe, (recipe) => {
        const { edges } = Picture.make(generated(build(recipe)))
        for (const { kind, state } of edges) if (kind === "failure") expect(state).toBeUndefined()
      }),
      { numRuns: 200 }
    )
    const fan = WIO.branch(
      "which?",
      Object.fromEntries(
        Array.from({ length: 3_000 }, (_, i) => [`road ${i}`, { when: () => false, then: timer(`t${i}`) }])
      ),
      timer("other")
    )
    const { edges } = Picture.make(generated(fan as never))
    expect(edges.length).toBe(6_003)
  })
})
