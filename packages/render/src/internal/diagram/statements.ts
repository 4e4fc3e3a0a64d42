/**
 * The lines of a diagram: what each of them says, on its own. `types/lines.ts` has the same rules in the same order, for the
 * compiler; a test has both read the same diagrams.
 *
 * Mermaid's own reader is not used: it keeps no positions, joins lines that belong apart (`a b` are two states to it) and cuts
 * labels without a word. What it would refuse or read otherwise is refused here.
 */

/** A name, and the column it begins in. */
export interface Name {
  readonly id: string
  readonly column: number
  /** The class behind `:::`. */
  readonly styled?: string
}

export type Kind = "choice" | "fork" | "join"

/** What a line says. */
export type Statement =
  | { readonly _tag: "Arrow"; readonly from: Name; readonly to: Name; readonly label: string; readonly column: number }
  | { readonly _tag: "State"; readonly name: Name; readonly description?: string }
  | { readonly _tag: "Kind"; readonly name: Name; readonly kind: Kind }
  | { readonly _tag: "Open"; readonly name: Name; readonly description?: string }
  | { readonly _tag: "Retry"; readonly text: string; readonly column: number }
  | { readonly _tag: "Note"; readonly name: Name; readonly side: "left" | "right"; readonly text: string }
  | { readonly _tag: "Block"; readonly name: Name; readonly side: "left" | "right" }
  | { readonly _tag: "Direction"; readonly direction: string }
  | { readonly _tag: "ClassDef"; readonly names: string; readonly style: string }
  | { readonly _tag: "Class"; readonly ids: ReadonlyArray<string>; readonly name: string }
  | { readonly _tag: "Style"; readonly ids: ReadonlyArray<string>; readonly style: string }
  | { readonly _tag: "Scale"; readonly width: number }
  | { readonly _tag: "AccTitle" | "AccDescr"; readonly text: string }
  | {
      readonly _tag:
        | "Blank"
        | "Close"
        | "Divider"
        | "Fence"
        | "Header"
        | "EndNote"
        | "AccBlock"
        | "HideEmpty"
        | "Unknown"
    }

/** A line: its number from 1, its text, the column of its first sign, and what it says. */
export interface Line {
  readonly number: number
  readonly text: string
  readonly column: number
  readonly says: Statement
}

const start = /^[ \t\r]+/u
const end = /[ \t\r]+$/u

export const trim = (text: string): string => text.replace(start, "").replace(end, "")

/** What no name can have in it. The blanks are all that JavaScript knows. */
const sign = /[\s:={}[\]<>";,#%-]/u
const keywords: ReadonlySet<string> = new Set([
  "state",
  "default",
  "note",
  "class",
  "classdef",
  "scale",
  "click",
  "style",
  "href",
  "statediagram",
  "as",
  "__proto__"
])

/** Words that Mermaid sees wherever what follows is no letter, digit or `_`, be it a `.` or an `é`. */
export const opens = /^(?:click|default|href)(?!\w)/iu

export const isName = (text: string): boolean =>
  text !== "" && !sign.test(text) && !keywords.has(text.toLowerCase()) && !opens.test(text)

/** A sign by its number or name, as `#59;`: its `;` is the only one that Mermaid does not cut words at. */
const entity = /#\w+;/g

/** Words behind a colon that Mermaid reads to their end: it cuts them at `;`, and fails at `::` and where there are none. */
const isSaid = (words: string): boolean =>
  words !== "" && !/::|:$/u.test(words) && !words.replaceAll(entity, "").includes(";")

const Unknown: Statement = { _tag: "Unknown" }

/** Pieces of one trimmed line, each with the column it stands in. */
class Piece {
  readonly text: string
  readonly column: number
  constructor(text: string, column: number) {
    this.text = text
    this.column = column
  }
  /** What is left of a place, and right of it past `skip` signs; without blanks around. */
  cut(at: number, skip: number): readonly [Piece, Piece] {
    return [new Piece(this.text.slice(0, at), this.column).trimmed, this.from(at + skip)]
  }
  from(at: number): Piece {
    return new Piece(this.text.slice(at), this.column + at).trimmed
  }
  get trimmed(): Piece {
    const lead = start.exec(this.text)?.[0].length ?? 0
    return new Piece(trim(this.text), this.column + lead)
  }
}

const named = ({ column, text }: Piece): Name | undefined => {
  const at = text.indexOf(":::")
  if (at === -1) return text === "[*]" || isName(text) ? { id: text, column } : undefined
  const [id, styled] = [text.slice(0, at), text.slice(at + 3)]
  return isName(id) && isName(styled) ? { id, column, styled } : undefined
}

/** `b`, `b:::loud`, `b : label`, `b:::loud : label`. */
const target = (piece: Piece): readonly [Piece, string | undefined] => {
  const classed = piece.text.indexOf(":::")
  const from = classed === -1 || classed > piece.text.indexOf(":") ? 0 : classed + 3
  const colon = piece.text.indexOf(":", from)
  if (colon === -1) return [piece, undefined]
  const [name, label] = piece.cut(colon, 1)
  return [name, label.text]
}

const arrow = (line: Piece, at: number): Statement => {
  const [left, right] = line.cut(at, 3)
  const [goal, label] = target(right)
  const [from, to] = [named(left), named(goal)]
  return from === undefined || to === undefined || (label !== undefined && !isSaid(label))
    ? Unknown
    : { _tag: "Arrow", from, to, label: label ?? "", column: line.column }
}

const ofName = (piece: Piece, make: (name: Name) => Statement): Statement =>
  isName(piece.text) ? make({ id: piece.text, column: piece.column }) : Unknown

/** A name, with or without a class or words of its own. */
const plain = (piece: Piece): Statement => {
  const colon = piece.text.indexOf(":")
  if (colon === -1) {
    if (piece.text.includes("=")) return { _tag: "Retry", text: piece.text, column: piece.column }
    return ofName(piece, (name) => ({ _tag: "State", name }))
  }
  if (piece.text.startsWith(":::", colon)) {
    const name = named(piece)
    return name === undefined ? Unknown : { _tag: "State", name }
  }
  const [id, { text: description }] = piece.cut(colon, 1)
  return isSaid(description) ? ofName(id, (name) => ({ _tag: "State", name, description })) : Unknown
}

const kinded = /^(.*?)(?:<<(choice|fork|join)>>|\[\[(choice|fork|join)\]\])$/u
const aliased = /^"([^"]+)" as (.*)$/u

const state = (piece: Piece): Statement => {
  const kind = kinded.exec(piece.text)
  if (kind !== null) {
    const id = new Piece(kind[1] as string, piece.column).trimmed
    return ofName(id, (name) => ({ _tag: "Kind", name, kind: (kind[2] ?? kind[3]) as Kind }))
  }
  const alias = aliased.exec(piece.text)
  const description = alias?.[1]
  const said = description === undefined ? {} : { description }
  const name = alias === null ? piece : piece.from(piece.text.length - (alias[2] as string).length)
  if (name.text.endsWith("{")) {
    return ofName(name.cut(name.text.length - 1, 1)[0], (opened) => ({ _tag: "Open", name: opened, ...said }))
  }
  // Behind `state`, Mermaid drops words of a name and a class.
  return ofName(name, (one) => ({ _tag: "State", name: one, ...said }))
}

const note = (piece: Piece): Statement => {
  const side = /^(left|right) of /u.exec(piece.text)
  if (side === null) return Unknown
  const of = piece.from(side[0].length)
  const colon = of.text.indexOf(":")
  const sided = { side: side[1] as "left" | "right" }
  if (colon === -1) return ofName(of, (name) => ({ _tag: "Block", name, ...sided }))
  const [id, { text }] = of.cut(colon, 1)
  return text === "" || /[:;]/u.test(text) ? Unknown : ofName(id, (name) => ({ _tag: "Note", name, text, ...sided }))
}

// Names of classes, and of states where one is given them, are of `\w` alone to Mermaid.
const classDef = /^(\w+) +(\S.*)$/u
const classed = /^(\w+(?:, *\w+)*) +(\S+)$/u
const styled = /^(\w+(?:,\w+)*) +(\S.*)$/u

const list = (text: string): ReadonlyArray<string> => text.split(",").map(trim)

const worded: Readonly<Record<string, (rest: Piece) => Statement>> = {
  state,
  note,
  scale: ({ text }) => {
    const width = /^([1-9]\d*) width$/u.exec(text)?.[1]
    return width === undefined ? Unknown : { _tag: "Scale", width: Number(width) }
  },
  classDef: ({ text }) => {
    const [, names, style] = classDef.exec(text) ?? []
    return names === undefined || style === undefined ? Unknown : { _tag: "ClassDef", names, style }
  },
  class: ({ text }) => {
    const [, ids, name] = classed.exec(text) ?? []
    return ids === undefined || name === undefined ? Unknown : { _tag: "Class", ids: list(ids), name }
  },
  style: ({ text }) => {
    const [, ids, style] = styled.exec(text) ?? []
    return ids === undefined || style === undefined ? Unknown : { _tag: "Style", ids: list(ids), style }
  }
}

// `end`, `hide` and `direction` may be names, too: for those, the whole line decides.
const opening = /^(state|note|classDef|class|style|scale) /u
const directed = /^direction +(TB|BT|LR|RL)$/u
/** What makes a line a direction to Mermaid, wherever in it that stands, or goes on in the next: what else it says is gone. */
const turns = /direction\s+(?:TB|BT|RL|LR)/iu
const accessible = /^acc(Title|Descr)[ \t\r]*(:|\{$)/u

const whole: Readonly<Record<string, Statement>> = {
  "": { _tag: "Blank" },
  "}": { _tag: "Close" },
  "--": { _tag: "Divider" },
  "---": { _tag: "Fence" },
  "end note": { _tag: "EndNote" },
  "hide empty description": { _tag: "HideEmpty" },
  "stateDiagram-v2": { _tag: "Header" },
  stateDiagram: { _tag: "Header" }
}

const said = (line: Piece): Statement => {
  const { text } = line
  if (Object.hasOwn(whole, text)) return whole[text] as Statement
  if (text.startsWith("%%")) return { _tag: "Blank" }
  const acc = accessible.exec(text)
  if (acc !== null) {
    if (acc[2] === "{") return acc[1] === "Descr" ? { _tag: "AccBlock" } : Unknown
    return { _tag: acc[1] === "Title" ? "AccTitle" : "AccDescr", text: trim(text.slice(acc[0].length)) }
  }
  const direction = directed.exec(text)?.[1]
  if (direction !== undefined) return { _tag: "Direction", direction }
  const word = opening.exec(text)?.[1]
  if (word !== undefined) return (worded[word] as (rest: Piece) => Statement)(line.from(word.length + 1))
  const at = text.indexOf("-->")
  if (at === -1) return plain(line)
  // Words behind a colon may have an arrow in them.
  const colon = text.slice(0, at).indexOf(":")
  return colon === -1 || text.startsWith(":::", colon) ? arrow(line, at) : plain(line)
}

/** A remark behind an arrow or a name is none behind a colon: there it is part of what is said, as Mermaid has it. */
const uncommented = (text: string): string => {
  const at = text.indexOf("%%")
  // The three colons before a class begin no words.
  return at <= 0 || text.slice(0, at).replaceAll(":::", "").includes(":") ? text : text.slice(0, at).replace(end, "")
}

/** What Mermaid sees after a line: blank lines do not count, nor do remarks, but that a bare `%%` stays where it is. */
const seenAfter = (lines: ReadonlyArray<string>, index: number): string =>
  lines
    .slice(index + 1)
    .filter((text) => !/^\s*%%[^\r]/u.test(text))
    .map(trim)
    .find((text) => text !== "") ?? ""

/** The lines of a text. */
export const lines = (text: string): ReadonlyArray<Line> =>
  // Some editors begin a file with a mark of the order of its bytes.
  text
    .replace(/^\ufeff/u, "")
    .split("\n")
    .map((line, index, all) => {
      const piece = new Piece(line, 1).trimmed
      const says = said(new Piece(uncommented(piece.text), piece.column))
      const isTurned =
        turns.test(piece.text) || (/direction$/iu.test(piece.text) && turns.test(`direction ${seenAfter(all, index)}`))
      const isMeant = says._tag === "Blank" || says._tag === "Direction"
      return { number: index + 1, text: line, column: piece.column, says: isTurned && !isMeant ? Unknown : says }
    })
