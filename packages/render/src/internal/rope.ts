/** A rope: a sequence whose concatenation costs nothing, so that a picture is put together in time linear in its size. */

export type Rope<A> =
  | { readonly _tag: "One"; readonly value: A }
  | { readonly _tag: "All"; readonly ropes: ReadonlyArray<Rope<A>> }

export const empty: Rope<never> = { _tag: "All", ropes: [] }

export const of = <A>(value: A): Rope<A> => ({ _tag: "One", value })

export const isEmpty = (rope: Rope<unknown>): boolean => rope === empty

/** Whether there is one value and no more. */
export const isOne = (rope: Rope<unknown>): boolean => rope._tag === "One"

/** Empty ropes are left out and a lone one is taken as it is, so `isEmpty` is a look at one reference. */
export const concat = <A>(ropes: ReadonlyArray<Rope<A>>): Rope<A> => {
  const kept = ropes.filter((rope) => !isEmpty(rope))
  if (kept.length === 0) return empty
  return kept.length === 1 ? (kept[0] as Rope<A>) : { _tag: "All", ropes: kept }
}

/** Without recursion: ropes are as deep as workflows are nested. */
export const toArray = <A>(rope: Rope<A>): ReadonlyArray<A> => {
  const values: Array<A> = []
  const stack: Array<Rope<A>> = [rope]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (next._tag === "One") values.push(next.value)
    else for (let i = next.ropes.length - 1; i >= 0; i--) stack.push(next.ropes[i] as Rope<A>)
  }
  return values
}
