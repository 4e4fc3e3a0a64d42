/** From a plan to its workflow. Every node is built by the combinators that users have. */
import { Query, Signal, WIO } from "@waymark/core"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { parts as partsOf, type Plan } from "./plan.ts"
import { burn, mix, Problem, step, summary, type State } from "./state.ts"
import { World } from "./world.ts"

/** A generated part of a workflow. Whatever it starts from, it summarizes first. */
export type Part = WIO.WIO<State, State, Problem, World, State>

/** Which function of a definition is called. */
export type Call = "run" | "handle" | "reply" | "apply" | "pure" | "fail" | "choose" | "time" | "fork" | "answer"

/** How a plan becomes a workflow. */
export interface Options {
  /** What names and positions begin with. Default: "0". */
  readonly prefix?: string
  /** Names by position, or few names for all. Default: "unique". */
  readonly names?: "unique" | "duplicates"
  /** Other names for some steps: a definition that was changed. */
  readonly rename?: Readonly<Record<string, string>>
  /** What to put around the part at a position: a definition that was added to. */
  readonly wrap?: { readonly position: string; readonly by: (part: Part) => Part }
  /** Told of every call of a function of the definition. */
  readonly watch?: (call: Call) => void
}

/** A refused signal's error. */
export const Refused = Schema.Struct({ _tag: Schema.Literal("Refused"), n: Schema.Int })

/** The signals of generated workflows. A negative number is refused. */
export const signal = (name: string) =>
  Signal.make(name, { payload: Schema.Struct({ n: Schema.Int }), reply: Schema.Int, error: Refused })

/** A signal of generated workflows. */
export type AnySignal = ReturnType<typeof signal>

/** The queries of generated workflows. */
export const query = (name: string) => Query.make(name, { reply: Schema.Int })

/** The name of the step that stands at a position of a plan. */
export const nameOf = (position: string, { names, rename }: Options = {}): string => {
  const name = names === "duplicates" ? "step" : `step ${position}`
  return rename?.[name] ?? name
}

const queryName = (position: string, { names }: Options): string =>
  names === "duplicates" ? "query" : `query ${position}`

/** The name of the trigger of the interruption at a position. */
export const triggerOf = (position: string): string => `${position}!`

const waitsForSignal = ({ k, tag }: Plan): boolean => tag === "HandleSignal" || (tag === "InterruptWith" && k % 2 === 0)

/** The names of the signals that a plan waits for. */
export const signalsOf = (plan: Plan, options: Options = {}): ReadonlyArray<string> => [
  ...new Set(
    partsOf(plan, options.prefix)
      .filter((placed) => waitsForSignal(placed.plan))
      .map(({ plan: { tag }, position }) => nameOf(tag === "InterruptWith" ? triggerOf(position) : position, options))
  )
]

/** The names of the queries that a plan answers. */
export const queriesOf = (plan: Plan, options: Options = {}): ReadonlyArray<string> => [
  ...new Set(
    partsOf(plan, options.prefix)
      .filter(({ plan: { tag } }) => tag === "Query")
      .map(({ position }) => queryName(position, options))
  )
]

/** Branch keys, some of them with characters that paths give a meaning. */
export const keys: ReadonlyArray<string> = ["a", "interrupt", "x/1:y", "~0"]

const event = Schema.Struct({ n: Schema.FiniteFromString })

/** Builds the workflow of a plan. It calls none of its functions. */
export const build = (whole: Plan, options: Options = {}): Part => {
  const { prefix = "0", watch = () => undefined } = options
  const seen =
    <Args extends ReadonlyArray<unknown>, A>(call: Call, f: (...args: Args) => A) =>
    (...args: Args): A => {
      watch(call)
      return f(...args)
    }
  const pure = (f: (state: State) => unknown): Part =>
    WIO.pure(seen("pure", (state: unknown) => f(summary(state)))) as never
  const apply = seen("apply", (state: unknown, { n }: { readonly n: number }) => step(summary(state), n))

  const message = (name: string, effectful: boolean): Part =>
    WIO.handleSignal(signal(name), {
      event,
      handle: seen("handle", (state: unknown, { n }) => {
        const value = mix(summary(state).n, n)
        if (n < 0) return Effect.fail({ _tag: "Refused" as const, n: value })
        return effectful ? Effect.sync(() => ({ n: value })) : Effect.succeed({ n: value })
      }),
      apply,
      reply: seen("reply", (state: unknown, { n }) => mix(summary(state).n, n))
    }) as never

  const timer = (name: string, k: number): Part =>
    WIO.await<unknown>(
      name,
      k % 2 === 1
        ? { for: seen("time", (state) => 10 * k + (summary(state).n % 2)) }
        : { until: seen("time", () => DateTime.makeUnsafe(10 * k)) }
    ) as never

  const make = (plan: Plan, position: string): Part => {
    const part = bare(plan, position)
    return options.wrap?.position === position ? options.wrap.by(part) : part
  }

  const bare = ({ k, parts, tag }: Plan, position: string): Part => {
    const child = (index: number): Part => make(parts[index] as Plan, `${position}.${index}`)
    const children = (): ReadonlyArray<Part> => parts.map((_, index) => child(index))
    const name = nameOf(position, options)
    switch (tag) {
      case "Pure":
        return pure((state) => step(state, k))
      case "Fail":
        return WIO.fail(
          seen("fail", (state: unknown) => ({ _tag: k % 2 === 1 ? "Nope" : "Oops", n: summary(state).n }) as const)
        ) as never
      case "RunIO":
        return WIO.runIO(name, {
          event,
          error: Problem,
          run: seen("run", (state: unknown) => World.use(({ perform }) => perform(summary(state).n))),
          apply,
          retry: { attempts: 1 + (k % 3), initial: 10, while: k < 3 ? [] : ["Oops"] }
        }) as never
      case "HandleSignal":
        return message(name, k % 2 === 1)
      case "Await":
        return WIO.andThen(
          timer(name, k),
          pure((state) => step(state, k))
        ) as never
      case "Query":
        return WIO.query(
          query(queryName(position, options)),
          seen("answer", (state: unknown) => summary(state).n)
        )(child(0) as never) as never
      case "AndThen":
        return sequence(children(), k)
      case "Map":
        return child(0).pipe(WIO.map(seen("pure", (state: State) => step(state, k)))) as never
      case "FlatMap":
        return child(0).pipe(
          WIO.flatMap(seen("choose", (state: State): Part => child(1 + (state.n % (parts.length - 1)))))
        ) as never
      case "InterruptWith": {
        const trigger = nameOf(triggerOf(position), options)
        const fires = k % 2 === 1 ? timer(trigger, k) : message(trigger, k % 4 === 2)
        const rest = pure((state) => step(state, k))
        const interruption = sequence(parts.length === 2 ? [fires, rest, child(1)] : [fires, rest], 0)
        return child(0).pipe(WIO.interruptWith(interruption)) as never
      }
      case "Catch": {
        const handler = child(1) as never
        return child(0).pipe(k === 1 ? (WIO.catchTag("Oops", handler) as never) : WIO.catch(handler)) as never
      }
      case "Match":
        return pure((state) => state).pipe(WIO.andThen(WIO.match(name, { S: child(0), T: child(1) }) as Part))
      case "Branch": {
        const roads = children()
        const cases = roads.slice(0, -1).map((then, index) => {
          const when = seen("choose", (state: unknown) => summary(state).n % (index + 2) === 0)
          return [`road ${index}`, { when, then }] as const
        })
        return WIO.branch(name, Object.fromEntries(cases), roads.at(-1) as Part) as never
      }
      case "Loop": {
        const again = seen("choose", ({ fuel, n }: State) => fuel > 0 && n % 3 !== k % 3)
        return WIO.loop(name, child(0).pipe(WIO.map(seen("pure", burn))), { while: again }) as never
      }
      case "Parallel": {
        const names = keys.slice(0, parts.length)
        const branches = Object.fromEntries(children().map((part, index) => [names[index] as string, part]))
        const fork = seen("fork", (state: unknown) =>
          Object.fromEntries(names.map((key, index) => [key, step(summary(state), index)]))
        )
        const join = seen("fork", (outs: unknown, state: unknown) => step(summary(outs), summary(state).n))
        return k % 2 === 0
          ? (WIO.parallel(branches, { fork, join }) as never)
          : sequence([pure(fork), WIO.parallel(branches) as never, pure((state) => state)], 0)
      }
    }
  }
  return make(whole, prefix)
}

/** A sequence, nested to the right (0), to the left (1) or both ways (2). */
export const sequence = (items: ReadonlyArray<Part>, nesting: number): Part => {
  const [first, ...others] = items
  if (first === undefined) throw new RangeError("a sequence needs an item")
  if (others.length === 0) return first
  if (nesting % 3 === 0) return WIO.andThen(first, sequence(others, nesting))
  if (nesting % 3 === 1) return others.reduce((all, next) => WIO.andThen(all, next), first)
  const middle = Math.ceil(items.length / 2)
  return WIO.andThen(sequence(items.slice(0, middle), nesting), sequence(items.slice(middle), nesting))
}
