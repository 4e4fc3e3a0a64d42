/**
 * What Mermaid draws unless whoever shows it raises its limits: a text cannot do that itself, Mermaid takes `maxTextSize` and
 * `maxEdges` from its host only.
 */
import type { Picture } from "../../Picture.ts"
import { directed } from "../part.ts"

/** The arrows of a flowchart, where a state diagram may have any number, and the characters of a text. */
const limits = { maxEdges: 500, maxTextSize: 50_000 }

/** What is needed to have Mermaid draw so much, as a comment; none where it does anyway. */
export const needed = (counts: { readonly [S in keyof typeof limits]?: number }): ReadonlyArray<string> => {
  const settings = Object.entries(counts)
    .filter(([setting, count]) => count > limits[setting as keyof typeof limits])
    .map(([setting, count]) => `${setting}: ${count}`)
  return settings.length === 0
    ? []
    : [`%% More than Mermaid draws unless it is initialized with ${settings.join(", ")}`]
}

/** FNV-1a: the same id gives the same few characters, whatever else is in the picture. */
const hash = (text: string): string => {
  let value = 0x81_1c_9d_c5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01_00_01_93)
  return (value >>> 0).toString(36)
}

/** The same picture with short ids. */
const shortened = (picture: Picture): Picture => {
  const ids = new Map<string, string>()
  const taken = new Set<string>()
  for (const { id } of [...picture.nodes, ...picture.groups]) {
    let short = `${id.slice(0, 2)}${hash(id)}`
    while (taken.has(short)) short = `${short}_`
    taken.add(short)
    ids.set(id, short)
  }
  const shortOf = (id: string): string => ids.get(id) ?? id
  const placed = <A extends { readonly id: string; readonly group: string | undefined }>(item: A): A => ({
    ...item,
    id: shortOf(item.id),
    group: item.group === undefined ? undefined : shortOf(item.group)
  })
  return {
    ...directed(picture.direction),
    nodes: picture.nodes.map(placed),
    groups: picture.groups.map(placed),
    edges: picture.edges.map((edge) => ({ ...edge, from: shortOf(edge.from), to: shortOf(edge.to) }))
  }
}

/**
 * The text of a picture, with short ids where that makes it fit. Where it is too large even so, it says what is needed, in a
 * comment.
 */
export const fitting = (
  picture: Picture,
  write: (picture: Picture, notes: ReadonlyArray<string>) => string,
  isFlowchart: boolean
): string => {
  const maxEdges = isFlowchart ? picture.edges.length : 0
  const noted = (size: number) =>
    needed({ maxEdges, maxTextSize: size }).map((note) => `${note}; or collapse the picture`)
  const text = write(picture, noted(0))
  if (text.length <= limits.maxTextSize) return text
  const short = write(shortened(picture), noted(0))
  return short.length <= limits.maxTextSize ? short : write(picture, noted(text.length))
}
