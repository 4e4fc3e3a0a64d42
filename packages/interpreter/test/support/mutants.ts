/** Journals with one guard switched off: the simulator, or the test of a fault, has to notice each of them. */
import { Effect, Option } from "effect"
import {
  isTerminal,
  type Append,
  type Appended,
  type Claim,
  type Create,
  type Created,
  type Event,
  type Instance,
  type Journal,
  type LeaseToken,
  type Found,
  type Send
} from "@waymark/interpreter"
import { type Call, intercepted, type Operation, Single } from "@waymark/interpreter/testing"
import { finding } from "./engine.ts"

type Service = Journal["Service"]
type Fail = Effect.Error<Call["perform"]>
type Answer = Effect.Effect<unknown, Fail>

/** A journal one operation of which is another one. */
const instead =
  (operation: Operation, by: (call: Call, store: Service) => Answer) =>
  (store: Service): Service =>
    intercepted(store, <A>(call: Call<A>) =>
      call.operation === operation ? (by(call, store) as Effect.Effect<A, Fail>) : call.perform
    )

const batchOf = ({ args }: Call): ReadonlyArray<Append> => args[0] as ReadonlyArray<Append>

/** Appends each group as something else, by the row of its instance. */
const rewriting = (by: (group: Append, row: Instance) => Append) =>
  instead("append", (call, store) =>
    Effect.flatMap(
      Effect.forEach(batchOf(call), (group) =>
        Effect.map(
          Single.find(store, group.instance),
          Option.match({ onNone: () => group, onSome: (row) => by(group, row) })
        )
      ),
      (batch) => store.append(batch)
    )
  )

/** Whoever has vouched for a row once does so for ever. */
export const vouching = (store: Service): Service => {
  const tokens = new Map<string, LeaseToken>()
  return instead("append", ({ args, performWith }) =>
    performWith([
      (args[0] as ReadonlyArray<Append>).map((group) => {
        if (group.leaseToken !== undefined) tokens.set(group.instance, group.leaseToken)
        const leaseToken = tokens.get(group.instance)
        return leaseToken === undefined ? group : { ...group, leaseToken }
      })
    ])
  )(store)
}

const at = (event: Event.Event, seq: number): Event.Event => ({ ...event, seq, id: `${event.id}.${seq}` })

/** Whoever writes is taken for the present owner. */
export const unfenced = rewriting((group, row) => ({ ...group, epoch: row.epoch }))

/** Whatever a writer expects, its events are put at the end. */
export const unordered = rewriting((group, row) =>
  group.run !== row.run || group.expected === row.length
    ? group
    : { ...group, expected: row.length, events: group.events.map((event, index) => at(event, row.length + index)) }
)

/** An append that is repeated is taken for another one. */
export const forgetful = instead("append", (call, store) =>
  Effect.forEach(batchOf(call), (group) =>
    Effect.flatMap(Single.find(store, group.instance), (row) =>
      Option.isSome(row) && row.value.run === group.run && group.events.length > 0 && group.expected < row.value.length
        ? Effect.succeed<Appended>({ _tag: "Conflict", length: row.value.length })
        : Effect.map(store.append([group]), ([answer]) => answer)
    )
  )
)

/** It answers first and writes later. */
export const hasty = instead("append", (call, store) =>
  Effect.gen(function* () {
    const late: Array<Append> = []
    pending.set(store, [...(pending.get(store) ?? []), late])
    const [first, ...before] = pending.get(store) ?? []
    for (const batch of [first, ...before]) {
      if (batch === undefined || batch === late) continue
      yield* store.append(batch)
    }
    pending.set(store, [late])
    late.push(...batchOf(call))
    return batchOf(call).map((): Appended => ({ _tag: "Appended" }))
  })
)
const pending = new WeakMap<Service, Array<Array<Append>>>()

/** It takes the events of a group, and leaves out what they settle. */
export const torn = rewriting((group) => ({ ...group, settled: [] }))

/** It takes the first event of a group, and forgets the others. */
export const cut = rewriting((group) => ({ ...group, events: group.events.slice(0, 1) }))

/** A signal is consumed as often as somebody says so: what has its outcome is not looked at again. */
export const consumedAgain = instead("append", (call, store) =>
  Effect.flatMap(
    Effect.forEach(batchOf(call), (group) =>
      Effect.map(
        Effect.filter(group.settled, ({ id }) =>
          Effect.map(Single.sent(store, group.instance, id), ({ _tag }) => _tag === "Pending")
        ),
        (settled) => ({ ...group, settled })
      )
    ),
    (batch) => store.append(batch)
  )
)

/** An inbox that once more gives what is settled already, as a reader that is late does. */
export const stale = (store: Service): Service => {
  const sends = new Map<string, Array<Send>>()
  const settled = ({ id, instance }: Send) =>
    Effect.map(Single.sent(store, instance, id), ({ _tag }) => _tag === "Settled")
  const late = (instance: string) =>
    Effect.map(Effect.filter(sends.get(instance) ?? [], settled), (late) => {
      sends.set(
        instance,
        (sends.get(instance) ?? []).filter((send) => !late.includes(send))
      )
      return late
    })
  const keep = (batch: ReadonlyArray<Send>): void => {
    for (const send of batch) sends.set(send.instance, [...(sends.get(send.instance) ?? []), send])
  }
  const { wake } = store
  return {
    ...store,
    send: (batch) => {
      keep(batch)
      return store.send(batch)
    },
    ...(wake && {
      wake: (batch, waking) => {
        keep(batch)
        const old = (found: Found) =>
          Effect.map(late(found.instance.id), (late) => ({ ...found, inbox: [...late, ...found.inbox] }))
        return Effect.flatMap(wake(batch, waking), ({ claimed, delivered }) =>
          Effect.map(Effect.forEach(claimed, old), (claimed) => ({ claimed, delivered }))
        )
      }
    }),
    find: (wanted) =>
      Effect.flatMap(store.find(wanted), (all) =>
        Effect.forEach(all, (found, index) =>
          Option.isNone(found) || wanted[index]?.inbox !== true
            ? Effect.succeed(found)
            : Effect.map(late(found.value.instance.id), (late) =>
                Option.some({ ...found.value, inbox: [...late, ...found.value.inbox] })
              )
        )
      )
  }
}

/** Whoever creates what is there is told that it is theirs. */
export const recreating = instead("create", (call, store) =>
  Effect.map(store.create(call.args[0] as ReadonlyArray<Create>), (answers) =>
    answers.map((created): Created =>
      created._tag === "Exists" ? { _tag: "Created", instance: created.instance } : created
    )
  )
)

/** What has ended goes on: an append after the end is put behind it. */
export const unending = instead("append", (call, store) =>
  Effect.map(
    Effect.forEach(batchOf(call), (group) =>
      Effect.map(Single.find(store, group.instance), (row) =>
        Option.isSome(row) && isTerminal(row.value.status) ? undefined : group
      )
    ),
    (groups) => groups.filter((group) => group !== undefined)
  ).pipe(
    Effect.flatMap((groups) => store.append(groups)),
    Effect.map((answers) => batchOf(call).map((_, index): Appended => answers[index] ?? { _tag: "Appended" }))
  )
)

/** It tells nobody what it holds that nobody knows of. */
export const unreconciled = instead("held", () => Effect.succeed([]))

/** It does not know what it made by a call that is asked again. */
export const unmarked = instead("create", (call, store) =>
  store.create((call.args[0] as ReadonlyArray<Create>).map((create) => ({ ...create, mark: crypto.randomUUID() })))
)

/** It tells nobody anything, as where all hints are lost. */
export const deaf = instead("listen", () => Effect.never)

/** It tells nobody which of their instances have signals. */
export const inattentive = instead("attention", () => Effect.succeed([]))

/** It does not tell how often an instance was taken over. */
export const uncounted = instead("claim", (call, store) =>
  Effect.map(store.claim(call.args[0] as Claim), (rows) => rows.map((row) => ({ ...row, takeovers: 0 })))
)

/** Every snapshot is said to have this shape. */
export const reshaping = (shape: string) => (store: Service) =>
  finding(store, (found) => ({
    ...found,
    notes: found.notes.map(({ name, value }) => {
      const kept = value as { readonly snapshot?: object }
      return { name, value: kept.snapshot === undefined ? value : { ...kept, snapshot: { ...kept.snapshot, shape } } }
    })
  }))

/** What is given back for a time is so for longer. */
export const oversleeping = (store: Service): Service => ({
  ...store,
  release: (owner, released) =>
    store.release(
      owner,
      released.map((one) => (one.at === null ? one : { ...one, at: one.at + 2_000 }))
    )
})

/** Reading, with the events made others. */
const reading =
  (by: (events: ReadonlyArray<Event.Event>, from: number) => ReadonlyArray<Event.Event>) =>
  (store: Service): Service => ({
    ...finding(store, (found, { events }) =>
      found.events === null ? found : { ...found, events: by(found.events, events?.from ?? 0) }
    ),
    read: (page) => Effect.map(store.read(page), (events) => by(events, page.from))
  })

/** Gaps and repetitions are numbered away. */
export const renumbering = reading((events, from) => events.map((event, index) => ({ ...event, seq: from + index })))

/** What comes after the end is not shown. */
export const ending = reading((events) => {
  const end = events.findIndex(({ kind }) => kind === "ended")
  return end === -1 ? events : events.slice(0, end + 1)
})
