/**
 * Parameters with their types, so that each statement has one form on the wire and is prepared once; and SQL for the
 * values whose form differs on the two sides.
 */
import * as PgTypes from "@effect/sql-pg/PgTypes"
import * as Result from "effect/Result"

type ArrayOf<A> = (values: ReadonlyArray<A | null>) => PgTypes.Parameter

const arrayOf = (oid: number) => (values: ReadonlyArray<unknown>) => Result.getOrThrow(PgTypes.array(values, oid))

/** A `text[]`. */
export const texts: ArrayOf<string> = arrayOf(PgTypes.OID.text)
/** An `integer[]`. */
export const integers: ArrayOf<number> = arrayOf(PgTypes.OID.int4)
/** A `double precision[]`. */
export const doubles: ArrayOf<number> = arrayOf(PgTypes.OID.float8)
/** A `boolean[]`. */
export const booleans: ArrayOf<boolean> = arrayOf(PgTypes.OID.bool)
/** A `uuid`. */
export const uuid = PgTypes.uuid
/** A `text`. */
export const text = PgTypes.text
/** An `integer`. */
export const integer = PgTypes.int4
/** A `double precision`. */
export const double = PgTypes.float8
/** A `boolean`. */
export const boolean = PgTypes.bool

/** A timestamp as milliseconds since the epoch, whole ones. */
export const toMillis = (timestamp: string): string => `floor(extract(epoch from ${timestamp}) * 1000)::float8`

/** Milliseconds since the epoch as a timestamp, never an earlier one: a timer that is rounded must not fire early. */
export const fromMillis = (millis: string): string => `to_timestamp(ceil(${millis}) / 1000)`

/**
 * A timestamp from when on something has to be done, as the one from which it may be claimed: what is due at once has
 * waited since now, what has none is for ever away.
 */
export const availableFrom = (timestamp: string): string =>
  `case when ${timestamp} <= 'epoch' then statement_timestamp() else coalesce(${timestamp}, 'infinity') end`
