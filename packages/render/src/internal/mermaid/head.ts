/** What stands around the picture itself, the same in every syntax: front matter before it and classes after it. */
import type { Progress } from "@waymark/interpreter"
import type { Picture } from "../../Picture.ts"
import { title } from "./escape.ts"
import { css, mermaids, styles, type Theme } from "./themes.ts"

// The dark theme of Mermaid has notes that are hard to read: these bring their own ground, for any page.
export const paper: ReadonlyArray<string> = [
  'themeVariables: { noteBkgColor: "#fff5ad", noteTextColor: "#333333", noteBorderColor: "#8a7a1f" }'
]

/** Front matter with what is given, none if that is nothing. */
export const frontMatter = (
  name: string | undefined,
  theme: Theme,
  config: ReadonlyArray<string> = []
): ReadonlyArray<string> => {
  const chosen = mermaids[theme]
  const settings = [...(chosen === undefined ? [] : [`theme: ${chosen}`]), ...config]
  const lines = [
    ...(name === undefined ? [] : [`title: ${title(name)}`]),
    ...(settings.length === 0 ? [] : ["config:", ...settings.map((line) => `  ${line}`)])
  ]
  return lines.length === 0 ? [] : ["---", ...lines, "---"]
}

/** Classes of what looks like itself, and of what has become of it. */
export const classes = (
  { groups, nodes }: Picture,
  theme: Theme,
  idOf: (id: string) => string | undefined
): ReadonlyArray<string> => {
  const lines: Array<string> = []
  const assign = (ids: ReadonlyArray<string>, name: string, style: string) => {
    const shown = ids.map(idOf).filter((id) => id !== undefined)
    if (shown.length > 0) lines.push(`  classDef ${name} ${style}`, `  class ${shown.join(",")} ${name}`)
  }
  assign(
    groups.filter(({ kind }) => kind === "query").map(({ id }) => id),
    "query",
    "fill:none,stroke-dasharray:2 3"
  )
  assign(
    nodes.filter(({ kind }) => kind === "draft").map(({ id }) => id),
    "draft",
    "stroke-dasharray:6 4"
  )
  for (const [status, style] of Object.entries(styles[theme])) {
    assign(
      nodes.filter(({ mark }) => mark?.status === (status as Progress.Status)).map(({ id }) => id),
      status,
      css(style)
    )
  }
  return lines
}
