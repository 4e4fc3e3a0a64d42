/**
 * Two steps in a row: the diagram is the program's plan, and its type.
 *
 * A handler gets what its state is entered with, and `go`: the transitions that leave the state. Take a state out of the
 * diagram, or write `go.task3`, and this file does not compile.
 */
import { Effect, Schema } from "effect"
import { Diagram } from "@waymark/render"

export const Simple = Diagram.make(`---
title: SimpleWorkflow
---
stateDiagram-v2
  direction LR
  [*] --> task1
  task1 --> task1: attempts=2
  task1 --> task2
  task2 --> [*]
`)

export const SimpleWorkflow = Simple.implement({
  version: 1,
  payloads: { task1: Schema.String, task2: Schema.String },
  output: Schema.String,
  states: {
    task1: (text, go) => Effect.succeed(go.task2(`${text}, seen by the first`)),
    task2: (text, go) => Effect.succeed(go.end(`${text}, seen by the second`))
  }
})
