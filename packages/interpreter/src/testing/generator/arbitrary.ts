/** Generated workflows and what happens to them, for fast-check. */
import * as fc from "fast-check"
import type { Case } from "./case.ts"
import { fits, placeOf, type Place } from "./place.ts"
import { arity, smaller, tags, type Plan, type Tag } from "./plan.ts"
import type { Move, Script } from "./script.ts"
import type { Outcome } from "./world.ts"

/** How often a node is chosen, where there is room for it. */
const weight: { readonly [T in Tag]: number } = {
  Pure: 6,
  Fail: 2,
  RunIO: 44,
  SideEffect: 5,
  HandleSignal: 9,
  Await: 9,
  Child: 5,
  SignalTo: 4,
  Checkpoint: 24,
  ContinueAsNew: 4,
  Query: 3,
  AndThen: 48,
  Map: 4,
  FlatMap: 5,
  Gen: 6,
  InterruptWith: 5,
  Timeout: 4,
  Catch: 6,
  Match: 4,
  Branch: 4,
  Version: 5,
  Loop: 5,
  Machine: 5,
  Parallel: 7,
  ForEach: 5,
  Race: 6,
  Saga: 5,
  Compensate: 14,
  OnCancel: 4,
  Uncancellable: 4,
  Embed: 4
}

const isLeaf = (tag: Tag): boolean => arity[tag][1] === 0

/** What a plan may not be about, beside what cannot stand where it would. */
type Without = ReadonlyArray<Tag>

/** A tag whose parts fit in a budget of nodes. Leaves only where nothing else fits, or plans would stay small. */
const choose = (random: fc.Random, budget: number, place: Place, without: Without): Tag => {
  const possible = tags.filter(
    (tag) =>
      fits(tag, place) &&
      !without.includes(tag) &&
      (budget === 1 ? isLeaf(tag) : !isLeaf(tag) && arity[tag][0] < budget)
  )
  let left = random.nextInt(
    1,
    possible.reduce((all, tag) => all + weight[tag], 0)
  )
  return possible.find((tag) => (left -= weight[tag]) <= 0) as Tag
}

/** A place for a part, and what is left out there; `beyond` is left out within a saga too. */
interface Room {
  readonly place: Place
  readonly without: Without
  readonly beyond: Without
}

const grow = (random: fc.Random, budget: number, { beyond, place, without }: Room): Plan => {
  const tag = choose(random, budget, place, without)
  const k = random.nextInt(0, 5)
  const [least, most] = arity[tag]
  const count = random.nextInt(least, Math.min(most, budget - 1))
  const shares = Array.from({ length: count }, () => 1)
  for (let rest = count === 0 ? 0 : budget - 1 - count; rest > 0; rest--) {
    const lucky = random.nextInt(0, count - 1)
    shares[lucky] = (shares[lucky] as number) + 1
  }
  const room = (index: number): Room => ({
    place: placeOf(tag, index, place),
    without: tag === "Saga" ? beyond : without,
    beyond
  })
  return { tag, k, parts: shares.map((share, index) => grow(random, share, room(index))) }
}

/** A whole plan: of those that may have checkpoints there are fewer, since all that is undone has to be in a saga there. */
const growWhole = (random: fc.Random, budget: number, without: Without): Plan =>
  random.nextInt(0, 2) === 0
    ? grow(random, budget, { place: "spine", without: [...without, "Compensate"], beyond: without })
    : grow(random, budget, { place: "main", without, beyond: without })

const isPlan = (value: unknown): value is Plan => typeof value === "object" && value !== null && "tag" in value

class PlanArbitrary extends fc.Arbitrary<Plan> {
  readonly size: number
  readonly without: Without
  constructor(size: number, without: Without) {
    super()
    this.size = size
    this.without = without
  }
  generate(random: fc.Random): fc.Value<Plan> {
    const budget = Math.max(random.nextInt(1, this.size), random.nextInt(1, this.size))
    return new fc.Value(growWhole(random, budget, this.without), undefined)
  }
  canShrinkWithoutContext(value: unknown): value is Plan {
    return isPlan(value)
  }
  shrink(value: Plan): fc.Stream<fc.Value<Plan>> {
    return fc.stream(smaller(value)).map((plan) => new fc.Value(plan, undefined))
  }
}

/** Plans of up to so many nodes. A failing one shrinks to its parts, to fewer parts and to simpler variants. */
export const plans = (size = 40, { without = [] as Without } = {}): fc.Arbitrary<Plan> =>
  new PlanArbitrary(size, without)

const index = fc.oneof(fc.constant(0), fc.nat(7))

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 60, arbitrary: fc.record({ _tag: fc.constant("Serve" as const), index }) },
  {
    weight: 30,
    arbitrary: fc.record({
      _tag: fc.constant("Signal" as const),
      signal: index,
      n: fc.integer({ min: -4, max: 5 }),
      to: fc.constantFrom(undefined, undefined, undefined, undefined, "a", "interrupt")
    })
  },
  { weight: 10, arbitrary: fc.record({ _tag: fc.constant("Tick" as const), millis: fc.nat(60) }) },
  { weight: 5, arbitrary: fc.record({ _tag: fc.constant("Late" as const), index }) },
  {
    weight: 25,
    arbitrary: fc.record({
      _tag: fc.constant("Operate" as const),
      index,
      decision: fc.constantFrom("Retry" as const, "Succeed" as const, "Fail" as const)
    })
  },
  { weight: 3, arbitrary: fc.record({ _tag: fc.constant("Cancel" as const) }) },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant("Terminate" as const) }) }
)

const outcome: fc.Arbitrary<Outcome> = fc.record({
  dies: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3) }),
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
 * `without` leaves some nodes out.
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
    readonly without?: ReadonlyArray<Tag>
  } = {}
): fc.Arbitrary<Case> =>
  fc.record({
    plan: plans(options.size, options),
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
