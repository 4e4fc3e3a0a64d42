/** The stage of the demo: worker processes one after the other on one journal, and what is told of them as they run. */
import { Data, Effect } from "effect"
import type { Event } from "@waymark/interpreter"
import * as Ledger from "./ledger.ts"
import { launch, type Refused, type Worker, type WorkerFailed } from "./processes.ts"
import type { Request, Stop } from "./protocol.ts"
import { ledgers } from "./services.ts"
import * as Snapshot from "./snapshot.ts"
import { bold, dim, green, print, red, yellow } from "./terminal.ts"

/** The story did not go as written. */
export class OutOfScript extends Data.TaggedError("OutOfScript")<{ readonly message: string }> {}

/** One process of the story, when it is over. */
export interface Part {
  readonly number: number
  readonly pid: number
  readonly killed: boolean
  /** What the journal held when it started. */
  readonly found: Snapshot.Journals
}

const instances = ["w-1", "w-2", "w-3", "w-4"]

export class Stage {
  readonly directory: string
  readonly #parts: Array<Part> = []
  /** How many lines of the ledgers have been told of. */
  #told = 0

  constructor(directory: string) {
    this.directory = directory
  }

  get parts(): ReadonlyArray<Part> {
    return this.#parts
  }

  /** The lines of both ledgers, in the order in which they were written. */
  get entries(): ReadonlyArray<Ledger.Entry> {
    const { bank, fees } = ledgers(this.directory)
    return [...Ledger.read(fees), ...Ledger.read(bank)].sort((a, b) => a.at - b.at)
  }

  get journals() {
    return Snapshot.read(this.directory, instances)
  }

  /** A process that is killed where its services stop. */
  killedAt<E>(stop: Stop, why: string, play: (actor: Actor) => Effect.Effect<void, E>) {
    return this.#play(stop, (actor, worker) =>
      Effect.gen(function* () {
        yield* play(actor)
        yield* worker.stopped
        actor.tell()
        yield* worker.kill
        print(`  ${red("kill -9")}  ${why}`)
      })
    )
  }

  /** A process that ends by itself. */
  allowedToEnd<E>(play: (actor: Actor) => Effect.Effect<void, E>) {
    return this.#play(undefined, (actor, worker) =>
      Effect.gen(function* () {
        yield* play(actor)
        actor.tell()
        yield* worker.end
        print(`  ${green("ended")}    nothing is left to do`)
      })
    )
  }

  #play<E>(stop: Stop | undefined, run: (actor: Actor, worker: Worker) => Effect.Effect<void, E>) {
    return Effect.scoped(
      Effect.gen({ self: this }, function* () {
        const found = yield* this.journals
        const worker = yield* launch({ directory: this.directory, ...(stop && { stop }) })
        const number = this.#parts.length + 1
        print(`\n${bold(`Process ${number}`)} ${dim(`(pid ${worker.pid})`)}`)
        for (const [instance, steps] of onRecord(found)) {
          print(`  ${green("skips")}    ${instance}: ${steps.join(", ")} ${dim("(on record)")}`)
        }
        yield* worker.ready
        yield* run(new Actor(worker, () => this.#tell(worker.pid)), worker)
        this.#parts.push({ number, pid: worker.pid, killed: stop !== undefined, found })
      })
    )
  }

  /** Tells what a process has run since it was last told of. */
  #tell(pid: number): void {
    const entries = this.entries
    for (const entry of entries.slice(this.#told).filter((one) => one.pid === pid)) {
      const attempt = entry.attempt > 1 ? `, attempt ${entry.attempt}` : ""
      const again = entry.repeated ? dim(" (known under this key: answered, not done again)") : ""
      print(`  ${yellow("runs")}     ${entry.instance}: ${entry.step}${attempt}: ${words(entry.did)}${again}`)
    }
    this.#told = entries.length
  }
}

/** A process as the story speaks to it. What it has run meanwhile is told first. */
export class Actor {
  readonly #worker: Worker
  readonly tell: () => void

  constructor(worker: Worker, tell: () => void) {
    this.#worker = worker
    this.tell = tell
  }

  /** Starts a withdrawal. */
  start(id: string, account: string, amount: number, requestedBy: string) {
    return Effect.suspend(() => {
      this.#say("starts", `${id}: ${requestedBy} wants ${amount} from account ${account}`)
      return this.#worker.ask({ _tag: "Start", id, account, amount, requestedBy })
    })
  }

  /** Asks for the status and prints the answer. */
  status(id: string) {
    return Effect.map(this.#worker.ask({ _tag: "Status", id }), (status) => this.#say("status", `${id}? ${status}`))
  }

  /** Sends a signal and gives the reply. */
  signal(request: Extract<Request, { readonly signalId: string }>) {
    const { by, id, signalId } = request
    const what = `${request._tag === "Cancel" ? "cancel" : "approve"} ${id}, by ${by} ${dim(`(signal ${signalId})`)}`
    return this.#worker.ask(request).pipe(
      Effect.tap((reply) => Effect.sync(() => this.#say("signal", `${what}: ${reply}`))),
      Effect.tapError((error) => Effect.sync(() => this.#say("signal", `${what}: refused, ${error.message}`)))
    )
  }

  /** Waits for the end and checks that it is the one expected. */
  result(id: string, expected: string): Effect.Effect<void, Refused | WorkerFailed | OutOfScript> {
    return Effect.flatMap(this.#worker.ask({ _tag: "Result", id }), (tag) => {
      this.tell()
      return tag === expected
        ? Effect.void
        : Effect.fail(new OutOfScript({ message: `${id} should have ended ${expected}, but it ended ${tag}` }))
    })
  }

  /** Waits until an instance waits for a step. */
  until(id: string, step: string) {
    return Effect.tap(this.#worker.ask({ _tag: "Reach", id, step }), () => Effect.sync(this.tell))
  }

  #say(what: string, text: string): void {
    this.tell()
    print(`  ${what.padEnd(9)}${text}`)
  }
}

/** What is on record of the instances that have not ended. */
const onRecord = (journals: Snapshot.Journals): ReadonlyArray<readonly [string, ReadonlyArray<string>]> =>
  [...journals]
    .filter(([, events]) => events.at(-1)?.kind !== "ended")
    .map(([id, events]) => [id, events.flatMap(past)] as const)
    .filter(([, steps]) => steps.length > 0)

const past = ({ attempt, kind, step }: Event.Event): ReadonlyArray<string> => {
  if (kind === "attempt") return [`${step} (attempt ${attempt}, failed)`]
  return kind === "completed" || kind === "fired" || kind === "signal" ? [step] : []
}

const words = (did: Ledger.Deed): string => {
  switch (did._tag) {
    case "Priced":
      return `a fee of ${did.fee}`
    case "Checked":
      return `the account is ${did.owner}'s`
    case "Held":
      return `${did.amount} set aside`
    case "Executed":
      return `paid, ${did.receipt}`
    case "Released":
      return did.paid === null ? "the money is free again" : `too late, paid already: ${did.paid}`
    case "Refused":
      return `refused, ${did.reason}`
    case "ConnectionLost":
      return "the connection was lost; it is tried again"
  }
}
