/** The errors that an author sees say where they are and what to do, and survive being written down. */
import { Result, Schema } from "effect"
import { describe, expect, it } from "vitest"
import {
  ChildStopped,
  Codec,
  DuplicateKey,
  Misplaced,
  NoSuchState,
  NotDelivered,
  NotWritten,
  TimedOut
} from "@waymark/core"

const cases = [
  [TimedOut, new TimedOut({ timer: "too late" }), 'the timeout "too late" has run out'],
  [
    ChildStopped,
    new ChildStopped({ child: "parcel-1", status: "terminated", reason: "lost" }),
    'child workflow "parcel-1" was terminated: lost'
  ],
  [
    NotDelivered,
    new NotDelivered({ target: "shop-1", signal: "stock", reason: "it has ended" }),
    'signal "stock" to instance "shop-1" was not delivered: it has ended'
  ],
  [
    DuplicateKey,
    new DuplicateKey({ step: "ship all", key: "p-1", first: 0, second: 4 }),
    'forEach "ship all": items 0 and 4 have the key "p-1": let `key` give each item one of its own, by its position for one'
  ],
  [
    NoSuchState,
    new NoSuchState({ machine: "review", to: "shirnk", states: ["check", "shrink"] }),
    'machine "review" has no state "shirnk": it has check, shrink'
  ],
  [NotWritten, new NotWritten({ step: "ship" }), '"ship" is a draft: write it before you run the workflow'],
  [Misplaced, new Misplaced({ step: "prepared", reason: "it stands in a branch" }), '"prepared": it stands in a branch']
] as const

describe.each(cases.map(([schema, error, message]) => [error._tag, schema, error, message] as const))(
  "%s",
  (_, schema, error, message) => {
    it("says what is wrong, with names", () => {
      expect(error.message).toBe(message)
      expect(error).toBeInstanceOf(Error)
      expect(String(error)).toContain(message)
    })

    it("is read as it was written", () => {
      const codec = Codec.make(schema as unknown as typeof TimedOut)
      const json = Result.getOrThrow(codec.encode(error as never))
      expect(json).toEqual(JSON.parse(JSON.stringify(json)))
      const read = Result.getOrThrow(codec.decode(json))
      expect(read).toBeInstanceOf(schema)
      expect(read).toMatchObject({ _tag: error._tag, message })
    })
  }
)

describe("a ChildStopped", () => {
  it("was cancelled or terminated: a failure of the child is the child's own", () => {
    const given = { _tag: "ChildStopped", child: "x", status: "failed", reason: "" }
    expect(Result.isFailure(Schema.decodeUnknownResult(ChildStopped)(given))).toBe(true)
  })
})
