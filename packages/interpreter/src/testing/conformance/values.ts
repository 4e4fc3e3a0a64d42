/** The values that the conformance cases try on whatever is kept as JSON. */
import type * as Schema from "effect/Schema"

const nested = (depth: number): Schema.Json => {
  let value: Schema.Json = "bottom"
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { deeper: value }
  return value
}

/** JSON that some store or other would lose or change. */
export const values: ReadonlyArray<readonly [what: string, value: Schema.Json]> = [
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

/** What a step may hand over that types promise it won't. */
export const unkeepable: ReadonlyArray<readonly [what: string, value: Schema.Json]> = [
  ["a cycle", cyclic()],
  ["a BigInt", 1n as unknown as Schema.Json],
  ["nothing", undefined as unknown as Schema.Json]
]
