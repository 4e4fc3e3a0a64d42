/** Plans: workflows as plain JSON trees, which print, compare and shrink well. `build` makes the workflow of one. */

/** What a plan is about: a node, or `Map`, which is a sequence with a `Pure`. */
export type Tag =
  | "Pure"
  | "Fail"
  | "RunIO"
  | "HandleSignal"
  | "Await"
  | "Query"
  | "AndThen"
  | "Map"
  | "FlatMap"
  | "InterruptWith"
  | "Catch"
  | "Match"
  | "Branch"
  | "Loop"
  | "Parallel"

/**
 * A workflow to build. `k` chooses among the variants of a node, the simplest at 0:
 *
 * - `Pure`, `Map`: mixed into the state. `Fail`: odd fails with `Nope`, even with `Oops`
 * - `RunIO`: attempts, 1 more than `k % 3`; from 3 on `Oops` is tried again too
 * - `HandleSignal`: odd has a handler that is an effect
 * - `Await`: odd waits for 10 `k` ms, even until that instant
 * - `AndThen`: nested to the right (0), to the left (1), both (2); parts are its items
 * - `FlatMap`: parts are what comes before, then the roads that the function chooses from
 * - `InterruptWith`: odd by a timer of 10 `k` ms, even by a signal; parts are the body and, perhaps, what follows
 * - `Catch`: 1 handles `Oops` only; parts are the body and the handler
 * - `Match`: parts are the cases `S` and `T`. `Branch`: the last part is `otherwise`
 * - `Loop`: when it ends. `Parallel`: odd is built without `fork` and `join`
 */
export interface Plan {
  readonly tag: Tag
  readonly k: number
  readonly parts: ReadonlyArray<Plan>
}

/** How many parts a plan may have, at least and at most. */
export const arity: { readonly [T in Tag]: readonly [least: number, most: number] } = {
  Pure: [0, 0],
  Fail: [0, 0],
  RunIO: [0, 0],
  HandleSignal: [0, 0],
  Await: [0, 0],
  Query: [1, 1],
  AndThen: [2, 4],
  Map: [1, 1],
  FlatMap: [2, 3],
  InterruptWith: [1, 2],
  Catch: [2, 2],
  Match: [2, 2],
  Branch: [2, 3],
  Loop: [1, 1],
  Parallel: [0, 4]
}

/** Every tag of a plan. */
export const tags = Object.keys(arity) as ReadonlyArray<Tag>

/**
 * A plan, for tests that are written by hand.
 *
 * @example
 * ```ts
 * import { Generator } from "@waymark/interpreter/testing"
 *
 * const { plan } = Generator
 * export const race = plan("InterruptWith", 1, plan("RunIO"), plan("Fail"))
 * export const names = Generator.parts(race).map(({ position }) => position) // "0", "0.0", "0.1"
 * ```
 */
export const plan = (tag: Tag, k = 0, ...parts: ReadonlyArray<Plan>): Plan => ({ tag, k, parts })

/** A part of a plan and where it stands: the indexes on the way to it, after the prefix of the whole. */
export interface Placed {
  readonly plan: Plan
  readonly position: string
}

/** Every part of a plan, the whole first. */
export const parts = (whole: Plan, prefix = "0"): ReadonlyArray<Placed> => [
  { plan: whole, position: prefix },
  ...whole.parts.flatMap((part, index) => parts(part, `${prefix}.${index}`))
]

/** The plan with another part at a position. */
export const replaced = (whole: Plan, position: string, by: (plan: Plan) => Plan, prefix = "0"): Plan =>
  position === prefix
    ? by(whole)
    : position.startsWith(`${prefix}.`)
      ? { ...whole, parts: whole.parts.map((part, index) => replaced(part, position, by, `${prefix}.${index}`)) }
      : whole

/** How deep it is nested. */
export const depth = (whole: Plan): number => 1 + Math.max(0, ...whole.parts.map(depth))

const simplest = plan("Pure")

/** Smaller plans to look for a failure in, the boldest cuts first. */
export function* smaller(whole: Plan): Generator<Plan> {
  const { k, parts: all, tag } = whole
  if (tag !== "Pure") yield simplest
  yield* all
  const [least] = arity[tag]
  if (all.length > least) {
    for (let index = 0; index < all.length; index++) yield { tag, k, parts: all.toSpliced(index, 1) }
  }
  if (k > 0) yield { tag, k: 0, parts: all }
  if (k > 1) yield { tag, k: k - 1, parts: all }
  for (const [index, part] of all.entries()) {
    for (const less of smaller(part)) yield { tag, k, parts: all.with(index, less) }
  }
}
