/** A choice: a handler says which way to go by the label of the arrow, and each way has a payload of its own. */
import { Effect, Schema } from "effect"
import { Diagram } from "@waymark/render"

export const Conditions = Diagram.make(`---
title: ConditionsWorkflow
---
stateDiagram-v2
  direction LR
  state choice <<choice>>
  [*] --> decide
  decide --> choice
  choice --> left: chooseLeft
  choice --> right: chooseRight
  left --> [*]
  right --> [*]
`)

export const ConditionsWorkflow = Conditions.implement({
  version: 1,
  payloads: { decide: Schema.Number, left: Schema.String, right: Schema.Struct({ by: Schema.Number }) },
  output: Schema.String,
  states: {
    decide: (n, go) => Effect.succeed(n < 0 ? go.chooseLeft("below zero") : go.chooseRight({ by: n })),
    left: (why, go) => Effect.succeed(go.end(`left, since it is ${why}`)),
    right: ({ by }, go) => Effect.succeed(go.end(`right, by ${by}`))
  }
})
