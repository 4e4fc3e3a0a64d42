/** What to do about a line that says nothing: a guess at what was meant. */
import { words } from "./words.ts"
import { isName } from "./statements.ts"

const keyword = /^(?:state|default|note|class|classdef|scale|click|style|href|statediagram|as)$/iu

const ofName = (name: string): string | undefined => {
  if (isName(name) || name === "[*]" || name === "") return undefined
  if (name === "__proto__") return "`__proto__` cannot be the key of a handler: give the state another name"
  if (keyword.test(name))
    return `\`${name}\` is a word of Mermaid: give the state another name, and a description where people should read that one`
  if (name.includes(";")) return "leave the semicolon out: to Mermaid it is part of the name"
  if (name.includes("-")) return `Mermaid ends the name \`${name}\` at \`-\`: write \`_\` in its place`
  if (/\s/u.test(name))
    return `\`${name}\` is no one word: name the state in one, and write a description: state "${name}" as …`
  return `\`${name}\` has signs that no name can have: use letters, digits, \`_\` and \`.\``
}

/** The mend of a line that is not understood. */
export const mendOf = (line: string): string => {
  if (/^state\b.*\{.+\}?$/u.test(line)) return "write what is in a composite state on lines of its own"
  if (/^state\b.*<<.*>>$/u.test(line)) return "there are <<choice>>, <<fork>> and <<join>>, behind one name"
  if (line === "{") return "write the `{` behind the name: `state name {`"
  if (line.startsWith("note"))
    return "write `note right of name: words` without another `:` or `;`, or the words on lines of their own up to `end note`"
  if (line.startsWith("#")) return "write remarks behind `%%`"
  const [left, right] = line.split("-->").map((part) => part.trim())
  if (left === undefined || right === undefined) {
    if (/<--|->|==>|---/u.test(line)) return "write arrows as `from --> to`"
    if (line.includes(";")) return "leave the semicolon out: Mermaid cuts the words there"
    if (line.includes("=")) return "how a step is tried again stands in the line of its arrow to itself, or right below"
    return ofName(line.split(":")[0]?.trim() ?? "") ?? words.unknown.mend
  }
  if (line.split("-->").length > 2) return "write one arrow a line"
  if (left === "" || right === "") return "write arrows as `from --> to`"
  const [goal = "", ...label] = right.split(/(?<!:):(?!:)/u)
  if (label.join(":").includes(";")) return "leave the semicolon out: Mermaid cuts a label there"
  return ofName(left.split(":::")[0]?.trim() ?? "") ?? ofName(goal.split(":::")[0]?.trim() ?? "") ?? words.unknown.mend
}
