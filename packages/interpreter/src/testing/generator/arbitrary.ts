/** Generated workflows and what happens to them, for fast-check. */
import * as fc from "fast-check"
import type { Case } from "./case.ts"
import { arity, smaller, tags, type Plan, type Tag } from "./plan.ts"
import type { Move, Script } from "./script.ts"
import type { Outcome } from "./world.ts"

/** How often a node is chosen, where there is room for it. */
const weight: { readonly [T in Tag]: number } = {
  Pure: 3,
  Fail: 1,
  RunIO: 20,
  HandleSignal: 5,
  Await: 5,
  Query: 1,
  AndThen: 14,
  Map: 1,
  FlatMap: 3,
  InterruptWith: 3,
  Catch: 3,
  Match: 2,
  Branch: 2,
  Loop: 3,
  Parallel: 5
}

const isLeaf = (tag: Tag): boolean => arity[tag][1] === 0

/** A tag whose parts fit in a budget of nodes. Leaves only where nothing else fits, or plans would stay small. */
const choose = (random: fc.Random, budget: number): Tag => {
  const fits = tags.filter((tag) => (budget === 1 ? isLeaf(tag) : !isLeaf(tag) && arity[tag][0] < budget))
  let left = random.nextInt(
    1,
    fits.reduce((all, tag) => all + weight[tag], 0)
  )
  return fits.find((tag) => (left -= weight[tag]) <= 0) as Tag
}

const grow = (random: fc.Random, budget: number): Plan => {
  const tag = choose(random, budget)
  const k = random.nextInt(0, 5)
  const [least, most] = arity[tag]
  const count = random.nextInt(least, Math.min(most, budget - 1))
  const shares = Array.from({ length: count }, () => 1)
  for (let rest = count === 0 ? 0 : budget - 1 - count; rest > 0; rest--) {
    const lucky = random.nextInt(0, count - 1)
    shares[lucky] = (shares[lucky] as number) + 1
  }
  return { tag, k, parts: shares.map((share) => grow(random, share)) }
}

const isPlan = (value: unknown): value is Plan => typeof value === "object" && value !== null && "tag" in value

class PlanArbitrary extends fc.Arbitrary<Plan> {
  readonly size: number
  constructor(size: number) {
    super()
    this.size = size
  }
  generate(random: fc.Random): fc.Value<Plan> {
    return new fc.Value(grow(random, Math.max(random.nextInt(1, this.size), random.nextInt(1, this.size))), undefined)
  }
  canShrinkWithoutContext(value: unknown): value is Plan {
    return isPlan(value)
  }
  shrink(value: Plan): fc.Stream<fc.Value<Plan>> {
    return fc.stream(smaller(value)).map((plan) => new fc.Value(plan, undefined))
  }
}

/** Plans of up to so many nodes. A failing one shrinks to its parts, to fewer parts and to simpler variants. */
export const plans = (size = 40): fc.Arbitrary<Plan> => new PlanArbitrary(size)

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ _tag: fc.constant("Serve" as const), index: fc.oneof(fc.constant(0), fc.nat(7)) })
  },
  {
    weight: 3,
    arbitrary: fc.record({
      _tag: fc.constant("Signal" as const),
      signal: fc.oneof(fc.constant(0), fc.nat(7)),
      n: fc.integer({ min: -4, max: 5 }),
      to: fc.constantFrom(undefined, undefined, undefined, undefined, "a", "interrupt")
    })
  },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant("Tick" as const), millis: fc.nat(60) }) }
)

const outcome: fc.Arbitrary<Outcome> = fc.record({
  dies: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(2) }),
  then: fc.oneof(
    { weight: 11, arbitrary: fc.constant("Succeed" as const) },
    { weight: 1, arbitrary: fc.constantFrom("Oops" as const, "Nope" as const) }
  ),
  k: fc.nat(9)
})

/** Scripts with so many moves at most; `faults: false` leaves dying effects and refused signals out. */
export const scripts = ({ faults = true, moves = 16 } = {}): fc.Arbitrary<Script> =>
  fc
    .record({ moves: fc.array(move, { maxLength: moves }), outcomes: fc.array(outcome, { maxLength: 6 }) })
    .map(({ moves, outcomes }) => ({
      moves: faults ? moves : moves.map((move) => (move._tag === "Signal" ? { ...move, n: Math.abs(move.n) } : move)),
      outcomes: faults ? outcomes : outcomes.map((outcome) => ({ ...outcome, dies: 0 }))
    }))

/**
 * Generated cases: a workflow over every node, what it is started with, and what happens to it.
 *
 * Their runs are finite: loops stop when the fuel in the state is used up, and after the script everything is served.
 *
 * @example
 * ```ts
 * import * as fc from "fast-check"
 * import { Generator, Laws } from "@waymark/interpreter/testing"
 *
 * export const check = () => fc.assert(fc.property(Generator.cases(), (generated) => Laws.replayIsIdempotent(generated)))
 * ```
 */
export const cases = (
  options: {
    readonly size?: number
    readonly moves?: number
    readonly faults?: boolean
    readonly duplicates?: boolean
  } = {}
): fc.Arbitrary<Case> =>
  fc.record({
    plan: plans(options.size),
    names:
      options.duplicates === false
        ? fc.constant("unique" as const)
        : fc.oneof(
            { weight: 5, arbitrary: fc.constant("unique" as const) },
            { weight: 1, arbitrary: fc.constant("duplicates" as const) }
          ),
    input: fc.record({ _tag: fc.constant("S" as const), n: fc.nat(9), fuel: fc.nat(4) }),
    script: scripts(options),
    salt: fc.nat(1_000_000)
  })
