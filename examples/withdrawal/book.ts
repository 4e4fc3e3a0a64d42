/** The bank's book: what the lines of its ledger come to. The bank decides by it, and the proof looks into it. */
import type { Entry } from "./ledger.ts"

/** What the accounts hold before the first withdrawal, and whose they are. */
export const accounts: Readonly<Record<string, { readonly owner: string; readonly balance: number }>> = {
  "ann-1": { owner: "Ann", balance: 100_000 },
  "ben-1": { owner: "Ben", balance: 100 }
}

/** Money that was set aside, and what became of it. */
export interface Hold {
  readonly hold: string
  readonly reference: string
  readonly account: string
  readonly amount: number
  /** One for each time that it was paid out: more than one would be a bank's nightmare. */
  readonly receipts: ReadonlyArray<string>
  readonly released: boolean
}

/** All holds, in the order in which they were made. What was only answered again changes nothing. */
export const holds = (entries: ReadonlyArray<Entry>): ReadonlyArray<Hold> => {
  const deeds = entries.filter(({ repeated }) => !repeated).map(({ did }) => did)
  return deeds
    .filter((did) => did._tag === "Held")
    .map(({ account, amount, hold, reference }) => ({
      hold,
      reference,
      account,
      amount,
      receipts: deeds
        .filter((did) => did._tag === "Executed")
        .flatMap((did) => (did.hold === hold ? [did.receipt] : [])),
      released: deeds.some((did) => did._tag === "Released" && did.reference === reference && did.paid === null)
    }))
}

/** What can still be taken out of an account. */
export const balance = (account: string, entries: ReadonlyArray<Entry>): number =>
  holds(entries)
    .filter((one) => one.account === account && !one.released)
    .reduce((left, { amount }) => left - amount, accounts[account]?.balance ?? 0)
