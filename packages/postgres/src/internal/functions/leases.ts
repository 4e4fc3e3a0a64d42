/**
 * Functions of the database about leases.
 *
 * Whoever appends without looking at the row of each instance relies on this: as long as the token of its engine's lease is there nobody has taken
 * an instance from it. It holds a lock that it shares with others of its engine until it commits; who revokes the lease holds it
 * alone. So what was under way by then is on record before an instance is given to somebody else, and what comes later is refused. The lock is an
 * advisory one: it writes nothing, and two engines whose names have one hash only wait for each other.
 */
const lock = "hashtext('waymark_leases'), hashtext(holder)"

export const leases: ReadonlyArray<string> = [
  `create function waymark_lease_holds(holder text, given uuid) returns boolean language plpgsql set enable_seqscan = off as $$
  begin
    perform pg_advisory_xact_lock_shared(${lock});
    -- A statement of its own: it sees what was revoked while the one before has waited.
    return exists (select from waymark_leases l where l.owner = holder and l.token = given);
  end $$`,
  "comment on function waymark_lease_holds is 'Waymark: whether nothing was taken from an engine since it was given this token; nothing is until the transaction ends'",
  `create function waymark_lease_revoke(holder text) returns boolean language plpgsql set enable_seqscan = off as $$
  begin
    perform pg_advisory_xact_lock(${lock});
    delete from waymark_leases l where l.owner = holder;
    return true;
  end $$`,
  "comment on function waymark_lease_revoke is 'Waymark: takes the token of an engine away, once what it appends under it is on record'"
]
