/** What a node is built from: its plan's variant, its parts, its names, and what the functions of a definition share. */
import { Query, Signal, WIO, Workflow } from "@waymark/core"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { mix, Problem, Resting, State, step, summary } from "./state.ts"
import type { World } from "./world.ts"

/** A generated part of a workflow. Whatever it starts from, it summarizes first. */
export type Part = WIO.WIO<State, State, Problem, World, State>

/** A workflow of the generator. */
export type Generated = Workflow.Workflow<string, State, State, Problem, World, State>

/** Which function of a definition is called. */
export type Call = "run" | "handle" | "reply" | "apply" | "pure" | "fail" | "choose" | "time" | "fork" | "answer"

/** Where a node stands, and what it is built from. */
export interface Site {
  readonly k: number
  readonly position: string
  /** The name of the step that stands there. */
  readonly name: string
  /** The name of what interrupts it. */
  readonly trigger: string
  readonly query: string
  /** How many parts it has. */
  readonly count: number
  readonly part: (index: number) => Part
  readonly parts: () => ReadonlyArray<Part>
  /** The road that a version is built as; `undefined` for both. */
  readonly road: "before" | "after" | undefined
  /** A function of the definition, whose calls are watched. */
  readonly seen: <Args extends ReadonlyArray<unknown>, A>(call: Call, f: (...args: Args) => A) => (...args: Args) => A
}

/** How a node is built. */
export type Build = (site: Site) => Part

/** Names a body, in as many versions as a test needs. */
export const workflowOf = (body: Part, version = 1, name = "Generated"): Generated =>
  Workflow.make(name, { version, input: State, state: Resting, error: Problem, body }) as never

/** What generated workflows start as their children, and send signals to. A driver plays it. */
export const Other = Workflow.make("Other", {
  version: 1,
  input: State,
  state: State,
  error: Problem,
  body: WIO.pure((state: State) => state)
})

/** A refused signal's error. */
export const Refused = Schema.Struct({ _tag: Schema.Literal("Refused"), n: Schema.Int })

/** The signals of generated workflows. A negative number is refused. */
export const signal = (name: string) =>
  Signal.make(name, { payload: Schema.Struct({ n: Schema.Int }), reply: Schema.Int, error: Refused })

/** A signal of generated workflows. */
export type AnySignal = ReturnType<typeof signal>

/** The queries of generated workflows. */
export const query = (name: string) => Query.make(name, { reply: Schema.Int })

/** Branch and item keys, some of them with characters that paths give a meaning. */
export const keys: ReadonlyArray<string> = ["a", "interrupt", "x/1:y", "~0", "b"]

/** The event of generated steps. */
export const event = Schema.Struct({ n: Schema.FiniteFromString })

/** A change of the state, whatever it is. */
export const pure = ({ seen }: Site, f: (state: State) => unknown): Part =>
  WIO.pure(seen("pure", (state: unknown) => f(summary(state)))) as never

/** What an event makes of a state. */
export const apply = ({ seen }: Site) =>
  seen("apply", (state: unknown, { n }: { readonly n: number }) => step(summary(state), n))

/** A step that waits for a signal. */
export const message = (site: Site, name: string, effectful: boolean): Part =>
  WIO.handleSignal(signal(name), {
    event,
    handle: site.seen("handle", (state: unknown, { n }: { readonly n: number }) => {
      const value = mix(summary(state).n, n)
      if (n < 0) return Effect.fail({ _tag: "Refused" as const, n: value })
      return effectful ? Effect.sync(() => ({ n: value })) : Effect.succeed({ n: value })
    }),
    apply: apply(site),
    reply: site.seen("reply", (state: unknown, { n }: { readonly n: number }) => mix(summary(state).n, n))
  }) as never

/** When a timer is due. */
export const timing = ({ k, seen }: Site) =>
  k % 2 === 1
    ? { for: seen("time", (state: unknown) => 10 * k + (summary(state).n % 2)) }
    : { until: seen("time", () => DateTime.makeUnsafe(10 * k)) }

/** A part whose failures of this kind become a `Problem`, or are taken in. */
export const handled = (site: Site, part: WIO.Any, tag: string): Part => {
  const problem = (state: unknown) => ({ _tag: "Nope", n: summary(state).n }) as const
  const handler = site.k < 3 ? WIO.fail(site.seen("fail", problem)) : pure(site, (state) => step(state, site.k))
  return WIO.catchTag(part as never, tag, handler as never) as never
}

/** A sequence, nested to the right (0), to the left (1) or both ways (2). */
export const sequence = (items: ReadonlyArray<Part>, nesting = 0): Part => {
  const [first, ...others] = items
  if (first === undefined) throw new RangeError("a sequence needs an item")
  if (others.length === 0) return first
  if (nesting % 3 === 0) return WIO.andThen(first, sequence(others, nesting))
  if (nesting % 3 === 1) return others.reduce((all, next) => WIO.andThen(all, next), first)
  const middle = Math.ceil(items.length / 2)
  return WIO.andThen(sequence(items.slice(0, middle), nesting), sequence(items.slice(middle), nesting))
}
