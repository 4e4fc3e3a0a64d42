/** Timestamps and sizes. */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Limits from "../../src/internal/data/limits.ts"
import * as Timestamp from "../../src/internal/data/timestamp.ts"
import { anyJson, errorOf, success } from "../support/data.ts"

const anyDate = fc.date({
  min: new Date("0001-01-01T00:00:00Z"),
  max: new Date("9999-12-31T23:59:59.999Z"),
  noInvalidDate: true
})

describe("timestamps", () => {
  it("any date as it is commonly written", () => {
    fc.assert(
      fc.property(anyDate, anyDate, (one, other) => {
        expect(Timestamp.parse(one.toISOString())).toBe(one.getTime())
        expect(Timestamp.compare(one.toISOString(), other.toISOString())).toBe(one.getTime() - other.getTime())
      })
    )
  })

  it.each<readonly [string, string]>([
    ["2016-03-14T01:59:00Z", "2016-03-14T01:59:00.000Z"],
    ["2016-03-14T01:59:00.5Z", "2016-03-14T01:59:00.500Z"],
    ["2016-03-14T01:59:00.123456789Z", "2016-03-14T01:59:00.123Z"],
    ["2016-03-14T01:59:00+01:30", "2016-03-14T00:29:00.000Z"],
    ["2016-03-14T01:59:00-08:00", "2016-03-14T09:59:00.000Z"],
    ["2016-03-14T01:59:00+00:00", "2016-03-14T01:59:00.000Z"],
    ["2016-02-29T00:00:00Z", "2016-02-29T00:00:00.000Z"],
    ["2016-03-14T01:59Z", "2016-03-14T01:59:00.000Z"],
    ["2016-03-14T01:59+18:00", "2016-03-13T07:59:00.000Z"],
    ["0099-01-01T00:00:00Z", "0099-01-01T00:00:00.000Z"]
  ])("%s", (text, expected) => {
    expect(new Date(Timestamp.parse(text)!).toISOString()).toBe(expected)
  })

  it.each([
    "",
    "2016-03-14",
    "01:59:00Z",
    "2016-03-14T01:59:00",
    "2016-03-14T01Z",
    "2016-03-14T01:59:00+19:00",
    "2016-03-14t01:59:00Z",
    "2016-03-14T01:59:00z",
    "2016-03-14 01:59:00Z",
    "2016-03-14T01:59:00+0100",
    "2016-03-14T01:59:00.1234567890Z",
    "2016-3-14T01:59:00Z",
    "2016-13-14T01:59:00Z",
    "2016-00-14T01:59:00Z",
    "2015-02-29T00:00:00Z",
    "2016-04-31T00:00:00Z",
    "2016-03-14T24:00:00Z",
    "2016-03-14T01:60:00Z",
    "2016-03-14T01:59:60Z",
    "1457920740",
    " 2016-03-14T01:59:00Z"
  ])("%j is none", (text) => {
    expect(Timestamp.parse(text)).toBeUndefined()
    expect(Timestamp.compare(text, "2016-03-14T01:59:00Z")).toBeUndefined()
  })

  it("are told apart by nanoseconds", () => {
    expect(Timestamp.compare("2016-03-14T01:59:00.000000001Z", "2016-03-14T01:59:00Z")).toBeGreaterThan(0)
    expect(Timestamp.compare("2016-03-14T01:59:00.100Z", "2016-03-14T01:59:00.1Z")).toBe(0)
  })
})

describe("sizes", () => {
  it("are bytes of UTF-8 of the JSON", () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(Limits.sizeOf(value)).toBe(new TextEncoder().encode(JSON.stringify(value)).length)
      })
    )
  })

  it("262,144 bytes are passed on, and one more is not", () => {
    const fits = "é".repeat((262_144 - 2) / 2)
    expect(success(Limits.withinLimit(fits, "the output"))).toBe(fits)
    expect(errorOf(Limits.withinLimit(`${fits}a`, "the output"))).toBe("States.DataLimitExceeded")
  })
})
