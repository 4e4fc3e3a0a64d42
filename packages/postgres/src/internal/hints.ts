/**
 * Hints to other processes, over NOTIFY: one channel for each owner, and one for all.
 *
 * A NOTIFY takes a lock of the whole server as its transaction commits. So nothing is told on the ordinary path: only what
 * somebody else has to do or waits for. Every hint is sent by the statement that makes it true, within its commit. Behind
 * a pooler that shares connections between transactions nobody hears anything, and everything goes on by looking.
 */
import type * as PgConnection from "@effect/sql-pg/PgConnection"
import type { Hint, JournalError } from "@waymark/interpreter"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { SqlError } from "effect/sql/SqlError"
import { createHash } from "node:crypto"
import { toJournalError } from "./errors.ts"

/** What tells everybody, in a statement, that an instance may be claimed where a condition holds. */
export const tellClaimable = (condition: string): string =>
  `case when ${condition} then waymark_tell(null, '{"_tag":"Claimable"}') end`

const everybody = "waymark"

/** As `waymark_tell` names it. */
const channelOf = (owner: string): string =>
  `${everybody}_${createHash("sha256").update(owner).digest("hex").slice(0, 40)}`

const Hinted = Schema.Union([
  Schema.Struct({ _tag: Schema.Literals(["Signal", "Ended"]), instance: Schema.String }),
  Schema.Struct({ _tag: Schema.Literals(["Claimable"]), sender: Schema.optionalKey(Schema.NullOr(Schema.String)) }),
  Schema.Struct({ _tag: Schema.Literals(["Settled"]), instance: Schema.String, id: Schema.String })
])

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Hinted))

/** Makes the operation; `connect` gives it a connection of its own, which listens before so much time has passed as `limited` allows. */
export const make =
  (
    connect: Effect.Effect<PgConnection.PgConnection, SqlError, Scope.Scope>,
    limited: <A>(effect: Effect.Effect<A, SqlError, Scope.Scope>) => Effect.Effect<A, SqlError, Scope.Scope>
  ) =>
  (owner: string, hear: (hint: Hint) => void): Effect.Effect<never, JournalError> =>
    Effect.scoped(
      Effect.gen(function* () {
        // Pinned, it takes several channels.
        const session = yield* Effect.flatMap(connect, ({ pin }) => pin)
        const own = yield* limited(session.listen(channelOf(owner)))
        const common = yield* limited(session.listen(everybody))
        // Of what was told before this line stood, nobody has heard: now is the time to look.
        hear({ _tag: "Claimable" })
        const hearAll = (queue: typeof own) =>
          Queue.take(queue).pipe(
            Effect.map(({ payload }) => {
              const hint = decode(payload)
              // Others may use these channels too, such as a later version.
              if (Option.isNone(hint)) return
              const { value } = hint
              if (value._tag !== "Claimable") hear(value)
              // What it has sent itself is no news.
              else if (value.sender !== owner) hear({ _tag: "Claimable" })
            }),
            Effect.forever
          )
        return yield* Effect.raceFirst(hearAll(own), hearAll(common))
      })
    ).pipe(Effect.mapError((error) => toJournalError("listen", error)))
