/**
 * A list with one more item: itself, unless it is empty. That one may be shared, and a list that grows from nothing makes room for sixteen,
 * where as a rule there is one. Whoever calls it has the list for himself.
 */
export const added = <A>(list: ReadonlyArray<A>, item: A): ReadonlyArray<A> => {
  if (list.length === 0) return [item]
  ;(list as Array<A>).push(item)
  return list
}
