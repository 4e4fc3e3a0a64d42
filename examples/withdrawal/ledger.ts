/**
 * A ledger: what a service was asked and did, one JSON line each, written before the service answers.
 *
 * It is the services' memory and the proof of this example. It knows nothing of the journal, so a step that ran once
 * more than it should stands in it once more, whatever the journal says.
 */
import { Schema } from "effect"
import type { Step } from "@waymark/core"
import * as fs from "node:fs"

const Deed = Schema.Union([
  Schema.TaggedStruct("Priced", { fee: Schema.Number }),
  Schema.TaggedStruct("Checked", { owner: Schema.String }),
  Schema.TaggedStruct("Held", {
    hold: Schema.String,
    reference: Schema.String,
    account: Schema.String,
    amount: Schema.Number
  }),
  Schema.TaggedStruct("Executed", { hold: Schema.String, receipt: Schema.String }),
  Schema.TaggedStruct("Released", { reference: Schema.String, paid: Schema.NullOr(Schema.String) }),
  Schema.TaggedStruct("Refused", { reason: Schema.String }),
  Schema.TaggedStruct("ConnectionLost", {})
])
/** What a service did. */
export type Deed = typeof Deed.Type

const Entry = Schema.Struct({
  at: Schema.Number,
  pid: Schema.Int,
  /** Which step asked: its identity, and the key that is the same however often it asks. */
  instance: Schema.String,
  run: Schema.Int,
  path: Schema.String,
  ordinal: Schema.Int,
  step: Schema.String,
  attempt: Schema.Int,
  key: Schema.String,
  /** Whether it had been done under this key before, so that nothing was done now but to answer. */
  repeated: Schema.Boolean,
  did: Deed
})
/** A line of a ledger: one run of a step's effect. */
export type Entry = typeof Entry.Type

const decode = Schema.decodeUnknownSync(Schema.fromJsonString(Entry))

/** The lines of a ledger file, none where there is no such file. */
export const read = (file: string): ReadonlyArray<Entry> =>
  fs.existsSync(file)
    ? fs
        .readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => decode(line))
    : []

/** A ledger that a service has open. */
export class Ledger {
  readonly #file: number
  readonly #entries: Array<Entry>

  constructor(file: string) {
    this.#entries = [...read(file)]
    this.#file = fs.openSync(file, "a")
  }

  get entries(): ReadonlyArray<Entry> {
    return this.#entries
  }

  /** What was done under a key; nothing where it was refused or never got there. */
  done(key: string): Deed | undefined {
    return this.#entries.find((entry) => entry.key === key && !failures.has(entry.did._tag))?.did
  }

  /** Writes a line; it is on disk before this returns. */
  write(info: Step.Info, did: Deed, repeated: boolean): void {
    const { attempt, idempotencyKey: key, instance, ordinal, path, run, step } = info
    const identity = { instance, run, path, ordinal, step, attempt, key }
    const entry: Entry = { at: Date.now(), pid: process.pid, ...identity, repeated, did }
    // One write: the kernel finishes it or never begins, so a kill leaves no half line.
    fs.writeSync(this.#file, `${JSON.stringify(entry)}\n`)
    fs.fsyncSync(this.#file)
    this.#entries.push(entry)
  }

  close(): void {
    fs.closeSync(this.#file)
  }
}

const failures: ReadonlySet<Deed["_tag"]> = new Set(["Refused", "ConnectionLost"])
