/** The inbox: storing signals, and what became of them. */
import type { Delivered, Send, Sent } from "@waymark/interpreter"
import { isTerminal, Store } from "@waymark/interpreter"
import * as Result from "effect/Result"
import type { Connection } from "./connection.ts"
import type { InstanceRow, SignalRow } from "./rows.ts"
import { signalOf } from "./rows.ts"

/** An instance, and what is known of a signal for it: all `null` where it is new. */
interface Known {
  readonly status: InstanceRow["status"]
  readonly owner: string | null
  readonly id: string | null
  readonly name: string | null
  readonly outcome: string | null
}

const known = ({ sql }: Connection, instance: string, id: string): Known | undefined =>
  (sql.signal.all(id, instance) as ReadonlyArray<Known>)[0]

/** A signal with its payload as text. */
interface Ready {
  readonly _tag: "Ready"
  readonly send: Send
  readonly payload: string
}

/** Puts signals into the inboxes of their instances. */
export const send = (connection: Connection, batch: ReadonlyArray<Send>, now: number): ReadonlyArray<Delivered> =>
  connection.batch<Ready, Delivered>(
    batch.map((send) =>
      Result.match(Store.prepareSend(send), {
        onSuccess: (payload) => ({ _tag: "Ready", send, payload }),
        onFailure: (reason) => ({ _tag: "Rejected", reason })
      })
    ),
    ({ payload, send }) => {
      const before = known(connection, send.instance, send.id)
      if (before === undefined) return { _tag: "Unknown" }
      if (isNew(before)) put(connection, before, send, payload, now)
      return Store.answerTo(send, before.name, before.status, before.outcome)
    }
  )

/** Puts a message into an inbox, unless it is known there or nobody will read it. */
export const store = (connection: Connection, send: Send, payload: string, now: number): void => {
  const before = known(connection, send.instance, send.id)
  if (before !== undefined && isNew(before)) put(connection, before, send, payload, now)
}

const isNew = ({ id, status }: Known): boolean => id === null && !isTerminal(status)

const put = (connection: Connection, { owner }: Known, send: Send, payload: string, now: number): void => {
  const { id, instance, name, sender = null, to = null } = send
  connection.sql.insertSignal.run(instance, id, name, to, payload, sender)
  if (owner === null) {
    connection.sql.offerNow.run(now, instance)
    connection.offer([{ available_at: now }], now)
  } else if (owner !== sender) connection.tell(owner, { _tag: "Signal", instance })
}

/** Whether a signal has its outcome. */
export const isSettled = (connection: Connection, instance: string, id: string): boolean =>
  (known(connection, instance, id)?.outcome ?? null) !== null

/** What became of a signal. */
export const sent = (connection: Connection, instance: string, id: string): Sent => {
  const found = known(connection, instance, id)
  return found === undefined || found.id === null ? { _tag: "Unknown" } : Store.sentOf(found.status, found.outcome)
}

/** The pending signals of an instance. */
export const inbox = ({ sql }: Connection, instance: string): ReadonlyArray<Send> =>
  (sql.inbox.all(instance) as ReadonlyArray<SignalRow>).map(signalOf)

/** Which instances of an owner have pending signals. */
export const attention = ({ sql }: Connection, owner: string): ReadonlyArray<string> =>
  (sql.attention.all(owner) as ReadonlyArray<InstanceRow>).map(({ id }) => id)
