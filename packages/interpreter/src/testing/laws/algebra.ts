/** A1 to A6, A9 and A10: what composition means, up to observation. */
import { Failure, WIO } from "@waymark/core"
import type { Drive } from "../drive.ts"
import { build, queriesOf, signalsOf, type Options } from "../generator/build.ts"
import type { Case } from "../generator/case.ts"
import type { Place } from "../generator/place.ts"
import type { Plan } from "../generator/plan.ts"
import { workflowOf, type Call, type Part } from "../generator/site.ts"
import { burn, step, summary, type Problem, type State } from "../generator/state.ts"
import { broken, equivalent, pure, same, timeless, type Subject } from "./law.ts"
import { lines, outcome, starts } from "../observe.ts"

/** Three plans, and what happens to what is made of them. */
export interface Triple extends Omit<Case, "plan"> {
  readonly first: Plan
  readonly second: Plan
  readonly third: Plan
}

/** The parts of a triple, each with names of its own, and how to run something made of them. */
export const parts = (triple: Triple, { drive, machine }: Subject, place: Place = "main") => {
  const { first, input, names, script, second, third } = triple
  const options = (prefix: string): Options => ({ names, prefix, place })
  const signals = [
    ...signalsOf(first, options("a")),
    ...signalsOf(second, options("b")),
    ...signalsOf(third, options("c"))
  ]
  return {
    a: build(first, options("a")),
    b: build(second, options("b")),
    c: build(third, options("c")),
    run: (body: Part, more: Partial<Drive> = {}) =>
      drive({ workflow: workflowOf(body), input, script, signals, machine, ...more })
  }
}

const map = (k: number) => (state: State) => step(state, k)
/** A workflow that depends on the state it was computed from. */
const computed = (part: Part) => (state: State) => WIO.andThen(WIO.pure(map(state.n)), part)

/** A1: a `flatMap` after a `pure` is the workflow that the function gives. */
export const leftIdentity = (triple: Triple, subject = pure): void => {
  const { a, run } = parts(triple, subject)
  const f = map(triple.salt)
  const left = WIO.pure(f).pipe(WIO.flatMap(computed(a)))
  const right = WIO.pure(f).pipe(WIO.andThen(computed(a)(f(triple.input))))
  equivalent(run(right), run(left))
}

/** A2: a `flatMap` to a `pure` that changes nothing changes nothing. */
export const rightIdentity = (triple: Triple, subject = pure): void => {
  const { a, run } = parts(triple, subject)
  equivalent(run(a), run(a.pipe(WIO.flatMap((_: State) => WIO.pure((state: State) => state)))))
}

/** A3: it makes no difference whether the second function is applied inside the first. */
export const flatMapAssociativity = (triple: Triple, subject = pure): void => {
  const { a, b, c, run } = parts(triple, subject)
  const [f, g] = [computed(b), computed(c)]
  const left = a.pipe(WIO.flatMap(f), WIO.flatMap(g))
  const right = a.pipe(WIO.flatMap((state: State) => f(state).pipe(WIO.flatMap(g))))
  equivalent(run(left), run(right))
}

/** A4: `map f` then `map g` is `map (g∘f)`, and adds no event. */
export const mapFusion = (triple: Triple, subject = pure): void => {
  const { a, run } = parts(triple, subject)
  const [f, g] = [map(triple.salt), map(triple.salt + 1)]
  const twice = run(a.pipe(WIO.map(f), WIO.map(g)))
  equivalent(run(a.pipe(WIO.map((state) => g(f(state))))), twice)
  const plain = run(a)
  const open = ({ journal }: typeof plain) => lines(journal.filter(({ kind }) => kind !== "ended"))
  same("map adds no event: event", open(plain), open(twice))
  same("map adds no effect: effect", starts(plain.trace), starts(twice.trace))
}

/** A5: `andThen` is associative. */
export const andThenAssociativity = (triple: Triple, subject = pure): void => {
  const { a, b, c, run } = parts(triple, subject)
  equivalent(run(WIO.andThen(WIO.andThen(a, b), c)), run(WIO.andThen(a, WIO.andThen(b, c))))
}

/** A6: to catch a failure is to go on with the handler; where nothing fails, a handler makes no difference. */
export const catchLaws = (triple: Triple, subject = pure): void => {
  const { a, b, run } = parts(triple, subject)
  const error = (state: State): Problem => ({ _tag: "Oops", n: state.n })
  const failure = (state: State) => Failure.make(summary(state), error(state))
  const caught = WIO.fail(error).pipe(WIO.catch(a as never)) as Part
  equivalent(run(WIO.pure(failure).pipe(WIO.andThen(a as never)) as Part), run(caught))
  const calm = WIO.pure(map(triple.salt))
  equivalent(run(calm.pipe(WIO.andThen(b))), run(WIO.andThen(calm.pipe(WIO.catch(a as never)) as Part, b)))
  const guarded = run(b.pipe(WIO.catch(a as never)) as Part)
  const plain = run(b)
  if (outcome(plain).includes(`"value"`)) equivalent(plain, guarded)
}

/** A9: a loop is its body, and then, where it goes on, the loop. */
export const loopUnrolling = (triple: Triple, subject = pure): void => {
  const { a, run } = parts(triple, subject)
  const again = ({ fuel, n }: State) => fuel > 0 && n % 3 !== triple.salt % 3
  const body = a.pipe(WIO.map(burn))
  const loop = WIO.loop("loop", body, { while: again })
  const unrolled = WIO.branch(
    "again",
    { yes: { when: again, then: loop } },
    WIO.pure((state: State) => state)
  )
  equivalent(run(loop), run(body.pipe(WIO.andThen(unrolled))))
}

/** A10: to build a workflow calls none of its functions, and reads no clock and no randomness. */
export const buildingIsPure = ({ names, plan }: Case): void => {
  const calls: Array<Call> = []
  timeless(() => {
    const body = build(plan, { names, watch: (call) => calls.push(call) })
    workflowOf(body)
    queriesOf(plan)
  })
  if (calls.length > 0) broken(`building called ${calls.join(", ")}`)
}
