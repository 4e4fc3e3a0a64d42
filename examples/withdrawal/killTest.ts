/**
 * `kill -9` at random moments: `npm run kill-test -- --rounds 100`. A dozen withdrawals run in a worker that is killed
 * and started again until all have ended; then their journals are compared with the services' ledgers, and the next
 * dozen begins, until the rounds are used up. A round is a kill.
 *
 * `--seed` repeats the moments of an earlier run, as far as moments can be repeated; `--instances` makes it more than a
 * dozen. It ends with 0 only if nothing was found to be otherwise than promised.
 */
import { Effect, Fiber, Random } from "effect"
import { commandLine } from "./commandLine.ts"
import * as Ledger from "./ledger.ts"
import { launch, type Worker } from "./processes.ts"
import { main } from "./main.ts"
import { examine } from "./proof.ts"
import type { Request } from "./protocol.ts"
import { ledgers } from "./services.ts"
import * as Snapshot from "./snapshot.ts"
import { bold, green, print, red } from "./terminal.ts"

/** One withdrawal of a dozen. Times are in milliseconds from the beginning of the dozen. */
interface Case {
  readonly id: string
  readonly account: string
  readonly amount: number
  readonly startAt: number
  readonly cancelAt: number | undefined
}

/** What one dozen came to. */
interface Tally {
  readonly kills: number
  readonly withdrawals: number
  readonly events: number
  readonly runs: number
  /** Runs whose process died before their outcome was recorded, so that there was another. */
  readonly cut: number
  readonly violations: ReadonlyArray<string>
}

/** How slow a service is at the most, and how long a worker lives: so that most kills fall into the middle of things. */
const LATENCY = 40
const STARTING = 500
const LIFE = 250

// ---- one dozen --------------------------------------------------------------------------------------------------

const draw = Effect.fnUntraced(function* (id: string): Effect.fn.Return<Case> {
  const [place, size, start, end] = [yield* Random.next, yield* Random.next, yield* Random.next, yield* Random.next]
  return {
    id,
    account: place < 0.8 ? "ann-1" : place < 0.9 ? "ben-1" : "nobody",
    amount: size < 0.2 ? 40 : size < 0.9 ? 250 : 6_000,
    startAt: start * 2_000,
    cancelAt: end < 0.4 ? start * 2_000 + end * 5_000 : undefined
  }
})

/** What has been answered so far: asked again, in another process, it must be answered alike. */
class Answers {
  readonly violations: Array<string> = []
  readonly #known = new Map<string, string>()

  ask(worker: Worker, request: Request) {
    return worker.ask(request).pipe(
      Effect.catchTag("Refused", ({ message, reason }) => Effect.succeed(`${reason}: ${message}`)),
      Effect.tap((answer) => Effect.sync(() => this.#compare(JSON.stringify(request), answer)))
    )
  }

  #compare(request: string, answer: string): void {
    const known = this.#known.get(request)
    this.#known.set(request, answer)
    if (known !== undefined && known !== answer) {
      this.violations.push(`${request} was answered ${known}, and ${answer} when it was asked again`)
    }
  }
}

/** Does with a withdrawal whatever is to be done with it, again in every process: its ids make that harmless. */
const drive = (worker: Worker, { account, amount, cancelAt, id, startAt }: Case, began: number, answers: Answers) =>
  Effect.gen(function* () {
    const at = (time: number) => Effect.sleep(Math.max(0, began + time - Date.now()))
    yield* at(startAt)
    yield* answers.ask(worker, { _tag: "Start", id, account, amount, requestedBy: "ann" })
    const approve = answers
      .ask(worker, { _tag: "Approve", id, by: "ann", signalId: `${id}-own` })
      .pipe(Effect.andThen(answers.ask(worker, { _tag: "Approve", id, by: "bob", signalId: `${id}-approval` })))
    const cancel =
      cancelAt === undefined
        ? Effect.void
        : Effect.andThen(at(cancelAt), answers.ask(worker, { _tag: "Cancel", id, by: "ann", signalId: `${id}-cancel` }))
    yield* Effect.all([approve, cancel, answers.ask(worker, { _tag: "Result", id })], { concurrency: "unbounded" })
  })

/** Runs a dozen to its end, with as many kills on the way as there are left. */
const dozen = Effect.fnUntraced(function* (name: string, size: number, killsLeft: number) {
  const directory = yield* Snapshot.temporary("waymark-kill-")
  const cases = yield* Effect.forEach(Array.from({ length: size }), (_, index) => draw(`${name}-${index}`))
  const answers = new Answers()
  const killed = new Set<number>()
  const began = Date.now()

  /** One process; answers whether all withdrawals have ended in it. */
  const life = Effect.gen(function* () {
    const worker = yield* launch({ directory, latency: LATENCY })
    const driving = yield* Effect.forkChild(
      Effect.andThen(
        worker.ready,
        Effect.forEach(cases, (one) => drive(worker, one, began, answers), { concurrency: "unbounded" })
      )
    )
    if (killed.size === killsLeft) yield* Fiber.join(driving)
    else {
      // Mostly when it has begun to work, at times while it still starts.
      const early = (yield* Random.next) < 0.2
      const delay = yield* Random.nextBetween(0, early ? STARTING : LIFE)
      const moment = early ? Effect.sleep(delay) : Effect.andThen(worker.ready, Effect.sleep(delay))
      const done = yield* Effect.raceFirst(Effect.as(Fiber.join(driving), true), Effect.as(moment, false))
      if (!done) {
        yield* worker.kill
        killed.add(worker.pid)
        return false
      }
    }
    yield* worker.end
    return true
  })
  yield* Effect.repeat(Effect.scoped(life), { until: (done) => done })

  const files = ledgers(directory)
  const entries = [...Ledger.read(files.fees), ...Ledger.read(files.bank)]
  const journals = yield* Snapshot.read(
    directory,
    cases.map(({ id }) => id)
  )
  const { steps, violations } = examine({ journals, entries, killed })
  const tally: Tally = {
    kills: killed.size,
    withdrawals: size,
    events: [...journals.values()].flat().length,
    runs: entries.length,
    cut: steps.flatMap(({ cut }) => cut).length,
    violations: [...violations, ...answers.violations]
  }
  return tally
}, Effect.scoped)

// ---- all of them ------------------------------------------------------------------------------------------------

const add = (a: Tally, b: Tally): Tally => ({
  kills: a.kills + b.kills,
  withdrawals: a.withdrawals + b.withdrawals,
  events: a.events + b.events,
  runs: a.runs + b.runs,
  cut: a.cut + b.cut,
  violations: [...a.violations, ...b.violations]
})

const words = ({ cut, events, kills, runs, violations, withdrawals }: Tally): string =>
  `kills: ${kills}, withdrawals: ${withdrawals}, events: ${events}, effects run: ${runs}, ` +
  `cut off by a kill: ${cut}, violations: ${violations.length}`

const killTest = Effect.fnUntraced(function* (rounds: number, instances: number) {
  const began = Date.now()
  let all: Tally = { kills: 0, withdrawals: 0, events: 0, runs: 0, cut: 0, violations: [] }
  for (let number = 1; all.kills < rounds; number++) {
    const tally = yield* dozen(`w${number}`, instances, rounds - all.kills)
    print(`${String(number).padStart(3)}  ${words(tally)}`)
    for (const violation of tally.violations) print(`     ${red(violation)}`)
    all = add(all, tally)
  }
  const seconds = ((Date.now() - began) / 1000).toFixed(1)
  print(`\n${all.violations.length === 0 ? green("Nothing is amiss") : red("Not as promised")} after ${seconds} s`)
  print(words(all))
  return all.violations.length === 0
})

const { number, values } = commandLine("kill-test", "Kills a worker at random moments, and looks for what is amiss.", {
  rounds: { about: "how many kills", default: "100" },
  instances: { about: "how many withdrawals at a time", default: "12" },
  seed: { about: "of an earlier run; another one each time if left out", default: String(Date.now() % 1_000_000) }
})
const [rounds, instances] = [number("rounds", 1, "whole"), number("instances", 1, "whole")]

print(`${bold("kill -9 at random moments")}, rounds: ${rounds}, seed: ${values.seed}\n`)

await main(Random.withSeed(killTest(rounds, instances), values.seed))
