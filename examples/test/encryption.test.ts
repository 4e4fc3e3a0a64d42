/** Encrypted payloads: nothing of them in the file, and keys that are rotated while workflows run. */
import { randomBytes } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer, Logger } from "effect"
import { Engine, PayloadCodecError } from "@waymark/interpreter"
import { SqliteJournal } from "@waymark/sqlite"
import { afterAll, describe, expect, it } from "vitest"
import { codec, type Key, type Keyring } from "../encryption/keyring.ts"
import { Approve, engine, Payroll } from "../encryption/payroll.ts"

const home = mkdtempSync(join(tmpdir(), "waymark-encryption-"))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const key = (id: string): Key => ({ id, bytes: randomBytes(32) })
const input = { name: "Ann Example", salary: 4_711, account: "", paid: false }

/** All bytes that SQLite has on disk for a file, its log included. */
const bytesOf = (filename: string): string =>
  readdirSync(home)
    .filter((name) => join(home, name).startsWith(filename))
    .map((name) => readFileSync(join(home, name)).toString("latin1"))
    .join("")

const during = <A, E, E2>(
  layer: Layer.Layer<Engine, E2>,
  program: (engine: Engine["Service"]) => Effect.Effect<A, E>
) =>
  Effect.runPromise(
    Effect.flatMap(Engine, program).pipe(
      Effect.timeout("20 seconds"),
      Effect.provide(layer),
      Effect.provide(Logger.layer([]))
    )
  )

const begin = (engine: Engine["Service"]) => engine.start(Payroll, { id: "ann", input })

describe("payroll", () => {
  it("leaves nothing of its payloads in the file, where plain ones are there to be read", async () => {
    const secret = /Ann Example|4711|Mr Boss/
    const plain = join(home, "plain.db")
    const open = Engine.layer({ workflows: [Payroll] }).pipe(Layer.provide(SqliteJournal.layer({ filename: plain })))
    const encrypted = join(home, "encrypted.db")
    for (const layer of [open, engine(encrypted, [key("k1")])]) {
      const reply = await during(layer, (engine) =>
        Effect.andThen(begin(engine), engine.signal("ann", Approve, "Mr Boss"))
      )
      expect(reply).toBe("4711 approved by Mr Boss")
    }
    expect(bytesOf(plain)).toMatch(secret)
    expect(bytesOf(encrypted)).not.toMatch(secret)
    expect(bytesOf(encrypted)).toContain('"~codec":"k1"')
  })

  it("goes on under a new key, with the old one at hand for what it has written", async () => {
    const filename = join(home, "rotated.db")
    const [old, fresh] = [key("2026-10"), key("2026-11")]
    await during(engine(filename, [old]), begin)
    const output = await during(engine(filename, [fresh, old]), (engine) =>
      Effect.andThen(engine.signal("ann", Approve, "Mr Boss"), engine.result(Payroll, "ann"))
    )
    expect(output).toMatchObject({ account: "account of Ann Example", paid: true })
    for (const { id } of [old, fresh]) expect(bytesOf(filename)).toContain(`"~codec":"${id}"`)
  })

  it("is set aside where its key is missing, and goes on once that is back", async () => {
    const filename = join(home, "lost.db")
    const [lost, other] = [key("lost"), key("other")]
    await during(engine(filename, [lost]), begin)
    const refused = await during(engine(filename, [other]), (engine) =>
      Effect.flip(Effect.asVoid(engine.signal("ann", Approve, "Mr Boss", { id: "s-1" })))
    )
    expect(refused).toMatchObject({ _tag: "PayloadUnreadable", instance: "ann", item: "event 0.0", key: "lost" })
    const reply = await during(engine(filename, [other, lost]), (engine) =>
      engine.signal("ann", Approve, "Mr Boss", { id: "s-1" })
    )
    expect(reply).toBe("4711 approved by Mr Boss")
  })
})

describe("the codec", () => {
  const place = { instance: "ann", item: "event 0.1" }
  const open = (keyring: Keyring, encoded: { readonly key: string; readonly data: Uint8Array }, where = place) =>
    Effect.runPromise(Effect.flip(codec(keyring).decode(encoded, where)))

  it("makes something else of the same text every time", async () => {
    const { encode } = codec([key("k")])
    const [one, other] = await Effect.runPromise(Effect.all([encode("text", place), encode("text", place)]))
    expect(one.data).not.toEqual(other.data)
  })

  it("refuses what was changed, moved to another place, or written under another key of this id", async () => {
    const mine = key("k")
    const encoded = await Effect.runPromise(codec([mine]).encode("text", place))
    const changed = encoded.data.map((byte, index) => (index === encoded.data.length - 1 ? byte ^ 1 : byte))
    for (const refused of [
      await open([mine], { ...encoded, data: changed }),
      await open([mine], { ...encoded, data: encoded.data.subarray(0, 5) }),
      await open([mine], encoded, { ...place, instance: "bob" }),
      await open([mine], encoded, { ...place, item: "event 0.2" }),
      await open([key("k")], encoded)
    ]) {
      expect(refused).toBeInstanceOf(PayloadCodecError)
      expect(refused.retryable).toBe(false)
    }
  })
})
