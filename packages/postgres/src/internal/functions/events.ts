/** The events that a function of the database is given as one list for each column: taken apart in a `select`, since in a `from` each would be a table first. */
export const eventsGiven = `select e.instance, e.run, e.seq, e.id, e.at, e.kind, e.path, e.ordinal, e.step, e.attempt, e.trace, e.payload::json, e.patch::json
    from (
      select unnest(event_of) as place, unnest(event_instances) as instance, unnest(event_runs) as run, unnest(seqs) as seq,
        unnest(event_ids) as id, unnest(ats) as at, unnest(kinds) as kind, unnest(paths) as path, unnest(ordinals) as ordinal,
        unnest(steps) as step, unnest(attempts) as attempt, unnest(traces) as trace, unnest(payloads) as payload,
        unnest(patches) as patch
    ) e`
