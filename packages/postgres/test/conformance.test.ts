import { Journal } from "@waymark/interpreter"
import { conformance, listening } from "@waymark/interpreter/testing"
import { PgJournal } from "@waymark/postgres"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { afterAll, describe, expect, it } from "vitest"
import { freshDatabase } from "./support/database.ts"

const url = await freshDatabase()

describe("the journal in Postgres", () => {
  const runtime = ManagedRuntime.make(PgJournal.layer({ url }))
  afterAll(() => runtime.dispose())

  it("has what a store need not have", async () => {
    const { isRemote, leaseToken, wake } = await runtime.runPromise(Journal)
    expect([isRemote, typeof leaseToken, typeof wake]).toEqual([true, "function", "function"])
  })

  it.each([...conformance, ...listening].map(({ name, effect }) => [name, effect] as const))("%s", (_, effect) =>
    expect(runtime.runPromise(effect)).resolves.toBeUndefined()
  )
})
