/** How laws are written: they return, or throw an error that says what was expected and what was seen. */
import * as Execution from "../../Execution.ts"
import { drive, type Crash, type Machine, type Run } from "../drive.ts"
import { namesOf, workflow, type Case, type Generated } from "../generator/case.ts"
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

/** Runs a generated case, or a workflow in the place of the case's own. */
export const run = (
  generated: Case,
  { drive, machine }: Subject = pure,
  options: { readonly workflow?: Generated; readonly crash?: Crash } = {}
): Run =>
  drive({
    workflow: options.workflow ?? workflow(generated),
    input: generated.input,
    script: generated.script,
    signals: namesOf(generated).signals,
    machine,
    ...(options.crash === undefined ? {} : { crash: options.crash })
  })

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
