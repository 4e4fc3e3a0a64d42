/**
 * A diagram, read at run time: its lines put into their places, front matter, composite states, regions and notes. What comes out
 * is not checked yet, but for its nesting.
 */
import type { Direction } from "./graph.ts"
import { mendOf } from "./hints.ts"
import * as Matter from "./matter.ts"
import type { Report, Spot } from "./problem.ts"
import { placeOf, readingOf, stateOf, type Place, type Reading, type State } from "./reading.ts"
import * as Statements from "./statements.ts"

type Mode = "top" | "matter" | "before" | "body" | "note" | "acc"

/** What can be said of a diagram as a whole. */
const outermost: ReadonlySet<Statements.Statement["_tag"]> = new Set(["Scale", "AccTitle", "AccDescr", "HideEmpty"])

/** Reads a text line by line. */
class Reader {
  readonly reading: Reading
  private mode: Mode = "top"
  /** Whether the front matter has a title yet, be it an empty one: YAML takes no key twice. */
  private isTitled = false
  private place: Place
  private readonly outer: Array<{ readonly place: Place; readonly spot: Spot }> = []
  /** The state whose arrow to itself may go on in the next line. */
  private last: State | undefined
  /** A note or a description of several lines. */
  private block:
    | {
        readonly id: string
        readonly spot: Spot
        readonly lines: Array<string>
        readonly close: (text: string) => void
      }
    | undefined

  private readonly report: Report

  constructor(report: Report) {
    this.report = report
    const spot = { line: 1, column: 1 }
    this.place = placeOf(undefined, spot)
    this.reading = readingOf(this.place)
  }

  read(line: Statements.Line): void {
    const { _tag } = line.says
    if (this.mode === "body") return this.body(line)
    if (this.mode === "note") return _tag === "EndNote" ? this.endBlock() : void this.block?.lines.push(line.text)
    if (this.mode === "acc") return _tag === "Close" ? this.endBlock() : void this.block?.lines.push(line.text)
    if (this.mode === "matter") {
      if (_tag === "Fence") this.mode = "before"
      else this.matter(line)
      return
    }
    if (_tag === "Blank") return
    if (_tag === "Fence") {
      if (this.mode === "top") this.mode = "matter"
      else this.unknown(line)
      return
    }
    this.mode = "body"
    this.reading.hasHeader = _tag === "Header"
    this.place.spot = spotOf(line)
    if (_tag === "Header") return
    this.report(spotOf(line), "noHeader")
    this.body(line)
  }

  /** What is missing where the text ends. */
  end(lines: number): void {
    if (this.reading.title === undefined) this.report({ line: 1, column: 1 }, "noTitle")
    if (this.mode === "top" || this.mode === "before" || this.mode === "matter") {
      this.reading.hasHeader = false
      this.report({ line: lines, column: 1 }, "noHeader")
    }
    if (this.block !== undefined) this.report(this.block.spot, "unclosed", [this.block.id])
    for (let at: Place | undefined = this.place; at?.owner !== undefined; at = this.outer.pop()?.place) {
      this.report(this.outer.at(-1)?.spot ?? at.spot, "unclosed", [at.owner.id])
    }
  }

  private matter(line: Statements.Line): void {
    const says = Matter.read(line.text)
    if (says._tag === "Other") return void this.reading.matter.push(line.text)
    if (this.isTitled) return this.report(spotOf(line), "titles")
    this.isTitled = true
    // A key without a value is a setting like any other.
    if (says.text === "" || says.title === "") return void this.reading.matter.push(line.text)
    if (says.title === undefined) this.report(spotOf(line), "titleOdd", [says.text])
    this.reading.title = says.title ?? says.text
  }

  private unknown(line: Statements.Line): void {
    const text = Statements.trim(line.text)
    this.report(spotOf(line), "unknown", [text], mendOf(text))
  }

  private endBlock(): void {
    this.block?.close(dedent(this.block.lines))
    this.block = undefined
    this.mode = "body"
  }

  /** The state of a name; the first time, it gets its place. */
  private state({ column, id, styled }: Statements.Name, line: number): State {
    const spot = { line, column }
    let state = this.reading.states.get(id)
    if (state === undefined) {
      state = stateOf(id, spot, this.place)
      this.reading.states.set(id, state)
      this.place.states.push(state)
    } else if (state.place !== this.place && !state.isTwice) {
      state.isTwice = true
      // Without its header nothing of a text is known to be a diagram.
      if (this.reading.hasHeader) this.report(spot, "twice", [id])
    }
    if (styled !== undefined) state.classes.push(styled)
    return state
  }

  private body(line: Statements.Line): void {
    const { number, says } = line
    const spot = spotOf(line)
    const { last } = this
    if (says._tag !== "Blank" && says._tag !== "Retry") this.last = undefined
    switch (says._tag) {
      case "Blank":
        return
      case "Arrow":
        return this.arrow(says, number)
      case "Retry":
        if (last === undefined) this.unknown(line)
        else last.retries.push({ text: says.text, spot: { line: number, column: says.column } })
        return
      case "State": {
        const state = this.state(says.name, number)
        if (says.description !== undefined) state.descriptions.push({ text: says.description, spot })
        return
      }
      case "Kind":
        this.state(says.name, number).kinds.push({ kind: says.kind, spot: { line: number, column: says.name.column } })
        return
      case "Open":
        return this.open(says, number)
      case "Close":
        return this.close(spot)
      case "Divider":
        return this.divide(spot)
      case "Note":
        return this.speakOf(says.name, number, ({ notes }) => void notes.push({ side: says.side, text: says.text }))
      case "Block":
        this.mode = "note"
        this.block = {
          id: says.name.id,
          spot,
          lines: [],
          close: (text) => this.speakOf(says.name, number, ({ notes }) => void notes.push({ side: says.side, text }))
        }
        return
      case "AccBlock":
        if (this.place.owner !== undefined) return this.unknown(line)
        if (this.reading.accDescr !== undefined) this.twice("accDescr", spot)
        this.mode = "acc"
        this.block = { id: "accDescr", spot, lines: [], close: (text) => void (this.reading.accDescr = text) }
        return
      default:
        return this.adorn(line, says)
    }
  }

  private arrow({ from, label, to }: Statements.Statement & { readonly _tag: "Arrow" }, line: number): void {
    const spot = { line, column: from.column }
    const source = from.id === "[*]" ? undefined : this.state(from, line)
    if (to.id !== "[*]") this.state(to, line)
    if (source !== undefined && from.id === to.id) {
      source.retries.push({ text: label, spot })
      this.last = source
    } else this.place.arrows.push({ from: from.id, to: to.id, label, spot })
  }

  private open({ description, name }: Statements.Statement & { readonly _tag: "Open" }, line: number): void {
    const spot = { line, column: name.column }
    const state = this.state(name, line)
    state.kinds.push({ kind: "composite", spot })
    if (description !== undefined) state.descriptions.push({ text: description, spot })
    this.outer.push({ place: this.place, spot })
    this.place = state.regions[0] ?? placeOf(state, spot)
    if (state.regions.length === 0) state.regions.push(this.place)
  }

  private close(spot: Spot): void {
    const outer = this.outer.pop()
    if (outer === undefined) this.report(spot, "closesNothing")
    else this.place = outer.place
  }

  private divide(spot: Spot): void {
    const { owner } = this.place
    if (owner === undefined) return this.report(spot, "divides")
    const at = owner.regions.indexOf(this.place) + 1
    const next = owner.regions[at] ?? placeOf(owner, spot)
    if (at === owner.regions.length) owner.regions.push(next)
    this.place = next
  }

  private speakOf({ column, id }: Statements.Name, line: number, then: (state: State) => void): void {
    this.reading.spokenOf.push({ id, spot: { line, column }, then })
  }

  /** What is said again, so that the first of it would be lost. */
  private twice(what: string, spot: Spot): void {
    const { owner } = this.place
    this.report(spot, "overwritten", [what, owner === undefined ? "the diagram" : `\`${owner.id}\``])
  }

  /** What changes how a diagram looks, and not what it says. */
  private adorn(line: Statements.Line, says: Statements.Statement): void {
    const { reading } = this
    const spot = spotOf(line)
    // Inside a composite state Mermaid takes their words for states.
    if (this.place.owner !== undefined && outermost.has(says._tag)) return this.unknown(line)
    switch (says._tag) {
      case "Direction":
        if (this.place.direction !== undefined) this.twice("direction", spot)
        this.place.direction = says.direction as Direction
        return
      case "ClassDef":
        reading.classDefs.push({ names: says.names, style: says.style })
        return
      case "Class":
        for (const id of says.ids)
          reading.spokenOf.push({ id, spot, then: ({ classes }) => void classes.push(says.name) })
        return
      case "Style":
        for (const id of says.ids) reading.spokenOf.push({ id, spot, then: () => {} })
        reading.styles.push({ ids: says.ids, style: says.style })
        return
      case "Scale":
        if (reading.scale !== undefined) this.twice("scale", spot)
        reading.scale = says.width
        return
      case "AccTitle":
        if (reading.accTitle !== undefined) this.twice("accTitle", spot)
        reading.accTitle = says.text
        return
      case "AccDescr":
        if (reading.accDescr !== undefined) this.twice("accDescr", spot)
        reading.accDescr = says.text
        return
      case "HideEmpty":
        reading.hideEmptyDescription = true
        return
      default:
        return this.unknown(line)
    }
  }
}

const spotOf = ({ column, number }: Statements.Line): Spot => ({ line: number, column })

/** Lines without the margin that all of them have. */
const dedent = (lines: ReadonlyArray<string>): string => {
  const full = lines.filter((line) => line.trim() !== "")
  const margin = Math.min(...full.map((line) => /^\s*/u.exec(line)?.[0].length ?? 0))
  return lines.map((line) => line.slice(margin).trimEnd()).join("\n")
}

/** Reads a text; what is wrong with its nesting goes to `report`. */
export const read = (lines: ReadonlyArray<Statements.Line>, report: Report): Reading => {
  const reader = new Reader(report)
  for (const line of lines) reader.read(line)
  reader.end(lines.length)
  return reader.reading
}
