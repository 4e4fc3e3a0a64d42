/**
 * The demo: `npm run demo`. It runs withdrawals in a worker process on a SQLite journal, kills that process with
 * SIGKILL again and again, and compares in the end what the journal recorded with what the services were asked to do.
 *
 * It ends with 0 only if all that it claims was found to be so. `--keep` keeps the journal and the ledgers.
 */
import { Effect } from "effect"
import { Execution } from "@waymark/interpreter"
import { Mermaid } from "@waymark/render"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { commandLine } from "./commandLine.ts"
import { main } from "./main.ts"
import { Refused } from "./processes.ts"
import * as Snapshot from "./snapshot.ts"
import { OutOfScript, Stage, type Actor } from "./stage.ts"
import { bold, dim, green, print, red } from "./terminal.ts"
import { pronounce } from "./verdict.ts"
import { Withdrawal } from "./workflow.ts"

const approve = (actor: Actor, by: string, signalId: string) =>
  actor.signal({ _tag: "Approve", id: "w-1", by, signalId })

/** Seven processes; six of them are killed. */
const story = Effect.fnUntraced(function* (stage: Stage) {
  const stop = (step: string, moment: "before" | "after", attempt = 1) => ({ instance: "w-1", step, attempt, moment })

  yield* stage.killedAt(stop("fees", "after"), "the fees were asked for, their event not yet appended", (actor) =>
    Effect.gen(function* () {
      yield* actor.start("w-1", "ann-1", 250, "ann")
      yield* actor.status("w-1")
    })
  )

  yield* stage.killedAt(
    stop("hold funds", "before"),
    "the fees were appended, the next step not begun",
    () => Effect.void
  )

  yield* stage.killedAt(stop("hold funds", "after"), "the bank held the money, its answer not yet appended", (actor) =>
    actor.status("w-1")
  )

  const release = { instance: "w-2", step: "release hold", attempt: 1, moment: "after" } as const
  yield* stage.killedAt(release, "w-1 was cooling off, w-2's release not yet appended", (actor) =>
    Effect.gen(function* () {
      yield* actor.until("w-1", "cooling off")
      yield* actor.start("w-2", "ann-1", 900, "ann")
      yield* actor.until("w-2", "cooling off")
      yield* actor.status("w-1")
      yield* actor.signal({ _tag: "Cancel", id: "w-2", by: "ann", signalId: "cancel-1" })
    })
  )
  const coolingOff = yield* stage.journals
  if (coolingOff.get("w-1")?.at(-1)?.kind !== "due") {
    return yield* new OutOfScript({ message: "w-1 was no longer cooling off: is this machine very busy?" })
  }

  let thanks: string | undefined
  yield* stage.killedAt(stop("execute", "before", 2), "the failed attempt was appended, the next not begun", (actor) =>
    Effect.gen(function* () {
      yield* actor.result("w-2", "Cancelled")
      yield* actor.status("w-2")
      yield* actor.until("w-1", "approve")
      yield* actor.status("w-1")
      const own = yield* Effect.flip(approve(actor, "ann", "approval-1"))
      if (!(own instanceof Refused) || own.reason !== "OwnRequest") {
        return yield* new OutOfScript({ message: `ann's approval of her own request met ${own.message}` })
      }
      thanks = yield* approve(actor, "bob", "approval-2")
    })
  )

  yield* stage.killedAt(stop("execute", "after", 2), "the bank paid, its receipt not yet appended", (actor) =>
    Effect.gen(function* () {
      yield* actor.status("w-1")
      const again = yield* approve(actor, "bob", "approval-2")
      if (again !== thanks) {
        return yield* new OutOfScript({ message: `the approval sent again was answered otherwise: ${again}` })
      }
    })
  )

  yield* stage.allowedToEnd((actor) =>
    Effect.gen(function* () {
      yield* actor.result("w-1", "Completed")
      yield* actor.status("w-1")
      yield* actor.start("w-3", "ben-1", 500, "ben")
      yield* actor.start("w-4", "ann-1", 40, "ann")
      yield* actor.result("w-3", "Rejected")
      yield* actor.status("w-3")
      yield* actor.result("w-4", "Completed")
      yield* actor.status("w-4")
    })
  )
  return coolingOff
})

const expected = {
  cut: ["w-1, fees", "w-1, hold funds", "w-2, release hold", "w-1, execute"],
  ends: { "w-1": "Completed", "w-2": "Cancelled", "w-3": "Rejected", "w-4": "Completed" }
}

/** Beside the sources, also when this runs from the built output. */
const pictures = fileURLToPath(
  new URL(import.meta.url.endsWith(".js") ? "../../withdrawal/out/" : "out/", import.meta.url)
)

/** Draws the definition, and how far w-1 had come when the fourth process was killed. */
const draw = Effect.fnUntraced(function* (journals: Snapshot.Journals) {
  const execution = yield* Effect.fromResult(Execution.recover(Withdrawal, journals.get("w-1") ?? []))
  const drawn = [
    ["withdrawal.mmd", Mermaid.render(Withdrawal)],
    ["withdrawal-progress.mmd", Mermaid.renderExecution(execution)]
  ] as const
  fs.mkdirSync(pictures, { recursive: true })
  for (const [name, text] of drawn) fs.writeFileSync(path.join(pictures, name), text)
  print(`\n${bold("Mermaid pictures")}\n`)
  for (const [name] of drawn) print(`  ${path.join(pictures, name)}`)
  print(dim("  The workflow, and how far w-1 had come when process 4 was killed."))
})

const { values } = commandLine("demo", "Withdrawals in a process that is killed again and again.", {
  keep: { about: "keeps the journal and the ledgers", type: "boolean" }
})
const { keep } = values

const demo = Effect.scoped(
  Effect.gen(function* () {
    const began = Date.now()
    const directory = yield* Snapshot.temporary("waymark-demo-", { keep })
    print(bold("Withdrawals in a process that is killed again and again"))
    print(dim(`Journal and ledgers: ${directory}${keep ? "" : " (removed at the end; --keep keeps them)"}`))

    const stage = new Stage(directory)
    const coolingOff = yield* story(stage)
    const journals = yield* stage.journals
    const holds = pronounce({ journals, entries: stage.entries, parts: stage.parts }, expected)
    yield* draw(coolingOff)
    if (keep) print(`\nKept: ${directory}`)

    const seconds = ((Date.now() - began) / 1000).toFixed(1)
    print(holds ? `\n${green("All of it holds.")} ${seconds} s` : `\n${red("Not all of it holds.")} ${seconds} s`)
    return holds
  })
)

await main(demo)
