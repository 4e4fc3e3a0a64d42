/** The journal port over an open file: each operation, with the time that it takes place at. */
import type { Journal } from "@waymark/interpreter"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Database } from "libsql"
import * as appends from "./appends.ts"
import { Connection } from "./connection.ts"
import { attempt } from "./failure.ts"
import { find } from "./find.ts"
import * as instances from "./instances.ts"
import * as listing from "./listing.ts"
import * as notes from "./notes.ts"
import * as ownership from "./ownership.ts"
import * as signals from "./signals.ts"

/** The journal of an open file. */
export const make = (db: Database): Journal["Service"] => {
  const connection = new Connection(db)
  const at = <A>(operation: string, evaluate: (now: number) => A) =>
    // Rows have whole milliseconds, so that a place in a list can be named.
    Effect.flatMap(Clock.currentTimeMillis, (now) => attempt(operation, () => evaluate(Math.floor(now))))
  return {
    // Whoever writes here is in this process, and its engines are told.
    poll: 5_000,
    now: Clock.currentTimeMillis,
    create: (batch) => at("create", (now) => instances.create(connection, batch, now)),
    reopen: (create, epoch) => at("reopen", (now) => instances.reopen(connection, create, epoch, now)),
    find: (wanted) => attempt("find", () => find(connection, wanted)),
    list: (wanted) => attempt("list", () => listing.list(connection, wanted)),
    purge: (purge) => attempt("purge", () => listing.purge(connection, purge)),
    claim: (claim) => at("claim", (now) => ownership.claim(connection, claim, now)),
    upcoming: at("upcoming", (now) => ownership.upcoming(connection, now)),
    renew: (owner, lease) => at("renew", (now) => ownership.renew(connection, owner, now + lease)),
    reap: at("reap", (now) => ownership.reap(connection, now)),
    held: (owner) => attempt("held", () => ownership.held(connection, owner)),
    release: (owner, released) => at("release", (now) => ownership.release(connection, owner, released, now)),
    retire: (owner) => at("retire", (now) => ownership.retire(connection, owner, now)),
    append: (batch) => at("append", (now) => appends.append(connection, batch, now)),
    read: (page) => attempt("read", () => appends.read(connection, page)),
    send: (batch) => at("send", (now) => signals.send(connection, batch, now)),
    sent: (asked) => attempt("sent", () => asked.map(({ id, instance }) => signals.sent(connection, instance, id))),
    attention: (owner) => attempt("attention", () => signals.attention(connection, owner)),
    watch: (ids) => attempt("watch", () => instances.watch(connection, ids)),
    listen: (owner, hear) => connection.hub.listen(owner, hear),
    note: (batch) => attempt("note", () => notes.note(connection, batch))
  }
}
