/** Instances and groups to write, for tests about how they are written. */
import type { Append, Create, Event, Send } from "@waymark/interpreter"
import { Journal } from "@waymark/interpreter"
import * as Effect from "effect/Effect"

/** An event at its place; each call makes another event. */
export const eventAt = (instance: string, seq: number): Event.Event => ({
  instance,
  run: 0,
  seq,
  id: globalThis.crypto.randomUUID(),
  at: 0,
  kind: seq === 0 ? "started" : "completed",
  path: "",
  ordinal: seq,
  step: "step",
  payload: seq
})

/** A new instance, which somebody owns. */
export const creation = (id: string, options: Partial<Create> = {}): Create => ({
  mark: globalThis.crypto.randomUUID(),
  id,
  workflow: "Withdrawal",
  version: 1,
  events: [eventAt(id, 0)],
  status: "running",
  wakeAt: 0,
  attributes: {},
  owner: "one",
  ...options
})

/** A group of one event, at epoch 1. */
export const groupAt = (instance: string, expected: number, options: Partial<Append> = {}): Append => ({
  instance,
  run: 0,
  epoch: 1,
  expected,
  events: [eventAt(instance, expected)],
  status: "running",
  wakeAt: null,
  settled: [],
  ...options
})

/** A signal, another one with each call. */
export const signalTo = (instance: string, sender: string): Send => ({
  instance,
  id: globalThis.crypto.randomUUID(),
  name: "approve",
  payload: null,
  sender
})

/** The ids of all events of an instance, in order. */
export const idsIn = Effect.fnUntraced(function* (instance: string) {
  const journal = yield* Journal
  const events = yield* journal.read({ instance, run: 0, from: 0, limit: 100_000 })
  return events.map(({ id }) => id)
})

/** What wakes, which this journal must have. */
export const wakeOf = ({ wake }: Journal["Service"]): NonNullable<Journal["Service"]["wake"]> => {
  if (wake === undefined) throw new Error("the journal does not wake")
  return wake
}
