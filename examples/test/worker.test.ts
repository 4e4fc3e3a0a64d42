/** The worker as a real process that is told to stop, as Kubernetes, systemd and a terminal do. */
import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect, Option } from "effect"
import { Journal } from "@waymark/interpreter"
import { Single } from "@waymark/interpreter/testing"
import { SqliteJournal } from "@waymark/sqlite"
import { afterEach, beforeEach, describe, expect, it } from "vitest"

const program = fileURLToPath(new URL("../dist/worker/main.js", import.meta.url))

let home: string
let child: ChildProcess | undefined
let output = ""
beforeEach(() => {
  if (!existsSync(program)) throw new Error(`there is no ${program}: build first, with npm run build`)
  home = mkdtempSync(join(tmpdir(), "waymark-worker-"))
  output = ""
})
afterEach(() => {
  child?.kill("SIGKILL")
  rmSync(home, { recursive: true, force: true })
})

/** A worker whose grace is longer than any test: it is never by that that it ends. */
const launch = (): ChildProcess => {
  const args = [join(home, "deliveries.db"), "--grace", "1 hour"]
  child = fork(program, args, { execArgv: [], stdio: ["ignore", "pipe", "pipe", "ipc"] })
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => (output += text))
  }
  return child
}

/** Waits until the worker has said something; a worker that ends before fails the wait. */
const says = async (worker: ChildProcess, text: string): Promise<void> => {
  while (!output.includes(text)) {
    const spoken = worker.stdout === null ? [] : [once(worker.stdout, "data")]
    const how = await Promise.race([...spoken, once(worker, "exit").then(([code, signal]) => ({ code, signal }))])
    if (!Array.isArray(how)) throw new Error(`it ended (${JSON.stringify(how)}) and never said "${text}":\n${output}`)
  }
}

const ended = async (worker: ChildProcess): Promise<unknown> => {
  const [code, signal] = (await once(worker, "exit")) as [number | null, string | null]
  return signal ?? code
}

/** What is on record, and which instances may be claimed now. */
const recorded = Effect.gen(function* () {
  const journal = yield* Journal
  const events = yield* journal.read({ instance: "p-1", run: 0, from: 0, limit: 10 })
  const claim = { owner: "next", workflows: [{ name: "Delivery", version: 1 }], limit: 1, order: "oldest" as const }
  const claimed = yield* journal.claim(claim)
  const row = yield* Single.find(journal, "p-1")
  return {
    kinds: events.map(({ kind, step }) => `${kind} ${step}`),
    status: Option.getOrUndefined(row)?.status,
    claimed: claimed.map(({ id }) => id)
  }
})

const look = () =>
  Effect.runPromise(Effect.provide(recorded, SqliteJournal.layer({ filename: join(home, "deliveries.db") })))

describe("a worker that is told to stop", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`by ${signal} lets what runs come to its end, and ends`, async () => {
      const worker = launch()
      await says(worker, "delivering p-1")
      worker.kill(signal)
      await says(worker, `${signal}: the engine stops once what runs has ended`)
      const exit = ended(worker)
      worker.send("arrived")
      expect(await exit).toBe(0)
      const { kinds, status } = await look()
      expect(kinds.slice(0, 2)).toEqual(["started Delivery", "completed deliver"])
      expect(status).not.toBe("stuck")
    })
  }

  it("twice ends at once: what runs is given back, for whoever comes next", async () => {
    const worker = launch()
    await says(worker, "delivering p-1")
    worker.kill("SIGTERM")
    await says(worker, "the engine stops once what runs has ended")
    const exit = ended(worker)
    worker.kill("SIGTERM")
    expect(await exit).toBe(0)
    expect(output).toContain("SIGTERM: the engine stops at once")
    expect(await look()).toEqual({ kinds: ["started Delivery"], status: "running", claimed: ["p-1"] })
  })
})
