/** How commands draw: the options that they have in common, and the text that comes of them. */
import { Mermaid, Picture, Tree } from "@waymark/render"
import * as Option from "effect/Option"
import * as Flag from "effect/cli/Flag"
import * as Schema from "effect/Schema"

const whole = (least: number) => Schema.Int.check(Schema.isGreaterThanOrEqualTo(least))

/** How a picture is drawn. */
export const flags = {
  syntax: Flag.Literals("syntax", ["flowchart", "state", "tree"]).pipe(
    Flag.withDescription("A Mermaid flowchart, a Mermaid state diagram, or a tree of text for terminals (flowchart)"),
    Flag.withDefault("flowchart")
  ),
  direction: Flag.Literals("direction", ["TD", "LR"]).pipe(
    Flag.withDescription("From the top down, or from left to right (TD)"),
    Flag.withDefault("TD")
  ),
  theme: Flag.Literals("theme", ["auto", "light", "dark"]).pipe(
    Flag.withDescription("For whichever page it is shown on, a light or a dark one (auto)"),
    Flag.withDefault("auto")
  ),
  types: Flag.Boolean("types").pipe(
    Flag.withDescription("Shows the types of states where they are known"),
    Flag.withDefault(false)
  ),
  ascii: Flag.Boolean("ascii").pipe(
    Flag.withDescription("Letters and signs of ASCII only, in a tree"),
    Flag.withDefault(false)
  ),
  depth: Flag.Int("depth").pipe(
    Flag.withSchema(whole(0)),
    Flag.withDescription("How deep groups may be nested; deeper ones become one node"),
    Flag.optional
  ),
  repeated: Flag.Int("repeated").pipe(
    Flag.withSchema(whole(2)),
    Flag.withDescription("From how many equal siblings on one is drawn for all"),
    Flag.optional
  ),
  output: Flag.String("output").pipe(
    Flag.withAlias("o"),
    Flag.withDescription("The file to write; the standard output if left out"),
    Flag.optional
  )
}

/** What was asked for. */
export interface Style {
  readonly syntax: "flowchart" | "state" | "tree"
  readonly direction: "TD" | "LR"
  readonly theme: "auto" | "light" | "dark"
  readonly types: boolean
  readonly ascii: boolean
  readonly depth: Option.Option<number>
  readonly repeated: Option.Option<number>
}

/** The text of a picture. */
export const text = (picture: Picture.Picture, style: Style): string => {
  const { ascii, direction, syntax, theme, types } = style
  const short = {
    ...Option.match(style.depth, { onNone: () => undefined, onSome: (depth) => ({ depth }) }),
    ...Option.match(style.repeated, { onNone: () => undefined, onSome: (repeated) => ({ repeated }) })
  }
  return syntax === "tree"
    ? Tree.render(Picture.collapse(picture, short), { ascii, types })
    : Mermaid.fromPicture(picture, { syntax, direction, theme, types, ...short })
}
