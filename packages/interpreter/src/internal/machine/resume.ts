/** The meaning of each node where what it holds has come to an end: the frames of a thread, one after the other. */
import { Codec, Failure, Goto, NoSuchState } from "@waymark/core"
import { rememberOrigin, visible } from "./compose.ts"
import { enter, generated } from "./enter.ts"
import * as Generated from "./generated.ts"
import { placeOf } from "./keys.ts"
import * as Site from "./site.ts"
import { frame as makeFrame, isHandler, type Frame, type Then } from "./thread.ts"
import { turned, undone, type Cursor, type Move, type Turn } from "./turn.ts"
import { proceed, since, unwind } from "./unwind.ts"

type Failed = Extract<Then, { readonly _tag: "Failed" }>

const pop = (cursor: Cursor, frame: Frame): void => {
  cursor.stack = frame.next
  // An interruption lives exactly as long as the frame of its body. A thread that is given up has lost it before.
  if (frame.site.node._tag === "InterruptWith" && cursor.armed?.frame === frame) cursor.armed = cursor.armed.next
}

/** Gives a state to the innermost frame. */
export const give = (turn: Turn, cursor: Cursor, frame: Frame, state: unknown): Move => {
  const { memory, next, position, site } = frame
  const { node } = site
  if (memory?._tag === "Unwinding") return proceed(turn, cursor, frame)
  switch (node._tag) {
    case "AndThen":
      // The last item needs no frame to come back to: so a workflow that computes its own rest does not pile them up.
      cursor.stack = position + 1 < site.nodes.length ? makeFrame(site, position + 1, next) : next
      return enter(turn, cursor, Site.part(site, position), state)
    case "Loop":
      turn.site = site
      if (node.again(state)) {
        turned(turn, site)
        return enter(turn, cursor, Site.part(site, 0), state)
      }
      break
    case "Machine": {
      if (!Goto.is(state)) break
      turn.site = site
      const to = placeOf(site.keys, state.to)
      if (to === undefined) throw new NoSuchState({ machine: node.name, to: state.to, states: site.keys.names })
      turned(turn, site)
      cursor.stack = makeFrame(site, to, next)
      return enter(turn, cursor, Site.part(site, to), state.state)
    }
    case "Gen":
      if (memory?._tag !== "Generated") break
      turn.site = site
      return generated(turn, cursor, site, next, Generated.resume(memory, state))
    case "Embed":
      if (memory?._tag !== "Outer") break
      turn.site = site
      pop(cursor, frame)
      return { _tag: "Done", state: node.out(memory.state, state) }
    case "Compensate":
      if (position === 1) {
        undone(turn, site)
        break
      }
      turned(turn, site)
      cursor.undos = { site, state, order: turn.orders++, next: cursor.undos }
      break
    case "Saga":
      // Nobody outside can want it undone any more.
      if (memory?._tag === "Scope" && !memory.nested) since(cursor, memory.order)
      break
    default:
  }
  pop(cursor, frame)
  return { _tag: "Done", state }
}

const handles = (frame: Frame, error: unknown): boolean => {
  const { node } = frame.site
  if (node._tag !== "Catch" || isHandler(frame)) return false
  const tag = Codec.tagOf(error)
  return node.tags === undefined || (tag !== undefined && node.tags.includes(tag))
}

/** Takes a failure to the innermost frame. */
export const raise = (turn: Turn, cursor: Cursor, frame: Frame, { _tag, error, origin, state }: Failed): Move => {
  const { memory, next, site } = frame
  const { node } = site
  if (memory?._tag === "Unwinding") {
    throw new Error(
      "what undoes a step, or is done when it is cancelled, must not fail: handle its failures with WIO.catch"
    )
  }
  pop(cursor, frame)
  if (handles(frame, error)) {
    // Handlers that end together need one mark: so a handler that computes its own rest does not pile them up.
    if (next === undefined || !isHandler(next)) cursor.stack = makeFrame(site, 1, next)
    const failure = Failure.make(state, error)
    rememberOrigin(failure, origin)
    return { _tag: "Enter", site: Site.part(site, 1), state: failure }
  }
  if (memory?._tag === "Outer" && node._tag === "Embed") {
    turn.site = site
    return { _tag, state: node.state(memory.state, visible(state)), error, origin }
  }
  const raised: Failed = { _tag, state: isHandler(frame) ? visible(state) : state, error, origin }
  if (memory?._tag === "Scope" && node._tag === "Saga")
    return unwind(turn, cursor, site, since(cursor, memory.order), raised)
  return raised
}
