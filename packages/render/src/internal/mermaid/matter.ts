/** The front matter of a diagram with a theme in its settings. It stands as its author wrote it, line by line: only what has to be read of YAML is. */

/** Whether a line is that of a key, which may be quoted, at a margin. */
const says = (line: string, key: string, margin = ""): boolean =>
  line.startsWith(margin) && new RegExp(`^(["']?)${key}\\1\\s*:(?:\\s|$)`, "u").test(line.slice(margin.length))

const isSaid = (line: string): boolean => !/^\s*(?:#|$)/u.test(line)
const marginOf = (line: string): string => /^\s*/u.exec(line)?.[0] ?? ""

/** The lines without a key, and without what is indented below it. */
const without = (lines: ReadonlyArray<string>, key: string, margin: string): ReadonlyArray<string> => {
  let isWithin = false
  return lines.filter((line) => {
    if (isSaid(line)) isWithin = says(line, key, margin) || (isWithin && marginOf(line).length > margin.length)
    return !isWithin
  })
}

/** A theme in place of one that is chosen there; `paper` where the diagram has no variables of its own. */
export const themed = (
  matter: ReadonlyArray<string>,
  theme: string,
  paper: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const at = matter.findIndex((line) => says(line, "config"))
  if (at === -1) return [...matter, "config:", ...[`theme: ${theme}`, ...paper].map((line) => `  ${line}`)]
  // Settings in one line are the author's, and no place for another.
  if (!/:\s*(?:#.*)?$/u.test(matter[at] ?? "")) return matter
  const next = matter.findIndex((line, i) => i > at && isSaid(line) && marginOf(line) === "")
  const end = next === -1 ? matter.length : next
  const section = matter.slice(at + 1, end)
  const first = section.find(isSaid)
  const margin = first === undefined ? "  " : marginOf(first)
  const added = section.some((line) => says(line, "themeVariables", margin)) ? [] : paper
  return [
    ...matter.slice(0, at + 1),
    ...[`theme: ${theme}`, ...added].map((line) => margin + line),
    ...without(section, "theme", margin),
    ...matter.slice(end)
  ]
}
