/**
 * What Mermaid draws unless whoever shows it raises its limits: a text cannot do that itself, Mermaid takes `maxTextSize` and
 * `maxEdges` from its host only.
 */
import type { Picture } from "../../Picture.ts"
import { directed } from "../part.ts"

/** In characters. */
const maxTextSize = 50_000

/** In a flowchart; a state diagram may have any number. */
const maxEdges = 500

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
  const tooMany = isFlowchart && picture.edges.length > maxEdges
  const settings = tooMany ? [`maxEdges: ${picture.edges.length}`] : []
  const noted = (needed: ReadonlyArray<string>) =>
    needed.length === 0
      ? []
      : [`%% More than Mermaid draws unless it is initialized with ${needed.join(", ")}; or collapse the picture`]
  const text = write(picture, noted(settings))
  if (text.length <= maxTextSize) return text
  const short = write(shortened(picture), noted(settings))
  if (short.length <= maxTextSize) return short
  return write(picture, noted([...settings, `maxTextSize: ${text.length}`]))
}
