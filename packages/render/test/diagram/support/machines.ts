/** Machines written by hand: plain data for properties, what is built of it, and what a diagram of it has to say. */
import { type RetryPolicy, Signal, WIO, Workflow } from "@waymark/core"
import type { Diagram } from "@waymark/render"
import { type Duration, Effect, Schema } from "effect"
import * as fc from "fast-check"
import { anyName } from "../../support/recipes.ts"
import { decoded } from "./arrows.ts"

export type Body = WIO.WIO<unknown, unknown, unknown, unknown, unknown>

/** What a state is made of. */
type Kind =
  | { readonly _: "step"; readonly retry: RetryPolicy.RetryPolicy<never> | undefined }
  | { readonly _: "signal" | "timer" | "several" | "fail" }
  | { readonly _: "scoped"; readonly scopes: ReadonlyArray<Scope> }
  | { readonly _: "machine" | "path"; readonly inside: Machine }
  | { readonly _: "parallel"; readonly branches: ReadonlyArray<readonly [string, Machine]> }

interface State {
  readonly name: string
  readonly kind: Kind
  readonly ways: ReadonlyArray<{ readonly to: number; readonly label: string | undefined }>
}

export interface Machine {
  readonly states: ReadonlyArray<State>
  readonly initial: number
  /** Whether it says where its states go. */
  readonly says: boolean
}

/** What is put around the step of a state: what it is called where no diagram can say it, and which steps it adds. */
interface Scope {
  readonly wrap: (body: Body) => Body
  readonly says?: string
  readonly adds?: string
}

const keep = (state: unknown) => state

const step = (called: string, retry?: object): Body =>
  WIO.runIO(called, { event: Schema.Unknown, run: Effect.succeed, apply: keep, ...(retry && { retry }) }) as Body

export const around =
  (wrap: (...args: ReadonlyArray<never>) => unknown) =>
  (body: Body): Body =>
    (wrap as (body: Body) => Body)(body)

const tooLate = WIO.await<unknown>("too late", { for: "1 day" })
const other = step("the other")

const scopes: ReadonlyArray<Scope> = [
  { wrap: around(WIO.map(keep)) },
  { wrap: (body) => WIO.embed(body, { in: keep, out: keep }) },
  { wrap: (body) => WIO.parallel({ one: body }) as Body },
  { wrap: around(WIO.catch(WIO.pure(keep))), says: "what handles failures" },
  { wrap: around(WIO.catchTag("Lost", step("find it") as never)), says: "what handles Lost: find it" },
  {
    wrap: around(WIO.interruptWith(tooLate.pipe(WIO.andThen(step("clean up"))))),
    says: "what cuts it short: too late, clean up"
  },
  { wrap: around(WIO.compensateWith(step("undo it") as never)), says: "what undoes it: undo it" },
  { wrap: around(WIO.onCancel(step("let go") as never)), says: "what is done when it is cancelled: let go" },
  { wrap: (body) => WIO.loop("until done", body as never, { while: () => true }), says: "the loop until done" },
  {
    wrap: (body) => WIO.forEach("ship all", { items: () => [], key: String, body, concurrency: 2, mode: "settle" }),
    says: "for each: ship all, 2 at once, all settled"
  },
  {
    wrap: (body) => WIO.race({ here: body, there: other }),
    says: "the race of here, there, which the first success wins",
    adds: "the other"
  },
  {
    wrap: (body) => WIO.raceFirst({ here: body, there: other }),
    says: "the race of here, there, which the first to settle wins",
    adds: "the other"
  },
  {
    wrap: (body) => WIO.match("which?", { One: body, Two: other } as never) as never,
    says: "the choice which? between One, Two",
    adds: "the other"
  },
  {
    wrap: (body) => WIO.branch("large?", { yes: { when: () => true, then: body } }, other),
    says: "the choice large? between yes, otherwise",
    adds: "the other"
  },
  {
    wrap: (body) => WIO.version<Body, Body>("new rules", { before: body, after: other }),
    says: "the choice by the change new rules",
    adds: "the other"
  }
]

const anyRetry: fc.Arbitrary<RetryPolicy.RetryPolicy<never>> = fc.record(
  {
    attempts: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(Number.POSITIVE_INFINITY)),
    initial: fc.oneof(fc.integer({ min: 0, max: 9_000 }), fc.constantFrom(0.5, 60_000, 60_001, "2 seconds" as const)),
    factor: fc.constantFrom(1, 1, 1, 2),
    max: fc.constantFrom<Duration.Input>(1_000, 9_000, "3 seconds", 70_000),
    jitter: fc.constantFrom(0, 0.5)
  },
  { requiredKeys: [] }
)

const key = fc
  .oneof(
    anyName,
    fc.constantFrom("ask", "pay", "in stock", "end", "where_to", "ask_choice", "ask_2", "root", "root!", "constructor")
  )
  .filter((name) => !/^\d+$/.test(name) && name !== "__proto__")
const label = fc.option(
  fc.oneof(anyName, fc.constantFrom("yes", "no", "end", "\ud800", "\ud801", "\ufffd", "\ufffd (2)")),
  { nil: undefined }
)

const { machine: any } = fc.letrec<{ readonly machine: Machine; readonly kind: Kind }>((tie) => ({
  kind: fc.oneof(
    { maxDepth: 2, depthIdentifier: "machine" },
    {
      weight: 4,
      arbitrary: fc.record({
        _: fc.constant("step" as const),
        retry: fc.option(anyRetry, { nil: undefined })
      })
    },
    { weight: 2, arbitrary: fc.record({ _: fc.constantFrom("signal" as const, "timer", "several", "fail") }) },
    {
      weight: 2,
      arbitrary: fc.record({
        _: fc.constant("scoped" as const),
        scopes: fc.array(fc.constantFrom(...scopes), { minLength: 1, maxLength: 3 })
      })
    },
    { weight: 1, arbitrary: fc.record({ _: fc.constantFrom("machine" as const, "path"), inside: tie("machine") }) },
    {
      weight: 1,
      arbitrary: fc.record({
        _: fc.constant("parallel" as const),
        branches: fc.uniqueArray(fc.tuple(key, tie("machine")), {
          selector: ([name]) => name,
          minLength: 2,
          maxLength: 3
        })
      })
    }
  ),
  machine: fc
    .record({
      states: fc.uniqueArray(
        fc.record({
          name: key,
          kind: tie("kind"),
          isLast: fc.nat(5).map((n) => n === 0),
          ways: fc.array(fc.record({ to: fc.integer({ min: -1, max: 3 }), label }), { maxLength: 3 })
        }),
        { selector: ({ name }) => name, minLength: 1, maxLength: 4, depthIdentifier: "machine" }
      ),
      first: fc.nat(),
      says: fc.boolean()
    })
    .map(({ first, says, states }) => ({
      initial: first % states.length,
      says,
      // Most states have a way to the next one, so that most machines are reached all over.
      states: states.map(({ isLast, ...state }, i) => ({
        ...state,
        ways: isLast
          ? []
          : [...state.ways.filter(({ to }) => to < states.length), { to: (i + 1) % states.length, label: undefined }]
      }))
    }))
}))

/** Any machine. */
export const anyMachine: fc.Arbitrary<Machine> = any

const bodyOf = ({ kind, name }: State): Body => {
  switch (kind._) {
    case "step":
      return step(name, kind.retry)
    case "signal":
      return WIO.handleSignal(Signal.make(`${name}!`, { payload: Schema.Unknown }), {
        event: Schema.Unknown,
        handle: Effect.succeed,
        apply: keep
      })
    case "timer":
      return WIO.await<unknown>(name, { for: "1 day" })
    case "several":
      return step("first").pipe(WIO.andThen(step("second")), WIO.map(keep))
    case "fail":
      return WIO.fail(keep, { name }) as Body
    case "scoped":
      return kind.scopes.reduce((body, { wrap }) => wrap(body), step("do it"))
    case "path":
      return around(WIO.interruptWith(tooLate))(
        step("first").pipe(WIO.andThen(build("the rest", kind.inside)), WIO.map(keep))
      )
    case "machine":
      return build(`the machine ${name}`, kind.inside).pipe(WIO.map(keep))
    case "parallel":
      return WIO.parallel(
        Object.fromEntries(kind.branches.map(([called, inside]) => [called, build(called, inside)])) as never
      ) as unknown as Body
  }
}

export const build = (name: string, { initial, says, states }: Machine): Body => {
  const nameAt = (i: number): string => states[i]?.name ?? ""
  const ways = Object.fromEntries(
    states.map((state) => [
      state.name,
      state.ways.map(({ label: called, to }) => ({
        ...(to >= 0 && { to: nameAt(to) }),
        ...(called !== undefined && { label: called })
      }))
    ])
  )
  return WIO.machine(name, {
    initial: nameAt(initial),
    states: Object.fromEntries(states.map((state) => [state.name, bodyOf(state)])) as never,
    ...(says && { ways })
  }) as Body
}

export const workflow = (name: string, body: Body): Workflow.Any =>
  Workflow.make(name, {
    version: 1,
    input: Schema.Unknown,
    state: Schema.Unknown,
    error: Schema.Unknown,
    body: body as never
  })

/** A name as a picture has it. */
export const shown = (name: string): string => name.replaceAll("\0", "␀").replaceAll(/\p{Surrogate}/gu, "�")

/** What people read of a state. */
export const titleOf = (place: Diagram.Place, id: string): string => {
  if (id === "[*]") return "the end"
  const state = place.states.find((one) => one.id === id)
  return decoded(state?.descriptions[0] ?? id)
}

/** Where a state goes, past the choice behind it: the titles of what is there, with the labels. */
export const goalsOf = (place: Diagram.Place, id: string): ReadonlyArray<readonly [string, string]> => {
  const from = (one: string) => place.arrows.filter((arrow) => arrow.from === one)
  const isChoice = (one: string) => place.states.some((state) => state.id === one && state.kind === "choice")
  return from(id)
    .flatMap((arrow) => (isChoice(arrow.to) ? from(arrow.to) : [arrow]))
    .map(({ label: called = "", to }) => [titleOf(place, to), decoded(called)])
}
