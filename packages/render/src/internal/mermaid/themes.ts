/**
 * The colours of what has become of a node.
 *
 * Each status differs from the others in its colours under every common kind of colour blindness, and in the width and
 * dashes of its outline for whoever sees none; each brings its own colour of text, so that it can be read on any page.
 */
import type { Progress } from "@waymark/interpreter"

/** A page that is light, one that is dark, or whichever the host has: then only what has a colour of its own is coloured. */
export type Theme = "auto" | "light" | "dark"

interface Style {
  readonly fill: string
  readonly stroke: string
  readonly color: string
  readonly width: number
  readonly dashes?: string
}

type Styles = { readonly [S in Progress.Status]: Style }

// The lighter a fill, the more of it is still ahead or behind: they also differ without any hue.
const light: Styles = {
  done: { fill: "#d3f0dd", stroke: "#1b7f4b", color: "#0b2e1c", width: 2 },
  current: { fill: "#fff1b8", stroke: "#b26a00", color: "#3d2500", width: 5 },
  compensated: { fill: "#e4ddf7", stroke: "#5b3fa8", color: "#22123f", width: 2, dashes: "6 2 1 2" },
  failed: { fill: "#ffd9d6", stroke: "#b3261e", color: "#410e0b", width: 3, dashes: "9 4" },
  skipped: { fill: "#e6e6e6", stroke: "#8a8a8a", color: "#595959", width: 1, dashes: "2 3" },
  pending: { fill: "#ffffff", stroke: "#6b7280", color: "#333333", width: 1 }
}

const dark: Styles = {
  done: { fill: "#12402a", stroke: "#4ade80", color: "#d9fbe5", width: 2 },
  current: { fill: "#5a3d00", stroke: "#ffc53d", color: "#fff3d1", width: 5 },
  compensated: { fill: "#2f2060", stroke: "#b9a5ff", color: "#ece5ff", width: 2, dashes: "6 2 1 2" },
  failed: { fill: "#601410", stroke: "#ff8a80", color: "#ffe4e1", width: 3, dashes: "9 4" },
  skipped: { fill: "#2b2b2b", stroke: "#7a7a7a", color: "#b0b0b0", width: 1, dashes: "2 3" },
  pending: { fill: "#0d1117", stroke: "#8b949e", color: "#d0d7de", width: 1 }
}

/** The colours of each status; `auto` has those for a light page, which bring their own ground. */
export const styles: { readonly [T in Theme]: Styles } = { auto: light, light, dark }

/** The themes of Mermaid's own; `auto` leaves that to the host. */
export const mermaids: { readonly [T in Theme]: string | undefined } = {
  auto: undefined,
  light: "default",
  dark: "dark"
}

/** As Mermaid writes it. No `;` at the end: it would take a colour before it for an entity. */
export const css = ({ color, dashes, fill, stroke, width }: Style): string =>
  [
    `fill:${fill}`,
    `stroke:${stroke}`,
    `stroke-width:${width}px`,
    ...(dashes === undefined ? [] : [`stroke-dasharray:${dashes}`]),
    `color:${color}`
  ].join(",")
