/** What is known of each part before it runs: whether it can end well, fail, wait, and leave something to undo. */
import type { Node } from "@waymark/core"
import * as SchemaAST from "effect/SchemaAST"
import * as Failures from "./failures.ts"
import type { Place } from "./places.ts"

/** The facts of one place. Of what is computed at run time, it may do all but leave something to undo. */
export interface Facts {
  /** Whether it may end in a state. */
  readonly gives: boolean
  /** Whether it may end in a typed failure. */
  readonly fails: boolean
  /** Whether it may wait for something, or write something, on its way. */
  readonly steps: boolean
  /** Whether it may end in a state with something registered that a failure later on would undo. */
  readonly undos: boolean
  /** Of a part with a handler of failures: whether one may get there. */
  readonly caught: boolean
}

/** While they are worked out, with the failures by their tags. */
interface Draft extends Omit<Facts, "fails"> {
  readonly failures: Failures.Failures
}

const plain: Omit<Draft, "failures"> = { gives: true, steps: false, undos: false, caught: false }
const step: Omit<Draft, "failures"> = { ...plain, steps: true }
const nothing: Draft = { ...plain, failures: Failures.none }
const dynamic: Draft = { ...step, failures: Failures.unknown }

type Parts = ReadonlyArray<Draft>

const first = (parts: Parts): Draft => parts[0] as Draft
const second = (parts: Parts): Draft => parts[1] as Draft
const failuresOf = (parts: Parts): Failures.Failures =>
  parts.reduce((all, { failures }) => Failures.union(all, failures), Failures.none)

/** Whatever may hold for one of the parts. */
const any = (parts: Parts): Draft => ({
  gives: parts.some(({ gives }) => gives),
  steps: parts.some(({ steps }) => steps),
  undos: parts.some(({ undos }) => undos),
  caught: false,
  failures: failuresOf(parts)
})

/** One road of several is taken: what is left to undo is left by one that ends well. */
const choice = (parts: Parts): Draft => ({ ...any(parts), undos: parts.some(({ gives, undos }) => gives && undos) })

const can = ({ gives, failures }: Draft): boolean => gives || Failures.may(failures)

/** A schema that nothing fits describes what never comes. */
const never = (codec: { readonly schema: { readonly ast: SchemaAST.AST } }): boolean =>
  SchemaAST.isNever(codec.schema.ast)

const factsOf: {
  readonly [Tag in Node.Node["_tag"]]: (node: Extract<Node.Node, { _tag: Tag }>, parts: Parts) => Draft
} = {
  AndThen: (_, parts) => {
    const stop = parts.findIndex(({ gives }) => !gives)
    return stop === -1 ? any(parts) : { ...any(parts.slice(0, stop + 1)), gives: false, undos: false }
  },
  AnswerQuery: (_, parts) => first(parts),
  Await: () => ({ ...step, failures: Failures.none }),
  Branch: (_, parts) => choice(parts),
  Catch: ({ tags }, parts) => {
    const [body, handler] = [first(parts), second(parts)]
    const [caught, rest] = Failures.caught(body.failures, tags)
    if (!caught) return { ...body, caught, failures: rest }
    return {
      ...choice([{ ...body, failures: rest }, handler]),
      // What the body had registered stays registered when its failure is handled.
      undos: (body.gives && body.undos) || (handler.gives && (handler.undos || body.undos)),
      caught
    }
  },
  Checkpoint: () => ({ ...step, failures: Failures.none }),
  Child: ({ awaited, workflow }) => ({
    ...step,
    failures: awaited
      ? Failures.union(Failures.ofSchema(workflow.error.schema), {
          tags: new Set(["ChildStopped"]),
          others: false
        })
      : Failures.none
  }),
  Compensate: (_, parts) => ({ ...first(parts), undos: first(parts).gives }),
  ContinueAsNew: () => ({ ...nothing, gives: false }),
  Draft: () => dynamic,
  Embed: (_, parts) => first(parts),
  Fail: () => ({ ...plain, gives: false, failures: Failures.unknown }),
  FlatMap: () => dynamic,
  ForEach: ({ mode }, parts) => ({
    ...first(parts),
    gives: true,
    failures: mode === "settle" ? Failures.none : first(parts).failures
  }),
  Gen: () => dynamic,
  HandleSignal: ({ event }) => ({ ...step, gives: !never(event), failures: Failures.none }),
  InterruptWith: (_, parts) => (first(parts).steps ? choice(parts) : first(parts)),
  Loop: (_, parts) => first(parts),
  Machine: ({ initial, states }, parts) => ({
    ...choice(parts),
    gives: parts[Object.keys(states).indexOf(initial)]?.gives === true
  }),
  Match: (_, parts) => choice(parts),
  OnCancel: (_, parts) => first(parts),
  Parallel: ({ mode, until }, parts) => ({
    ...any(parts),
    gives: until !== undefined || parts.every(mode === "settle" ? can : ({ gives }) => gives),
    failures: mode === "settle" ? Failures.none : failuresOf(parts)
  }),
  Pure: () => nothing,
  Race: ({ wins }, parts) => ({
    ...choice(parts),
    // A race for the first success fails where all do.
    failures:
      wins === "settled" || parts.every(({ failures }) => Failures.may(failures)) ? failuresOf(parts) : Failures.none
  }),
  RunIO: ({ error, event }) => ({ ...step, gives: !never(event), failures: Failures.ofSchema(error.schema) }),
  Saga: (_, parts) => ({ ...first(parts), undos: false }),
  SignalTo: ({ error }) => ({ ...step, failures: Failures.ofSchema(error.schema) }),
  Uncancellable: (_, parts) => first(parts),
  Version: (_, parts) => choice(parts)
}

/** The facts of each place, by its index. */
export const facts = (places: ReadonlyArray<Place>): ReadonlyArray<Facts> => {
  const drafts: Array<Draft | undefined> = []
  const all: Array<Facts> = []
  drafts.length = all.length = places.length
  for (const { index, node, parts } of places.toReversed()) {
    const read = factsOf[node._tag] as (node: Node.Node, parts: Parts) => Draft
    const { failures, ...draft } = read(
      node,
      parts.map((part) => drafts[part.index] as Draft)
    )
    drafts[index] = { ...draft, failures }
    all[index] = { ...draft, fails: Failures.may(failures) }
    for (const part of parts) drafts[part.index] = undefined
  }
  return all
}
