/**
 * A list with one more item: itself, unless it is empty. That one may be shared, and a list that grows from nothing makes room for sixteen,
 * where as a rule there is one.
 */
export const added = <A>(list: Array<A>, item: A): Array<A> => {
  if (list.length === 0) return [item]
  list.push(item)
  return list
}
