/** How commands draw: the options that they have in common, and the text that comes of them. */
import type { Workflow } from "@waymark/core"
import type { Execution, Progress } from "@waymark/interpreter"
import { Diagram, Mermaid, Picture, Tree } from "@waymark/render"
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
  /** The instance, where one is drawn. */
  readonly execution?: Execution.Any
  /** What its functions have decided on, where that is drawn too. */
  readonly decisions?: ReadonlyArray<Progress.Decision>
}

const pictureOf = ({ decisions, execution, workflow }: Subject): Picture.Picture => {
  if (execution === undefined) return Picture.make(workflow)
  const picture = Picture.ofExecution(execution)
  return decisions === undefined ? picture : Picture.unfold(picture, decisions)
}

const asDiagram = ({ execution, workflow }: Subject, page: Omit<Mermaid.DiagramOptions, "syntax">) =>
  Effect.suspend(() => {
    const options = { ...page, syntax: "diagram" } as const
    try {
      return Effect.succeed(
        execution === undefined ? Mermaid.render(workflow, options) : Mermaid.renderExecution(execution, options)
      )
    } catch (error) {
      if (error instanceof Diagram.NoDiagram) return Effect.fail(refuse(error.message))
      throw error
    }
  })

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
  const picture = pictureOf(subject)
  return Effect.succeed(
    syntax === "tree"
      ? Tree.render(Picture.collapse(picture, short), { ascii, types })
      : Mermaid.fromPicture(picture, { syntax, types, ...page, ...short })
  )
}
