/**
 * Events folded into a machine: the only way it changes. Live progress takes one, recovery takes them all; the difference is only that nobody
 * sees the values between those that recovery takes, so they are changed in place.
 */
import type { Workflow } from "@waymark/core"
import * as Result from "effect/Result"
import { JournalCorrupt } from "../../Errors.ts"
import type { Event } from "../../Event.ts"
import { begin, resumedAt } from "./begin.ts"
import * as Checkpoint from "./checkpoint.ts"
import { cancel, continued, ended } from "./end.ts"
import { fold, oldRoads } from "./fold.ts"
import {
  corrupt,
  draftOf,
  mismatch,
  threw,
  turnOf,
  type Draft,
  type Machine,
  type RecoveryError,
  type Refusal
} from "./machine.ts"
import { VERSION } from "./thread.ts"
import type { Turn, Watch } from "./turn.ts"

/** Whether an event stands in its place. */
const misplaced = ({ closed, id, length, run }: Machine, event: Event): Refusal | undefined => {
  if (event.instance !== id || event.run !== run) {
    const hint = event.instance === id ? " (each run has a journal of its own: take the events of one)" : ""
    return corrupt(event, `it stands in the journal of instance "${id}", run ${run}${hint}`)
  }
  if (event.seq !== length) {
    return corrupt(
      event,
      event.seq < length ? `event ${event.seq} stands there twice` : `events ${length} to ${event.seq - 1} are missing`
    )
  }
  if (closed !== undefined) return corrupt(event, `"${event.kind}" comes after the end`)
  if (event.kind === "started") return corrupt(event, "it was started already")
  return Number.isFinite(event.at) ? undefined : corrupt(event, `it has no instant, but ${event.at}`)
}

/** An event that stands in its place, by its kind. */
const folded = (draft: Draft, turn: Turn, event: Event): Refusal | undefined => {
  switch (event.kind) {
    case "ended":
      return ended(draft, event)
    case "continued":
      return continued(draft, event)
    case "cancel-requested":
      return cancel(draft, turn, event)
    default: {
      const next = fold(turn, draft.root, event)
      if ("_tag" in next) return mismatch(event, next.expected, event.step, next.reason)
      draft.root = next
      return undefined
    }
  }
}

/** Folds one event into a draft. One that is refused leaves the draft good for nothing. */
const take = (draft: Draft, turn: Turn, event: Event): Refusal | undefined => {
  const refused = misplaced(draft, event)
  if (refused !== undefined) return refused
  turn.at = event.at
  turn.path = event.path
  try {
    // Whatever stands at a choice without its record came there before the change.
    if ((draft.root.mask & VERSION) !== 0 && event.kind !== "version") draft.root = oldRoads(turn, draft.root)
    const misfit = folded(draft, turn, event)
    if (misfit !== undefined) return misfit
  } catch (cause) {
    return threw(event, turn, cause)
  }
  draft.length++
  draft.trail = turn.trail
  draft.remarks = turn.remarks
  draft.children = turn.children
  draft.orders = turn.orders
  return undefined
}

/** Folds one event in. */
export const evolve = (machine: Machine, event: Event): Result.Result<Machine, RecoveryError> => {
  const draft = draftOf(machine)
  return take(draft, turnOf(machine, event, undefined), event) ?? Result.succeed(draft)
}

/** Folds events in, as `evolve` does one by one. */
export const evolveAll = (
  machine: Machine,
  events: Iterable<Event>,
  watch?: Watch
): Result.Result<Machine, RecoveryError> => foldAll(machine, events, {}, watch)

/** The token is what all carries that may be changed in place: what is made with it, which nobody sees before the last event is in. */
const foldAll = (
  machine: Machine,
  events: Iterable<Event>,
  owner: object,
  watch: Watch | undefined
): Result.Result<Machine, RecoveryError> => {
  const draft = draftOf(machine)
  let turn: Turn | undefined
  for (const event of events) {
    turn ??= turnOf(machine, event, owner, watch)
    const refused = take(draft, turn, event)
    if (refused !== undefined) return refused
  }
  return Result.succeed(draft)
}

/** Rebuilds a machine from a whole journal; where there are checkpoints, from the last one on. */
export const recover = (
  workflow: Workflow.Any,
  given: Iterable<Event>,
  watch?: Watch
): Result.Result<Machine, RecoveryError> => {
  if (Checkpoint.isIn(workflow)) {
    const events = Array.from(given)
    const last = Checkpoint.lastOf(events)
    return last === undefined
      ? recoverAll(workflow, events, watch)
      : Result.flatMap(resumedAt(workflow, last.started, last.event, watch), (machine) =>
          evolveAll(machine, events.slice(last.position + 1), watch)
        )
  }
  return recoverAll(workflow, given, watch)
}

const recoverAll = (
  workflow: Workflow.Any,
  given: Iterable<Event>,
  watch: Watch | undefined
): Result.Result<Machine, RecoveryError> => {
  // An array is walked as one, which makes nothing for each event; whatever else it is may be longer than memory.
  const events = given[Symbol.iterator]()
  const first = events.next()
  if (first.done === true) {
    return Result.fail(new JournalCorrupt({ instance: "", run: 0, position: 0, reason: "the journal is empty" }))
  }
  const rest = Array.isArray(given) ? given.slice(1) : { [Symbol.iterator]: () => events }
  const owner = {}
  return Result.flatMap(begin(workflow, first.value, owner, watch), (machine) => foldAll(machine, rest, owner, watch))
}
