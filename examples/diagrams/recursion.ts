/** A circle: a choice may lead back. `Diagram.make(text, { acyclic: true })` would refuse it, and name the circle. */
import { Effect, Schema } from "effect"
import { Diagram } from "@waymark/render"

export const Recursion = Diagram.make(`---
title: RecursionWorkflow
---
stateDiagram-v2
  state decision <<choice>>
  [*] --> countDown
  countDown --> decision
  decision --> [*]: zero
  decision --> countDown: nonZero
`)

export const RecursionWorkflow = Recursion.implement({
  version: 1,
  payloads: { countDown: Schema.Number },
  output: Schema.Void,
  states: {
    countDown: (n, go) => Effect.succeed(n === 0 ? go.zero() : go.nonZero(n - 1))
  }
})
