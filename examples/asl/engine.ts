/** A state machine hosted by an engine, as any workflow is. */
import { Effect, Layer, Result } from "effect"
import { Asl, AslResources } from "@waymark/asl"
import { Engine, Journal } from "@waymark/interpreter"
import definition from "./order.json" with { type: "json" }

export const Order = Result.getOrThrow(Asl.parse(definition, { name: "Order" }))

/** What stands behind the functions that the definition names. */
const tasks = AslResources.layer({
  "arn:aws:lambda:us-east-1:123456789012:function:charge": (input) => Effect.succeed({ charged: input }),
  "arn:aws:lambda:us-east-1:123456789012:function:label": (input) => Effect.succeed(`label ${JSON.stringify(input)}`)
})

export const program = Effect.gen(function* () {
  const engine = yield* Engine
  const input = { customer: "ann", amount: 40, parcels: ["books", "tea"] }
  const order = yield* engine.start(Order, { id: "order-1", input })
  return yield* order.result
})

/** Give it another journal, and it survives the process. */
export const layer = Engine.layer({ workflows: [Order] }).pipe(Layer.provide(Journal.layerMemory), Layer.provide(tasks))
