/** Rule `duplicate-name` where threads are no help: checkpoints, and timers that wait at the same time. */
import { isFork, triggerOf, words, type Place } from "./places.ts"
import type { Say } from "./report.ts"

/** Checkpoints are found by their names, wherever they stand. */
export const checkpoints = (places: ReadonlyArray<Place>, say: Say): void => {
  const known = new Map<string, Place>()
  for (const place of places) {
    if (place.node._tag !== "Checkpoint") continue
    const { name } = place.node
    const first = known.get(name)
    if (first === undefined) known.set(name, place)
    else {
      const message = `a checkpoint "${name}" stands at ${words(first)} too: recovery could not tell which of them a journal means. Give one of them another name.`
      say("duplicate-name", "error", place, message, first)
    }
  }
}

/** Timers that may cut the same part short: they wait at the same time, in one place of the journal. */
export const timers = (places: ReadonlyArray<Place>, say: Say): void => {
  const armed = new Map<string, Place>()
  const open: Array<{ readonly end: number; readonly key: string; readonly before: Place | undefined }> = []
  const threads: Array<number> = []
  for (const place of places) {
    for (let top = open.at(-1); top !== undefined && top.end <= place.index; top = open.at(-1)) {
      open.pop()
      if (top.before === undefined) armed.delete(top.key)
      else armed.set(top.key, top.before)
    }
    const { parent } = place
    threads[place.index] = parent === undefined || isFork(parent.node) ? place.index : (threads[parent.index] as number)
    if (place.node._tag !== "InterruptWith") continue
    const trigger = triggerOf(place)
    if (trigger.node._tag !== "Await") continue
    const { name } = trigger.node
    const key = `${threads[place.index]} ${name}`
    const before = armed.get(key)
    if (before !== undefined) {
      const message = `"${name}" is the name of ${words(before)} too, which waits at the same time. Give one of them another name.`
      say("duplicate-name", "warning", trigger, message, before)
    }
    armed.set(key, trigger)
    open.push({ end: (place.parts[0] as Place).end, key, before })
  }
}
