/** Plans: workflows as plain JSON trees, which print, compare and shrink well. `build` makes the workflow of one. */

/**
 * How many parts a plan may have, at least and at most: what it is about is a node, or something that is made of some,
 * such as `Map`, which is a sequence with a `Pure`.
 */
export const arity = {
  Pure: [0, 0],
  Fail: [0, 0],
  RunIO: [0, 0],
  SideEffect: [0, 0],
  HandleSignal: [0, 0],
  Await: [0, 0],
  Child: [0, 0],
  SignalTo: [0, 0],
  Checkpoint: [0, 0],
  ContinueAsNew: [0, 0],
  Query: [1, 1],
  AndThen: [2, 4],
  Map: [1, 1],
  FlatMap: [2, 3],
  Gen: [1, 3],
  InterruptWith: [1, 2],
  Timeout: [1, 2],
  Catch: [2, 2],
  Match: [2, 2],
  Branch: [2, 3],
  Version: [2, 2],
  Loop: [1, 1],
  Machine: [1, 3],
  Parallel: [0, 4],
  ForEach: [1, 1],
  Race: [1, 3],
  Saga: [1, 1],
  Compensate: [2, 2],
  OnCancel: [2, 2],
  Uncancellable: [1, 1],
  Embed: [1, 1]
} as const satisfies Readonly<Record<string, readonly [least: number, most: number]>>

/** What a plan is about. */
export type Tag = keyof typeof arity

/**
 * A workflow to build. `k` chooses among the variants of a node, the simplest at 0:
 *
 * - `Pure`, `Map`: mixed into the state. `Fail`: odd fails with `Nope`, even with `Oops`
 * - `RunIO`: attempts, 1 more than `k % 3`; from 3 on `Oops` is tried again too
 * - `SideEffect`: `k % 4` is a recorded value, the time, a UUID, or the `info`, which is not recorded
 * - `HandleSignal`: odd has a handler that is an effect
 * - `Await`: odd waits for 10 `k` ms, even until that instant
 * - `Child`: odd is not waited for; `k >> 1` chooses what becomes of it when its parent ends
 * - `ContinueAsNew`: where there is fuel; mixed into the state
 * - `SignalTo`, `Child`, `Timeout`: below 3 what goes wrong becomes a `Problem`, from 3 on it is taken in
 * - `AndThen`: nested to the right (0), to the left (1), both (2); parts are its items
 * - `FlatMap`: parts are what comes before, then the roads that the function chooses from
 * - `Gen`: parts come in order, some of them left out by the state; odd repeats the first, from 4 on it has no name
 * - `InterruptWith`: odd by a timer of 10 `k` ms, even by a signal; parts are the body and, perhaps, what follows
 * - `Timeout`: as an `InterruptWith` by a timer; without a second part it fails with `TimedOut`, which is caught
 * - `Catch`: 1 handles `Oops` only; parts are the body and the handler
 * - `Match`: parts are the cases `S` and `T`. `Branch`: the last part is `otherwise`
 * - `Version`: parts are the roads before and after the change
 * - `Loop`: when it ends. `Machine`: parts are its states; when it ends
 * - `Parallel`: odd is built without `fork` and `join`; 2 and 3 settle, 4 and 5 end early
 * - `ForEach`: all at once, one by one, two by two; from 3 on they settle; odd is built without `join`
 * - `Race`: odd goes to the first to settle; from 3 on it has a `fork`
 * - `Compensate`, `OnCancel`: parts are the body and what is run when it is given up, whose failures are caught
 * - `Embed`: odd embeds a workflow with a name; from 4 on the inner state is hidden
 */
export interface Plan {
  readonly tag: Tag
  readonly k: number
  readonly parts: ReadonlyArray<Plan>
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

/** The plan with every part made another, from the leaves up. */
export const mapped = (whole: Plan, by: (plan: Plan) => Plan): Plan =>
  by({ ...whole, parts: whole.parts.map((part) => mapped(part, by)) })

/** Whether some part of a plan is one of these. */
export const contains = (whole: Plan, ...some: ReadonlyArray<Tag>): boolean =>
  some.includes(whole.tag) || whole.parts.some((part) => contains(part, ...some))

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
