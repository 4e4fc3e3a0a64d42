/**
 * A diagram with a handler for each state, as a workflow: the diagram and its composite states are machines, steps are `runIO`s of
 * the same name, forks and regions are parallels.
 */
import type { Codec } from "@waymark/core"
import { WIO, Workflow } from "@waymark/core"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Graph from "./graph.ts"
import { checkOptions, type Handlers } from "./handlers.ts"
import { unescaped } from "../mermaid/escape.ts"
import * as Remarks from "../remarks.ts"
import * as Transitions from "./transitions.ts"
import type { Transition } from "./types/implement.ts"

/** What an implementation consists of, once the compiler has checked it. */
export interface Options {
  readonly version: number
  readonly payloads: Transitions.Schemas["payloads"]
  readonly branches?: Transitions.Schemas["branches"] | undefined
  readonly output: Codec.AnySchema
  readonly error?: Codec.AnySchema | undefined
  readonly states: Handlers
}

type Go = ReturnType<typeof Transitions.goOf>
type Run = (payload: unknown, go: Go) => Effect.Effect<Transition<string>, unknown, unknown>
interface Step {
  readonly run: Run
  readonly timeouts?: WIO.TimeoutOptions
}
interface Part {
  readonly part: (go: Go) => WIO.WIO<unknown, Transition<string>, unknown, unknown, unknown>
  readonly state?: Codec.AnySchema
}
type Fork = (payload: unknown) => Readonly<Record<string, unknown>>
type Join = (ends: Readonly<Record<string, unknown>>, go: Go) => Transition<string>

/** Where it rests: in a state, with what that was entered with. */
interface In {
  readonly state: string
  readonly payload: unknown
}
/** What a branch came to. */
interface Ended {
  readonly branch: string
  readonly output: unknown
}

/** What leads out of a machine that has no such state: the one around it goes on. */
interface Leaving {
  readonly goal: Transitions.Goal
  readonly payload: unknown
}

/** A machine: which states it has, and which end is its own. */
interface Machine {
  readonly name: string
  readonly first: string
  readonly ids: ReadonlySet<string>
  /** Which way it is drawn; as what is around it, where nothing is said. */
  readonly direction: Graph.Direction | undefined
  readonly ends: Transitions.Goal["_tag"] | undefined
}

type Body = WIO.WIO<unknown, unknown, unknown, unknown, unknown>

/** The parts of one implementation. */
class Implementation {
  readonly schemas: Transitions.Schemas
  readonly errors: { readonly error: Codec.AnySchema }
  readonly index: Transitions.Index
  readonly options: Options

  constructor(index: Transitions.Index, options: Options) {
    this.index = index
    this.options = options
    this.schemas = { payloads: options.payloads, branches: options.branches ?? {}, output: options.output }
    this.errors = { error: options.error ?? Schema.Never }
  }

  /** Where a goal leads, seen from a machine. */
  arrive(machine: Machine, goal: Transitions.Goal, payload: unknown): unknown {
    if (goal._tag === "State" && machine.ids.has(goal.id)) return WIO.goto(goal.id, this.enter(goal.id, payload))
    if (goal._tag !== machine.ends) return { goal, payload } satisfies Leaving
    return goal._tag === "Branch" ? ({ branch: goal.first, output: payload } satisfies Ended) : payload
  }

  enter(id: string, payload: unknown): In {
    return { state: Transitions.entered(this.index, id), payload }
  }

  ways(id: string): { readonly ways: ReadonlyArray<Transitions.Way>; readonly go: Go } {
    const ways = Transitions.waysOf(this.index, this.schemas, id)
    return { ways, go: Transitions.goOf(id, ways) }
  }

  /** The states of a place that are nobody else's: no choices, and nothing that is in a branch of a fork. */
  idsOf(place: Graph.Place, branch: string | undefined): ReadonlySet<string> {
    const { branches, states } = this.index
    const ids = place.states.map(({ id }) => id)
    return new Set(
      ids.filter((id) => {
        const kind = states.get(id)?.state.kind
        return kind !== "choice" && kind !== "join" && branches.of.get(id) === branch
      })
    )
  }

  machine(machine: Machine, handlers: Handlers): Body {
    const states = Object.fromEntries([...machine.ids].map((id) => [id, this.state(id, machine, handlers)]))
    const ways = Object.fromEntries([...machine.ids].map((id) => [id, this.drawn(id, machine)]))
    const make = WIO.machine as (
      name: string,
      options: { readonly initial: string; readonly states: object; readonly ways: object }
    ) => unknown
    const body = make(machine.name, { initial: machine.first, states, ways }) as Body
    Remarks.keep(body, {
      states: new Map([...machine.ids].map((id) => [id, Transitions.remarkOn(this.index, id)])),
      direction: machine.direction,
      ...(machine.ends === "End" && { graph: this.index.graph })
    })
    return body
  }

  /** Where a state goes, for pictures. What leads out of its machine goes on around that. */
  drawn(id: string, machine: Machine): ReadonlyArray<{ readonly to?: string; readonly label?: string }> {
    const arrows = Transitions.arrowsOf(this.index, this.index.branches.forks.get(id)?.join ?? id)
    return arrows.map(({ label, to }) => ({
      ...(machine.ids.has(to) && { to }),
      ...(label !== undefined && { label: unescaped(label) })
    }))
  }

  state(id: string, machine: Machine, handlers: Handlers): Body {
    const { state } = this.index.states.get(id) as { state: Graph.State }
    const handler = handlers[id]
    if (state.kind === "fork") return this.fork(id, machine, handlers)
    if (state.kind !== "composite") {
      return typeof handler === "object" && handler !== null && "part" in handler
        ? this.part(state, machine, handler as Part)
        : this.step(state, machine, typeof handler === "function" ? { run: handler as Run } : (handler as Step))
    }
    if (state.regions.length > 1)
      return this.regions(state, machine, handler as { fork: Fork; join: Join; states: Handlers })
    const [inside] = state.regions as readonly [Graph.Place]
    const first = Graph.firstOf(inside)
    const inner = {
      name: id,
      first,
      ids: this.idsOf(inside, undefined),
      direction: inside.direction,
      ends: undefined
    }
    return this.machine(inner, (handler as { readonly states: Handlers }).states).pipe(
      WIO.map((left) => this.arrive(machine, (left as Leaving).goal, (left as Leaving).payload))
    )
  }

  step({ id, retry }: Graph.State, machine: Machine, { run, timeouts }: Step): Body {
    const { go, ways } = this.ways(id)
    return WIO.runIO(id, {
      event: Transitions.takenSchema(ways),
      ...this.errors,
      run: ({ payload }: In) =>
        Effect.map(
          Effect.suspend(() => run(payload, go)),
          Transitions.taken
        ),
      apply: (_, event) => {
        const { goal } = Transitions.wayOf(ways, event as Transitions.Taken)
        return this.arrive(machine, goal, (event as Transitions.Taken).payload)
      },
      ...(timeouts !== undefined && { timeouts }),
      ...(retry !== undefined && { retry: policy(retry) })
    }) as unknown as Body
  }

  part({ id }: Graph.State, machine: Machine, { part, state }: Part): Body {
    const { go, ways } = this.ways(id)
    const input = this.schemas.payloads[id] as Codec.AnySchema
    const transitions = ways.map((way) =>
      Schema.Struct({
        "~waymark/transition": Schema.Literal(id),
        go: Schema.Tuple(way.go.map((name) => Schema.Literal(name))),
        payload: way.schema
      })
    )
    const inner = Workflow.make(id, {
      version: this.options.version,
      input,
      state: Schema.Union([...transitions, ...(state === undefined ? [] : [state]), input]),
      ...this.errors,
      body: part(go) as never
    }) as unknown as Workflow.Workflow<string, unknown, Transition<string>>
    return WIO.embed(inner, {
      in: (outer: unknown) => (outer as In).payload,
      out: (_, transition) => {
        const taken = Transitions.taken(transition)
        return this.arrive(machine, Transitions.wayOf(ways, taken).goal, taken.payload)
      }
    }) as Body
  }

  parallel(machine: Machine, join: string, branches: Readonly<Record<string, Body>>, fork: Fork, joined: Join): Body {
    const { go, ways } = this.ways(join)
    const parallel = WIO.parallel as unknown as (branches: object, options: object) => Body
    return parallel(branches, {
      fork: ({ payload }: In) =>
        Object.fromEntries(Object.entries(fork(payload)).map(([first, given]) => [first, this.enter(first, given)])),
      join: (ends: Readonly<Record<string, Ended>>) => {
        const outputs = Object.fromEntries(Object.entries(ends).map(([first, { output }]) => [first, output]))
        const taken = Transitions.taken(joined(outputs, go))
        return this.arrive(machine, Transitions.wayOf(ways, taken).goal, taken.payload)
      }
    })
  }

  branch(first: string, place: Graph.Place, branch: string | undefined, handlers: Handlers): Body {
    // A branch of a fork stands in the place that its fork does.
    const direction = branch === undefined ? place.direction : undefined
    return this.machine({ name: first, first, ids: this.idsOf(place, branch), direction, ends: "Branch" }, handlers)
  }

  fork(id: string, machine: Machine, handlers: Handlers): Body {
    const { firsts, join = "" } = this.index.branches.forks.get(id) ?? { firsts: [] }
    const { place } = this.index.states.get(id) as { place: Graph.Place }
    const branches = Object.fromEntries(firsts.map((first) => [first, this.branch(first, place, first, handlers)]))
    return this.parallel(machine, join, branches, handlers[id] as Fork, handlers[join] as Join)
  }

  regions(
    state: Graph.State,
    machine: Machine,
    { fork, join, states }: { fork: Fork; join: Join; states: Handlers }
  ): Body {
    const branches = state.regions.map((region) => {
      const first = Graph.firstOf(region)
      return [first, this.branch(first, region, undefined, states)] as const
    })
    return this.parallel(machine, state.id, Object.fromEntries(branches), fork, join)
  }

  /** The schema of where it rests. The states go first: they are told apart by their names, whatever the output is like. */
  rests(): Codec.AnySchema {
    const { branches, output, payloads } = this.schemas
    return Schema.Union([
      ...Object.entries(payloads).map(([id, payload]) => Schema.Struct({ state: Schema.Literal(id), payload })),
      ...Object.entries(branches).map(([first, end]) => Schema.Struct({ branch: Schema.Literal(first), output: end })),
      output
    ]) as Codec.AnySchema
  }
}

/** As many attempts as are said, always as long apart; a second, where nothing is said of that. */
const policy = ({ attempts, backoffMs = 1000 }: Graph.Retry): WIO.RetryPolicy<never> => ({
  ...(attempts !== undefined && { attempts }),
  initial: backoffMs,
  factor: 1,
  max: backoffMs
})

/** The workflow. */
export const implement = (index: Transitions.Index, options: Options): Workflow.Any => {
  checkOptions(options, index.root.states, Transitions.asked(index))
  const implementation = new Implementation(index, options)
  const { root, title } = index
  const first = Graph.firstOf(root)
  const machine = implementation.machine(
    { name: title, first, ids: implementation.idsOf(root, undefined), direction: root.direction, ends: "End" },
    options.states
  )
  return Workflow.make(title, {
    version: options.version,
    input: options.payloads[Transitions.entered(index, first)] as Codec.AnySchema,
    state: implementation.rests(),
    ...implementation.errors,
    body: WIO.pure((payload: unknown) => implementation.enter(first, payload)).pipe(
      WIO.andThen(machine as never)
    ) as never
  })
}
