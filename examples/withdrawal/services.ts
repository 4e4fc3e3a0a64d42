/**
 * The fee desk and the bank, as the workflow sees them. Each keeps its state in a ledger file of its own, and is as
 * outside services are: it has done something before its answer arrives, it may be asked again because the answer was
 * lost, and its connection breaks at times. By the idempotency key it knows what it has done already.
 */
import { Effect, Layer, Result } from "effect"
import { Step } from "@waymark/core"
import * as path from "node:path"
import { accounts, balance, holds } from "./book.ts"
import { Ledger, type Deed } from "./ledger.ts"
import { AccountClosed, Bank, Fees, NotEnoughFunds, OverLimit } from "./workflow.ts"

/** Called before a service does anything, and after it has, while its answer is still on its way. */
export type Probe = (moment: "before" | "after", step: Step.Info) => Effect.Effect<void>

/** Where the ledgers of a directory are. */
export const ledgers = (directory: string) => ({
  fees: path.join(directory, "fees.jsonl"),
  bank: path.join(directory, "bank.jsonl")
})

/** The two services on the ledgers of a directory. */
export const layer = (directory: string, probe: Probe): Layer.Layer<Fees | Bank> => {
  const files = ledgers(directory)
  return Layer.merge(
    Layer.effect(
      Fees,
      Effect.map(open(files.fees), (ledger) => fees(new Desk(ledger, probe)))
    ),
    Layer.effect(
      Bank,
      Effect.map(open(files.bank), (ledger) => bank(ledger, new Desk(ledger, probe)))
    )
  )
}

const open = (file: string) =>
  Effect.acquireRelease(
    Effect.sync(() => new Ledger(file)),
    (ledger) => Effect.sync(() => ledger.close())
  )

/** Does what it is asked once for each key, and writes down every time that it is asked. */
class Desk {
  readonly #ledger: Ledger
  readonly #probe: Probe

  constructor(ledger: Ledger, probe: Probe) {
    this.#ledger = ledger
    this.#probe = probe
  }

  do<const D extends Deed, E extends Error = never>(decide: () => Result.Result<D, E>): Effect.Effect<D, E> {
    return this.#called((step) => {
      // The same key, so the same question, so a deed of the same kind.
      const done = this.#ledger.done(step.idempotencyKey) as D | undefined
      const answer = done === undefined ? decide() : Result.succeed(done)
      const did = Result.getOrElse(answer, ({ message }): Deed => ({ _tag: "Refused", reason: message }))
      this.#ledger.write(step, did, done !== undefined)
      return Effect.fromResult(answer)
    })
  }

  /** The request is lost on its way. A defect: nothing that the business knows of, so the step's retry policy has it. */
  readonly lose: Effect.Effect<never> = Effect.suspend(() =>
    this.#called((step) => {
      this.#ledger.write(step, { _tag: "ConnectionLost" }, false)
      return Effect.die(new Error("the connection to the bank was lost"))
    })
  )

  readonly #called = <A, E>(answer: (step: Step.Info) => Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.gen({ self: this }, function* () {
      const step = yield* Step.info
      yield* this.#probe("before", step)
      const answered = answer(step)
      yield* this.#probe("after", step)
      return yield* answered
    })
}

const fees = (desk: Desk): Fees["Service"] => ({
  fee: (amount) =>
    desk
      .do(() => Result.succeed({ _tag: "Priced", fee: Math.max(1, Math.round(amount / 50)) }))
      .pipe(Effect.map(({ fee }) => fee))
})

const LIMIT = 5_000

const bank = (ledger: Ledger, desk: Desk): Bank["Service"] => ({
  check: (account, amount) =>
    desk
      .do((): Result.Result<Extract<Deed, { _tag: "Checked" }>, AccountClosed | OverLimit> => {
        const owner = accounts[account]?.owner
        if (owner === undefined) return Result.fail(new AccountClosed({ account }))
        if (amount > LIMIT) return Result.fail(new OverLimit({ limit: LIMIT }))
        return Result.succeed({ _tag: "Checked", owner })
      })
      .pipe(Effect.map(({ owner }) => owner)),
  hold: (reference, account, amount) =>
    desk
      .do(() => {
        const missing = amount - balance(account, ledger.entries)
        if (missing > 0) return Result.fail(new NotEnoughFunds({ missing }))
        return Result.succeed({ _tag: "Held", hold: `hold-${reference}`, reference, account, amount })
      })
      .pipe(Effect.map(({ hold }) => hold)),
  execute: (hold) =>
    Effect.gen(function* () {
      const { attempt } = yield* Step.info
      if (attempt === 1) return yield* desk.lose
      const { receipt } = yield* desk.do(() =>
        Result.succeed({ _tag: "Executed", hold, receipt: hold.replace("hold", "receipt") })
      )
      return receipt
    }),
  release: (reference) =>
    desk
      .do(() => {
        const receipt = holds(ledger.entries).find((one) => one.reference === reference)?.receipts[0]
        return Result.succeed({ _tag: "Released", reference, paid: receipt ?? null })
      })
      .pipe(Effect.map(({ paid }) => paid))
})
