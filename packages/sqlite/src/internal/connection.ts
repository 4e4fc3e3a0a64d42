/**
 * An open file as the operations of the journal see it: its statements, its transactions, and the hints that follow them.
 *
 * An operation that writes is one immediate transaction, and synchronous, so none sees another half done. What its
 * listeners are told is gathered meanwhile, and told once it is committed.
 *
 * A batch is one commit. What makes a single item impossible to keep (a row that is there although the instance says it
 * isn't, a payload past SQLite's limit) undoes the batch; it is tried again without that item, which is answered
 * `Rejected`, so that a neighbour never pays for it.
 */
import type { Hint } from "@waymark/interpreter"
import { Store } from "@waymark/interpreter"
import type { Database } from "libsql"
import { isAboutData, messageOf } from "./failure.ts"
import type { InstanceRow } from "./rows.ts"
import type { Prepared, Statements } from "./statements.ts"
import { prepare } from "./statements.ts"

type Rejected = { readonly _tag: "Rejected"; readonly reason: string }

/** An item that can't be kept. */
class BadItem extends Error {
  readonly index: number
  constructor(index: number, cause: unknown) {
    super(messageOf(cause), { cause })
    this.index = index
  }
}

export class Connection {
  readonly sql: Statements
  readonly hub = new Store.Hub()
  readonly #db: Database
  readonly #others = new Map<string, Prepared>()
  #hints: Array<readonly [owner: string | undefined, hint: Hint]> = []
  #isClaimable = false

  constructor(db: Database) {
    this.#db = db
    this.sql = prepare(db)
  }

  /** A statement that is prepared when it is first asked for. */
  statement(text: string): Prepared {
    const known = this.#others.get(text)
    if (known !== undefined) return known
    const statement = this.#db.prepare(text) as Prepared
    this.#others.set(text, statement)
    return statement
  }

  row(id: string): InstanceRow | undefined {
    return (this.sql.find.all(id) as ReadonlyArray<InstanceRow>)[0]
  }

  /** Tells an owner, or everybody, once the transaction is committed. */
  tell(owner: string | undefined, hint: Hint): void {
    this.#hints.push([owner, hint])
  }

  /** Tells everybody where one of these instants has come: from then on an instance may be claimed. */
  offer(rows: ReadonlyArray<Pick<InstanceRow, "available_at">>, now: number): void {
    this.#isClaimable ||= rows.some(({ available_at }) => available_at !== null && available_at <= now)
  }

  transaction<A>(body: () => A): A {
    this.#hints = []
    this.#isClaimable = false
    this.#db.exec("begin immediate")
    const result = this.#commit(body)
    if (this.#isClaimable) this.hub.tell(undefined, { _tag: "Claimable" })
    for (const [owner, hint] of this.#hints) this.hub.tell(owner, hint)
    return result
  }

  #commit<A>(body: () => A): A {
    try {
      const result = body()
      this.#db.exec("commit")
      return result
    } catch (error) {
      // A full disk may have ended the transaction already.
      if (this.#db.inTransaction) this.#db.exec("rollback")
      throw error
    }
  }

  /** Writes all of a batch that can be kept, in one commit. */
  batch<A extends { readonly _tag: string }, B>(
    prepared: ReadonlyArray<A | Rejected>,
    write: (item: A) => B
  ): ReadonlyArray<B | Rejected> {
    const items = Array.from(prepared)
    for (;;) {
      try {
        return this.transaction(() =>
          items.map((item, index) => (isRejected(item) ? item : this.#item(index, () => write(item))))
        )
      } catch (error) {
        if (!(error instanceof BadItem)) throw error
        items[error.index] = { _tag: "Rejected", reason: error.message }
      }
    }
  }

  #item<B>(index: number, write: () => B): B {
    try {
      return write()
    } catch (error) {
      throw isAboutData(error) ? new BadItem(index, error) : error
    }
  }
}

const isRejected = (item: { readonly _tag: string }): item is Rejected => item._tag === "Rejected"
