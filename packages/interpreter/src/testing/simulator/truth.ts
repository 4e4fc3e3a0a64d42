/** What really happened, seen at the journal: who was given what, which signals came in, and what was written over. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { Event } from "../../Event.ts"
import { UNTRUE } from "../../internal/memoryJournal.ts"
import type {
  Append,
  Appended,
  Claim,
  Create,
  Created,
  Instance,
  Delivered,
  Journal,
  Release,
  Send,
  Waking,
  Woken
} from "../../Journal.ts"
import type { Call } from "../operations.ts"
import * as Single from "../single.ts"
import type { Kernel, Process } from "./kernel.ts"

type Service = Journal["Service"]

/** What was done at the journal, and who asked for it. */
interface Done {
  readonly process: Process
  readonly call: Call
  readonly exit: Exit.Exit<unknown, unknown>
}

/** What is known of a signal that was stored. */
export interface Stored {
  readonly send: Send
  readonly acceptedBy: string
}

/** Keeps what happens at a journal. */
export class Truth {
  /** Instances in the order in which they were created. */
  readonly instances = new Map<string, string>()
  /** The signals that were accepted, by instance and id. */
  readonly signals = new Map<string, Stored>()
  /** Which epochs of an instance each process was given. */
  readonly #grants = new Map<string, Map<Process, Array<number>>>()
  readonly #owners = new Map<string, string>()
  readonly #givenBack = new Map<string, number>()
  readonly #ids = new Map<string, ReadonlyArray<string>>()
  /** The starts that have made an instance. */
  readonly #marks = new Set<string>()
  readonly #store: Service
  readonly #kernel: Kernel
  readonly #report: (invariant: string, seen: string) => void

  constructor(store: Service, kernel: Kernel, report: (invariant: string, seen: string) => void) {
    this.#store = store
    this.#kernel = kernel
    this.#report = report
  }

  /** Reads the store, now. */
  ask<A, E>(read: (store: Service) => Effect.Effect<A, E>): A {
    const reading = read(this.#store) as Effect.Effect<A>
    return Effect.runSync(Effect.provideService(reading, Clock.Clock, this.#kernel.clock))
  }

  /** The row of an instance. */
  row(id: string): Instance | undefined {
    return Option.getOrUndefined(this.ask((store) => Single.find(store, id)))
  }

  /** The events of a run of an instance. */
  events(id: string, run: number): ReadonlyArray<Event> {
    return this.ask((store) => store.read({ instance: id, run, from: 0, limit: 100_000 }))
  }

  /** Which epochs of an instance a process was given so far. */
  epochs(process: Process, id: string): ReadonlyArray<number> {
    return this.#grants.get(id)?.get(process) ?? []
  }

  /** Who has an instance, by the name that it goes by at the journal. */
  owner(id: string): string | undefined {
    return this.#owners.get(id)
  }

  /** How often an instance was given back by its owner, or made without one. */
  givenBack(id: string): number {
    return this.#givenBack.get(id) ?? 0
  }

  /** Something was done. */
  note({ call, exit, process }: Done): void {
    if (Exit.isFailure(exit)) return
    const { args, operation } = call
    switch (operation) {
      case "create": {
        const creates = [args[0] as Create | ReadonlyArray<Create>].flat()
        const answers = [exit.value as Created | ReadonlyArray<Created>].flat()
        for (const [index, create] of creates.entries()) {
          if (answers[index]?._tag !== "Created" || this.#marks.has(create.mark)) continue
          this.#marks.add(create.mark)
          if (this.instances.has(create.id)) {
            this.#report(
              "promise 3: one writer",
              `${create.id} is there, and another start was told that it has made it`
            )
          }
          this.#created(process, create)
        }
        return
      }
      case "claim": {
        const { owner } = args[0] as Claim
        for (const { epoch, id } of exit.value as ReadonlyArray<Instance>) this.#granted(process, owner, id, epoch)
        return
      }
      case "wake": {
        const { claimed, delivered } = exit.value as Woken
        const { owner } = args[1] as Waking
        for (const [index, send] of (args[0] as ReadonlyArray<Send>).entries())
          this.#sent(process, send, delivered[index])
        for (const { instance } of claimed) this.#granted(process, owner, instance.id, instance.epoch)
        return
      }
      case "release":
        for (const { id } of args[1] as ReadonlyArray<Release>) this.#giveBack(id)
        return
      case "send":
        for (const [index, send] of (args[0] as ReadonlyArray<Send>).entries()) {
          this.#sent(process, send, (exit.value as ReadonlyArray<Delivered>)[index])
        }
        return
      case "append":
        return this.#appended(args[0] as ReadonlyArray<Append>, exit.value as ReadonlyArray<Appended>)
      default:
    }
  }

  #created(process: Process, { events, id, owner, workflow }: Create): void {
    this.instances.set(id, workflow)
    // What nobody owns yet is claimed, and that is a grant of its own.
    if (owner === null) this.#giveBack(id)
    else this.#granted(process, owner, id, 1)
    this.#look(id, events[0]?.run ?? 0)
    this.#timely(events)
  }

  #giveBack(id: string): void {
    this.#givenBack.set(id, this.givenBack(id) + 1)
  }

  #granted(process: Process, owner: string, id: string, epoch: number): void {
    const grants = this.#grants.get(id) ?? new Map<Process, Array<number>>()
    grants.set(process, [...(grants.get(process) ?? []), epoch])
    this.#grants.set(id, grants)
    this.#owners.set(id, owner)
  }

  #sent(process: Process, send: Send, sent: Delivered | undefined): void {
    const key = JSON.stringify([send.instance, send.id])
    if (sent?._tag === "Pending" && !this.signals.has(key)) this.signals.set(key, { send, acceptedBy: process.name })
  }

  #appended(batch: ReadonlyArray<Append>, answers: ReadonlyArray<Appended>): void {
    for (const [index, { epoch, events, instance, run }] of batch.entries()) {
      this.#look(instance, run)
      this.#timely(events)
      const now = this.row(instance)?.epoch
      const answered = answers[index]
      const answer = answered?._tag
      const what = `${events.map(({ id }) => id).join(" ")} of ${instance}, epoch ${epoch},`
      if (answer === "Appended" && epoch !== now) {
        this.#report("promise 3: one writer", `${what} is appended, and its epoch is ${now}`)
      }
      // A journal that does not look at rows would have written it.
      if (answered?._tag === "Rejected" && answered.reason.startsWith(UNTRUE)) {
        this.#report("promise 3: one writer", `${what} rests on its lease, and ${answered.reason}`)
      }
      if (answer !== "Conflict" || events.length === 0) continue
      const there = new Set(this.#ids.get(`${instance} ${run}`))
      if (events.every(({ id }) => there.has(id))) {
        this.#report("promise 3: no false conflict", `${what} is there, and said to be in conflict`)
      }
    }
  }

  /** What a journal holds never changes: it only gets longer. */
  #look(id: string, run: number): void {
    const key = `${id} ${run}`
    const now = this.events(id, run).map((event) => event.id)
    const before = this.#ids.get(key) ?? []
    if (before.some((event, index) => event !== now[index])) {
      this.#report("the journal only grows", `${key}: ${before.join(" ")} became ${now.join(" ")}`)
    }
    this.#ids.set(key, now)
  }

  /** Nobody writes down an instant that has not come. */
  #timely(events: ReadonlyArray<Event>): void {
    const late = events.find(({ at }) => at > this.#kernel.now)
    if (late === undefined) return
    this.#report("one clock decides", `event ${late.id} is of ${late.at}, and it is ${this.#kernel.now}`)
  }
}
