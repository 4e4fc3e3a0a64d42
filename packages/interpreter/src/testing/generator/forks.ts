/** How the nodes with threads of their own are built. */
import { WIO } from "@waymark/core"
import { keys, pure, sequence, type Build, type Site } from "./site.ts"
import { step, summary, type State } from "./state.ts"

/** Each branch with a state of its own. */
const fork = ({ count, seen }: Site) =>
  seen("fork", (state: unknown) =>
    Object.fromEntries(keys.slice(0, count).map((key, index) => [key, step(summary(state), index)]))
  )

const join = ({ seen }: Site) => seen("fork", (outs: unknown, state: unknown) => step(summary(outs), summary(state).n))

const branches = (site: Site) => Object.fromEntries(site.parts().map((part, index) => [keys[index] as string, part]))

const parallel: Build = (site) => {
  const { k, seen } = site
  const until = seen("choose", (record: unknown) => summary(record).n % 3 === 0)
  const mode = k < 2 ? {} : k < 4 ? { mode: "settle" as const } : { until }
  if (k % 2 === 0)
    return WIO.parallel(branches(site), { fork: fork(site), join: join(site), ...mode } as never) as never
  const bare = WIO.parallel(branches(site), mode as never) as never
  return sequence([pure(site, fork(site)), bare, pure(site, (state) => state)])
}

/** Up to five items; within an item, fewer: what is nested stays small. */
const items = ({ seen }: Site) =>
  seen("fork", (given: unknown): ReadonlyArray<State> => {
    const state = summary(given)
    const count = Math.min(keys.length, state.n % (2 + Math.max(0, state.fuel)))
    return keys.slice(0, count).map((_, index) => ({ ...step(state, index), fuel: state.fuel >> 1 }))
  })

const forEach: Build = (site) => {
  const { k, name, part, seen } = site
  const options = {
    items: items(site),
    // Of items within items too, each has a key of its own: a signal finds any of them.
    key: seen("fork", ({ n }: State, index: number) => `${keys[index]} ${n}`),
    body: part(0),
    concurrency: [Infinity, 1, 2][k % 3] as number,
    ...(k >= 3 && { mode: "settle" as const }),
    // An item has less fuel than what it is part of: what comes after all of them has that again.
    ...(k % 2 === 0 && { join: seen("fork", (outs: unknown, state: unknown) => step(summary(state), summary(outs).n)) })
  }
  return sequence([WIO.forEach(name, options as never) as never, pure(site, (state) => state)])
}

const race: Build = (site) => {
  const racing = site.k % 2 === 1 ? WIO.raceFirst : WIO.race
  return (site.k < 3 ? racing(branches(site)) : racing(branches(site), { fork: fork(site) })) as never
}

/** How each of them is built. */
export const forks = { Parallel: parallel, ForEach: forEach, Race: race } satisfies Readonly<Record<string, Build>>
