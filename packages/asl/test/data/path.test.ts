/** JSONPath: what is a path, and what it selects. */
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isArray, isObject, type Json } from "../../src/internal/data/json.ts"
import * as Path from "../../src/internal/data/path.ts"
import { anyJson, errorOf, scopeOf, success } from "../support/data.ts"

const shop: Json = {
  books: [
    { title: "A", price: 8, tags: ["old"] },
    { title: "B", price: 12, isbn: "x" },
    { title: "C", price: 20, isbn: null }
  ],
  bicycle: { color: "red", price: 19 },
  limit: 10,
  nothing: null,
  "not-a-word": 1,
  "with space": 2,
  größe: 3,
  "7": "seven",
  counts: [1, 2, 3, 4],
  mixed: [{ n: 42 }, { n: "42" }, { n: true }, { n: [null] }]
}

const find = (path: string, input: Json = shop): Json | undefined =>
  Path.find(
    success(Path.parse(path)),
    scopeOf(input, { context: { Execution: { Id: "e" } }, variables: { v: { w: 5 } } })
  )

/** The places in a value, each with the value there. */
const places = (
  value: Json,
  at: ReadonlyArray<string | number> = []
): ReadonlyArray<readonly [ReadonlyArray<string | number>, Json]> => [
  [at, value],
  ...(isArray(value)
    ? value.flatMap((one, index) => places(one, [...at, index]))
    : isObject(value)
      ? Object.entries(value).flatMap(([key, one]) => places(one, [...at, key]))
      : [])
]

const written = (keys: ReadonlyArray<string | number>): string =>
  `$${keys.map((key) => (typeof key === "number" ? `[${key}]` : `['${key.replaceAll(/['\\]/g, String.raw`\$&`)}']`)).join("")}`

describe("what a path selects", () => {
  it("any place in any value, written in brackets", () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        for (const [keys, there] of places(value)) {
          expect(find(written(keys), value)).toStrictEqual(there)
        }
      })
    )
  })

  it.each<readonly [string, Json | undefined]>([
    ["$", shop],
    ["$.books[0].title", "A"],
    ["$.books[-1].title", "C"],
    ["$['books'][1]['title']", "B"],
    ['$.books[1]["title"]', "B"],
    ["$.not-a-word", 1],
    ["$['with space']", 2],
    ["$.größe", 3],
    ["$.7", "seven"],
    ["$.nothing", null],
    ["$$.Execution.Id", "e"],
    ["$v.w", 5],
    ["$v['w']", 5],
    ["$.limit ", 10]
  ])("%s names one value", (path, expected) => {
    expect(find(path)).toStrictEqual(expected)
  })

  it.each<readonly [string, Json]>([
    ["$.books[*].title", ["A", "B", "C"]],
    ["$.bicycle.*", ["red", 19]],
    ["$..title", ["A", "B", "C"]],
    ["$..price", [8, 12, 20, 19]],
    ["$..books[1].title", ["B"]],
    ["$.books[0,2].title", ["A", "C"]],
    ["$.books[1:].title", ["B", "C"]],
    ["$.books[:1].title", ["A"]],
    ["$.books[-2:].title", ["B", "C"]],
    ["$.books[0:2].title", ["A", "B"]],
    ["$.books[1:9].title", ["B", "C"]],
    ["$.counts[-1:1]", [4, 1]],
    ["$.books[7:9]", []],
    ["$.counts[*].missing", []],
    ["$.books[0:1].missing", []],
    ["$.books[0:1][0]", []],
    ["$.books[*].isbn", ["x", null]],
    ["$..tags[*]", ["old"]]
  ])("%s names several and gives a list, %j", (path, expected) => {
    expect(find(path)).toStrictEqual(expected)
  })

  it.each(["$.missing", "$.nothing.more", "$.limit.more", "$.books.title", "$.books[3]", "$.bicycle[0]", "$other"])(
    "%s leads nowhere",
    (path) => {
      expect(find(path)).toBeUndefined()
      expect(errorOf(Path.read(success(Path.parse(path)), scopeOf(shop)))).toBe("States.Runtime")
    }
  )

  it.each(["$.missing[*]", "$.missing[*].x", "$.bicycle[0:1]", "$.limit[?(@.x)]"])(
    "%s leads nowhere before it becomes a list",
    (path) => {
      expect(find(path)).toBeUndefined()
    }
  )

  it("fields named together give one object, or one for each value", () => {
    expect(find("$.bicycle['color','price']")).toStrictEqual({ color: "red", price: 19 })
    expect(find("$.books[0,1]['title','isbn']")).toStrictEqual([{ title: "A" }, { title: "B", isbn: "x" }])
  })

  it("a path goes on from each of the fields named together", () => {
    expect(find("$['bicycle','nothing','missing'].color")).toStrictEqual(["red"])
    expect(find("$['limit','nothing'].color")).toStrictEqual([])
  })

  it("a path into a prototype finds nothing", () => {
    for (const path of ["$.constructor", "$['__proto__']", "$.books.length", "$.limit.toFixed"]) {
      expect(find(path)).toBeUndefined()
    }
  })
})

describe("filters", () => {
  it.each<readonly [string, ReadonlyArray<string>]>([
    ["@.isbn", ["B", "C"]],
    ["!(@.isbn)", ["A"]],
    ["@.price < 10", ["A"]],
    ["@.price >= 12", ["B", "C"]],
    ["@.price > $.limit && @.isbn == 'x'", ["B"]],
    ["@.price == 8 || @.title == 'C'", ["A", "C"]],
    ["@.title != 'A'", ["B", "C"]],
    ["@.title in ['A', 'C']", ["A", "C"]],
    ["@.title nin ['A', 'C']", ["B"]],
    ["@.title =~ /[ab]/i", ["A", "B"]],
    ["@.title =~ /a/", []],
    ["@.tags contains 'old'", ["A"]],
    ["'old' in @.tags", ["A"]],
    ["@.tags size 1", ["A"]],
    ["@.tags empty false", ["A"]],
    ["@.tags.length() == 1", ["A"]],
    ["@.isbn == null", ["C"]],
    ["@.title == B", ["B"]],
    ["@.title != B && @.isbn", ["C"]],
    ["@.title < B || @.title >= C", ["A", "C"]],
    ["'trueé' == trueé", ["A", "B", "C"]],
    ["@.missing == @.absent", []],
    ["@.missing != 1", ["A", "B", "C"]],
    ["(@.price < 10 || @.price > 15) && @['title'] <= 'B'", ["A"]]
  ])("[?(%s)]", (filter, titles) => {
    expect(find(`$.books[?(${filter})].title`)).toStrictEqual(titles)
  })

  it("a number equals a string that spells it, unless types have to be the same", () => {
    expect(find("$.mixed[?(@.n == 42)]")).toStrictEqual([{ n: 42 }, { n: "42" }])
    expect(find("$.mixed[?(@.n === 42)]")).toStrictEqual([{ n: 42 }])
  })

  it("a filter over an object asks the object itself", () => {
    expect(find("$.bicycle[?(@.price == 19)]")).toStrictEqual([shop["bicycle" as never]])
    expect(find("$.bicycle[?(@.price == 20)]")).toStrictEqual([])
    expect(find("$..[?(@.price > 15)].price")).toStrictEqual([20, 19])
  })

  it("elements that are no objects are compared as @", () => {
    expect(find("$.counts[?(@ > 2)]")).toStrictEqual([3, 4])
  })
})

describe("functions at the end of a path", () => {
  it.each<readonly [string, Json]>([
    ["$.books.length()", 3],
    ["$.bicycle.size()", 2],
    ["$.counts.sum()", 10],
    ["$.counts.avg()", 2.5],
    ["$.counts.min()", 1],
    ["$.counts.max()", 4],
    ["$.counts.first()", 1],
    ["$.counts.last()", 4],
    ["$.mixed[3].n.first()", null],
    ["$.bicycle.keys()", ["color", "price"]],
    ["$..price.max()", 20],
    ["$..books.length()", 3],
    ["$..tags.size()", 1],
    ["$.books[0:2].length()", [3, 3]],
    ["$..title.concat()", "ABC"]
  ])("%s", (path, expected) => {
    expect(find(path)).toStrictEqual(expected)
  })
})

describe("functions of numbers", () => {
  it.each([
    "$.nothing.max()",
    "$.bicycle.sum()",
    "$.books[*].price.min()",
    "$.bicycle..price.max()",
    "$..title.avg()",
    "$.nothing.first()"
  ])("%s has none", (path) => {
    expect(errorOf(Path.read(success(Path.parse(path)), scopeOf(shop)))).toBe("States.Runtime")
  })
})

describe("what is no path", () => {
  it.each<readonly [string, string]>([
    ["", "no path"],
    ["a", "no path"],
    [" $.a", "no path"],
    ["$.", "a name is missing"],
    ["$..", "a name is missing"],
    ["$.a b", "left over"],
    ["$.a[", "nothing that can be in brackets"],
    ["$.a[b]", "nothing that can be in brackets"],
    ["$.a[:]", "neither a beginning nor an end"],
    ["$.a['b]", "not closed"],
    ["$.a[0", '"]" is missing'],
    ["$.a[?(@.b]", '")" is missing'],
    ["$.a[?@.b]", "no parentheses"],
    ["$.a[?(@.b == )]", "nothing to compare"],
    ["$.a[?(b == 1)]", "nothing to compare"],
    ["$.a[?(@.b == c d)]", '")" is missing'],
    ["$.a[?(@.b =~ /x)]", "not closed"],
    ...["=~", "===", "!==", "in", "nin", "subsetof", "anyof", "noneof", "contains", "size", "empty"].map(
      (operator) => [`$.a[?(@.b ${operator} yes)]`, "nothing to compare"] as const
    ),
    ...["True", "FALSE", "Null", "undefined", "Undefined"].map(
      (word) => [`$.a[?(@.b == ${word})]`, `"${word}" is no constant`] as const
    ),
    ["$.a.unheard()", 'no function "unheard"'],
    ["$.a.length().b", "something follows a function"]
  ])("%j: %s", (text, message) => {
    const parsed = Path.parse(text)
    expect(Result.isFailure(parsed) && parsed.failure.message).toContain(message)
    expect(Result.isFailure(parsed) && parsed.failure.mend).not.toBe("")
  })

  it("whatever is written, it is read or refused", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Array.from("$.@[]()?*,:'\"ab0-1 &|!=<>~/\\"))), (characters) => {
        const parsed = Path.parse(`$${characters.join("")}`)
        if (Result.isSuccess(parsed)) {
          Path.find(parsed.success, scopeOf(shop))
        }
      }),
      { numRuns: 2000 }
    )
  })
})

describe("reference paths", () => {
  it.each(["$", "$.a.b", "$.a[0]['b c']", "$$.a", "$v.a"])("%s is one", (text) => {
    expect(Result.isSuccess(Path.parseReference(text))).toBe(true)
  })

  it.each(["$.a[*]", "$..a", "$.a[0:1]", "$.a[0,1]", "$.a[?(@.b)]", "$.a.length()", "$.a['b','c']", "$.a[-1]"])(
    "%s is none",
    (text) => {
      expect(Result.isFailure(Path.parseReference(text))).toBe(true)
    }
  )
})
