/**
 * The workflows that chaos is let loose on. Between them they use what can go wrong: steps that are tried again, a timer,
 * signals with a reply and a refusal, a parallel with a join, a saga that fails at times, a child, a loop that continues
 * as new. What each comes to depends on its input alone, so that the right result is known before it starts.
 */
import { Effect, Schema } from "effect"
import { ChildStopped, Signal, WIO, Workflow } from "@waymark/core"
import { Declined, decline, Done, effect } from "./effects.ts"

/** What every one of them starts from and rests in: the trail is what its steps have come to, in order. */
export class Task extends Schema.Class<Task>("Task")({
  id: Schema.String,
  n: Schema.Int,
  /** How many attempts of a flaky step die. */
  faulty: Schema.Int,
  round: Schema.Int,
  trail: Schema.String
}) {
  then(what: string): Task {
    const { faulty, id, n, round, trail } = this
    return new Task({ id, n, faulty, round, trail: trail === "" ? what : `${trail} ${what}` })
  }

  /** The next round. */
  get next(): Task {
    const { faulty, id, n, round, trail } = this
    return new Task({ id, n, faulty, round: round + 1, trail })
  }
}

/** A task at its beginning. */
export const task = (id: string, n: number, faulty: number): Task => new Task({ id, n, faulty, round: 0, trail: "" })

const retry = { initial: "40 millis", factor: 1.5, max: "1 second" } as const

const step = (name: string, options: { readonly flaky?: boolean } = {}) =>
  WIO.runIO(name, {
    event: Done,
    run: ({ faulty, n }: Task) => effect(`${name}-${n}`, options.flaky === true ? faulty : 0),
    apply: (task, { value }) => task.then(value),
    retry
  })

// ---- signals ----------------------------------------------------------------------------------------------------

/** Who may not approve. */
export class NotAllowed extends Schema.TaggedError<NotAllowed>()("NotAllowed", { by: Schema.String }) {
  override get message(): string {
    return `${this.by} may not approve`
  }
}

/** Approves an order. */
export const Approve = Signal.make("approve", {
  payload: Schema.Struct({ by: Schema.String }),
  reply: Schema.String,
  error: NotAllowed
})

/** Closes a watch. */
export const Close = Signal.make("close", { payload: Schema.Struct({ by: Schema.String }), reply: Schema.String })

const approve = WIO.handleSignal(Approve, {
  event: Schema.String,
  handle: (_: Task, { by }) => (by === "self" ? Effect.fail(new NotAllowed({ by })) : Effect.succeed(by)),
  apply: (task, by) => task.then(`by-${by}`),
  reply: ({ id }, by) => `${id} by ${by}`
})

const close = WIO.handleSignal(Close, {
  event: Schema.String,
  handle: (_: Task, { by }) => Effect.succeed(by),
  apply: (task, by) => task.then(`closed-by-${by}`),
  reply: ({ id }, by) => `${id} by ${by}`
})

// ---- workflows --------------------------------------------------------------------------------------------------

/** Steps with retries, a parallel with a join, a timer, a signal with a reply. */
export const Order = Workflow.make("chaos-order", {
  version: 1,
  input: Task,
  state: Task,
  body: step("reserve", { flaky: true }).pipe(
    WIO.andThen(
      WIO.parallel(
        { pack: step("pack"), invoice: step("invoice", { flaky: true }).pipe(WIO.andThen(step("post"))) },
        {
          fork: (task: Task) => ({ pack: task, invoice: task }),
          join: ({ invoice, pack }, { trail }) => pack.then(`|${invoice.trail.slice(trail.length)}`)
        }
      )
    ),
    WIO.andThen(WIO.await<Task>("cooling off", { for: "400 millis" })),
    WIO.andThen(approve),
    WIO.andThen(step("ship"))
  )
})

/** A saga: every third one is declined at the end, and what was booked is undone in reverse. */
export const Trip = Workflow.make("chaos-trip", {
  version: 1,
  input: Task,
  state: Task,
  error: Declined,
  body: step("flight", { flaky: true }).pipe(
    WIO.compensateWith(step("no-flight")),
    WIO.andThen(step("hotel").pipe(WIO.compensateWith(step("no-hotel", { flaky: true })))),
    WIO.andThen(
      WIO.runIO("pay", {
        event: Done,
        error: Declined,
        run: ({ n }: Task) => (n % 3 === 0 ? decline(`declined-${n}`) : effect(`pay-${n}`)),
        apply: (task, { value }) => task.then(value),
        retry
      })
    ),
    WIO.saga
  )
})

/** The child of a bundle. */
export const Parcel = Workflow.make("chaos-parcel", {
  version: 1,
  input: Task,
  state: Task,
  body: step("pick").pipe(
    WIO.andThen(WIO.await<Task>("on its way", { for: "300 millis" })),
    WIO.andThen(step("deliver", { flaky: true }))
  )
})

/** A child that is waited for. */
export const Bundle = Workflow.make("chaos-bundle", {
  version: 1,
  input: Task,
  state: Task,
  error: ChildStopped,
  body: step("collect").pipe(
    WIO.andThen(
      WIO.child(Parcel, {
        id: ({ id }: Task) => parcelOf(id),
        input: ({ faulty, id, n }) => task(parcelOf(id), n, faulty),
        apply: (task, parcel) => task.then(`[${parcel.trail}]`)
      })
    ),
    WIO.andThen(step("bill"))
  )
})

/** The id of a bundle's child. */
export const parcelOf = (bundle: string): string => `${bundle}/parcel`

const LOOKS = 2
const RUNS = 3

/** Runs that continue as new, a loop in each; in the last one it waits for a signal, which may have come long before. */
export const Watch = Workflow.make("chaos-watch", {
  version: 1,
  input: Task,
  state: Task,
  body: WIO.loop("looks", step("look", { flaky: true }).pipe(WIO.map((task) => task.next)), {
    while: ({ round }) => round % LOOKS !== 0
  }).pipe(
    WIO.andThen(
      WIO.branch(
        "another run?",
        {
          again: {
            when: ({ round }: Task) => round < LOOKS * RUNS,
            then: WIO.await<Task>("a while", { for: "100 millis" }).pipe(
              WIO.andThen(WIO.continueAsNew((task: Task) => task))
            )
          }
        },
        close.pipe(WIO.andThen(step("file")))
      )
    )
  )
})

/** What a worker hosts. */
export const workflows = [Order, Trip, Parcel, Bundle, Watch] as const

/** What an instance has to come to: how it ends, with what, and after how many completed steps. */
export interface Expected {
  readonly id: string
  readonly workflow: string
  /** The outcome and, after a colon, the trail or the reason. */
  readonly result: string
  readonly completed: number
}

/** What a task comes to in a workflow, its children after it. */
export const expected = (workflow: Root, { id, n }: Task): ReadonlyArray<Expected> => {
  const one = (workflow: Workflow.Any, id: string, result: string, completed: number): Expected => ({
    id,
    workflow: workflow.name,
    result,
    completed
  })
  switch (workflow) {
    case "order": {
      const trail = `reserve-${n} pack-${n} | invoice-${n} post-${n} by-ann ship-${n}`
      return [one(Order, id, `completed:${trail}`, 5)]
    }
    case "trip":
      return n % 3 === 0
        ? [one(Trip, id, `failed:declined-${n}`, 4)]
        : [one(Trip, id, `completed:flight-${n} hotel-${n} pay-${n}`, 3)]
    case "bundle": {
      const parcel = `pick-${n} deliver-${n}`
      return [
        one(Bundle, id, `completed:collect-${n} [${parcel}] bill-${n}`, 2),
        one(Parcel, parcelOf(id), `completed:${parcel}`, 2)
      ]
    }
    case "watch": {
      const looks = Array.from({ length: LOOKS * RUNS }, () => `look-${n}`).join(" ")
      return [one(Watch, id, `completed:${looks} closed-by-ann file-${n}`, LOOKS * RUNS + 1)]
    }
  }
}

/** Those that are started from outside, by a short name. */
export const roots = { order: Order, trip: Trip, bundle: Bundle, watch: Watch } as const
/** Their names. */
export type Root = keyof typeof roots
