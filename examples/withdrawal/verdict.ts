/** The end of the demo: each step in a table, and each claim with what was found. */
import type { Event } from "@waymark/interpreter"
import { accounts, balance, holds } from "./book.ts"
import type { Entry } from "./ledger.ts"
import { examine, type StepReport } from "./proof.ts"
import type { Part } from "./stage.ts"
import type { Journals } from "./snapshot.ts"
import { bold, green, print, red, table } from "./terminal.ts"

/** What the story says must have been cut between its effect and its append, as `instance, step`. */
export interface Expected {
  readonly cut: ReadonlyArray<string>
  readonly ends: Readonly<Record<string, string>>
}

interface Evidence {
  readonly journals: Journals
  readonly entries: ReadonlyArray<Entry>
  readonly parts: ReadonlyArray<Part>
}

interface Claim {
  readonly text: string
  /** What speaks against it. */
  readonly against: ReadonlyArray<string>
}

/** Prints the table and the claims; answers whether all of them hold. */
export const pronounce = (evidence: Evidence, expected: Expected): boolean => {
  const { entries, journals, parts } = evidence
  const killed = new Set(parts.filter((part) => part.killed).map(({ pid }) => pid))
  const { steps, violations } = examine({ journals, entries, killed })

  print(`\n${bold("What the ledgers and the journal say")}\n`)
  table([
    ["", "step", "run by process", "runs", "failed attempts", "recorded", "skipped by process"],
    ...steps.toSorted((a, b) => a.instance.localeCompare(b.instance)).map((step) => row(step, evidence))
  ])

  print(`\n${bold("What was checked")}\n`)
  const cut = steps.flatMap(({ cut, instance, step }) => cut.map(() => `${instance}, ${step}`))
  const claims: ReadonlyArray<Claim> = [
    {
      text: `${killed.size} of ${parts.length} processes ended by SIGKILL, none by an error`,
      against: killed.size === parts.length - 1 ? [] : ["all but the last should have"]
    },
    {
      text: `journals and ledgers agree: the outcome of ${steps.length} steps is recorded, once each, and none ran again after that`,
      against: violations
    },
    {
      text: `${cut.length} effects ran once more: just those whose process died between effect and append`,
      against: difference(cut, expected.cut)
    },
    {
      text: `no process ran a step that it found on record when it started (${found(evidence).length} times)`,
      against: found(evidence)
        .filter(({ runs }) => runs > 0)
        .map(({ what }) => what)
    },
    {
      text: `the withdrawals ended as they should: ${Object.values(expected.ends).join(", ")}`,
      against: Object.entries(expected.ends).flatMap(([id, tag]) => (endOf(journals, id) === tag ? [] : [id]))
    },
    timers(journals),
    money(entries)
  ]
  for (const { against, text } of claims) {
    print(against.length === 0 ? `  ${green("✓")} ${text}` : `  ${red("✗")} ${text}`)
    for (const what of against) print(`      ${red(what)}`)
  }
  return claims.every(({ against }) => against.length === 0)
}

// ---- the table --------------------------------------------------------------------------------------------------

const row = (step: StepReport, evidence: Evidence): ReadonlyArray<string> => {
  const numbers = new Map(evidence.parts.map(({ number, pid }) => [pid, number]))
  const skipped = found(evidence).filter((one) => one.instance === step.instance && one.step === step.step)
  return [
    step.instance,
    step.step,
    step.runs.map(({ pid }) => numbers.get(pid) ?? "?").join(", "),
    String(step.runs.length),
    String(step.attempts.length),
    step.ends.length === 1 ? "once" : `${step.ends.length} times`,
    skipped.map(({ process }) => process).join(", ") || "-"
  ]
}

/** Every step that a process found on record, of an instance that had not ended, and how often it ran it all the same. */
const found = ({ entries, parts }: Evidence) =>
  parts.flatMap(({ found, number, pid }) =>
    [...found.values()]
      .filter((events) => events.at(-1)?.kind !== "ended")
      .flatMap((events) => events.filter(({ kind }) => kind === "completed"))
      .map(({ instance, ordinal, path, step }: Event.Event) => ({
        instance,
        step,
        process: number,
        what: `${instance}, ${step}, in process ${number}`,
        runs: entries.filter(
          (run) => run.pid === pid && run.instance === instance && run.path === path && run.ordinal === ordinal
        ).length
      }))
  )

// ---- the claims -------------------------------------------------------------------------------------------------

const difference = (are: ReadonlyArray<string>, should: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...are
    .filter((one, index) => !should.includes(one) || are.indexOf(one) < index)
    .map((one) => `${one}: it ran once more, and should not have`),
  ...should.filter((one) => !are.includes(one)).map((one) => `${one}: it should have run once more`)
]

const endOf = (journals: Journals, id: string): string | undefined => {
  const end = journals.get(id)?.at(-1)?.payload as { readonly output?: { readonly _tag?: string } } | undefined
  return end?.output?._tag
}

/** A timer keeps its time, also while no process is there to watch it. */
const timers = (journals: Journals): Claim => {
  const times = [...journals].flatMap(([id, events]) => {
    const [due, ...again] = events.filter(({ kind }) => kind === "due")
    const fired = events.find(({ kind }) => kind === "fired")
    if (due === undefined || fired === undefined) return []
    const seconds = (fired.at - due.at) / 1000
    return [{ id, seconds, amiss: again.length > 0 || fired.at < (due.payload as { readonly at: number }).at }]
  })
  const took = times.map(({ id, seconds }) => `${id} after ${seconds.toFixed(2)} s`).join(", ")
  return {
    text: `cooling off began once and ended no sooner than was due: ${took}`,
    against: times.filter(({ amiss }) => amiss).map(({ id }) => id)
  }
}

/** However often the bank was called, the accounts are short of what was paid, once. */
const money = (entries: ReadonlyArray<Entry>): Claim => {
  const paid = holds(entries).filter(({ receipts }) => receipts.length > 0)
  const calls = entries.filter(({ did }) => did._tag === "Executed").length
  const total = paid.reduce((sum, { amount }) => sum + amount, 0)
  const missing = Object.keys(accounts).reduce(
    (sum, account) => sum + (accounts[account]?.balance ?? 0) - balance(account, entries),
    0
  )
  return {
    text: `the bank was asked to pay ${calls} times and paid ${paid.length} withdrawals, each once: ${total}`,
    against: [
      ...paid.filter(({ receipts }) => receipts.length > 1).map(({ reference }) => `${reference} was paid twice`),
      ...(missing === total ? [] : [`the accounts are short of ${missing}`])
    ]
  }
}
