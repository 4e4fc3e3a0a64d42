/** Workflows whose state is a list of what happened: small enough to write down by hand what is to be expected. */
import { Query, Signal, WIO, Workflow } from "@waymark/core"
import { Command, Execution, type Event, type Pending } from "@waymark/interpreter"
import { Effect, Result, Schema } from "effect"

export type Log = ReadonlyArray<string>

export const Problem = Schema.Struct({ _tag: Schema.Literals(["Oops", "Nope"]), why: Schema.String })
export type Problem = typeof Problem.Type

export type Part = WIO.WIO<Log, Log, Problem>
type Flow = Workflow.Workflow<string, Log, Log, Problem, never, Log>
export type Running = Execution.Execution<Log, Problem, never, Log>

/** The lines of whatever a part may rest in: of a record the branches' lines, each after its key. */
export const flat = (value: unknown): Log =>
  Array.isArray(value)
    ? (value as Log)
    : Object.entries(value as object).flatMap(([key, part]) => flat(part).map((line) => `${key}.${line}`))

/** A step that records a string. */
export const io = (name: string): Part =>
  WIO.runIO(name, {
    event: Schema.String,
    error: Problem,
    run: (_: Log) => Effect.succeed("done"),
    apply: (log, event) => [...log, `${name}=${event}`],
    retry: { attempts: 3, initial: 10 }
  })

/** A timer. */
export const wait = (name: string, millis: number): Part => WIO.await<Log>(name, { for: millis })

export const Message = (name: string) =>
  Signal.make(name, { payload: Schema.String, reply: Schema.String, error: Schema.String })

/** A step that waits for a signal, sees what has happened so far, and refuses "no". */
export const on = (name: string): Part =>
  WIO.handleSignal(Message(name), {
    event: Schema.String,
    handle: (_: Log, payload) => (payload === "no" ? Effect.fail("never") : Effect.succeed(payload)),
    apply: (state, event) => [...flat(state), `${name}=${event}`],
    reply: (state, event) => `${event} after ${flat(state).length}`
  })

/** A change without an effect. */
export const note = (line: string): Part => WIO.pure((log: unknown) => [...flat(log), line])

/** A typed failure. */
export const fail = (why: string): Part => WIO.fail((_: Log): Problem => ({ _tag: "Oops", why })) as Part

export const seq = (first: Part, ...others: ReadonlyArray<Part>): Part =>
  others.reduce<Part>((all, next) => WIO.andThen(all, next), first)

/** Branches that start from nothing; what they end in, key by key. */
export const both = (branches: Readonly<Record<string, Part>>): Part =>
  WIO.parallel(branches, {
    fork: (_: Log) => Object.fromEntries(Object.keys(branches).map((key) => [key, [] as Log])),
    join: (outs: unknown, log: Log) => [...log, ...flat(outs)]
  }) as never

export const interruptedBy =
  (...interruption: readonly [Part, ...Array<Part>]) =>
  (body: Part): Part =>
    body.pipe(WIO.interruptWith(seq(...interruption)))

/** Goes on after a failure, from the state it was reached in. */
export const rescued = (body: Part): Part =>
  body.pipe(
    WIO.catch(WIO.pure(({ error, state }: WIO.Failure<unknown, Problem>) => [...flat(state), `rescued ${error.why}`]))
  )

export const Lines = Query.make("lines", { reply: Schema.Array(Schema.String) })

export const flow = (body: Part, version = 1): Flow =>
  Workflow.make("Log", {
    version,
    input: Schema.Array(Schema.String),
    state: Schema.Array(Schema.String),
    error: Problem,
    body
  })

/** What a result holds; a failure of it fails the test. */
export const ok = <A>(result: Result.Result<A, unknown>): A => Result.getOrThrow(result)

/** What went wrong; the test fails where nothing did. */
export const bad = <E>(result: Result.Result<unknown, E>): E => Result.getOrThrow(Result.flip(result))

/** A run of a workflow, told by hand: the names of steps are enough, since they are different. */
export class Story {
  execution: Running
  readonly workflow: Flow
  readonly journal: Array<Event.Event>
  now: number

  constructor(workflow: Flow, at = 0) {
    this.workflow = workflow
    const { events, execution } = Execution.start(workflow, [], { id: "log", at })
    this.execution = execution
    this.journal = [...events]
    this.now = at
  }

  static of = (...parts: readonly [Part, ...Array<Part>]): Story => new Story(flow(seq(...parts)))

  /** What a command leads to, without it happening. */
  try(command: Command.Command) {
    return Execution.step(this.execution, command, { at: this.now })
  }

  tell(command: Command.Command): this {
    const { events, execution } = ok(this.try(command))
    this.execution = execution
    this.journal.push(...events)
    return this
  }

  pending(name: string): Pending.Pending {
    const found = Execution.pending(this.execution).find(({ step }) => step.name === name)
    if (found === undefined) throw new Error(`${name} is not waited for: ${this.waits().join(", ")}`)
    return found
  }

  done = (name: string, event = "ok"): this => this.tell(Command.succeed(this.pending(name).step, event))
  fails = (name: string, why = name): this => this.tell(Command.fail(this.pending(name).step, { _tag: "Oops", why }))
  send = (name: string, payload: string, to?: string): this =>
    this.tell(Command.signal(Message(name), payload, to === undefined ? { id: payload } : { id: payload, to }))
  tick(now: number): this {
    this.now = now
    return this.tell(Command.tick(now))
  }

  /** What is waited for, as `path#ordinal name`. */
  waits = (): ReadonlyArray<string> =>
    Execution.pending(this.execution).map(({ step }) => place(step.path, step.ordinal, step.name))
  /** What is on record, as `kind path#ordinal name`. */
  events = (from = 0): ReadonlyArray<string> =>
    this.journal.slice(from).map(({ kind, ordinal, path, step }) => `${kind} ${place(path, ordinal, step)}`)
  state = (): Log => Execution.state(this.execution)
  status = () => Execution.status(this.execution)
}

const place = (path: string, ordinal: number, name: string): string => `${path}#${ordinal} ${name}`
