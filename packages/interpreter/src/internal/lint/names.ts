/**
 * Rule `duplicate-name`: two steps of one name that one journal may hold in one thread.
 *
 * For each part it is known which names have been there when it ends in a state and when it fails. What comes after is
 * compared with those only, so that roads which exclude each other may use the same names.
 */
import type { Node } from "@waymark/core"
import type { Facts } from "./facts.ts"
import { isTrigger, words, type Place } from "./places.ts"
import type { Say } from "./report.ts"

type Names = Map<string, Array<Place>>

/** The names that a part may have been through, by how it may end after them. */
interface Trail {
  /** In a state. */
  readonly well: Names
  /** In a state or in a failure. */
  readonly either: Names
  /** In a failure. */
  readonly badly: Names
  /** In a failure, of this part or of a later one: what that undoes. */
  readonly undone: Names
}

/** No names. It stays that way: `both` adds to the larger of two. */
const empty: Names = new Map()
const nowhere: Trail = { well: empty, either: empty, badly: empty, undone: empty }

/** One name, with what it has. The larger map takes in the smaller: all of them together cost little more than one. */
const both = (a: Names, b: Names): Names => {
  const [small, large] = a.size < b.size ? [a, b] : [b, a]
  for (const [name, places] of small) {
    const known = large.get(name)
    const [few, many] = known === undefined || known.length < places.length ? [known, places] : [places, known]
    for (const place of few ?? []) many.push(place)
    large.set(name, many)
  }
  return large
}

const together = (trails: ReadonlyArray<Trail>): Trail =>
  trails.reduce(
    (all, one) => ({
      well: both(all.well, one.well),
      either: both(all.either, one.either),
      badly: both(all.badly, one.badly),
      undone: both(all.undone, one.undone)
    }),
    nowhere
  )

/** The same names, where it is known anew how a part may end after them. */
const ending = (names: Names, gives: boolean, fails: boolean): Trail =>
  gives ? { ...nowhere, [fails ? "either" : "well"]: names } : fails ? { ...nowhere, badly: names } : nowhere

/** The names of undos, which are kept for later where the part ends in a state. */
const undoing = (names: Names, gives: boolean): Trail =>
  gives ? { ...nowhere, undone: names } : { ...nowhere, badly: names }

type Read<N> = (node: N, parts: ReadonlyArray<Trail>, place: Place) => Trail

/** What is compared: the steps that a journal names and their author can rename. */
const steps: ReadonlySet<Node.Node["_tag"]> = new Set<Node.Node["_tag"]>([
  "Await",
  "Checkpoint",
  "Child",
  "Draft",
  "ForEach",
  "RunIO",
  "Version"
])

export const names = (places: ReadonlyArray<Place>, facts: ReadonlyArray<Facts>, say: Say): void => {
  const of = (place: Place | undefined): Facts => facts[(place as Place).index] as Facts

  const report = (place: Place, first: Place, name: string): void => {
    // Two checkpoints of one name are an error of their own.
    if (place.node._tag === "Checkpoint" && first.node._tag === "Checkpoint") return
    const message = `"${name}" is the name of ${words(first)} too: nobody could tell the two apart in a journal. Give one of them another name.`
    say("duplicate-name", "warning", place, message, first)
  }

  /** Reports what comes again, and forgets it: where it has been is known from the first one. */
  const compare = (earlier: ReadonlyArray<Names>, later: Trail): void => {
    for (const names of [later.well, later.either, later.badly, later.undone]) {
      for (const before of earlier) {
        for (const name of (before.size < names.size ? before : names).keys()) {
          const [first] = before.get(name) ?? []
          const again = names.get(name)
          if (first === undefined || again === undefined) continue
          for (const place of again) report(place, first, name)
          names.delete(name)
        }
      }
    }
  }

  const then = (earlier: Trail, later: Trail, { fails, gives }: Facts): Trail => {
    compare([earlier.well, earlier.either, earlier.undone], later)
    return together([
      ending(earlier.well, gives, fails),
      ending(earlier.either, gives, true),
      { ...nowhere, badly: earlier.badly },
      undoing(earlier.undone, gives),
      later
    ])
  }

  /** The name of a place itself. */
  const own = (place: Place): Trail => {
    const { name } = place.node as { readonly name?: string }
    if (name === undefined || !steps.has(place.node._tag) || isTrigger(place)) return nowhere
    const { fails, gives } = of(place)
    return ending(new Map([[name, [place]]]), gives, fails)
  }

  /** Whether there is a saga around a place. */
  const nested: Array<boolean> = []
  for (const { index, parent } of places) {
    nested[index] = parent !== undefined && (parent.node._tag === "Saga" || nested[parent.index] === true)
  }

  const body = (parts: ReadonlyArray<Trail>): Trail => parts[0] as Trail
  /** Branches are threads of their own, so of a fork there is its own name only. */
  const leaf: Read<Node.Node> = (_node, _parts, place) => own(place)
  const inside: Read<Node.Node> = (_node, parts) => body(parts)
  const roads: Read<Node.Node> = (_node, parts) => together(parts)
  /** What has been before comes before all that follows in another round or another state. */
  const rounds: Read<Node.Node> = (_node, parts, place) => {
    const { badly, either, undone, well } = together(parts)
    const { fails, gives } = of(place)
    return together([
      ending(well, gives, fails),
      ending(either, gives, true),
      { ...nowhere, badly },
      undoing(undone, gives)
    ])
  }

  const read: { readonly [Tag in Node.Node["_tag"]]: Read<Extract<Node.Node, { _tag: Tag }>> } = {
    AndThen: (_, parts, place) => parts.reduce((all, one, index) => then(all, one, of(place.parts[index])), nowhere),
    AnswerQuery: inside,
    Await: leaf,
    Branch: roads,
    Catch: (_, [before, after], place) => {
      const [earlier, handler] = [before as Trail, after as Trail]
      const { caught, fails, gives } = of(place)
      if (!caught) return earlier
      compare([earlier.either, earlier.badly, earlier.undone], handler)
      return together([
        { ...nowhere, well: earlier.well },
        ending(earlier.either, true, fails),
        ending(earlier.badly, of(place.parts[1]).gives, fails),
        undoing(earlier.undone, gives),
        handler
      ])
    },
    Checkpoint: leaf,
    Child: leaf,
    Compensate: (_, [before, after], place) => {
      const [earlier, undo] = [before as Trail, after as Trail]
      compare([earlier.well, earlier.either, earlier.undone], undo)
      return together([earlier, undoing(both(undo.well, undo.either), of(place).gives)])
    },
    ContinueAsNew: leaf,
    Draft: leaf,
    Embed: inside,
    Fail: leaf,
    FlatMap: leaf,
    ForEach: leaf,
    Gen: leaf,
    HandleSignal: leaf,
    InterruptWith: (_, [before, after], place) => {
      const [earlier, rest] = [before as Trail, after as Trail]
      if (!of(place.parts[0]).steps) return earlier
      compare(Object.values(earlier), rest)
      const { fails, gives } = of(place.parts[1])
      return together([
        ending(earlier.well, true, fails),
        { ...nowhere, either: earlier.either },
        ending(earlier.badly, gives, true),
        undoing(earlier.undone, true),
        rest
      ])
    },
    Loop: rounds,
    Machine: rounds,
    Match: roads,
    OnCancel: (_, [before, after]) => {
      const [earlier, handler] = [before as Trail, after as Trail]
      compare(Object.values(earlier), handler)
      // After the handler comes nothing but what ends the thread.
      return earlier
    },
    Parallel: leaf,
    Pure: leaf,
    Race: leaf,
    RunIO: leaf,
    Saga: (_, parts, place) => {
      const { undone, ...rest } = body(parts)
      // Where the outermost saga ends well, there is nothing to undo any more.
      return nested[place.index] === true ? body(parts) : together([{ ...rest, undone: empty }, undoing(undone, false)])
    },
    SignalTo: leaf,
    Uncancellable: inside,
    Version: (_, parts, place) => then(own(place), together(parts), of(place))
  }

  const trails: Array<Trail | undefined> = []
  trails.length = places.length
  for (const place of places.toReversed()) {
    const reading = read[place.node._tag] as Read<Node.Node>
    const parts = place.parts.map(({ index }) => trails[index] as Trail)
    for (const { index } of place.parts) trails[index] = undefined
    trails[place.index] = reading(place.node, parts, place)
  }
}
