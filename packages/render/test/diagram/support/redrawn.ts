/** Workflows drawn as diagrams and read again, with what may stand around them, and some way on. */
import { Query, WIO, type Workflow } from "@waymark/core"
import { Command, Execution } from "@waymark/interpreter"
import { Diagram, Mermaid } from "@waymark/render"
import { Effect, Result, Schema } from "effect"
import * as fc from "fast-check"
import { around, type Body, workflow } from "./machines.ts"

export const read = (text: string): Diagram.Graph => Result.getOrThrow(Diagram.read(text))
export const drawn = (of: Workflow.Any): string => Mermaid.render(of, { syntax: "diagram" })

const keep = (state: unknown) => state

/** What is put around a body without another state. */
const wrappers: ReadonlyArray<(body: Body) => Body> = [
  around(WIO.map(keep)),
  around(WIO.query(Query.make("status", { reply: Schema.Unknown }), keep)),
  around(WIO.saga),
  around(WIO.uncancellable),
  (body) => WIO.embed(body, { in: keep, out: keep }),
  around(WIO.catch(WIO.pure(keep))),
  around(WIO.interruptWith(WIO.await<unknown>("too late", { for: "1 day" }))),
  around(WIO.compensateWith(WIO.pure(keep))),
  around(WIO.onCancel(WIO.pure(keep))),
  around(WIO.andThen(WIO.checkpoint("so far", { state: Schema.Unknown })))
]
export const wraps = fc.array(fc.constantFrom(...wrappers), { maxLength: 3 })

export const wrapped = (of: Workflow.Any, all: ReadonlyArray<(body: Body) => Body>): Workflow.Any =>
  workflow(
    of.name,
    all.reduce((body, wrap) => wrap(body), of.body as unknown as Body)
  )

export const nth = <A>(values: ReadonlyArray<A>, index: number): A => {
  const value = values.at(index)
  if (value === undefined) throw new Error(`there is no ${index} among ${values.length}`)
  return value
}

export const statesIn = (place: Diagram.Place): ReadonlyArray<Diagram.State> =>
  place.states.flatMap((state) => [state, ...state.regions.flatMap(statesIn)])

/** Does steps, the first that is waited for each time: how far it is, and which it has done, by their names. */
export const ran = (of: Workflow.Any, most: number) => {
  let { execution } = Execution.start(of as Workflow.Workflow<string, unknown, unknown>, 1, { id: "i", at: 0 })
  const done = new Set<string>()
  for (let i = 0; i < most; i++) {
    const [pending] = Execution.pending(execution)
    if (pending?._tag !== "RunIO") break
    const event = Effect.runSync(pending.effect as Effect.Effect<unknown>)
    execution = Result.getOrThrow(Execution.step(execution, Command.succeed(pending.step, event), { at: i })).execution
    done.add(pending.step.name)
  }
  return { execution, done }
}
