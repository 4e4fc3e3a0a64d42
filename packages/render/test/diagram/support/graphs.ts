/** Generated diagrams: graphs of steps, choices, composite states, regions and forks, with names that try a reader. */
import type { Diagram } from "@waymark/render"
import * as fc from "fast-check"

/** What a part of a diagram is made of. */
type Shape = Kinds & {
  /** What people read of its first state. */
  readonly said: Pick<Diagram.State, "descriptions" | "notes" | "classes">
  /** What stands on the arrow to what follows, where no choice leads there. */
  readonly label: string | undefined
}
type Kinds =
  | { readonly _: "step"; readonly retry: Diagram.Retry | undefined }
  | { readonly _: "choice"; readonly back: boolean; readonly labels: readonly [string, string] }
  | {
      readonly _: "composite"
      readonly regions: ReadonlyArray<ReadonlyArray<Shape>>
      readonly direction: Diagram.Direction | undefined
    }
  | { readonly _: "fork"; readonly branches: ReadonlyArray<ReadonlyArray<Shape>> }

/** Names that JavaScript or a careless reader would stumble over. */
const odd = [
  "end",
  "constructor",
  "toString",
  "hasOwnProperty",
  "direction",
  "LRx",
  "hide",
  "fork",
  "join",
  "日本語",
  "é.1",
  "ümlaut_",
  "defaults",
  "clicks.1",
  "hrefs",
  "a/b",
  "1|0",
  "1",
  "42",
  "(x)",
  "note1",
  "stateful",
  "title",
  "root",
  "🌲",
  "ends!",
  "valueOf",
  "in",
  "*"
]
const nameOf = (index: number): string => odd[index] ?? `state${index}`

const positive = fc.integer({ min: 1, max: 100_000 })
const retry: fc.Arbitrary<Diagram.Retry | undefined> = fc
  .record({ attempts: fc.option(positive, { nil: undefined }), backoffMs: fc.option(positive, { nil: undefined }) })
  .map((one) => (one.attempts === undefined && one.backoffMs === undefined ? undefined : one))

const words = fc.constantFrom(
  "yes",
  "no",
  "Value Isn't Null",
  "更多",
  "over 100: ask",
  "{}",
  "`$\\",
  "-->",
  '"quoted"',
  "end",
  "constructor",
  "__proto__",
  "a\\nb",
  "x %% y",
  "<<choice>>",
  "#1",
  "in this direction, TD",
  "in any Direction",
  ":x",
  "a : b",
  "one#59; two ##35;",
  "one<br>two<br />three"
)
const label = fc.option(words, { nil: undefined })
const labels = fc.uniqueArray(words, { minLength: 2, maxLength: 2 }) as fc.Arbitrary<[string, string]>
const notes = fc.array(
  fc.record({
    side: fc.constantFrom("left" as const, "right" as const),
    text: fc.constantFrom("be careful", "two\nlines: a --> b", "it --> there", "a: b; c")
  }),
  { maxLength: 1 }
)
const said = fc.record({
  descriptions: fc.uniqueArray(
    fc.constantFrom(
      "A long name",
      "what: now?",
      "更多 🌲",
      "a::b",
      "ends:",
      "in no direction",
      "in either direction, lr",
      'a "quoted" one',
      "one<br/>two"
    ),
    {
      maxLength: 2
    }
  ),
  notes,
  classes: fc.subarray(["loud", "quiet"])
})
const direction = fc.constantFrom<Diagram.Direction | undefined>(undefined, "LR", "TB", "BT", "RL")

const { shape } = fc.letrec<{ readonly shape: Shape; readonly chain: ReadonlyArray<Shape> }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 2, depthIdentifier: "shape" },
    { weight: 4, arbitrary: fc.record({ _: fc.constant("step" as const), retry, said, label }) },
    { weight: 3, arbitrary: fc.record({ _: fc.constant("choice" as const), back: fc.boolean(), labels, said, label }) },
    {
      weight: 1,
      arbitrary: fc.record({
        _: fc.constant("composite" as const),
        regions: fc.array(tie("chain"), { minLength: 1, maxLength: 2 }),
        direction,
        said,
        label
      })
    },
    {
      weight: 1,
      arbitrary: fc.record({
        _: fc.constant("fork" as const),
        branches: fc.array(tie("chain"), { minLength: 2, maxLength: 3 }),
        said,
        label
      })
    }
  ),
  chain: fc.array(tie("shape"), { minLength: 1, maxLength: 3, depthIdentifier: "shape" })
}))

/** Puts shapes into places, one after the other. */
class Drawing {
  private count = 0
  private readonly order: ReadonlyArray<number>
  constructor(order: ReadonlyArray<number>) {
    this.order = order
  }
  private name(): string {
    const index = this.count++
    return nameOf(this.order[index] ?? index)
  }
  place(shapes: ReadonlyArray<Shape>, direction: Diagram.Direction | undefined): Diagram.Place {
    const [states, arrows]: [Array<Diagram.State>, Array<Diagram.Arrow>] = [[], []]
    const first = this.chain(shapes, "[*]", states, arrows)
    return { direction, states, arrows: [{ from: "[*]", to: first, label: undefined }, ...arrows] }
  }
  /** Draws a chain that ends in `last`, and gives its first state. */
  private chain(
    shapes: ReadonlyArray<Shape>,
    last: string,
    states: Array<Diagram.State>,
    arrows: Array<Diagram.Arrow>
  ): string {
    const firsts: ReadonlyArray<string> = shapes.map(() => this.name())
    const go = (from: string, to: string, label?: string) => void arrows.push({ from, to, label })
    for (const [index, shape] of shapes.entries()) {
      const id = firsts[index] ?? last
      const next = firsts[index + 1] ?? last
      const add = (more: Partial<Diagram.State> & { readonly id: string }) =>
        void states.push({
          kind: "step",
          descriptions: [],
          classes: [],
          notes: [],
          retry: undefined,
          regions: [],
          ...more
        })
      if (shape._ === "step") {
        add({ id, ...shape.said, retry: shape.retry })
        go(id, next, shape.label)
      } else if (shape._ === "choice") {
        const choice = this.name()
        add({ id, ...shape.said })
        add({ id: choice, kind: "choice" })
        go(id, choice, shape.label)
        go(choice, next, shape.labels[0])
        go(choice, shape.back ? (firsts[0] ?? last) : next, shape.labels[1])
      } else if (shape._ === "composite") {
        const { descriptions, ...said } = shape.said
        add({
          id,
          ...said,
          descriptions: descriptions.slice(0, 1),
          kind: "composite",
          regions: shape.regions.map((region) => this.place(region, shape.direction))
        })
        go(id, next, shape.label)
      } else {
        const join = this.name()
        add({ id, notes: shape.said.notes, kind: "fork" })
        for (const branch of shape.branches) go(id, this.chain(branch, join, states, arrows))
        add({ id: join, kind: "join" })
        go(join, next, shape.label)
      }
    }
    return firsts[0] ?? last
  }
}

/** A diagram that is right. */
export const graph: fc.Arbitrary<Diagram.Graph> = fc
  .record({
    shapes: fc.array(shape, { minLength: 1, maxLength: 5 }),
    order: fc.shuffledSubarray(
      odd.map((_, index) => index),
      { minLength: odd.length }
    ),
    title: fc.constantFrom(
      "Order",
      "Größe 2",
      'The "Big" One',
      "it's",
      "My: Parcel",
      "# 1",
      "true",
      "- a",
      "[x]",
      " spaced ",
      "C:\\x",
      `it's a "\\" of 'it'`
    ),
    direction,
    matter: fc.constantFrom([], ["config:", "  theme: dark", "  title: none"]),
    accTitle: fc.constantFrom(undefined, "Parcels: all"),
    accDescr: fc.constantFrom(undefined, "for all", "two\nlines"),
    scale: fc.constantFrom(undefined, 350),
    hideEmptyDescription: fc.boolean()
  })
  .map(({ direction, order, shapes, ...rest }) => ({
    ...rest,
    root: new Drawing(order).place(shapes, direction),
    classDefs: [{ names: "loud", style: "fill:#f00,color:white" }],
    styles: []
  }))
