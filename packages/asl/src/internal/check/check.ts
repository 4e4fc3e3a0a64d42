/**
 * What is wrong with a definition, all at once: `Asl.parse` calls it before it compiles. It looks at machines within machines; `states.ts` has the fields
 * of states, `graph.ts` how they lead to one another.
 */
import type { QueryLanguage } from "../../Definition.ts"
import type { Problem } from "../../Problem.ts"
import type { Substitutions, Unfilled } from "../data/placeholder.ts"
import { filled, keyOf, type Filling } from "./fill.ts"
import { connected } from "./graph.ts"
import { any, integer, one, text, type Kind } from "./kinds.ts"
import { at, isFields, shown, wrong, type Fields, type Look, type Path } from "./look.ts"
import { field, record, required, type Table } from "./record.ts"
import { tables, together } from "./states.ts"
import { read } from "./text.ts"
import { scoped } from "./variables.ts"

const language: Kind = one("JSONPath", "JSONata")

const branch: Table = {
  StartAt: required(text),
  States: required(any),
  Comment: field(text)
}

const outermost: Table = {
  ...branch,
  QueryLanguage: field(language),
  Version: field(text),
  TimeoutSeconds: field(integer(1))
}

const processor: Table = {
  ...branch,
  ProcessorConfig: field(
    (value, look) =>
      void record(
        value,
        { Mode: field(one("INLINE", "DISTRIBUTED")), ExecutionType: field(one("STANDARD", "EXPRESS")) },
        look,
        "a ProcessorConfig"
      )
  )
}

const LONGEST_NAME = 80

/** What was met so far: names of states, and labels of maps, are told apart in the whole definition. */
interface Names {
  readonly states: Set<string>
  readonly labels: Set<string>
}

const named = (name: string, look: Look, names: Names): void => {
  if (name.length === 0 || name.length > LONGEST_NAME) {
    wrong(look, `the name has ${name.length} characters`, `Give a name of 1 to ${LONGEST_NAME} characters.`)
  }
  if (name === "__proto__") wrong(look, "JavaScript keeps this name for itself", "Give the state another name.")
  if (names.states.has(name))
    wrong(look, `there is another state "${name}"`, "Names are unique in the whole machine: rename one.")
  names.states.add(name)
}

const labelled = (label: string, look: Look, { labels }: Names): void => {
  if (labels.has(label))
    wrong(look, `another map has the label "${label}"`, "Labels are unique in the whole machine: change one.")
  labels.add(label)
}

const languageOf = (value: Fields, around: QueryLanguage): QueryLanguage => {
  const given = value["QueryLanguage"]
  return given === "JSONata" || given === "JSONPath" ? given : around
}

const state = (value: unknown, look: Look, names: Names): void => {
  if (!isFields(value)) return wrong(look, `a state is ${shown(value)}`, "Give an object with a Type.")
  const { Type: type } = value
  const table = typeof type === "string" && Object.hasOwn(tables, type) ? tables[type] : undefined
  if (table === undefined || typeof type !== "string") {
    return wrong(at(look, "Type"), `it is ${shown(type)}`, `Give one of ${Object.keys(tables).join(", ")}.`)
  }
  const own = { ...look, language: languageOf(value, look.language) }
  if (Object.hasOwn(value, "QueryLanguage")) language(value["QueryLanguage"], at(look, "QueryLanguage"))
  record(value, table, own, `a ${type} state`)
  together(type, value, own)
  if (typeof value["Label"] === "string") labelled(value["Label"], at(own, "Label"), names)
  within(value, look, names)
}

/** The machines in a state. Their language is that of the machine around them, not of the state. */
const within = (value: Fields, look: Look, names: Names): void => {
  const { Branches, ItemProcessor, Iterator, Type } = value
  if (Type === "Parallel" && Branches !== undefined) {
    const place = at(look, "Branches")
    if (!Array.isArray(Branches)) wrong(place, `it is ${shown(Branches)}`, "Give an array of machines.")
    else Branches.forEach((entry, index) => machine(entry, branch, at(place, index), names, "a branch"))
  }
  if (Type === "Map" && ItemProcessor !== undefined) {
    machine(ItemProcessor, processor, at(look, "ItemProcessor"), names, "an ItemProcessor")
  }
  if (Type === "Map" && Iterator !== undefined) machine(Iterator, processor, at(look, "Iterator"), names, "an Iterator")
}

const machine = (value: unknown, table: Table, look: Look, names: Names, what: string): void => {
  const fields = record(value, table, look, what)
  if (fields === undefined) return
  // Machines within another have the language of the outermost.
  const inner = table === outermost ? { ...look, language: languageOf(fields, look.language) } : look
  const { States } = fields
  const place = at(inner, "States")
  if (States === undefined) return
  if (!isFields(States) || Object.keys(States).length === 0) {
    return wrong(place, `it is ${shown(States)}`, "Give an object with at least one state.")
  }
  for (const name of Object.keys(States)) named(name, at(place, name), names)
  for (const [name, entry] of Object.entries(States)) state(entry, at(place, name), names)
  connected(fields["StartAt"], States, inner)
}

/** What has been found out about a definition. */
export interface Checked {
  readonly value: unknown
  readonly problems: ReadonlyArray<Problem>
  /** Placeholders in place of values, which have none yet. */
  readonly unfilled: ReadonlyArray<Unfilled>
}

/** A look at the whole of a definition, and what it has noted. */
const looking = () => {
  const problems: Array<Problem> = []
  const unfilled = new Map<string, Unfilled>()
  const look: Look = {
    path: [],
    language: "JSONPath",
    note: (problem) => void problems.push(problem),
    unfilled: (placeholder) => void unfilled.set(keyOf(placeholder.path), placeholder)
  }
  return { look, problems, unfilled }
}

/** Looks at a definition whose placeholders are filled in, those at some places in the other of two ways. */
const examined = (given: unknown, values: Substitutions, turned: ReadonlySet<string>) => {
  const { look, problems, unfilled } = looking()
  const filling: Filling = { values, turned, open: new Map(), around: new Set() }
  const value = filled(given, look, filling)
  machine(value, outermost, look, { states: new Set(), labels: new Set() }, "a state machine")
  scoped(value, look)
  return { value, problems, unfilled, open: filling.open }
}

type Examined = ReturnType<typeof examined>

/** The places that can be read in two ways and are refused as they are read; a list may be refused as a whole. */
const refused = ({ open, problems }: Examined): ReadonlySet<string> => {
  const places = new Set(problems.map(({ path }) => keyOf(path)))
  const isRefused = (path: Path) =>
    places.has(keyOf(path)) || (typeof path[path.length - 1] === "number" && places.has(keyOf(path.slice(0, -1))))
  return new Set([...open].flatMap(([key, path]) => (isRefused(path) ? [key] : [])))
}

/** The kind of a field decides how a value is read: it is read the other way where it is refused as it is given, and taken otherwise. */
const settled = (given: unknown, values: Substitutions): Examined => {
  const first = examined(given, values, new Set())
  const turned = refused(first)
  if (turned.size === 0) return first
  const second = examined(given, values, turned)
  const still = refused(second)
  return still.size === 0 ? second : examined(given, values, new Set([...turned].filter((place) => !still.has(place))))
}

/** Reads a definition, given as JSON or as its text, and looks for all that is wrong with it. */
export const check = (definition: unknown, substitutions: Substitutions = {}): Checked => {
  const { look, problems, unfilled } = looking()
  const given = typeof definition === "string" ? read(definition, substitutions, look) : { value: definition }
  if (given === undefined) return { value: undefined, problems, unfilled: [] }
  const found = settled(given.value, substitutions)
  return {
    value: found.value,
    problems: [...problems, ...found.problems],
    unfilled: [...new Map([...unfilled, ...found.unfilled]).values()]
  }
}
