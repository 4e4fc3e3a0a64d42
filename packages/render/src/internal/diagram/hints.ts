/** What to do about a line that says nothing: a guess at what was meant. `types/hints.ts` guesses at names for the compiler. */
import { isName, opens } from "./statements.ts"
import { hints, words } from "./words.ts"

const keyword = /^(?:state|default|note|class|classdef|scale|click|style|href|statediagram|as)$/iu

const fill = ([before, after]: readonly [string, string], name: string): string => before + name + after

/** What is wrong with a name, if anything is. */
const ofName = (name: string): string | undefined => {
  if (isName(name) || name === "[*]" || name === "") return undefined
  if (name === "__proto__") return fill(hints.proto, name)
  if (keyword.test(name)) return fill(hints.keyword, name)
  if (name.includes(";")) return fill(hints.semicolon, name)
  if (/\s/u.test(name)) return fill(hints.blank, name)
  if (name.includes("-")) return fill(hints.dash, name)
  return fill(opens.test(name) ? hints.opening : hints.sign, name)
}

/** What a class is behind. */
const unclassed = (name: string): string => (name.split(":::")[0] ?? "").trim()

const ofColons = (words: string): string | undefined =>
  /(?<!:)::(?!:)|:$/u.test(words)
    ? "write words behind one colon, without `::`, and none at their end: Mermaid reads no others"
    : undefined

const ofArrow = (left: string, right: string): string | undefined => {
  if (left === "" || right === "") return "write arrows as `from --> to`"
  // At a colon that is not one of the three before a class.
  const [goal = "", ...label] = right.split(/(?<!:):(?!:)/u)
  return (
    ofName(unclassed(left)) ??
    ofName(unclassed(goal)) ??
    (label.join(":").includes(";") ? "leave the semicolon out: Mermaid cuts a label there" : ofColons(right))
  )
}

/** A line that begins with a word, or a sign, of its own. */
const ofWord = (line: string): string | undefined => {
  if (/^state\b.*\{.+\}?$/u.test(line)) return "write what is in a composite state on lines of its own"
  if (/^state\s+".*<<(?:choice|fork|join)>>$/u.test(line)) {
    return 'write the title on a line of its own, `state "title" as name`, and the kind on another'
  }
  if (/^state\b.*<<.*>>$/u.test(line)) return "there are <<choice>>, <<fork>> and <<join>>, behind one name"
  if (line === "{") return "write the `{` behind the name: `state name {`"
  if (/^stateDiagram/iu.test(line)) return "write `stateDiagram-v2` once, on a line of its own"
  if (/^(?:flowchart|graph|sequenceDiagram|classDiagram)\b/u.test(line)) {
    return "what is read here are state diagrams: write arrows as `from --> to`"
  }
  if (/^(?:click|link)\b/u.test(line)) return "nothing can be clicked here: write a note, `note right of name: words`"
  if (/direction\s+TD$/iu.test(line)) return "state diagrams know TB, BT, LR and RL: write `direction TB`"
  if (/^direction\s+\S+$/iu.test(line) && !/(?:TB|BT|RL|LR)$/iu.test(line))
    return "there are `direction TB`, BT, LR and RL"
  if (/direction\s+(?:TB|BT|RL|LR)|direction$/iu.test(line)) {
    return "to Mermaid all of the line is a direction: write other words"
  }
  if (/^state\b.*:/u.test(line))
    return "write words and classes on a line of their own, without `state`: `name : words`"
  if (line.startsWith("class "))
    return "write `class one,other name`, with letters, digits and `_`; for other names `name:::class`"
  if (/^(?:style|classDef) /u.test(line)) return "write names with letters, digits and `_`, then a blank and the style"
  if (/^(?:acc(?:Title|Descr)\b|scale |hide empty)/u.test(line)) return "write it outside of composite states"
  if (/^note (?!-->)/u.test(line)) {
    return "write `note right of name: words` without another `:` or `;`, or the words on lines of their own up to `end note`"
  }
  return line.startsWith("#") ? "write remarks behind `%%`" : undefined
}

const ofOther = (line: string): string | undefined => {
  if (/<--|->|==>|---/u.test(line)) return "write arrows as `from --> to`"
  if (line.includes(":") && line.includes(";")) return "leave the semicolon out: Mermaid cuts the words there"
  const colons = ofColons(line)
  if (colons !== undefined) return colons
  if (line.includes("=")) return "how a step is tried again stands in the line of its arrow to itself, or right below"
  return ofName((line.split(":")[0] ?? "").trim())
}

/** The mend of a line that is not understood. */
export const mendOf = (line: string): string => {
  const [left = "", right, ...more] = line.split("-->").map((part) => part.trim())
  const several = more.length > 0 ? "write one arrow a line" : undefined
  const mend = ofWord(line) ?? several ?? (right === undefined ? ofOther(line) : ofArrow(left, right))
  return mend ?? words.unknown.mend
}
