/** A run of a workflow: its main thread, and what all its threads share. */
import type { Node, Workflow } from "@waymark/core"
import type { Event } from "@waymark/interpreter"
import { decoded, fieldsOf } from "./leaf.ts"
import { mainLife } from "./life.ts"
import { refuse } from "./ends.ts"
import { Thread, type Meaning } from "./thread.ts"
import type { OpenChild } from "./work.ts"

export class Run {
  readonly workflow: Workflow.Any
  readonly meaning: (node: Node.Node) => Meaning<Node.Node>
  /** What pure code may know. */
  readonly info: { readonly instance: string; readonly run: number; readonly startedAt: number }
  main: Thread
  /** The instant of the event that is being looked at. */
  now: number
  /** How many steps were completed that can be undone. */
  completions = 0
  /** Children that run on their own, the oldest first. */
  readonly children: Array<OpenChild> = []
  /** How and why it is brought to its end, where it is. */
  stopping: { readonly how: "cancelled" | "terminated"; readonly reason: string } | undefined
  /** Whether its end is on record. */
  isClosed = false
  /** How many events it has seen. */
  length = 1

  constructor(workflow: Workflow.Any, started: Event.Event, meaning: Run["meaning"]) {
    const { input, version, workflow: name } = fieldsOf(started)
    if (started.kind !== "started" || started.seq !== 0) refuse(`a journal begins with "started"`)
    if (name !== workflow.name || !(Number(version) >= 1) || Number(version) > workflow.version)
      refuse("another workflow")
    this.workflow = workflow
    this.meaning = meaning
    this.info = { instance: started.instance, run: started.run, startedAt: started.at }
    this.now = started.at
    const start = decoded(workflow.input.decode(input))
    this.main = new Thread({ run: this, path: "", key: "", body: workflow.body, start, above: undefined }, mainLife)
    this.main.begin()
  }
}
