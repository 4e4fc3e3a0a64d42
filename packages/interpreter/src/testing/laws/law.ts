/** How laws are written: they return, or throw an error that says what was expected and what was seen. */
import * as Result from "effect/Result"
import type { Event } from "../../Event.ts"
import * as Execution from "../../Execution.ts"
import type { Pending } from "../../Pending.ts"
import { drive, type Drive, type Machine, type Run, type Running } from "../drive.ts"
import { namesOf, workflow, type Case } from "../generator/case.ts"
import type { Generated } from "../generator/site.ts"
import { lines, outcome, starts } from "../observe.ts"

/** What is held to the laws: how executions move, and what drives them. */
export interface Subject {
  readonly machine: Machine
  readonly drive: typeof drive
}

/** The pure machine under the driver of the test kit. */
export const pure: Subject = { machine: Execution, drive }

/** A law broken, and how. */
export class LawBroken extends Error {
  override readonly name = "LawBroken"
}

/** Breaks the law. */
export const broken = (what: string): never => {
  throw new LawBroken(what)
}

/** Holds two texts, or lists of lines, to be the same. */
export const same = (
  what: string,
  expected: string | ReadonlyArray<string>,
  seen: string | ReadonlyArray<string>
): void => {
  const [a, b] = [[expected].flat(), [seen].flat()]
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    if (a[index] === b[index]) continue
    const place = a.length === 1 && b.length === 1 ? "" : ` ${index}`
    broken(`${what}${place}\n  expected ${a[index] ?? "nothing"}\n  seen     ${b[index] ?? "nothing"}`)
  }
}

/** ≡: the same journal (modulo `at` and ids), the same result, the same effects. */
export const equivalent = (expected: Run, seen: Run): void => {
  same("journal: event", lines(expected.journal), lines(seen.journal))
  same("result", outcome(expected), outcome(seen))
  same("effect", starts(expected.trace), starts(seen.trace))
}

/** Runs a generated case, or something else in the place of what is its own. */
export const run = (generated: Case, { drive, machine }: Subject = pure, options: Partial<Drive> = {}): Run =>
  drive({
    workflow: options.workflow ?? workflow(generated),
    input: generated.input,
    script: generated.script,
    signals: namesOf(generated).signals,
    machine,
    ...options
  })

/** What became of something that must succeed. */
export const succeeded = <A>(what: string, result: Result.Result<A, unknown>): A =>
  Result.isSuccess(result) ? result.success : broken(`${what}: ${String(result.failure)}`)

/** The execution that a journal, or the beginning of one, comes to. */
export const recovered = (machine: Machine, flow: Generated, events: Iterable<Event>): Running =>
  succeeded("recovery", machine.recover(flow, events))

/** Recovery begins at the last checkpoint, so how far it has come is not known of what came before. */
export const seesAll = (journal: ReadonlyArray<Event>): boolean => journal.every(({ kind }) => kind !== "checkpoint")

/** The events before the first checkpoint, which is found by its place in the definition. */
export const beforeCheckpoints = (journal: ReadonlyArray<Event>): ReadonlyArray<Event> => {
  const first = journal.findIndex(({ kind }) => kind === "checkpoint")
  return first === -1 ? journal : journal.slice(0, first)
}

/** The last event of a run: nothing comes after it. */
export const isLast = ({ kind }: Event): boolean => kind === "ended" || kind === "continued"

/** What was not an object's own is its prototype's again. */
const restore = (object: object, key: string, own: PropertyDescriptor | undefined): void => {
  if (own === undefined) Reflect.deleteProperty(object, key)
  else Object.defineProperty(object, key, own)
}

/** Runs a function while time and randomness are out of reach: a call of either throws. */
export const timeless = <A>(f: () => A): A => {
  const { Date: KnownDate } = globalThis
  const [random, now] = [
    Object.getOwnPropertyDescriptor(Math, "random"),
    Object.getOwnPropertyDescriptor(performance, "now")
  ]
  const refuse = (what: string) => (): never => broken(`${what} was read`)
  globalThis.Date = class extends KnownDate {
    constructor(...args: ReadonlyArray<unknown>) {
      if (args.length === 0) broken("the clock was read")
      super(...(args as [number]))
    }
    static override now = refuse("the clock")
    // Dates that were made before are dates.
    static override [Symbol.hasInstance](value: unknown): boolean {
      return value instanceof KnownDate
    }
  } as unknown as DateConstructor
  Object.defineProperty(Math, "random", { configurable: true, value: refuse("randomness") })
  Object.defineProperty(performance, "now", { configurable: true, value: refuse("the clock") })
  try {
    return f()
  } finally {
    globalThis.Date = KnownDate
    restore(Math, "random", random)
    restore(performance, "now", now)
  }
}

/** What is told to a child that its parent leaves behind. */
export const isClosing = (pending: Pending): boolean => pending._tag === "Send" && pending.signal.startsWith("waymark/")
