/** A diagram for the fixtures, and schemas for it. */
import { Diagram } from "@waymark/render"
import { Schema } from "effect"

export const Order = Diagram.make(`---
title: Order
---
stateDiagram-v2
  state stock <<choice>>
  [*] --> check
  check --> stock
  stock --> ship: in stock
  stock --> [*]: sold out
  state ship {
    [*] --> pack
    pack --> send
    send --> [*]
  }
  ship --> [*]
`)

export const schemas = {
  version: 1,
  payloads: { check: Schema.Number, pack: Schema.String, send: Schema.Struct({ label: Schema.String }) },
  output: Schema.Boolean
}
