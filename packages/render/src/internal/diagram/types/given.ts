/** What was given to implement a diagram, held against what is asked for: what is wrong is a type in words, which the compiler shows. */
import type * as Effect from "effect/Effect"
import type { Transition } from "./implement.ts"

type Text<K> = K extends string | number ? `${K}` : never

/** What the compiler shows of a handler or a schema for a state that is not in the diagram, where `Missing` are those without one. */
export type NotInDiagram<Id, Missing = never> = [Missing] extends [never]
  ? `\`${Text<Id>}\` is no state of the diagram: take it out, or draw it there`
  : `\`${Text<Id>}\` is no state of the diagram: did you mean \`${Text<Missing>}\`, which is missing?`

/** What it shows of a schema in `branches` for what is the first state of none. */
export type NoBranch<Id, Missing = never> = [Missing] extends [never]
  ? `\`${Text<Id>}\` begins no branch or region: take it out, or draw one that it begins`
  : `\`${Text<Id>}\` begins no branch or region: did you mean \`${Text<Missing>}\`, which is missing?`

/** What it shows of a schema for what is entered with nothing. */
export type HasNoPayload<Id, Kind> = Kind extends "choice"
  ? `\`${Text<Id>}\` is a choice, which has no payload: take it out, the states that its arrows lead to have theirs`
  : `\`${Text<Id>}\` is a join, which has no payload: take it out, \`branches\` says what comes to it`

/** What it shows of a handler for a choice. */
export type HasNoHandler<Id> =
  `\`${Text<Id>}\` is a choice, which has no handler: take it out, the states before it choose by its labels`

/** What it shows of a handler for a state that stands in another composite state, `In`, or in none. */
export type StandsElsewhere<Id, In> = In extends ""
  ? `\`${Text<Id>}\` stands in no composite state: give its handler in the outermost \`states\``
  : `\`${Text<Id>}\` stands in \`${Text<In>}\`: give its handler there, in \`states\` of \`${Text<In>}\``

/** What it shows of a schema for a composite state without regions, which is entered as `First` is. */
export type IsComposite<Id, First> =
  `\`${Text<Id>}\` is a composite state, which has no payload of its own: give those of the states in it, beginning with \`${Text<First>}\``

/** What it shows where a state is missing. */
export type IsMissing<Id> = Id extends string
  ? `\`${Id}\` is missing: the diagram has that state, so add it here`
  : never

/** What it shows of a key that says nothing of how a state is left. */
export type SaysNothing<Id, Key, Known> =
  `\`${Text<Key>}\` of \`${Text<Id>}\` says nothing here: take it out, there is ${Text<Known>} alone`

/** What it shows of a part for a state with an arrow to itself. */
export type TriedAgain<Id> =
  `\`${Text<Id>}\` has an arrow to itself, which says how one step is tried again: give it a handler, or take the arrow out and let the steps of the part say it`

/** What it shows of a handler that ends with something else. */
export type NoTransition<Id> =
  `\`${Text<Id>}\` ends with something that is none of its transitions: answer with what its own \`go\` gives`

/** What it shows of a handler that ends with a transition which leaves other states. */
export type ForeignTransition<Id, Others> =
  `\`${Text<Id>}\` ends with a transition of \`${Text<Others>}\`, which does not leave it: answer with what its own \`go\` gives`

/** What it shows of a handler that can fail in other ways than the workflow. */
export type Undeclared<Id> =
  `\`${Text<Id>}\` can fail with what \`error\` does not name: name it there, or handle it in the handler`

type Answer<K, Run, Error> = Run extends (...args: never) => Effect.Effect<infer A, infer E, infer _R>
  ? [A] extends [Transition<Text<K>>]
    ? [E] extends [Error]
      ? unknown
      : Undeclared<K>
    : Foreign<A, Text<K>> extends infer Others
      ? [Others] extends [never]
        ? NoTransition<K>
        : ForeignTransition<K, Others>
      : never
  : unknown

/** The other states whose transitions are among what was answered. */
type Foreign<A, Own> = A extends Transition<infer From> ? Exclude<From, Own> : never

/** `Then`, where an object has no other keys than those it is read by: others would be dropped in silence. */
type Only<K, S, Keys, Known, Then> = [Exclude<keyof S, Keys>] extends [never]
  ? Then
  : SaysNothing<K, Exclude<keyof S, Keys>, Known>

/** What was given for one state. */
type Given<K, S, H, Retried, Error, Else, Missing, Role> =
  Text<K> extends keyof H
    ? [S] extends [NonNullable<S>]
      ? NonNullable<H[Text<K>]> extends { readonly states: infer Wanted }
        ? S extends { readonly states: infer Inside }
          ? Only<
              K,
              S,
              keyof NonNullable<H[Text<K>]>,
              NonNullable<H[Text<K>]> extends { readonly fork: unknown } ? "`fork`, `join` and `states`" : "`states`",
              { readonly states: Exact<Inside, Wanted, Retried, Error, Else> }
            >
          : unknown
        : S extends { readonly part: unknown }
          ? Text<K> extends Retried
            ? TriedAgain<K>
            : Only<K, S, "part" | "state", "`part` and `state`", unknown>
          : S extends { readonly run: infer Run }
            ? Only<K, S, "run" | "timeouts", "`run` and `timeouts`", Answer<K, Run, Error>>
            : Answer<K, S, Error>
      : IsMissing<Text<K>>
    : Text<K> extends keyof Else
      ? Else[Text<K>]
      : Role extends "branch"
        ? NoBranch<K, Missing>
        : NotInDiagram<K, Missing>

/**
 * Refuses what is too much or too little: `S` is what was given for `H`, `Retried` are the states with arrows to themselves, and `Else`
 * says of states why they are not asked for.
 */
export type Exact<S, H, Retried = never, Error = unknown, Else = {}, Role = "state"> = Complete<Missing<S, H>> & {
  readonly [K in keyof S]: Given<K, Put<S, K>, H, Retried, Error, Else, Missing<S, H>, Role>
}
/** What was given under a key. While it is inferred all keys are optional, which says nothing of it. */
type Put<S, K extends keyof S> = Partial<Pick<S, K>> extends Pick<S, K> ? NonNullable<S[K]> : S[K]
type Missing<S, H> = Exclude<keyof H, Text<keyof S>>
type Complete<Missing> = [Missing] extends [never] ? unknown : IsMissing<Missing>
