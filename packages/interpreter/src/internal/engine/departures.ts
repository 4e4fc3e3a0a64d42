/**
 * How live instances that only wait leave memory. While one stays nobody else goes on with it before the lease has lapsed, should this process be killed; so one
 * that comes back by the statement that stores its signal stays for a moment only.
 */
import type * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Execution from "../../Execution.ts"
import type { JournalError } from "../../JournalError.ts"
import * as Alarm from "./alarm.ts"
import type { Instance } from "./instance.ts"
import * as Reader from "./reader.ts"

/** How long an instance that only waits stays, in milliseconds: `brief`ly, or where it costs more to bring it back, `long`. */
export interface Stay {
  readonly brief: number
  readonly long: number
}

/** What has something to do by itself in so many milliseconds does not leave memory before. */
const MOMENT = 1_000

/** Those that are about to leave wait for each other: they leave at multiples of so many milliseconds. */
const TOGETHER = 250

const together = (at: number): number => Alarm.rounded(at, TOGETHER)

/** What departures need of their engine. */
export interface Setting {
  readonly now: Effect.Effect<number, JournalError>
  readonly fork: (effect: Effect.Effect<void>) => Fiber.Fiber<unknown, unknown>
  readonly stay: Stay
  /** Whether the statement that stores a signal brings its instance back. */
  readonly wakes: boolean
  readonly live: ReadonlyMap<string, Instance>
  /** Whether somebody here waits for what becomes of an instance: he would have to ask for it. */
  readonly isAwaited: (id: string) => boolean
  /** Whether an instance is about to be told of signals. It may have settled some of them, and is the only one to know. */
  readonly isTold: (id: string) => boolean
  readonly evict: (instances: ReadonlyArray<Instance>) => void
}

export class Departures {
  readonly #setting: Setting
  /** When instances came to rest, those that have rested for longest first. They may be at work again by now. */
  readonly #since = new Map<string, number>()
  readonly #alarm: Alarm.Alarm

  constructor(setting: Setting) {
    this.#setting = setting
    this.#alarm = Alarm.make(setting.now, setting.fork, (id, now) => this.#depart(id, now))
  }

  /** An instance has come to rest. */
  rested({ id }: Instance, now: number): void {
    this.#since.delete(id)
    this.#since.set(id, now)
    this.#alarm.set(id, together(now + this.#setting.stay.brief))
  }

  /** An instance is live no more. */
  forget(id: string): void {
    this.#since.delete(id)
    this.#alarm.set(id, undefined)
  }

  /** Whether an instance may leave now. */
  may(instance: Instance | undefined): instance is Instance {
    return instance?.isIdle === true && !this.#setting.isTold(instance.id)
  }

  /** So many of those that may leave, those that have rested for longest first. */
  first(count: number): ReadonlyArray<Instance> {
    const found: Array<Instance> = []
    for (const id of this.#since.keys()) {
      if (found.length >= count) break
      const instance = this.#setting.live.get(id)
      if (this.may(instance)) found.push(instance)
    }
    return found
  }

  /** Whether it need not stay: it comes back with its signal, with all of its events, and nobody here waits for what becomes of it. */
  #staysBriefly(instance: Instance, now: number): boolean {
    const { isAwaited, stay, wakes } = this.#setting
    return (
      wakes &&
      Execution.length(instance.execution) <= Reader.FEW &&
      (instance.dueAt ?? Infinity) - now > stay.long &&
      !isAwaited(instance.id) &&
      instance.isSuspended
    )
  }

  /** Lets one leave that has stayed for as long as it may, unless it has something to do in a moment, or just now. */
  #depart(id: string, now: number): void {
    const { evict, isTold, live, stay } = this.#setting
    const [instance, since] = [live.get(id), this.#since.get(id)]
    if (since === undefined || instance?.isIdle !== true) return
    const isDue = Math.abs((instance.dueAt ?? Infinity) - now) <= Math.min(MOMENT, stay.brief)
    if (now < since + stay.long && !this.#staysBriefly(instance, now)) this.#alarm.set(id, together(since + stay.long))
    else if (isDue || isTold(id)) this.#alarm.set(id, together(now + MOMENT))
    else evict([instance])
  }
}
