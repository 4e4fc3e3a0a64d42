/** Machines written by hand: plain data for properties, what is built of it, and what a diagram of it has to say. */
import { Signal, WIO, Workflow } from "@waymark/core"
import type { Diagram } from "@waymark/render"
import { Effect, Schema } from "effect"
import * as fc from "fast-check"
import { anyName } from "../../support/recipes.ts"
import { decoded } from "./arrows.ts"

type Body = WIO.WIO<unknown, unknown, unknown, unknown, unknown>

/** What a state is made of. */
type Kind =
  | { readonly _: "step"; readonly attempts: number | undefined; readonly backoff: number | undefined }
  | { readonly _: "signal" | "timer" | "several" | "fail" }
  | { readonly _: "machine"; readonly inside: Machine }
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

const key = fc
  .oneof(
    anyName,
    fc.constantFrom("ask", "pay", "in stock", "end", "where_to", "ask_choice", "ask_2", "root", "root!", "constructor")
  )
  .filter((name) => !/^\d+$/.test(name) && name !== "__proto__")
const label = fc.option(fc.oneof(anyName, fc.constantFrom("yes", "no", "end")), { nil: undefined })

const { machine: any } = fc.letrec<{ readonly machine: Machine; readonly kind: Kind }>((tie) => ({
  kind: fc.oneof(
    { maxDepth: 2, depthIdentifier: "machine" },
    {
      weight: 4,
      arbitrary: fc.record({
        _: fc.constant("step" as const),
        attempts: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
        backoff: fc.option(fc.integer({ min: 1, max: 9_000 }), { nil: undefined })
      })
    },
    { weight: 2, arbitrary: fc.record({ _: fc.constantFrom("signal" as const, "timer", "several", "fail") }) },
    { weight: 1, arbitrary: fc.record({ _: fc.constant("machine" as const), inside: tie("machine") }) },
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

const keep = (state: unknown) => state

const bodyOf = ({ kind, name }: State): Body => {
  const step = (called: string, retry?: object): Body =>
    WIO.runIO(called, { event: Schema.Unknown, run: Effect.succeed, apply: keep, ...(retry && { retry }) }) as Body
  switch (kind._) {
    case "step": {
      const { attempts, backoff } = kind
      const retry = {
        ...(attempts !== undefined && { attempts }),
        ...(backoff !== undefined && { initial: backoff, factor: 1 })
      }
      return attempts === undefined && backoff === undefined ? step(name) : step(name, retry)
    }
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
