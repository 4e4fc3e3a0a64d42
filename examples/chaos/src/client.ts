/**
 * The client: it starts the instances and sends their signals, over and over until it is answered. It knows nothing of
 * the faults, and takes what it is told by whom it is told.
 */
import { Data, Effect } from "effect"
import { Engine } from "@waymark/interpreter"
import type { Refused, WorkerFailed } from "@waymark/examples/withdrawal/processes"
import { PENDING, perform, type Request, type Signal } from "./requests.ts"
import type { Case, Sending } from "./schedule.ts"
import { expected, task } from "./workflows.ts"

/** Something was answered that no fault excuses. */
export class Wrong extends Data.TaggedError("Wrong")<{ readonly message: string }> {}

/** How requests get to Waymark. An answer may be `pending`, also where nobody was there to ask. */
export type Ask = (request: Request) => Effect.Effect<string, Wrong>

/** Asks a worker that is up. */
export type AskWorker = (request: Request) => Effect.Effect<string, Refused | WorkerFailed>

/** By way of workers: where only they can have the journal open. */
export const viaWorkers =
  (worker: AskWorker): Ask =>
  (request) =>
    worker(request).pipe(
      Effect.catchTags({
        // It has died, or is frozen.
        WorkerFailed: () => Effect.succeed(PENDING),
        Refused: ({ message, reason }) =>
          reason === "JournalError" ? Effect.succeed(PENDING) : wrong(request, `${reason}: ${message}`)
      })
    )

/** An engine goes on asking by itself; asked anew too often, its connections would have nothing else to do. */
const PATIENCE = "30 seconds"

/** By an engine of the client's own, that hosts nothing. What only a host can do, a worker is asked for. */
export const viaEngine =
  (engine: Engine["Service"], worker: AskWorker): Ask =>
  (request) =>
    perform(request, PATIENCE).pipe(
      Effect.provideService(Engine, engine),
      Effect.catch((error) => {
        if (error._tag === "WorkflowNotHosted") return viaWorkers(worker)(request)
        if (error._tag === "JournalError") return Effect.succeed(PENDING)
        return wrong(request, `${error._tag}: ${error.message}`)
      })
    )

const wrong = (request: Request, answer: string): Effect.Effect<never, Wrong> =>
  Effect.fail(new Wrong({ message: `${JSON.stringify(request)} was answered ${answer}` }))

/** By what the answer to a signal is remembered. */
export const keyOf = ({ id, signal }: Signal): string => JSON.stringify([id, signal])

/** What the client has seen. */
export class Client {
  readonly violations: Array<string> = []
  /** What each signal was answered, by its `keyOf`. */
  readonly heard = new Map<string, string>()
  started = 0
  readonly #ask: Ask

  constructor(ask: Ask) {
    this.#ask = ask
  }

  /** Lives through one case: its start, its signals, its result. */
  live(one: Case, began: number): Effect.Effect<void> {
    const { sendings, start, watched } = one
    return Effect.gen({ self: this }, function* (this: Client) {
      yield* Effect.sleep(Math.max(0, began + one.at - Date.now()))
      yield* this.#insist(start)
      this.started++
      for (const sending of sendings) yield* this.#send(sending)
      if (!watched) return
      const result = yield* this.#insist({ _tag: "Result", id: start.id, root: start.root })
      const [right] = expected(start.root, task(start.id, start.n, start.faulty))
      if (result !== right?.result) this.violations.push(`the result of ${start.id} was answered ${result}`)
    }).pipe(Effect.catchTag("Wrong", ({ message }) => Effect.sync(() => void this.violations.push(message))))
  }

  #send({ after, again, copies, signal }: Sending): Effect.Effect<void, Wrong> {
    return Effect.gen({ self: this }, function* (this: Client) {
      yield* Effect.sleep(after)
      const sent = Array.from({ length: copies }, () => this.#insist(signal))
      const answers = [...(yield* Effect.all(sent, { concurrency: "unbounded" }))]
      if (again) answers.push(yield* this.#insist(signal))
      const [first = ""] = answers
      this.heard.set(keyOf(signal), first)
      if (answers.some((answer) => answer !== first)) {
        this.violations.push(`${signal.signal} was answered differently: ${answers.join(", ")}`)
      }
    })
  }

  /** Asks until there is an answer. */
  #insist(request: Request): Effect.Effect<string, Wrong> {
    return Effect.repeat(
      Effect.tap(this.#ask(request), (answer) => (answer === PENDING ? Effect.sleep("100 millis") : Effect.void)),
      { until: (answer) => answer !== PENDING }
    )
  }
}
