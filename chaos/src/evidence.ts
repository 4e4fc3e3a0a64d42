/** What the tables say about one instance, in the order of time: for whoever looks into a violation. */
import { Effect } from "effect"
import type { Tables, TablesFailed } from "./tables.ts"

interface Row {
  readonly at: number
  readonly what: string
}

/** One line for each event, each row of the ledger, each change of its epoch, and each fault of those who ran it. */
export const evidence = (tables: Tables, instance: string): Effect.Effect<ReadonlyArray<string>, TablesFailed> => {
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
