import { conformance, listening } from "@waymark/interpreter/testing"
import { SqliteJournal } from "@waymark/sqlite"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, describe, expect, it } from "vitest"

describe.each(["a file", ":memory:"])("the journal in %s", (place) => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "waymark-sqlite-"))
  const filename = place === "a file" ? path.join(directory, "waymark.db") : place
  const runtime = ManagedRuntime.make(SqliteJournal.layer({ filename }))
  afterAll(async () => {
    await runtime.dispose()
    fs.rmSync(directory, { recursive: true })
  })

  it.each([...conformance, ...listening].map(({ name, effect }) => [name, effect] as const))("%s", (_, effect) =>
    expect(runtime.runPromise(effect)).resolves.toBeUndefined()
  )
})
