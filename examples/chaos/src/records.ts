/** What chaos itself knows of a run, put beside Waymark's tables so that the verdict is one matter of SQL. */
import { Effect } from "effect"
import { keyOf } from "./client.ts"
import type { Case } from "./schedule.ts"
import type { Tables, TablesFailed } from "./tables.ts"
import { type Expected, expected, task } from "./workflows.ts"

/** Something that was done to a process, or to Postgres where it names none. */
export interface Happened {
  readonly kind: string
  readonly process: string | null
  readonly began: number
  readonly ended: number
}

/** What was asked for, what was answered, and what has happened. */
export interface Records {
  readonly cases: ReadonlyArray<Case>
  /** What each signal was answered. */
  readonly heard: ReadonlyMap<string, string>
  readonly happened: ReadonlyArray<Happened>
}

/** What all the cases have to come to, children included. */
export const expectedOf = (cases: ReadonlyArray<Case>): ReadonlyArray<Expected> =>
  cases.flatMap(({ start: { faulty, id, n, root } }) => expected(root, task(id, n, faulty)))

/** Writes it down. */
export const write = (tables: Tables, { cases, happened, heard }: Records): Effect.Effect<void, TablesFailed> =>
  Effect.gen(function* () {
    yield* tables.insert(
      "chaos_instances",
      expectedOf(cases).map(({ completed, id, result, workflow }) => ({ id, workflow, result, completed }))
    )
    yield* tables.insert(
      "chaos_signals",
      cases
        .flatMap(({ sendings }) => sendings)
        .map(({ expected, signal }) => ({
          instance: signal.id,
          id: signal.signal,
          name: signal.name,
          expected,
          heard: heard.get(keyOf(signal)) ?? null
        }))
    )
    yield* tables.insert(
      "chaos_faults",
      happened.map((one) => ({ ...one }))
    )
  })
