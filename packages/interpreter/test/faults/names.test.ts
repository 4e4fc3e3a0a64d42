/** The named faults: each of them has its tests, which begin with its name. */
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

const names = [
  "crash-before-every-append",
  "crash-after-every-append",
  "commit-outcome-unknown",
  "double-crash-in-recovery",
  "two-workers-one-instance",
  "zombie-worker-wakes",
  "lease-lapses-during-long-step",
  "scale-out-is-not-a-crash",
  "recovery-survives-db-blip",
  "duplicate-signal",
  "early-signal",
  "lost-wakeup",
  "reordered-signals",
  "signal-timeout-race",
  "timer-due-while-down",
  "clock-skew-and-jumps",
  "parallel-partial-crash",
  "nondeterministic-change",
  "compatible-change",
  "old-and-new-code-together",
  "corrupt-journal-row",
  "undecodable-or-newer-event",
  "poison-step-and-payload",
  "oversized-payload-and-history",
  "half-created-and-half-closed"
]

describe("the named faults", () => {
  it("have their tests here, and nothing else is named so", () => {
    const folder = fileURLToPath(new URL("./", import.meta.url))
    const sources = readdirSync(folder).map((file) => readFileSync(`${folder}${file}`, "utf8"))
    const named = sources.flatMap((source) => Array.from(source.matchAll(/ it\(["`]([a-z-]+): /g), ([, name]) => name))
    expect(names.filter((name) => !named.includes(name))).toEqual([])
    expect([...new Set(named)].filter((name) => !names.includes(name ?? ""))).toEqual([])
  })
})
