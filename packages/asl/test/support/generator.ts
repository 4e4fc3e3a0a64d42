/** Small machines of every kind of state, made at random, and the world that their tasks call. */
import { Effect, Layer } from "effect"
import { AslResources, type Resource } from "@waymark/asl"
import { Step } from "@waymark/core"
import * as fc from "fast-check"
import { Chance } from "../../src/internal/compile/chance.ts"
import { TASK } from "./machines.ts"

/** A state before it has a name. */
type Plan =
  | { readonly kind: "pass" | "wait" | "fail"; readonly n: number; readonly jsonata: boolean }
  | { readonly kind: "task"; readonly retry: number; readonly caught: boolean; readonly timeout: boolean }
  | { readonly kind: "choice"; readonly rounds: number }
  | { readonly kind: "parallel"; readonly branches: ReadonlyArray<ReadonlyArray<Plan>>; readonly caught: boolean }
  | {
      readonly kind: "map"
      readonly items: number
      readonly concurrency: number
      readonly body: ReadonlyArray<Plan>
      readonly distributed: boolean
      readonly retry: number
    }

const leaf: fc.Arbitrary<Plan> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("pass" as const, "wait" as const),
    n: fc.nat({ max: 3 }),
    jsonata: fc.boolean()
  }),
  fc.record({
    kind: fc.constant("task" as const),
    retry: fc.nat({ max: 2 }),
    caught: fc.boolean(),
    timeout: fc.boolean()
  }),
  fc.record({ kind: fc.constant("choice" as const), rounds: fc.nat({ max: 2 }) }),
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("fail" as const), n: fc.nat({ max: 3 }), jsonata: fc.boolean() })
  }
)

const few = (plan: fc.Arbitrary<Plan>): fc.Arbitrary<ReadonlyArray<Plan>> =>
  fc.array(plan, { minLength: 1, maxLength: 2 })

const composite: fc.Arbitrary<Plan> = fc.oneof(
  fc.record({
    kind: fc.constant("parallel" as const),
    branches: fc.array(few(leaf), { minLength: 1, maxLength: 2 }),
    caught: fc.boolean()
  }),
  fc.record({
    kind: fc.constant("map" as const),
    items: fc.nat({ max: 3 }),
    concurrency: fc.nat({ max: 2 }),
    body: few(leaf),
    distributed: fc.boolean(),
    retry: fc.nat({ max: 1 })
  })
)

const catching = { Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: null, Next: "after" }] }
const retrying = (most: number) => ({ Retry: [{ ErrorEquals: ["Odd"], MaxAttempts: most, IntervalSeconds: 1 }] })

/**
 * A branch that does not fail. Of branches side by side the first failure gives up the others, and which of their steps are on record
 * by then is a matter of luck.
 */
const calm = (plans: ReadonlyArray<Plan>): ReadonlyArray<Plan> =>
  plans.map((plan) => {
    if (plan.kind === "fail") return { ...plan, kind: "pass" }
    return plan.kind === "task" ? { ...plan, caught: true } : plan
  })

/** The fields of a state; `next` takes the place of the name of what follows it. */
const stateOf = (plan: Plan, name: string): Readonly<Record<string, unknown>> => {
  switch (plan.kind) {
    case "pass":
      return plan.jsonata
        ? {
            Type: "Pass",
            QueryLanguage: "JSONata",
            Assign: { [`v_${name.replaceAll(/\W/g, "_")}`]: "{% $random() %}" },
            Output: { n: plan.n, t: "{% $now() %}" }
          }
        : { Type: "Pass", Parameters: { "id.$": "States.UUID()", "at.$": "$$.State.EnteredTime", n: plan.n } }
    case "wait":
      return plan.jsonata
        ? { Type: "Wait", QueryLanguage: "JSONata", Seconds: `{% ${plan.n} %}`, Output: "{% $uuid() %}" }
        : { Type: "Wait", Seconds: plan.n }
    case "fail":
      return { Type: "Fail", Error: `E${plan.n}`, Cause: "generated" }
    case "task":
      return {
        ...TASK,
        ResultPath: "$.task",
        Parameters: { "id.$": "States.UUID()", "tries.$": "$$.State.RetryCount" },
        ...retrying(plan.retry),
        ...(plan.caught && catching),
        ...(plan.timeout && { TimeoutSeconds: 60 })
      }
    case "choice":
      return {
        Type: "Choice",
        Choices: [{ Variable: `$.${name}`, NumericLessThan: plan.rounds, Next: `${name} again` }],
        Default: "after"
      }
    case "parallel":
      return {
        Type: "Parallel",
        Branches: plan.branches.map((branch, index) =>
          machineOf(plan.branches.length > 1 ? calm(branch) : sound(branch), `${name}.${index}.`)
        ),
        ResultPath: "$.parallel",
        ...(plan.caught && catching)
      }
    case "map":
      return {
        Type: "Map",
        ItemsPath: `$.items${plan.items}`,
        MaxConcurrency: plan.concurrency,
        ItemProcessor: {
          ...machineOf(plan.distributed || plan.concurrency === 1 ? sound(plan.body) : calm(plan.body), `${name}.`),
          ProcessorConfig: { Mode: plan.distributed ? "DISTRIBUTED" : "INLINE" }
        },
        ...(plan.distributed && { ToleratedFailurePercentage: 50 }),
        ...retrying(plan.retry),
        ResultPath: "$.map"
      }
  }
}

const SET_UP = {
  items0: [],
  items1: [{ n: 1 }],
  items2: [{ n: 1 }, { n: 2 }],
  items3: [{ n: 1 }, { n: 2 }, { n: 3 }]
}

/** States one after the other, each with what it needs in its input. */
const machineOf = (
  plans: ReadonlyArray<Plan>,
  prefix: string
): { readonly StartAt: string; readonly States: object } => {
  const States: Record<string, object> = {}
  const nameOf = (index: number) => (index < plans.length ? `${prefix}${index} set` : `${prefix}end`)
  plans.forEach((plan, index) => {
    const name = `${prefix}${index}`
    const counter = name.replaceAll(".", "_")
    const state = stateOf(plan, plan.kind === "choice" ? counter : name)
    const named = JSON.parse(
      JSON.stringify(state)
        .replaceAll('"after"', JSON.stringify(nameOf(index + 1)))
        .replaceAll(`"${counter} again"`, JSON.stringify(`${name} add`))
    ) as object
    const goesOn = plan.kind !== "choice" && plan.kind !== "fail"
    States[nameOf(index)] = { Type: "Pass", Result: { ...SET_UP, [counter]: 0 }, Next: name }
    States[name] = { ...named, ...(goesOn && { Next: nameOf(index + 1) }) }
    if (plan.kind === "choice") {
      const Parameters = { [`${counter}.$`]: `States.MathAdd($.${counter}, 1)` }
      States[`${name} add`] = { Type: "Pass", Parameters, Next: name }
    }
  })
  States[`${prefix}end`] = { Type: "Succeed" }
  // What stands after a Fail is out of reach.
  const last = plans.findIndex(({ kind }) => kind === "fail")
  const kept =
    last === -1
      ? Object.entries(States)
      : Object.entries(States).slice(0, Object.keys(States).indexOf(`${prefix}${last}`) + 1)
  return { StartAt: nameOf(0), States: Object.fromEntries(kept) }
}

/** Plans in which a catcher leads to a state that is there. */
const sound = (plans: ReadonlyArray<Plan>): ReadonlyArray<Plan> => {
  const end = plans.findIndex(({ kind }) => kind === "fail")
  return end === -1 ? plans : plans.slice(0, end + 1)
}

export const definition: fc.Arbitrary<object> = fc
  .array(fc.oneof({ weight: 3, arbitrary: leaf }, { weight: 2, arbitrary: composite }), { minLength: 1, maxLength: 4 })
  .map((plans) => machineOf(sound(plans), "S"))

const hash = (text: string): number =>
  Array.from(text).reduce((sum, char) => (Math.imul(sum, 31) + char.charCodeAt(0)) >>> 0, 7)

/** Answers alike for the same idempotency key, and now and then with an error. */
const resource: Resource = (input) =>
  Effect.flatMap(Step.info, ({ idempotencyKey }) =>
    hash(idempotencyKey) % 3 === 0
      ? Effect.fail({ error: "Odd", cause: idempotencyKey })
      : Effect.succeed({ input, by: idempotencyKey })
  )

/** The services of one process: chance that differs from process to process would be no fault of the machine. */
export const services = (name: string = TASK.Resource): Layer.Layer<AslResources> =>
  Layer.merge(
    AslResources.layer({ [name]: resource }),
    Layer.succeed(Chance, { random: () => 0.25, uuid: () => "00000000-0000-4000-8000-000000000000" })
  )
