import { Context, Effect, type Layer, Schema } from "effect"
import { WIO, type Workflow } from "@waymark/core"
import { Engine, type Journal } from "@waymark/interpreter"
import { Diagram } from "@waymark/render"
import { same } from "../../../core/test/types/equals.ts"

class Scales extends Context.Service<Scales, { readonly weigh: Effect.Effect<number> }>()("Scales") {}
class Lost extends Schema.TaggedError<Lost>()("Lost", { by: Schema.String }) {}

const Parcel = Diagram.make(`---
title: Parcel
---
stateDiagram-v2
  state weight <<choice>>
  state split <<fork>>
  state meet <<join>>
  [*] --> weigh
  weigh --> weight
  weight --> split: light
  weight --> [*]: too heavy
  split --> label
  split --> box
  label --> meet
  state box {
    [*] --> find
    find --> [*]
  }
  box --> meet
  meet --> send
  state send {
    [*] --> truck
    truck --> [*]
    --
    [*] --> mail
    mail --> [*]
  }
  send --> [*]
`)
same<typeof Parcel.title, "Parcel">()

const payloads = {
  weigh: Schema.Struct({ kilos: Schema.Number }),
  split: Schema.Boolean,
  label: Schema.String,
  find: Schema.Date,
  send: Schema.BigInt,
  truck: Schema.Void,
  mail: Schema.Array(Schema.String)
}

// ---- what handlers are given, and what comes of them ------------------------------------------------------------
const workflow = Parcel.implement({
  version: 1,
  payloads,
  branches: { label: Schema.Literal("stuck on"), box: Schema.Number, truck: Schema.Null, mail: Schema.Boolean },
  output: Schema.Literals(["sent", "kept"]),
  error: Lost,
  states: {
    weigh: (payload, go) => {
      same<typeof payload, { readonly kilos: number }>()
      same<
        typeof go,
        {
          readonly light: (payload: Diagram.PayloadOf<"split", boolean>) => Diagram.Transition<"weigh">
          readonly "too heavy": (output: Diagram.OutputOfWorkflow<"sent" | "kept">) => Diagram.Transition<"weigh">
        }
      >()
      return Scales.use((scales) =>
        Effect.map(scales.weigh, (n) => (n > 20 ? go["too heavy"]("kept") : go.light(true)))
      )
    },
    split: (payload) => {
      same<typeof payload, boolean>()
      return { label: "to Ann", box: new Date(0) }
    },
    label: {
      run: (payload, go) => {
        same<typeof payload, string>()
        same<
          typeof go,
          { readonly meet: (output: Diagram.OutputOfBranch<"label", "stuck on">) => Diagram.Transition<"label"> }
        >()
        return Effect.succeed(go.meet("stuck on"))
      },
      timeouts: { startToClose: "1 minute" }
    },
    box: {
      states: {
        find: (payload, go) => {
          same<typeof payload, Date>()
          // The end of what is inside goes on by the arrow of the whole.
          same<
            typeof go,
            {
              readonly end: {
                readonly meet: (output: Diagram.OutputOfBranch<"box", number>) => Diagram.Transition<"find">
              }
            }
          >()
          return payload.getTime() === 0 ? Effect.fail(new Lost({ by: "us" })) : Effect.succeed(go.end.meet(3))
        }
      }
    },
    meet: (ends, go) => {
      same<typeof ends, { readonly label: "stuck on"; readonly box: number }>()
      same<typeof go, { readonly send: (payload: Diagram.PayloadOf<"send", bigint>) => Diagram.Transition<"meet"> }>()
      return go.send(1n)
    },
    send: {
      fork: (payload) => {
        same<typeof payload, bigint>()
        return { truck: undefined, mail: [] }
      },
      states: {
        truck: {
          part: (go) => {
            same<
              typeof go,
              { readonly end: (output: Diagram.OutputOfBranch<"truck", null>) => Diagram.Transition<"truck"> }
            >()
            return WIO.await<void>("drive", { for: "1 hour" }).pipe(WIO.map(() => go.end(null)))
          }
        },
        mail: (payload, go) => {
          same<typeof payload, ReadonlyArray<string>>()
          same<
            typeof go,
            { readonly end: (output: Diagram.OutputOfBranch<"mail", boolean>) => Diagram.Transition<"mail"> }
          >()
          return Effect.succeed(go.end(true))
        }
      },
      join: (ends, go) => {
        same<typeof ends, { readonly truck: null; readonly mail: boolean }>()
        same<
          typeof go,
          { readonly end: (output: Diagram.OutputOfWorkflow<"sent" | "kept">) => Diagram.Transition<"send"> }
        >()
        return go.end("sent")
      }
    }
  }
})

// ---- a workflow like any other --------------------------------------------------------------------------------------
same<Workflow.Input<typeof workflow>, { readonly kilos: number }>()
same<Workflow.Output<typeof workflow>, "sent" | "kept">()
same<Workflow.Error<typeof workflow>, Lost>()
same<Workflow.Services<typeof workflow>, Scales>()
type State = Workflow.State<typeof workflow>
same<
  Extract<State, { readonly state: "weigh" }>,
  { readonly state: "weigh"; readonly payload: { readonly kilos: number } }
>()
same<Extract<State, { readonly branch: "box" }>, { readonly branch: "box"; readonly output: number }>()

export const started = Engine.use((engine) => engine.start(workflow, { id: "p", input: { kilos: 3 } }))
// @ts-expect-error it is started with what its first state is entered with
export const wrongly = Engine.use((engine) => engine.start(workflow, { id: "p", input: 3 }))
// @ts-expect-error it needs scales
export const layer: Layer.Layer<Engine, unknown, Journal> = Engine.layer({ workflows: [workflow] })

// ---- circles, where none are wanted ---------------------------------------------------------------------------------
export const Line = Diagram.make("---\ntitle: L\n---\nstateDiagram-v2\n[*] --> a\na --> b\nb --> [*]", {
  acyclic: true
})
const ring = "---\ntitle: R\n---\nstateDiagram-v2\nstate c <<choice>>\n[*] --> a\na --> c\nc --> a: x\nc --> [*]: y"
export const Ring = Diagram.make(ring, { acyclic: false })
// @ts-expect-error it goes in a circle
export const NoRing = () => Diagram.make(ring, { acyclic: true })
