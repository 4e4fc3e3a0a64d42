/** Conformance: whatever is JSON comes back as it was, and what is not is refused without harm to its neighbours. */
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import { Journal } from "../../Journal.ts"
import type { Case } from "./bench.ts"
import { append, appendWell, begin, ConformanceFailure, eventsIn, eventsOf, groupOf, same, signalTo } from "./bench.ts"

const nested = (depth: number): Schema.Json => {
  let value: Schema.Json = "bottom"
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { deeper: value }
  return value
}

const values: ReadonlyArray<readonly [what: string, value: Schema.Json]> = [
  ["null", null],
  ["booleans", [true, false]],
  ["an empty object", {}],
  ["an empty array", []],
  ["an empty string", ""],
  ["an empty key", { "": { "": 0 } }],
  ["keys that objects have of their own", { constructor: 1, toString: "x", length: null }],
  ["unicode", "Zürich, 東京, עברית, e\u0301, \u2028\u2029"],
  ["emoji", { "👩‍👩‍👧‍👦": "🏴󠁧󠁢󠁳󠁣󠁴󠁿" }],
  ["NUL", { "a\u0000b": "\u0000", list: ["x\u0000y"] }],
  ["control characters", "\u0001\b\t\n\u000b\f\r\u001f\u007f\u0085"],
  ["half surrogate pairs", { "\ud800": "\udfff", text: "a\ud83dz", reversed: "\ude00\ud83d" }],
  ["quotes and backslashes", "\"'\\ \\u0000 \\\\u0000 {}(),NULL $1 ?1 :a @b %s"],
  ["big and small numbers", [1e308, -1e308, 5e-324, 1.7976931348623157e308, 0.1, 1 / 3, 2 ** 53, -(2 ** 53) - 2]],
  ["whole numbers", [0, 1, -1, 2_147_483_648, 9_007_199_254_740_991]],
  ["a thousand levels", nested(1000)],
  ["a string of a mebibyte", "0123456789abcdef".repeat(65_536)],
  ["a wide object", Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`key ${index}`, index]))]
]

const cyclic = (): Schema.Json => {
  const list: Array<Schema.Json> = []
  list.push(list)
  return list
}

// What a step may hand over that types promise it won't.
const unkeepable: ReadonlyArray<readonly [what: string, value: Schema.Json]> = [
  ["a cycle", cyclic()],
  ["a BigInt", 1n as unknown as Schema.Json],
  ["nothing", undefined as unknown as Schema.Json]
]

/** What every journal does with payloads. */
export const payloads: ReadonlyArray<Case> = [
  ...values.map(([what, value]): Case => ({
    name: `a payload comes back exactly: ${what}`,
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const { id } = yield* begin()
      const send = signalTo(id, { payload: value })
      yield* journal.send(send)
      yield* same("the signal", yield* journal.inbox(id), [send])
      const outcome = { _tag: "Consumed", reply: value } as const
      const events = eventsOf(id, [value, { value }], { from: 1 })
      yield* appendWell(groupOf(id, { events, settled: [{ id: send.id, outcome }] }))
      yield* same("the events", (yield* eventsIn(id)).slice(1), events)
      yield* same<unknown>("the reply", yield* journal.sent(id, send.id), { _tag: "Settled", outcome })
    })
  })),
  {
    name: "a payload comes back exactly: negative zero, which JSON has not, as zero",
    effect: Effect.gen(function* () {
      const { id } = yield* begin()
      yield* appendWell(groupOf(id, { events: eventsOf(id, [-0], { from: 1 }) }))
      yield* same("the payload", (yield* eventsIn(id))[1]?.payload, 0)
    })
  },
  {
    name: "a recorded event does not change with the object that it was made from",
    effect: Effect.gen(function* () {
      const { id } = yield* begin()
      const payload = { list: [1] }
      const events = [...eventsOf(id, [payload], { from: 1 })]
      yield* appendWell(groupOf(id, { events }))
      payload.list.push(2)
      events.pop()
      yield* same("the payload", (yield* eventsIn(id))[1]?.payload, { list: [1] })
    })
  },
  ...unkeepable.map(([what, value]): Case => ({
    name: `a payload that is not JSON is rejected, its neighbours are written: ${what}`,
    effect: Effect.gen(function* () {
      const journal = yield* Journal
      const bad = yield* begin()
      const good = yield* begin()
      const batch = [groupOf(bad.id, { events: eventsOf(bad.id, [value], { from: 1 }) }), groupOf(good.id)]
      const answers = yield* journal.append(batch)
      yield* same(
        "the answers",
        answers.map((answer) => answer._tag),
        ["Rejected", "Appended"]
      )
      yield* same("the events", yield* eventsIn(bad.id), bad.events)
      const refusal = yield* Effect.flip(journal.send(signalTo(bad.id, { payload: value }))).pipe(
        Effect.mapError(
          () => new ConformanceFailure({ what: "sending it", expected: "a JournalError", actual: "success" })
        )
      )
      yield* same("whether to send again", refusal.retryable, false)
    })
  })),
  {
    name: "a step's name or path that databases can't hold is rejected, and says which",
    effect: Effect.gen(function* () {
      const { id } = yield* begin()
      for (const flaw of ["\u0000", "\ud800"]) {
        for (const field of ["path", "step", "id"] as const) {
          const events = eventsOf(id, [1], { from: 1, also: { [field]: `x${flaw}` } })
          const answer = yield* append(groupOf(id, { events }))
          yield* same("the answer", answer?._tag, "Rejected")
        }
      }
      yield* same("the number of events", (yield* eventsIn(id)).length, 1)
    })
  }
]
