/**
 * The verdict: what is not as promised, found by plain SQL on the tables after the run, in one wording for Postgres and
 * SQLite. Nothing of Waymark's code takes part.
 *
 * Two checks need a word. *Never again*: the statement that began an effect has said whether the outcome was on record
 * (see `ledger.ts`), so no clocks are compared. A process that was frozen between its decision to begin and that
 * statement is excused, and counted as `late`: no lease can stop it in the first moments after it wakes. *Only in flight*:
 * where an attempt has several rows, each one after the first needs a fault that hit its process, or that of the row
 * before it, no later than it began. Those are times of one machine's clock. Cut connections excuse nothing.
 */
import { Effect } from "effect"
import type { Tables, TablesFailed } from "./tables.ts"

/** One way in which a run may not be as promised. */
export interface Check {
  readonly name: string
  /** The promise. */
  readonly promise: string
  /** Selects what breaks it: `instance` and `found`. */
  readonly sql: string
}

/** Something that is not as promised. */
export interface Violation {
  readonly check: string
  readonly instance: string
  readonly found: string
}

export interface Options {
  /** How long after its end a fault may still be felt, in milliseconds: a lease, and the time until somebody looks. */
  readonly grace: number
}

const identity = (row: string): string => `${row}.instance, ${row}.run, ${row}.path, ${row}.ordinal`
const place = (row: string): string =>
  `'"' || ${row}.step || '" (run ' || ${row}.run || ', path ' || ${row}.path || ', ordinal ' || ${row}.ordinal || ')'`
const same = (a: string, b: string): string =>
  `${a}.instance = ${b}.instance and ${a}.run = ${b}.run and ${a}.path = ${b}.path and ${a}.ordinal = ${b}.ordinal`

/** The epoch that an event was written under is the last part of its id, `run.seq.epoch`. */
const epochOf = (row: string): string =>
  `cast(substr(${row}.id, length(${row}.run || '.' || ${row}.seq || '.') + 1) as integer)`

/** The row of the ledger that an outcome names. */
const rowOf = `case when e.kind = 'attempt' then e.payload -> 'error' ->> 'message' else e.payload ->> 'by' end`
const endingOf = `case e.kind when 'completed' then 'done' when 'failed' then 'declined' else 'failed' end`

/** The checks, for a run whose instances have all been given their time to end. */
export const checks = ({ grace }: Options, { length }: Pick<Tables, "length">): ReadonlyArray<Check> => [
  {
    name: "ended-once",
    promise: "every instance is there and has ended, exactly once",
    sql: `select i.id as instance, 'its row says ' || coalesce(w.status, 'nothing') || ', ended events: ' || coalesce(c.n, 0) as found
      from chaos_instances i
      left join waymark_instances w on w.id = i.id and w.workflow = i.workflow
      left join (select instance, count(*) as n from waymark_events where kind = 'ended' group by instance) c
        on c.instance = i.id
      where coalesce(w.status, '') not in ('completed', 'failed') or coalesce(c.n, 0) <> 1`
  },
  {
    name: "right-result",
    promise: "every instance ends as its input says, in its journal and in its row",
    sql: `select i.id as instance, 'it came to ' || r.result || ', its row says ' || w.status || ', expected ' || i.result as found
      from chaos_instances i
      join waymark_instances w on w.id = i.id
      join (
        select instance, payload ->> 'outcome' as outcome, (payload ->> 'outcome') || ':'
          || coalesce(payload -> 'output' ->> 'trail', payload -> 'error' ->> 'reason', '?') as result
        from waymark_events where kind = 'ended'
      ) r on r.instance = i.id
      where r.result <> i.result or r.outcome <> w.status`
  },
  {
    name: "every-step",
    promise: "every instance has as many completed steps as its input says",
    sql: `select i.id as instance, coalesce(c.n, 0) || ' steps are completed, expected ' || i.completed as found
      from chaos_instances i
      left join (select instance, count(*) as n from waymark_events where kind = 'completed' group by instance) c
        on c.instance = i.id
      where coalesce(c.n, 0) <> i.completed`
  },
  {
    name: "nothing-unasked",
    promise: "no instance is there that nobody asked for",
    sql: `select w.id as instance, 'a ' || w.workflow || ' that nobody asked for' as found
      from waymark_instances w where not exists (select 1 from chaos_instances i where i.id = w.id)
      union all
      select distinct e.instance, 'events without an instance' from waymark_events e
      where not exists (select 1 from waymark_instances w where w.id = e.instance)`
  },
  {
    name: "dense",
    promise: "sequence numbers are dense from 0 in each run, runs are dense from 0, and the row knows their number",
    sql: `select instance, 'run ' || run || ' has ' || count(*) || ' events, numbered from ' || min(seq) || ' to ' || max(seq) as found
      from waymark_events group by instance, run having min(seq) <> 0 or max(seq) <> count(*) - 1
      union all
      select w.id, 'its row says ' || w.${length} || ' events in run ' || w.run || ', its journal has ' || coalesce(c.n, 0)
      from waymark_instances w
      left join (select instance, run, count(*) as n from waymark_events group by instance, run) c
        on c.instance = w.id and c.run = w.run
      where w.${length} <> coalesce(c.n, 0)
      union all
      select w.id, 'its row says run ' || w.run || ', its journal has ' || count(distinct e.run) || ' runs'
      from waymark_instances w join waymark_events e on e.instance = w.id
      group by w.id, w.run having count(distinct e.run) <> w.run + 1`
  },
  {
    name: "begins-and-ends",
    promise: "a run begins with its start and nothing follows its end; all runs but the last continue as new",
    sql: `select e.instance, 'event ' || e.seq || ' of run ' || e.run || ' is "' || e.kind || '"' as found
      from waymark_events e where (e.seq = 0) <> (e.kind = 'started')
      union all
      select e.instance, '"' || e.kind || '" (run ' || e.run || ', seq ' || e.seq || ') comes after "' || t.kind || '"'
      from waymark_events t join waymark_events e on e.instance = t.instance
        and (e.run = t.run and e.seq > t.seq or t.kind = 'ended' and e.run > t.run)
      where t.kind in ('ended', 'continued')
      union all
      select e.instance, 'run ' || e.run || ' does not continue, yet there is another'
      from waymark_events e join waymark_instances w on w.id = e.instance and e.run < w.run
      group by e.instance, e.run having max(case when e.kind = 'continued' then 1 else 0 end) = 0`
  },
  {
    name: "once-each",
    promise: "no event is doubled: a step has one outcome, a timer one start and one end, an id one event",
    sql: `select e.instance, ${place("e")} || ' has ' || count(*) || ' events of its ' || e.what as found
      from (
        select instance, run, path, ordinal, step,
          case when kind in ('completed', 'failed') then 'outcome' else kind end as what
        from waymark_events
        where kind in ('completed', 'failed', 'due', 'fired', 'signal', 'child-started', 'child-ended')
      ) e
      group by ${identity("e")}, e.step, e.what having count(*) > 1
      union all
      select e.instance, ${place("e")} || ' has attempt ' || e.attempt || ' recorded ' || count(*) || ' times'
      from waymark_events e where e.kind = 'attempt'
      group by ${identity("e")}, e.step, e.attempt having count(*) > 1
      union all
      select instance, 'event id ' || id || ' is there ' || count(*) || ' times'
      from waymark_events group by instance, id having count(*) > 1`
  },
  {
    name: "has-run",
    promise: "every outcome on record is that of an effect which has run to this end",
    sql: `select e.instance, 'the ' || e.kind || ' of ' || ${place("e")} || ' has no such row in the ledger' as found
      from waymark_events e
      left join chaos_effects x on x.id = ${rowOf} and ${same("x", "e")} and x.outcome = ${endingOf}
      where e.kind in ('completed', 'failed', 'attempt') and x.id is null`
  },
  {
    name: "is-recorded",
    promise: "every step that has run has an outcome on record",
    sql: `select distinct x.instance, ${place("x")} || ' has run, and no outcome is on record' as found
      from chaos_effects x
      left join waymark_events e on ${same("e", "x")} and e.kind in ('completed', 'failed')
      where e.id is null`
  },
  {
    name: "one-key-one-step",
    promise: "an idempotency key belongs to one step, and a step has one",
    sql: `select min(instance) as instance, 'key ' || key || ' was given to several steps' as found from (
        select distinct key, instance, run, path, ordinal from chaos_effects
      ) x group by key having count(*) > 1
      union all
      select instance, 'a step was given several keys' from (
        select distinct key, instance, run, path, ordinal from chaos_effects
      ) x group by instance, run, path, ordinal having count(*) > 1`
  },
  {
    name: "never-again",
    promise: "no effect begins once its outcome is on record, but in a process that was frozen as it was about to",
    sql: `select x.instance, ${place("x")} || ', attempt ' || x.attempt || ': ' || x.process || ' began it at ' || x.began
        || ', when its outcome was on record' as found
      from chaos_effects x
      where x.late = 1 and not exists (
        select 1 from chaos_faults f where f.kind in ('freeze', 'stall') and f.process = x.process
          and f.began <= coalesce(x.ended, f.began) and f.ended + ${grace} >= x.began)`
  },
  {
    name: "only-in-flight",
    promise: "an attempt runs more than once only where a fault has hit it in flight",
    sql: `select x.instance, ${place("x")} || ', attempt ' || x.attempt || ': ' || x.process || ' began it at ' || x.began
        || ', ' || x.earlier || ' had at ' || x.earlier_began || ', and nothing had happened to them' as found
      from (
        select r.*, lag(r.process) over w as earlier, lag(r.began) over w as earlier_began
        from chaos_effects r window w as (partition by r.key, r.attempt order by r.began, r.id)
      ) x
      where x.earlier is not null and not exists (
        select 1 from chaos_faults f where f.kind <> 'cut' and (f.process is null or f.process in (x.process, x.earlier))
          and f.began <= x.began and f.ended + ${grace} >= x.earlier_began)`
  },
  {
    name: "signals-in",
    promise:
      "every signal that was answered is there, and none that nobody sent; those are consumed, refused or pending",
    sql: `select s.instance, 'signal ' || s.id || ' is there, and nobody sent it' as found
      from waymark_signals s where s.name not like 'waymark/%'
        and not exists (select 1 from chaos_signals c where c.instance = s.instance and c.id = s.id)
      union all
      select c.instance, 'signal ' || c.id || ' was answered ' || c.heard || ', and is not there'
      from chaos_signals c where coalesce(c.heard, 'closed') <> 'closed'
        and not exists (select 1 from waymark_signals s where s.instance = c.instance and s.id = c.id)
      union all
      select s.instance, 'signal ' || s.id || ' has the outcome ' || (s.outcome ->> '_tag')
      from waymark_signals s
      where s.outcome is not null and s.name not like 'waymark/%' and s.outcome ->> '_tag' not in ('Consumed', 'Refused')`
  },
  {
    name: "consumed-once",
    promise: "a consumed signal has one event, every other one has none",
    sql: `select coalesce(s.instance, e.instance) as instance, 'signal ' || coalesce(s.id, e.signal) || ' is '
        || case when s.id is null then 'not there' else coalesce(s.outcome ->> '_tag', 'pending') end
        || ', and has ' || coalesce(e.n, 0) || ' events' as found
      from (select instance, payload ->> 'id' as signal, count(*) as n from waymark_events where kind = 'signal'
        group by instance, payload ->> 'id') e
      full join (select * from waymark_signals where name not like 'waymark/%') s
        on s.instance = e.instance and s.id = e.signal
      where coalesce(e.n, 0) <> case when s.outcome ->> '_tag' = 'Consumed' then 1 else 0 end`
  },
  {
    name: "answered-alike",
    promise: "every sender has been answered what is on record, and what was expected",
    sql: `select c.instance, 'signal ' || c.id || ' was answered ' || coalesce(c.heard, 'nothing')
        || coalesce(', expected ' || c.expected, '') || '; on record: ' || coalesce(s.outcome ->> '_tag', 'nothing') as found
      from chaos_signals c
      left join waymark_signals s on s.instance = c.instance and s.id = c.id
      where c.heard is null or c.heard <> coalesce(c.expected, c.heard)
        or c.heard <> case when s.outcome ->> '_tag' = 'Consumed' then 'consumed:' || (s.outcome ->> 'reply')
          when s.outcome ->> '_tag' = 'Refused' then 'refused:' || (s.outcome -> 'error' ->> 'by')
          else 'closed' end`
  },
  {
    name: "epochs-rise",
    promise: "epochs never go down",
    sql: `select instance, 'its epoch went from ' || before || ' to ' || after as found
      from chaos_changes where what = 'epoch' and after <= before
      union all
      select e.instance, 'event ' || e.id || ' follows one of epoch ' || e.earlier from (
        select r.instance, r.id, ${epochOf("r")} as epoch,
          lag(${epochOf("r")}) over (partition by r.instance order by r.run, r.seq) as earlier
        from waymark_events r
      ) e where e.epoch < e.earlier
      union all
      select e.instance, 'event ' || e.id || ' is of a later epoch than its row, ' || w.epoch
      from waymark_events e join waymark_instances w on w.id = e.instance
      where ${epochOf("e")} > w.epoch`
  },
  {
    name: "fenced",
    promise: "no event is written by a writer that has been succeeded",
    sql: `select instance, 'event ' || before || ' was written by a writer that had been succeeded' as found
      from chaos_changes where what = 'stale'`
  },
  {
    name: "never-changed",
    promise: "rows of the journal are added, never changed or taken away",
    sql: `select instance, 'event ' || before || ' was changed or taken away' as found
      from chaos_changes where what = 'event'`
  },
  {
    name: "not-early",
    promise: "no timer fires before it is due",
    sql: `select f.instance, ${place("f")} || ' fired at ' || f.at || ', due at ' || (d.payload ->> 'at') as found
      from waymark_events f join waymark_events d on ${same("d", "f")} and d.kind = 'due'
      where f.kind = 'fired' and f.at < cast(d.payload ->> 'at' as double precision)`
  }
]

/** Says what is not as promised. */
export const judge = (tables: Tables, options: Options): Effect.Effect<ReadonlyArray<Violation>, TablesFailed> =>
  Effect.gen(function* () {
    // After so many writes the planner knows the tables by what they were once.
    yield* tables.query("analyze")
    const found = yield* Effect.forEach(checks(options, tables), ({ name, sql }) =>
      Effect.map(tables.query<Omit<Violation, "check">>(sql), (rows) => rows.map((row) => ({ check: name, ...row })))
    )
    return found.flat()
  })

/** What a run amounts to, in numbers. */
export interface Tally {
  readonly instances: number
  readonly ended: number
  readonly events: number
  readonly effects: number
  /** Rows of the ledger beyond the first one of their attempt. */
  readonly repeated: number
  /** Effects that a process which had been frozen began after somebody else had them on record. */
  readonly late: number
  readonly signals: number
  readonly consumed: number
  readonly refused: number
  readonly pending: number
  /** How often an instance got another writer; 0 where nobody keeps watch. */
  readonly claims: number
}

/** Counts. */
export const count = (tables: Tables): Effect.Effect<Tally, TablesFailed> =>
  Effect.gen(function* () {
    const [row] = yield* tables.query<Record<keyof Tally, number | bigint>>(`select
      (select count(*) from waymark_instances) as instances,
      (select count(*) from waymark_instances where status in ('completed', 'failed')) as ended,
      (select count(*) from waymark_events) as events,
      (select count(*) from chaos_effects) as effects,
      (select count(*) from chaos_effects) - (select count(*) from (select distinct key, attempt from chaos_effects) x) as repeated,
      (select count(*) from chaos_effects where late = 1) as late,
      (select count(*) from waymark_signals) as signals,
      (select count(*) from waymark_signals where outcome ->> '_tag' = 'Consumed') as consumed,
      (select count(*) from waymark_signals where outcome ->> '_tag' = 'Refused') as refused,
      (select count(*) from waymark_signals where outcome is null) as pending,
      (select count(*) from chaos_changes where what = 'epoch') as claims`)
    const counts = Object.entries(row ?? {}).map(([name, value]) => [name, Number(value)])
    return Object.fromEntries(counts) as Tally
  })
