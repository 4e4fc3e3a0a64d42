/** A workflow as straight-line code. */
import * as Given from "../internal/given.ts"
import { make } from "../internal/node.ts"
import type { Node } from "../Node.ts"
import type { WIO } from "../WIO.ts"

/** A workflow as a generator function: what it yields are its parts, one after the other. */
export interface Gen {
  readonly _tag: "Gen"
  readonly name: string | undefined
  readonly body: (state: unknown) => Iterator<Part, unknown, unknown>
}

/** What a generator yields: a part and the state that it starts from. */
export interface Part {
  readonly node: Node
  readonly state: unknown
}

/** A part of a `gen`, as `yield*` takes it. */
export interface Step<out Out, out E, out R, out State> extends Part {
  readonly [Symbol.iterator]: () => Iterator<Step<Out, E, R, State>, Out, unknown>
  readonly "~types"?: { readonly E: (_: never) => E; readonly R: (_: never) => R; readonly State: (_: never) => State }
}

type AnyStep = Step<unknown, unknown, unknown, unknown>
type ErrorOf<Y> = Y extends Step<infer _O, infer E, infer _R, infer _S> ? E : never
type ServicesOf<Y> = Y extends Step<infer _O, infer _E, infer R, infer _S> ? R : never
type StateOf<Y> = Y extends Step<infer _O, infer _E, infer _R, infer S> ? S : never

/** Yields a part once, and gives back what it is told then. A generator for it would cost more than the part. */
class Once implements Iterator<unknown, unknown, unknown> {
  #part: Part | undefined
  constructor(part: Part) {
    this.#part = part
  }
  next(given: unknown): IteratorResult<unknown, unknown> {
    const value = this.#part
    if (value === undefined) return { done: true, value: given }
    this.#part = undefined
    return { done: false, value }
  }
}

class Yielded implements Part {
  readonly node: Node
  readonly state: unknown
  constructor(node: Node, state: unknown) {
    this.node = node
    this.state = state
  }
  [Symbol.iterator](): Iterator<unknown, unknown, unknown> {
    return new Once(this)
  }
}

/**
 * Says what a part of a `WIO.gen` starts from: `yield*` it, and what it gives is the state that the part ends in.
 *
 * A part that looks at it again later (another `gen`, a fork with a `join`) is best given a state that the workflow's `state` schema
 * covers, or plain JSON: of anything else there is no snapshot while that part is live, and recovery reads the whole journal.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * const double = WIO.pure((n: number) => n * 2)
 *
 * export const four = WIO.gen(function*(n: number) {
 *   const twice = yield* WIO.step(double, n)
 *   return yield* WIO.step(double, twice)
 * })
 * ```
 */
export const step = <In, Out, E, R, State>(
  wio: WIO<In, Out, E, R, State>,
  state: NoInfer<In>
): Step<Out, E, R, State> => new Yielded(wio as never, state) as never

/** What the compiler shows where a generator yields a part without its state. */
interface YieldsNoStep<Y> {
  readonly "a gen yields WIO.step(part, state), and not": Y
}
type OnlySteps<Y> = [Y] extends [AnyStep] ? unknown : YieldsNoStep<Exclude<Y, AnyStep>>

type Body<In, Y, Out> = (state: In) => Generator<Y, Out, never>

/**
 * Straight-line code with ordinary `if` and `for`: each `yield*` runs a part from the state it is given and gives back
 * the state that the part ends in. A failure of a part ends it: put `WIO.catch` on the part.
 *
 * Prefer `andThen`, `match` and `loop` where they read as well: those can be drawn. The function runs anew on
 * recovery, with what is on record, so between the yields it must do the same each time: no clock, no randomness,
 * nothing outside. It keeps what its live parts gave, so endless repetition belongs into `loop`, `machine` or
 * `continueAsNew`.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO } from "@waymark/core"
 *
 * const ask = (question: string) =>
 *   WIO.runIO(question, {
 *     event: Schema.Number,
 *     run: (n: number) => Effect.succeed(n + 1),
 *     apply: (_, answer) => answer
 *   })
 *
 * export const total = WIO.gen("total", function*(n: number) {
 *   let sum = 0
 *   for (const question of ["first", "second"]) sum += yield* WIO.step(ask(question), n)
 *   return sum
 * })
 * ```
 */
export const gen: {
  <In, Y = never, Out = unknown>(
    body: Body<In, Y, Out> & OnlySteps<Y>
  ): WIO<In, Out, ErrorOf<Y>, ServicesOf<Y>, StateOf<Y> | Out>
  <In, Y = never, Out = unknown>(
    name: string,
    body: Body<In, Y, Out> & OnlySteps<Y>
  ): WIO<In, Out, ErrorOf<Y>, ServicesOf<Y>, StateOf<Y> | Out>
} = (first: unknown, second?: unknown) => {
  const [name, body] = typeof first === "string" ? [Given.name("WIO.gen", first), second] : [undefined, first]
  const where = name === undefined ? "WIO.gen" : `WIO.gen(${name})`
  if (typeof body !== "function") throw new TypeError(`${where}: give a generator function`)
  return make<Gen>({ _tag: "Gen", name, body: body as Gen["body"] }) as never
}
