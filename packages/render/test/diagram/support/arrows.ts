/** The arrows of a diagram, and those between the states of a picture: both as `from --> to: label`. */
import type { Diagram, Picture } from "@waymark/render"

const named: Readonly<Record<string, string>> = { quot: '"', amp: "&", lt: "<", gt: ">" }

/** Text of a diagram as people read it. */
export const decoded = (text: string): string =>
  text
    .replaceAll(/<br\s*\/?>/gi, "\n")
    .replaceAll(/#(\w+);/g, (_, name: string) => named[name] ?? String.fromCodePoint(Number(name)))

type Way = readonly [to: string, label: string]

/** What the labels of two arrows are in one. */
const joined = (...labels: ReadonlyArray<string>): string => labels.filter((label) => label !== "").join(", ")

/**
 * The arrows that a picture has to show. Choices have no frame, and a branch is left for its join as for an end. What ends in a composite state goes on by the
 * arrows of that; and it is entered in its first state.
 */
export const arrowsIn = (place: Diagram.Place): ReadonlyArray<string> => arrows(place, undefined).toSorted()

const arrows = (place: Diagram.Place, after: ReadonlyArray<Way> | undefined): ReadonlyArray<string> => {
  const states = new Map(place.states.map((state) => [state.id, state]))
  const kindOf = (id: string) => states.get(id)?.kind
  const from = (id: string) => place.arrows.filter((arrow) => arrow.from === id)
  const joinOf = (id: string): string =>
    kindOf(id) === "join" ? id : joinOf(from(kindOf(id) === "fork" ? joinOf(from(id)[0]?.to ?? "") : id)[0]?.to ?? "")
  const waysOf = (id: string): ReadonlyArray<Way> =>
    from(kindOf(id) === "fork" ? joinOf(from(id)[0]?.to ?? "") : id)
      .flatMap((arrow) => (kindOf(arrow.to) === "choice" ? from(arrow.to) : [arrow]))
      .flatMap(({ label = "", to }): ReadonlyArray<Way> => {
        if (to === "[*]" && after !== undefined)
          return after.map(([goal, more]) => [goal, joined(decoded(label), more)])
        return [[kindOf(to) === "join" ? "[*]" : entered(place, to), decoded(label)]]
      })
  return place.states.flatMap(({ id, kind, regions }) => {
    if (kind === "choice" || kind === "join") return []
    const [inside, ...others] = regions
    if (inside !== undefined && others.length === 0) return arrows(inside, waysOf(id))
    return [
      ...waysOf(id).map(([to, label]) => `${id} --> ${to}: ${label}`),
      ...regions.flatMap((region) => arrows(region, undefined))
    ]
  })
}

/** The state that is entered with another: the first one in that. */
const entered = ({ states }: Diagram.Place, id: string): string => {
  const [inside, ...others] = states.find((state) => state.id === id)?.regions ?? []
  if (inside === undefined || others.length > 0) return id
  return entered(inside, inside.arrows.find(({ from }) => from === "[*]")?.to ?? "")
}

/** The name of a state: what it is called in a picture is what people read in place of that. */
export const nameOf = ({ address }: Pick<Picture.Group, "address">): string => {
  const [name = ""] = address.slice(address.lastIndexOf("/state ") + "/state ".length).split("/")
  return name.replaceAll("~1", "/").replaceAll("~0", "~")
}

/** What is a state: whatever stands right in a machine. */
export const statesOn = ({ groups, nodes }: Picture.Picture): ReadonlyArray<Picture.Group | Picture.Node> => {
  const machines = new Set(groups.filter(({ kind }) => kind === "machine").map(({ id }) => id))
  return [...groups, ...nodes].filter(({ group }) => group !== undefined && machines.has(group))
}

/** The arrows that a picture shows between the states of machines. */
export const arrowsOn = (picture: Picture.Picture): ReadonlyArray<string> => {
  const states = new Set(statesOn(picture).map(({ id }) => id))
  const items = new Map([...picture.groups, ...picture.nodes].map((item) => [item.id, item]))
  /** The states around something, the innermost first. */
  const around = (id: string | undefined): ReadonlyArray<Picture.Group | Picture.Node> => {
    const item = items.get(id ?? "")
    if (item === undefined) return []
    return [...(states.has(item.id) ? [item] : []), ...around(item.group)]
  }
  return picture.edges
    .flatMap(({ from, kind, label, to }) => {
      const [sources, goals] = [around(from), around(to)]
      const [[source], [goal]] = [sources, goals]
      if (source === undefined || kind !== "next") return []
      // Within a state there are other edges, too: an arrow to itself has a label.
      if (source === goal ? label === undefined : goals.includes(source)) return []
      const isLeft = goal === undefined || (source !== goal && sources.includes(goal))
      return [`${nameOf(source)} --> ${isLeft ? "[*]" : nameOf(goal)}: ${label ?? ""}`]
    })
    .toSorted()
}
