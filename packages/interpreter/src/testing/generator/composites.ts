/** How the nodes of one thread are built: sequences, choices, repetitions and what is put around a part. */
import { WIO } from "@waymark/core"
import {
  handled,
  message,
  pure,
  query,
  sequence,
  timing,
  workflowOf,
  type Build,
  type Part,
  type Site
} from "./site.ts"
import { burn, step, summary, type State } from "./state.ts"

/** Whether something is done once more: the fuel in the state bounds how often. */
const again = ({ k, seen }: Site) => seen("choose", ({ fuel, n }: State) => fuel > 0 && n % 3 !== k % 3)

/** A part that is run when another was given up: it cannot fail. */
const total = (site: Site, part: Part): WIO.WIO<State, State, never, never, State> =>
  part.pipe(WIO.catch(pure(site, (state) => step(state, site.k)) as never)) as never

const gen: Build = (site) => {
  const { count, k, name, seen } = site
  const parts = site.parts()
  const once = again(site)
  const left = seen("choose", (state: State) => state.n % (k + 2) === 0)
  const body = function* (given: State) {
    let state = summary(given)
    for (const part of parts) if (part === parts[0] || !left(state)) state = yield* WIO.step(part, state)
    for (; k % 2 === 1 && once(state); state = burn(state)) state = yield* WIO.step(parts[0] as Part, state)
    return step(state, count)
  }
  return k < 4 ? WIO.gen(name, body) : WIO.gen(body)
}

const states = ["first", "second", "third"] as const

const machine: Build = (site) => {
  const { count, k, name, seen } = site
  const more = again(site)
  const next = seen("choose", (state: State) =>
    more(state) ? WIO.goto(states[state.n % count] as string, burn(state)) : step(state, k)
  )
  const named = site.parts().map((part, index) => [states[index], part.pipe(WIO.map(next))] as const)
  return WIO.machine(name, { initial: "first", states: Object.fromEntries(named) as never })
}

/** How each of them is built. */
export const composites = {
  Query: (site) =>
    WIO.query(
      query(site.query),
      site.seen("answer", (state: unknown) => summary(state).n)
    )(site.part(0) as never) as never,
  AndThen: (site) => sequence(site.parts(), site.k),
  Map: (site) => site.part(0).pipe(WIO.map(site.seen("pure", (state) => step(state, site.k)))),
  FlatMap: ({ count, part, seen }) =>
    part(0).pipe(WIO.flatMap(seen("choose", (state: State): Part => part(1 + (state.n % (count - 1)))))),
  Gen: gen,
  InterruptWith: (site) => {
    const { count, k, part, trigger } = site
    const fires =
      k % 2 === 1 ? (WIO.await<unknown>(trigger, timing(site)) as Part) : message(site, trigger, k % 4 === 2)
    const rest = pure(site, (state) => step(state, k))
    return part(0).pipe(WIO.interruptWith(sequence(count === 2 ? [fires, rest, part(1)] : [fires, rest])))
  },
  Timeout: (site) => {
    const { count, part, trigger } = site
    const [body, limit] = [part(0) as never, timing(site) as { readonly for: () => number }]
    return count === 2
      ? (WIO.timeout(body, trigger, { ...limit, onTimeout: part(1) as never }) as never)
      : handled(site, WIO.timeout(body, trigger, limit), "TimedOut")
  },
  Catch: ({ k, part }) => {
    const handler = part(1) as never
    return part(0).pipe(k === 1 ? (WIO.catchTag("Oops", handler) as never) : WIO.catch(handler)) as never
  },
  Match: (site) =>
    pure(site, (state) => state).pipe(WIO.andThen(WIO.match(site.name, { S: site.part(0), T: site.part(1) }) as Part)),
  Branch: ({ name, parts, seen }) => {
    const roads = parts()
    const cases = roads.slice(0, -1).map((then, index) => {
      const when = seen("choose", (state: unknown) => summary(state).n % (index + 2) === 0)
      return [`road ${index}`, { when, then }] as const
    })
    return WIO.branch(name, Object.fromEntries(cases), roads.at(-1) as Part) as never
  },
  Version: ({ name, part, road }) =>
    road === undefined ? WIO.version(name, { before: part(0), after: part(1) }) : part(road === "before" ? 0 : 1),
  Loop: (site) => WIO.loop(site.name, site.part(0).pipe(WIO.map(site.seen("pure", burn))), { while: again(site) }),
  Machine: machine,
  Saga: ({ part }) => WIO.saga(part(0)),
  Compensate: (site) => site.part(0).pipe(WIO.compensateWith(total(site, site.part(1)))),
  OnCancel: (site) => site.part(0).pipe(WIO.onCancel(total(site, site.part(1)))),
  Uncancellable: ({ part }) => WIO.uncancellable(part(0)),
  Embed: ({ k, name, part, seen }) =>
    WIO.embed(k % 2 === 1 ? workflowOf(part(0), 1, name) : part(0), {
      in: seen("apply", (outer: unknown) => step(summary(outer), k)),
      out: seen("apply", (outer: unknown, out: State) => step(out, summary(outer).n)),
      ...(k < 4 && {
        state: seen("apply", (outer: unknown, inner: unknown) => step(summary(outer), summary(inner).n))
      })
    }) as never
} satisfies Readonly<Record<string, Build>>
