/** How commands draw: the options that they have in common, and the text that comes of them. */
import type { Workflow } from "@waymark/core"
import type { Progress } from "@waymark/interpreter"
import { type Diagram, Mermaid, Picture, Tree } from "@waymark/render"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Flag from "effect/cli/Flag"
import { misuse, refuse, type Refused } from "./refusal.ts"

/** A flag with a whole number that is not too small. */
const whole = (name: string, least: number) =>
  Flag.String(name).pipe(
    Flag.withMetavar("number"),
    Flag.filterMap(
      (text) => (/^\d+$/.test(text) && Number(text) >= least ? Option.some(Number(text)) : Option.none()),
      () => `a whole number from ${least}`
    )
  )

/** How a picture is drawn. */
export const flags = {
  syntax: Flag.Literals("syntax", ["flowchart", "state", "diagram", "tree"]).pipe(
    Flag.withDescription(
      "A Mermaid flowchart, a Mermaid state diagram, the diagram that a machine is as `generate` reads it, or a tree of text for terminals (flowchart)"
    ),
    Flag.withDefault("flowchart")
  ),
  direction: Flag.Literals("direction", ["TD", "LR"]).pipe(
    Flag.withDescription("From the top down, or from left to right (TD)"),
    Flag.optional
  ),
  theme: Flag.Literals("theme", ["auto", "light", "dark"]).pipe(
    Flag.withDescription("For whichever page it is shown on, a light or a dark one (auto)"),
    Flag.optional
  ),
  types: Flag.Boolean("types").pipe(
    Flag.withDescription("Shows the types of states where they are known"),
    Flag.withDefault(false)
  ),
  ascii: Flag.Boolean("ascii").pipe(
    Flag.withDescription("Letters and signs of ASCII only, in a tree"),
    Flag.withDefault(false)
  ),
  depth: whole("depth", 0).pipe(
    Flag.withDescription("How deep groups may be nested; deeper ones become one node"),
    Flag.optional
  ),
  repeated: whole("repeated", 2).pipe(
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
  readonly syntax: "flowchart" | "state" | "diagram" | "tree"
  readonly direction: Option.Option<"TD" | "LR">
  readonly theme: Option.Option<"auto" | "light" | "dark">
  readonly types: boolean
  readonly ascii: boolean
  readonly depth: Option.Option<number>
  readonly repeated: Option.Option<number>
}

const given = <Name extends string, A>(name: Name, option: Option.Option<A>): { readonly [Key in Name]?: A } =>
  (Option.isSome(option) ? { [name]: option.value } : {}) as { readonly [Key in Name]?: A }

/** What is drawn. */
export interface Subject {
  readonly workflow: Workflow.Any
  readonly picture: Picture.Picture
  /** How far an instance has come, where one is drawn. */
  readonly progress?: Progress.Progress
}

export const ofWorkflow = (workflow: Workflow.Any): Subject => ({ workflow, picture: Picture.make(workflow) })

const asDiagram = ({ progress, workflow }: Subject, page: Omit<Mermaid.DiagramOptions, "syntax">) => {
  const options = { ...page, syntax: "diagram" } as const
  return Effect.try({
    try: () =>
      progress === undefined ? Mermaid.render(workflow, options) : Mermaid.renderProgress(workflow, progress, options),
    catch: (error) => refuse((error as Diagram.NoDiagram).message)
  })
}

/** The text of a picture; refused where an option would do nothing. */
export const text = (subject: Subject, style: Style): Effect.Effect<string, Refused> => {
  const { ascii, syntax, types } = style
  const short = { ...given("depth", style.depth), ...given("repeated", style.repeated) }
  const page = { ...given("direction", style.direction), ...given("theme", style.theme) }
  if (ascii && syntax !== "tree")
    return Effect.fail(misuse("--ascii is for trees", "Leave it out, or say --syntax tree."))
  const useless = { tree: page, diagram: { ...short, ...(types && { types }) }, flowchart: {}, state: {} }[syntax]
  const [name] = Object.keys(useless)
  if (name !== undefined) {
    return Effect.fail(misuse(`a ${syntax} has no ${name}`, `Leave --${name} out, or draw another --syntax.`))
  }
  if (syntax === "diagram") return asDiagram(subject, page)
  return Effect.succeed(
    syntax === "tree"
      ? Tree.render(Picture.collapse(subject.picture, short), { ascii, types })
      : Mermaid.fromPicture(subject.picture, { syntax, types, ...page, ...short })
  )
}
