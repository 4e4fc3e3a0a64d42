/** The arrows of a diagram, and those between the states of a picture: both as `from --> to: label`. */
import type { Diagram, Picture } from "@waymark/render"

const named: Readonly<Record<string, string>> = { quot: '"', amp: "&", lt: "<", gt: ">" }

/** Text of a diagram as people read it. */
export const decoded = (text: string): string =>
  text
    .replaceAll("<br/>", "\n")
    .replaceAll(/#(\w+);/g, (_, name: string) => named[name] ?? String.fromCodePoint(Number(name)))

/** The arrows that a picture has to show. Choices have no frame, and a branch is left for its join as for an end. */
export const arrowsIn = (place: Diagram.Place): ReadonlyArray<string> => {
  const kinds = new Map(place.states.map(({ id, kind }) => [id, kind]))
  const from = (id: string) => place.arrows.filter((arrow) => arrow.from === id)
  const joinOf = (id: string): string =>
    kinds.get(id) === "join"
      ? id
      : joinOf(from(kinds.get(id) === "fork" ? joinOf(from(id)[0]?.to ?? "") : id)[0]?.to ?? "")
  const own = place.states
    .filter(({ kind }) => kind !== "choice" && kind !== "join")
    .flatMap(({ id, kind }) =>
      from(kind === "fork" ? joinOf(from(id)[0]?.to ?? "") : id)
        .flatMap((arrow) => (kinds.get(arrow.to) === "choice" ? from(arrow.to) : [arrow]))
        .map(({ label, to }) => `${id} --> ${kinds.get(to) === "join" ? "[*]" : to}: ${decoded(label ?? "")}`)
    )
  return [...own, ...place.states.flatMap(({ regions }) => regions.flatMap(arrowsIn))].toSorted()
}

/** The name of a state: what it is called in a picture is what people read in place of that. */
export const nameOf = ({ address }: Pick<Picture.Group, "address">): string =>
  address
    .slice(address.lastIndexOf("/state ") + "/state ".length)
    .replaceAll("~1", "/")
    .replaceAll("~0", "~")

/** The arrows that a picture shows between the states of machines. */
export const arrowsOn = ({ edges, groups, nodes }: Picture.Picture): ReadonlyArray<string> => {
  const frames = new Map(groups.map((group) => [group.id, group]))
  const around = (id: string | undefined): ReadonlyArray<Picture.Group> => {
    const frame = frames.get(id ?? "")
    return frame === undefined ? [] : [frame, ...around(frame.group)]
  }
  // A state that is one node of its name has no frame: its node stands in the machine itself.
  const statesAround = (id: string): ReadonlyArray<Pick<Picture.Group, "id" | "address" | "group">> => {
    const node = nodes.find((one) => one.id === id)
    const framed = around(node?.group ?? id).filter(({ kind }) => kind === "state")
    if (node === undefined || frames.get(node.group ?? "")?.kind !== "machine") return framed
    return [node, ...framed]
  }
  return edges
    .flatMap(({ from, kind, label, to }) => {
      const [source] = statesAround(from)
      const goal = statesAround(to).find(({ group }) => group === source?.group)
      const isSame = goal?.id === source?.id
      // Within a state there are other edges, too: an arrow to itself has a label, and comes to where others enter.
      const isEntered = edges.some((one) => one.to === to && statesAround(one.from)[0]?.id !== source?.id)
      const isArrow = isSame ? label !== undefined && isEntered : kind === "next"
      return source === undefined || !isArrow
        ? []
        : [`${nameOf(source)} --> ${goal === undefined ? "[*]" : nameOf(goal)}: ${label ?? ""}`]
    })
    .toSorted()
}
