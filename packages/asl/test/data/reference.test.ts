/** Writing at a reference path. */
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Json } from "../../src/internal/data/json.ts"
import * as Path from "../../src/internal/data/path.ts"
import * as Reference from "../../src/internal/data/reference.ts"
import { anyJson, errorOf, scopeOf, success } from "../support/data.ts"

const write = (path: string, target: Json, value: Json) =>
  Reference.write(success(Reference.parseWritable(path)), target, value)

const anyPath = fc
  .array(fc.constantFrom(".a", ".b", "['c d']", "[0]", "[1]"), { maxLength: 4 })
  .map((keys) => `$${keys.join("")}`)

const anyTarget = fc.oneof(
  anyJson,
  fc.constantFrom<Json>({ a: { b: 1 }, b: [{ a: 1 }, 2] }, [[1, 2], { a: {} }], { "c d": { b: [0] } })
)

describe("writing", () => {
  it("what was written is read back, and other fields are as they were", () => {
    fc.assert(
      fc.property(anyPath, anyTarget, anyJson, (path, target, value) => {
        const result = write(path, target, value)
        fc.pre(Result.isSuccess(result))
        expect(Path.find(success(Path.parse(path)), scopeOf(success(result)))).toStrictEqual(value)
        for (const other of ["$.elsewhere", "$[7]"]) {
          const there = success(Path.parse(other))
          const before = Path.find(there, scopeOf(target))
          expect(path === "$" ? before : Path.find(there, scopeOf(success(result)))).toStrictEqual(before)
        }
      })
    )
  })

  it.each<readonly [string, Json, Json]>([
    ["$", { a: 1 }, "new"],
    ["$.b", { a: 1 }, { a: 1, b: "new" }],
    ["$.a", { a: 1 }, { a: "new" }],
    ["$.b.c.d", { a: 1 }, { a: 1, b: { c: { d: "new" } } }],
    ["$.a[1]", { a: [1, 2, 3] }, { a: [1, "new", 3] }],
    ["$.a[0].b", { a: [{ c: 1 }] }, { a: [{ c: 1, b: "new" }] }],
    ["$['a b']", {}, { "a b": "new" }],
    ["$.a", null, { a: "new" }],
    ["$['__proto__']", {}, JSON.parse('{"__proto__":"new"}') as Json]
  ])("%s into %j", (path, target, expected) => {
    expect(success(write(path, target, "new"))).toStrictEqual(expected)
    expect({}).not.toHaveProperty("new")
  })

  it.each<readonly [string, Json]>([
    ["$.a", "text"],
    ["$.a", 7],
    ["$.a", [1]],
    ["$.a.b", { a: 1 }],
    ["$.a.b", { a: [] }],
    ["$[0]", {}],
    ["$.a[0]", {}],
    ["$.a[2]", { a: [1, 2] }],
    ["$.a[0]", { a: "text" }]
  ])("%s does not fit %j", (path, target) => {
    expect(errorOf(write(path, target, "new"))).toBe("States.ReferencePathConflict")
  })

  it.each(["$$.a", "$v", "$.a[*]"])("%s cannot be written", (path) => {
    expect(Result.isFailure(Reference.parseWritable(path))).toBe(true)
  })
})
