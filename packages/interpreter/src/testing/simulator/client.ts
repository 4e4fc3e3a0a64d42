/**
 * The clients of a simulation: they start the instance, send what it waits for, and ask for its end, through any process,
 * and again under the same id for as long as nobody answers.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { Engine } from "../../Engine.ts"
import * as Execution from "../../Execution.ts"
import { isTerminal, type Instance } from "../../Journal.ts"
import * as Pending from "../../Pending.ts"
import { isStuck } from "../generator/play.ts"
import { namesOf } from "../generator/case.ts"
import { signal, type Generated } from "../generator/site.ts"
import { digest } from "../generator/state.ts"
import { show } from "../observe.ts"
import type { Kernel, Process } from "./kernel.ts"
import type { Ask, Trial } from "./schedule.ts"
import type { Truth } from "./truth.ts"

/** The one instance that a simulation is about. It may start others. */
export const INSTANCE = "simulated"

/** A process with its engine, once that is there. */
export interface Worker {
  readonly process: Process
  readonly engine: Engine["Service"] | undefined
  /** The definition that it hosts. */
  readonly hosted: Generated
}

/** What a client is given. */
export interface Setting {
  readonly kernel: Kernel
  readonly truth: Truth
  readonly trial: Trial
  readonly workflow: Generated
  readonly workers: () => ReadonlyArray<Worker>
  /** The instance has come to an end, or to where only an operator helps. */
  readonly over: () => void
}

interface Request {
  readonly name: string
  readonly n: number
  readonly to: string | undefined
  askedAt: number
  asked: number
}

/** How long an answer is waited for before a client asks again. */
const PATIENCE = 3_000

/** How often somebody looks after what is stuck. */
const RETRIES = 5

/** The branch keys of a path. */
export const keysOf = (path: string): ReadonlyArray<string> =>
  path.split("/").flatMap((segment) => {
    const key = segment.slice(segment.indexOf(":") + 1)
    return path === "" || key === "interrupt"
      ? []
      : [key.replaceAll("~2", "interrupt").replaceAll("~1", "/").replaceAll("~0", "~")]
  })

const unanswered: ReadonlySet<string> = new Set([
  "EngineStopped",
  "JournalError",
  "InstanceNotFound",
  "AppendRefused",
  "JournalMismatch",
  "JournalCorrupt",
  "WorkflowNotHosted"
])

/** What is the same however often it is asked; nothing where there was no answer. */
const answerOf = (exit: Exit.Exit<unknown, unknown>): string | undefined => {
  if (Exit.isSuccess(exit)) return show({ value: exit.value })
  const error = Option.getOrUndefined(Exit.findErrorOption(exit)) as { readonly _tag?: string } | undefined
  if (error === undefined) return Exit.hasInterrupts(exit) ? undefined : show({ defect: String(exit.cause) })
  return unanswered.has(error._tag ?? "") ? undefined : show({ error: { ...error } })
}

/** All clients together. */
export class Client {
  /** The answers to each request, by its id. */
  readonly answers = new Map<string, Array<string>>()
  /** What was said of the end. */
  readonly results: Array<string> = []
  readonly requests = new Map<string, Request>()
  isOver = false
  #isStarted = false
  #startsAt = 0
  #retries = 0
  readonly #tries = new Map<string, number>()
  #known:
    | (Pick<Instance, "length" | "run"> & { readonly pending: ReadonlyArray<Pending.Pending> | undefined })
    | undefined
  readonly #setting: Setting

  constructor(setting: Setting) {
    this.#setting = setting
    if (setting.trial.schedule.busy) this.#early()
    this.#tick()
    for (const ask of setting.trial.schedule.asks) setting.kernel.after(ask.at, () => this.#ask(ask))
  }

  /** Asks for the end, and once more for all that was answered before. */
  review(): void {
    for (const id of this.requests.keys()) this.#send(id)
    for (const worker of this.#setting.workers()) this.#result(worker)
  }

  #tick(): void {
    const { kernel, trial } = this.#setting
    if (!this.isOver) this.#look()
    const often = trial.schedule.pace === 0 && !trial.schedule.busy ? 5 : 1 + kernel.dice.below(40)
    // While everything is down there is nothing to be asked, and time may pass faster.
    kernel.after(this.#setting.kernel.now < 2_000 ? often : often * 10, () => this.#tick())
  }

  #look(): void {
    const { kernel, over, trial, truth } = this.#setting
    if (!this.#isStarted) this.#start()
    const row = truth.row(INSTANCE)
    if (row === undefined) return
    const end = (): void => {
      this.isOver = true
      over()
    }
    if (isTerminal(row.status)) return end()
    const pending = this.#pending(row)
    // What does not fit is for the invariants to say.
    if (pending === undefined) return end()
    const waiting = pending.filter((one) => one._tag === "Signal")
    for (const one of waiting) this.#serve(row.run, one.step, trial.schedule.busy)
    if (waiting.length > 0 || !pending.some(isStuck) || row.status !== "stuck") return
    // An operator has still to ask for it.
    if (trial.schedule.asks.some(({ at, what }) => what === "retry" && at > kernel.now)) return
    if (trial.schedule.asks.some(({ what }) => what === "retry") && this.#retries++ < RETRIES * 20) return
    end()
  }

  /** What the journal waits for; it is asked again only where there is something new. */
  #pending({ length, run }: Instance): ReadonlyArray<Pending.Pending> | undefined {
    const { truth, workflow } = this.#setting
    if (this.#known?.run !== run || this.#known.length !== length) {
      const recovered = Execution.recover(workflow, truth.events(INSTANCE, run))
      const pending = Result.isSuccess(recovered) ? Execution.pending(recovered.success) : undefined
      this.#known = { run, length, pending }
    }
    return this.#known.pending
  }

  #start(): void {
    const { kernel, trial } = this.#setting
    if (kernel.now < this.#startsAt) return
    const chosen = this.#chosen()
    // Clients differ in their patience: the second one may come at once.
    if (chosen.length > 0) this.#startsAt = kernel.now + (kernel.dice.onceIn(2) ? PATIENCE : kernel.dice.below(100))
    for (const { engine, hosted, process } of chosen) {
      process.run(engine.start(hosted, { id: INSTANCE, input: trial.case.input }), (fiber) => {
        if (Exit.isSuccess(fiber.pollUnsafe() as Exit.Exit<unknown, unknown>)) this.#isStarted = true
      })
    }
  }

  /** Signals that nobody waits for yet. */
  #early(): void {
    for (const name of namesOf(this.#setting.trial.case).signals) {
      if (!this.#setting.kernel.dice.onceIn(3)) continue
      this.#request(`early ${name}`, name, digest(name) % 5, undefined)
    }
  }

  /** Sends what a step waits for: under a new id where what was sent before went elsewhere, or was refused. */
  #serve(run: number, step: Pending.StepRef, isBusy: boolean): void {
    const { dice } = this.#setting.kernel
    const key = `${run} ${Pending.key(step)}`
    const tries = this.#tries.get(key) ?? 0
    const id = `${key} ${tries}`
    const request = this.requests.get(id)
    if (request === undefined) {
      const keys = keysOf(step.path)
      const to = tries === 0 ? undefined : keys[tries % (keys.length + 1)]
      return this.#request(id, step.name, isBusy && dice.onceIn(6) ? -1 : digest(step.name) % 5, to)
    }
    if (this.answers.has(id)) this.#tries.set(key, tries + 1)
    else if (this.#setting.kernel.now - request.askedAt > PATIENCE) this.#send(id)
    // It may stand behind one that nobody is going to deal with.
    if (request.asked > 4) this.#tries.set(key, tries + 1)
  }

  #request(id: string, name: string, n: number, to: string | undefined): void {
    this.requests.set(id, { name, n, to, askedAt: -Infinity, asked: 0 })
    this.#send(id)
  }

  #send(id: string): void {
    const request = this.requests.get(id)
    if (request === undefined) return
    const { n, name, to } = request
    request.askedAt = this.#setting.kernel.now
    request.asked++
    for (const { engine, process } of this.#chosen()) {
      const options = to === undefined ? { id } : { id, to }
      process.run(engine.signal(INSTANCE, signal(name), { n }, options), (fiber) => {
        const answer = answerOf(fiber.pollUnsafe() as Exit.Exit<unknown, unknown>)
        if (answer !== undefined) this.answers.set(id, [...(this.answers.get(id) ?? []), answer])
      })
    }
  }

  #result({ engine, hosted, process }: Worker): void {
    if (engine === undefined || process.state !== "running") return
    process.run(Effect.exit(engine.result(hosted, INSTANCE)), (fiber) => {
      const exit = fiber.pollUnsafe() as Exit.Exit<Exit.Exit<unknown, unknown>>
      const answer = Exit.isSuccess(exit) ? answerOf(exit.value) : undefined
      if (answer !== undefined) this.results.push(answer)
    })
  }

  #ask({ what }: Ask): void {
    for (const { engine, process } of this.#chosen()) {
      const asked =
        what === "retry"
          ? engine.retry(INSTANCE)
          : engine[what === "cancel" ? "cancel" : "terminate"](INSTANCE, "asked")
      process.run(Effect.ignore(asked))
    }
  }

  /** Whom a client asks: one process, sometimes two at once. */
  #chosen(): ReadonlyArray<Worker & { readonly engine: Engine["Service"] }> {
    const { kernel, trial, workers } = this.#setting
    const there = workers().flatMap((worker) =>
      worker.engine === undefined ? [] : [{ ...worker, engine: worker.engine }]
    )
    const first = kernel.dice.of(there)
    if (first === undefined) return []
    const second = trial.schedule.busy && kernel.dice.onceIn(4) ? kernel.dice.of(there) : undefined
    return second === undefined ? [first] : [first, second]
  }
}
