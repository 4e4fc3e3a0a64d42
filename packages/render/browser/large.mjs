/** A large picture: a workflow of about 300 nodes in scopes of every kind, in both syntaxes. */
import { Mermaid } from "@waymark/render"
import { Signal, WIO, Workflow } from "@waymark/core"
import { Effect, Schema } from "effect"

const step = (name) =>
  WIO.runIO(name, {
    event: Schema.Number,
    error: Schema.TaggedStruct("OutOfStock", {}),
    run: Effect.succeed,
    apply: (_, n) => n
  })

const signal = (name) =>
  WIO.handleSignal(Signal.make(name, { payload: Schema.Number }), {
    event: Schema.Number,
    handle: Effect.succeed,
    apply: (_, n) => n
  })

const timer = (name) => WIO.await(name, { for: "1 day" })

const all = (...parts) => parts.reduce((first, second) => WIO.andThen(first, second))

const recover = WIO.pure(() => 0, { name: "recover" })

/** What an order goes through in one warehouse: 15 nodes. */
const warehouse = (name) =>
  all(
    step(`reserve in ${name}`).pipe(WIO.compensateWith(step(`release in ${name}`))),
    WIO.parallel({
      goods: all(step(`pack in ${name}`), step(`label in ${name}`)),
      papers: all(signal(`customs of ${name}`), step(`print in ${name}`))
    }).pipe(WIO.map(() => 0)),
    WIO.loop(`until ${name} has handed over`, all(step(`call ${name}`), timer(`a day for ${name}`)), {
      while: (n) => n > 0
    }),
    WIO.branch(
      `is ${name} far?`,
      { far: { when: (n) => n > 0, then: step(`fly from ${name}`) } },
      step(`drive from ${name}`)
    )
  ).pipe(WIO.saga, WIO.interruptWith(signal(`give ${name} up`)), WIO.catch(recover))

const Large = Workflow.make("Large", {
  version: 1,
  input: Schema.Number,
  state: Schema.Unknown,
  body: all(...Array.from({ length: 16 }, (_, i) => warehouse(`warehouse ${i + 1}`)))
})

export const large = () =>
  ["flowchart", "state"].map((syntax) => ({
    file: `large.${syntax}`,
    text: Mermaid.render(Large, { syntax }),
    themes: ["light"]
  }))
