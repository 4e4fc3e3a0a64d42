/** Stories of the machine that are held to the reference after every command. */
import { WIO, Workflow } from "@waymark/core"
import { Command, type Event } from "@waymark/interpreter"
import { Schema } from "effect"
import { flat, flow, io, seq, Story, type Log, type Part } from "../support/log.ts"
import { agree } from "./agreement.ts"

export class Scenario extends Story {
  constructor(body: Part) {
    super(flow(body))
    agree(this.workflow, this.journal)
  }

  override tell(command: Command.Command): this {
    super.tell(command)
    agree(this.workflow, this.journal)
    return this
  }

  cancel = (): this => this.tell(Command.cancel("enough"))
  terminate = (): this => this.tell(Command.terminate("stop"))
  givesUp = (name: string): this => this.tell(Command.attempt(this.pending(name).step, { error: "dead", next: null }))
  resolves = (name: string): this =>
    this.tell(Command.resolve(this.pending(name).step, { _tag: "Succeed", event: "by hand" }))
  started = (name: string): this => this.tell(Command.childStarted(this.pending(name).step))
  ended = (name: string, outcome: Command.ChildOutcome): this =>
    this.tell(Command.childEnded(this.pending(name).step, outcome))
  sent = (name: string, undelivered?: string): this => this.tell(Command.sent(this.pending(name).step, undelivered))
  last = (): Event.Event["payload"] | undefined => this.journal.at(-1)?.payload
}

/** Begins a workflow of these parts, one after the other. */
export const told = (...parts: readonly [Part, ...Array<Part>]): Scenario => new Scenario(seq(...parts))

/** A step that can be undone: by "undo" and its name. */
export const undoable = (name: string, body: Part = io(name)): Part =>
  body.pipe(WIO.compensateWith(io(`undo ${name}`) as never)) as never

/** A part before a change and after it. */
export const versioned = (before: Part, after: Part): Part => WIO.version("change", { before, after })

/** Contestants that start from nothing. */
export const racing = (branches: Readonly<Record<string, Part>>): Part =>
  WIO.race(branches, {
    fork: (_: Log) => Object.fromEntries(Object.keys(branches).map((key) => [key, [] as Log]))
  }) as never

/** A part for each item, which starts from its own name. */
export const each = (
  items: ReadonlyArray<string>,
  body: Part,
  options: { readonly concurrency?: number; readonly mode?: "settle" } = {}
): Part =>
  WIO.forEach("items", {
    items: (_: Log) => items.map((item): Log => [item]),
    key: ([item = ""]: Log) => item,
    body: body as never,
    join: (outs: ReadonlyArray<unknown>, log: Log) => [...log, ...outs.flatMap((out) => JSON.stringify(out))],
    ...options
  } as never) as never

/** What is started as a child. */
export const Inner = Workflow.make("Inner", {
  version: 1,
  input: Schema.Array(Schema.String),
  state: Schema.Array(Schema.String),
  body: WIO.pure((log: Log) => flat(log))
})
