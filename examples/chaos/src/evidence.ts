/** What is shown of a run in the end: its numbers, its violations, and for some of them all that the tables say of them. */
import { Effect, Layer, Logger, References } from "effect"
import { bold, print, red } from "@waymark/examples/withdrawal/terminal"
import type { Tables, TablesFailed } from "./tables.ts"
import type { Violation } from "./verdict.ts"

/** What a client's engine has to say of lost connections is no news; it is kept out of what is shown. */
export const quiet = Layer.mergeAll(
  Logger.layer([Logger.consolePretty()]),
  Layer.succeed(References.MinimumLogLevel, "Error")
)

/** Counts in words. */
export const words = (counts: object): string =>
  Object.entries(counts)
    .map(([what, count]) => `${what} ${String(count)}`)
    .join(", ")

/** How many violations are shown, and of how many instances all that is on record. */
const [SHOWN, EXPLAINED] = [50, 3]

/** Prints violations, and the evidence of the first instances among them. */
export const show = Effect.fnUntraced(function* (violations: ReadonlyArray<Violation>, tables: Tables) {
  for (const { check, found, instance } of violations.slice(0, SHOWN)) print(red(`${check}: ${instance} ${found}`))
  if (violations.length > SHOWN) print(red(`and ${violations.length - SHOWN} more`))
  const instances = [...new Set(violations.map(({ instance }) => instance))].filter((instance) => instance !== "")
  for (const instance of instances.slice(0, EXPLAINED)) {
    print(`\n${bold(instance)}`)
    for (const line of yield* evidence(tables, instance)) print(`  ${line}`)
  }
})

interface Row {
  readonly at: number
  readonly what: string
}

/** One line for each event, each row of the ledger, each change of its epoch, and each fault of those who ran it. */
const evidence = (tables: Tables, instance: string): Effect.Effect<ReadonlyArray<string>, TablesFailed> => {
  const id = instance.replaceAll("'", "''")
  return Effect.map(
    tables.query<Row>(`
      select at, 'event ' || run || '.' || seq || ' (' || id || ') ' || kind || ' "' || step || '" ' || path || ' #' || ordinal
        || ' ' || payload as what
      from waymark_events where instance = '${id}'
      union all
      select began, process || ' began "' || step || '", run ' || run || ', ' || path || ' #' || ordinal || ', attempt ' || attempt
        || case when late = 1 then ', which was on record' else '' end
        || ', ended ' || coalesce('' || ended, 'never') || ' ' || coalesce(outcome, '') || ' (' || id || ')'
      from chaos_effects where instance = '${id}'
      union all
      select at, what || ' ' || before || ' -> ' || coalesce('' || after, 'gone') from chaos_changes where instance = '${id}'
      union all
      select f.began, f.kind || ' of ' || coalesce(f.process, 'Postgres') || ' until ' || f.ended
      from chaos_faults f
      where f.kind <> 'cut' and (f.process is null or f.process in (select process from chaos_effects where instance = '${id}'))
      order by 1`),
    (rows) => rows.map(({ at, what }) => `${at.toFixed(1)}  ${what}`)
  )
}
