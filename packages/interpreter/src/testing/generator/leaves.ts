/** How the nodes without parts are built. */
import { WIO } from "@waymark/core"
import * as Effect from "effect/Effect"
import { apply, event, handled, message, Other, pure, signal, timing, type Build, type Site } from "./site.ts"
import { burn, digest, Problem, State, step, summary } from "./state.ts"
import { World } from "./world.ts"

const perform = ({ seen }: Site) =>
  seen("run", (state: unknown) => World.use(({ perform }) => perform(summary(state).n)))

const recorded: ReadonlyArray<Build> = [
  (site) =>
    WIO.sideEffect(site.name, {
      event,
      run: (state: unknown) => Effect.catch(perform(site)(state), ({ n }) => Effect.succeed({ n })),
      apply: apply(site)
    }) as never,
  ({ name, seen }) =>
    WIO.now(
      name,
      seen("apply", (state: unknown, millis: number) => step(summary(state), millis))
    ) as never,
  ({ name, seen }) =>
    WIO.uuid(
      name,
      seen("apply", (state: unknown, uuid: string) => step(summary(state), digest(uuid)))
    ) as never,
  ({ seen }) =>
    WIO.info(
      seen("pure", (state: unknown, { instance, run, startedAt }) =>
        step(summary(state), digest(instance) + run + startedAt)
      )
    ) as never
]

const closing: ReadonlyArray<WIO.OnParentClose> = ["terminate", "request-cancel", "abandon"]

const child: Build = (site) => {
  const { k, name, seen } = site
  const onParentClose = closing[k >> 1] as WIO.OnParentClose
  const input = seen("apply", (state: unknown) => step(summary(state), k))
  if (k % 2 === 1) {
    const told = seen("apply", (state: unknown, id: string) => step(summary(state), digest(id)))
    return WIO.child(Other, { name, input, onParentClose, await: false, apply: told }) as never
  }
  const told = seen("apply", (state: unknown, { n }: State) => step(summary(state), n))
  return handled(site, WIO.child(Other, { name, input, onParentClose, apply: told }), "ChildStopped")
}

/** How each of them is built. */
export const leaves = {
  Pure: (site) => pure(site, (state) => step(state, site.k)),
  Fail: ({ k, seen }) =>
    WIO.fail(
      seen("fail", (state: unknown) => ({ _tag: k % 2 === 1 ? "Nope" : "Oops", n: summary(state).n }) as const)
    ) as never,
  RunIO: (site) =>
    WIO.runIO(site.name, {
      event,
      error: Problem,
      run: perform(site),
      apply: apply(site),
      retry: { attempts: 1 + (site.k % 3), initial: 10, while: site.k < 3 ? [] : ["Oops"] }
    }) as never,
  SideEffect: (site) => (recorded[site.k % recorded.length] as Build)(site),
  HandleSignal: (site) => message(site, site.name, site.k % 2 === 1),
  Await: (site) =>
    WIO.andThen(
      WIO.await<State>(site.name, timing(site)),
      pure(site, (state) => step(state, site.k))
    ),
  Child: child,
  SignalTo: (site) => {
    const to = site.seen("apply", (state: unknown) => `other ${summary(state).n % 3}`)
    const payload = site.seen("apply", (state: unknown) => ({ n: summary(state).n }))
    const sending = WIO.signalTo(Other, to, signal(site.name), payload) as never
    const rest = pure(site, (state) => step(state, site.k))
    return handled(site, WIO.andThen(sending, rest), "NotDelivered")
  },
  Checkpoint: (site) =>
    WIO.andThen(
      pure(site, (state) => step(state, site.k)),
      WIO.checkpoint(site.name, { state: State })
    ),
  ContinueAsNew: (site) => {
    const { k, name, seen } = site
    const when = seen("choose", (state: unknown) => summary(state).fuel > 0)
    // Each run has less fuel than the one before: there is a last one.
    const then = WIO.continueAsNew(seen("apply", (state: unknown) => burn(step(summary(state), k))))
    return WIO.branch(
      name,
      { more: { when, then } },
      pure(site, (state) => step(state, k))
    ) as never
  }
} satisfies Readonly<Record<string, Build>>
