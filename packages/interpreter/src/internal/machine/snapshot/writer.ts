/** Writes the position of a machine down. */
import { ChildStopped, Failure, Product, type Codec } from "@waymark/core"
import type { Schema } from "effect"
import * as Result from "effect/Result"
import { originOf } from "../compose.ts"
import { codecAt, inputCodecAt } from "./context.ts"
import { statesOf, type Activation, type Generated } from "../generated.ts"
import type { Machine } from "../machine.ts"
import * as Site from "../site.ts"
import type * as Format from "./format.ts"
import { shapeOfTree } from "./shape.ts"
import { isRecord, whole } from "./whole.ts"
import type { Armed, Attempts, Cut, ForkLeaf, Frame, Job, Leaf, Memory, Origin, Then, Thread, Undo } from "../thread.ts"
import * as Trie from "../trie.ts"

/** Why a position cannot be written down, and where. */
export class Refusal extends Error {
  readonly path: string
  constructor(path: string, reason: string) {
    super(reason)
    this.path = path
  }
}

const DEEP =
  "it stands in functions that were computed within functions, again and again (WIO.flatMap of a fresh function each time): " +
  "repeat with WIO.loop or WIO.machine, or give WIO.flatMap the same function each time"

const listOf = <A extends { readonly next: A | undefined }>(first: A | undefined): ReadonlyArray<A> => {
  const all: Array<A> = []
  for (let entry = first; entry !== undefined; entry = entry.next) all.push(entry)
  return all
}

const cutsOf = (first: Cut): ReadonlyArray<Cut> => {
  const all: Array<Cut> = []
  for (let cut: Cut | undefined = first; cut !== undefined; cut = cut.outer) all.push(cut)
  return all
}

export class Writer {
  readonly #machine: Machine
  readonly #sources: Array<Format.Source> = []
  readonly #sourceNumbers = new Map<Site.Tree, number>()
  readonly #activations: Array<{ readonly activation: Activation; longest: Generated }> = []
  readonly #activationNumbers = new Map<Activation, number>()
  #path = ""

  constructor(machine: Machine) {
    this.#machine = machine
  }

  input(): Schema.Json {
    const { input, workflow } = this.#machine
    return this.#encoded(workflow.input, input, "the input")
  }

  /** The threads, and what they refer to. */
  position(): Pick<Format.Snapshot, "threads" | "sources" | "activations"> {
    const threads: Array<Format.Thread> = []
    const open: Array<{ readonly thread: Thread; readonly around: Site.Site | undefined }> = [
      { thread: this.#machine.root, around: undefined }
    ]
    // A list that grows while it is walked: the branches of a fork come after whatever is on it already.
    for (let index = 0; index < open.length; index++) {
      const { around, thread } = open[index] as (typeof open)[number]
      const first = open.length
      if (thread.leaf._tag === "Fork") {
        for (const [, branch] of Trie.entries(thread.leaf.threads))
          open.push({ thread: branch, around: thread.leaf.site })
      }
      threads.push(this.#thread(thread, around, first))
    }
    const activations = this.#writeActivations()
    return {
      threads,
      ...(this.#sources.length > 0 && { sources: this.#sources }),
      ...(activations.length > 0 && { activations })
    }
  }

  trail(): ReadonlyArray<number> {
    const { trail, workflow } = this.#machine
    const written: Array<number> = []
    for (const [number, site] of Site.all(Site.root(workflow)).entries()) {
      const count = Trie.get(trail, site.counter)
      if (count !== undefined && count !== 0) written.push(number, count)
    }
    return written
  }

  remarks(): Pick<Format.Snapshot, "remarks"> {
    const { remarks, workflow } = this.#machine
    const written = Site.all(Site.root(workflow)).flatMap((site, number) => {
      const remark = Trie.get(remarks, site.counter)
      return remark === undefined || Object.keys(remark).length === 0 ? [] : [[number, remark] as const]
    })
    return written.length === 0 ? {} : { remarks: written }
  }

  /** Activations may refer to others, and to later places in them, that are only found while they are written: once more then. */
  #writeActivations(): ReadonlyArray<Format.Activation> {
    for (;;) {
      const known = this.#extent()
      const written = this.#activationsSoFar()
      if (this.#extent() === known) return written
    }
  }

  /** How much of generators is referred to. */
  #extent(): number {
    return this.#activations.reduce((all, { longest }) => all + longest.position + 1, 0)
  }

  #activationsSoFar(): ReadonlyArray<Format.Activation> {
    const written: Array<Format.Activation> = []
    for (let index = 0; index < this.#activations.length; index++) {
      const { activation, longest } = this.#activations[index] as { activation: Activation; longest: Generated }
      const { input, site } = activation
      written.push([
        this.#site(site),
        this.#held(input, site),
        statesOf(longest).map((state) => this.#value(state, site)),
        longest.digest
      ])
    }
    return written
  }

  #thread(thread: Thread, around: Site.Site | undefined, first: number): Format.Thread {
    const { armed, cut, leaf, nested, ordinal, path, stack, undos } = thread
    this.#path = path
    const frames = listOf<Frame>(stack)
    return {
      path,
      ordinal,
      leaf: this.#leaf(leaf, around, first),
      ...(frames.length > 0 && { stack: frames.map((frame) => this.#frame(frame)) }),
      ...(armed !== undefined && { armed: listOf<Armed>(armed).map((entry) => this.#armed(entry, frames)) }),
      ...(undos !== undefined && { undos: listOf<Undo>(undos).map((undo) => this.#undo(undo)) }),
      ...(cut !== undefined && { cuts: cutsOf(cut).map((one) => this.#cut(one, frames, around)) }),
      ...(nested && { nested })
    }
  }

  #frame({ memory, position, site }: Frame): Format.Frame {
    const at = this.#site(site)
    return memory === undefined ? [at, position] : [at, position, this.#memory(memory, site)]
  }

  #memory(memory: Memory, site: Site.Site): Format.Memory {
    switch (memory._tag) {
      case "Scope":
        return ["scope", memory.order, memory.nested]
      case "Outer":
        return ["outer", this.#held(memory.state, site)]
      case "Generated":
        return ["gen", this.#activation(memory), memory.position]
      case "Unwinding":
        return ["jobs", listOf<Job>(memory.jobs).map((job) => this.#job(job, site)), this.#then(memory.then, site)]
    }
  }

  #job(job: Job, site: Site.Site): Format.Job {
    return job._tag === "Run"
      ? ["run", this.#site(job.site), this.#value(job.state, job.site)]
      : ["close", { ...job.child }, this.#value(job.state, site)]
  }

  #then(then: Then, site: Site.Site | undefined): Format.Then {
    switch (then._tag) {
      case "Done":
        return ["give", this.#value(then.state, site)]
      case "Failed":
        return ["raise", this.#value(then.state, site), this.#raised(then.error, then.origin)]
      case "Cut":
        return ["cut", this.#value(then.state, site)]
      case "Continue":
        return ["continue", this.#value(then.state, site), this.#nextInput(then.input)]
    }
  }

  #nextInput(input: unknown): Schema.Json {
    return this.#encoded(this.#machine.workflow.input, input, "the input of the next run")
  }

  #armed({ frame, index, leaf, ordinal }: Armed, frames: ReadonlyArray<Frame>): Format.Armed {
    const at = frames.indexOf(frame)
    const state = this.#held(leaf.state, leaf.site)
    return leaf._tag === "Signal" ? [at, ordinal, index, state] : [at, ordinal, index, state, leaf.due, leaf.recorded]
  }

  #undo({ order, site, state }: Undo): readonly [Format.SiteRef, Format.Value, number] {
    return [this.#site(site), this.#value(state, site), order]
  }

  #cut({ stack, target, then, undoes }: Cut, frames: ReadonlyArray<Frame>, around: Site.Site | undefined): Format.Cut {
    const at = target === undefined ? -1 : frames.indexOf(target)
    const continues = target !== undefined && stack !== target.next
    return [at, continues, undoes, then._tag === "Cut" ? ["cut", ["i"]] : this.#then(then, target?.site ?? around)]
  }

  #leaf(leaf: Leaf, around: Site.Site | undefined, first: number): Format.Leaf {
    switch (leaf._tag) {
      case "RunIO":
        return ["run", this.#site(leaf.site), this.#value(leaf.state, leaf.site), attempts(leaf)]
      case "Signal":
        return ["signal", this.#site(leaf.site), this.#value(leaf.state, leaf.site)]
      case "Timer":
        return ["timer", this.#site(leaf.site), this.#value(leaf.state, leaf.site), leaf.due, leaf.recorded]
      case "Child": {
        const { id, site, started, state } = leaf
        return ["child", this.#site(site), this.#value(state, site), attempts(leaf), id, started]
      }
      case "Send":
        return ["send", this.#site(leaf.site), this.#value(leaf.state, leaf.site), attempts(leaf), leaf.to]
      case "Close": {
        const { child, site, state } = leaf
        return ["close", this.#site(site), this.#value(state, site), attempts(leaf), { ...child }]
      }
      case "Version":
        return ["version", this.#site(leaf.site), this.#value(leaf.state, leaf.site)]
      case "Checkpoint":
        return ["checkpoint", this.#site(leaf.site), this.#value(leaf.state, leaf.site)]
      case "Continue":
        return ["continue", this.#value(leaf.state, around), this.#nextInput(leaf.input)]
      case "Fork":
        return ["fork", this.#site(leaf.site), this.#fork(leaf, first)]
      case "Done":
        return ["done", this.#value(leaf.state, around)]
      case "Failed":
        return ["failed", this.#value(leaf.state, around), this.#raised(leaf.error, leaf.origin)]
      case "Cut":
        return ["cut", this.#value(leaf.state, around)]
    }
  }

  #fork({ closing, input, keys, node, ordinal, site, starts = [], threads }: ForkLeaf, first: number): Format.Fork {
    // A fork that joins nothing does not look at what it was entered with again.
    const joins = node._tag !== "Race" && node.join !== undefined
    const waiting = starts.slice(threads.size)
    return {
      ordinal,
      ...(joins && { input: this.#held(input, site) }),
      ...(node._tag === "ForEach" && { keys: keys.names }),
      ...(waiting.length > 0 && { waiting: waiting.map((state) => this.#value(state, site)) }),
      threads: Array.from({ length: threads.size }, (_, index) => first + index),
      ...(closing !== undefined && { closing: closing._tag === "Cut" ? ["cut", ["i"]] : this.#then(closing, site) })
    }
  }

  #site(site: Site.Site): Format.SiteRef {
    const number = Site.numberOf(site)
    return site.tree.source === undefined ? number : [this.#source(site, site.tree.source), number]
  }

  #source(within: Site.Site, source: Site.Source): number {
    const { tree } = within
    const known = this.#sourceNumbers.get(tree)
    if (known !== undefined) return known
    if (source._tag === "Lost") throw new Refusal(this.#path, DEEP)
    const written: Format.Source =
      source._tag === "Computed"
        ? ["computed", this.#site(source.site), this.#value(source.state, source.site), shapeOfTree(within)]
        : ["yielded", this.#activation(source.at), source.at.position, shapeOfTree(within)]
    const number = this.#sources.length
    this.#sources.push(written)
    this.#sourceNumbers.set(tree, number)
    return number
  }

  #activation(at: Generated): number {
    const { activation } = at
    const known = this.#activationNumbers.get(activation)
    if (known !== undefined) {
      const entry = this.#activations[known]
      if (entry !== undefined && at.position > entry.longest.position) entry.longest = at
      return known
    }
    const number = this.#activations.length
    this.#activations.push({ activation, longest: at })
    this.#activationNumbers.set(activation, number)
    return number
  }

  #value(state: unknown, site: Site.Site | undefined): Format.Value {
    if (Failure.is(state)) {
      const origin = originOf(state)
      if (origin === undefined) throw new Refusal(this.#path, "it holds a Failure that no step has failed with")
      return ["f", this.#value(state.state, site), this.#raised(state.error, origin)]
    }
    const { input, workflow } = this.#machine
    if (Product.is(state)) {
      return [
        "p",
        Object.fromEntries(Object.entries(state).map(([key, part]) => [key, this.#value(part, site)] as const))
      ]
    }
    // The state schema may describe less of an input than there is.
    if (state === input && typeof state === "object") return ["i"]
    const encoded = codecAt(workflow, site).encode(state)
    if (Result.isSuccess(encoded)) return ["s", encoded.success]
    if (state === input) return ["i"]
    const reason = `no schema describes a state that it holds: ${encoded.failure.message}. Add it to the workflow's \`state\``
    throw new Refusal(this.#path, reason)
  }

  /** What a node was entered with and looks at again: no type demands that the state schema covers it. */
  #held(state: unknown, site: Site.Site, place = ""): Format.Value {
    const { input, workflow } = this.#machine
    if (state === input || Failure.is(state) || Product.is(state)) return this.#value(state, site)
    const byState = whole(codecAt(workflow, site), state)
    if (byState !== undefined) return ["s", byState]
    const byInput = whole(inputCodecAt(workflow, site), state)
    if (byInput !== undefined) return ["n", byInput]
    const part = (key: string | number) => (place === "" ? `${key}` : `${place}.${key}`)
    if (state === null || typeof state === "string" || typeof state === "boolean") return ["j", state]
    if (typeof state === "number" && Number.isFinite(state)) return ["j", state]
    if (Array.isArray(state)) return ["l", state.map((item, index) => this.#held(item, site, part(index)))]
    if (isRecord(state)) {
      const parts = Object.entries(state).map(([key, value]) => [key, this.#held(value, site, part(key))] as const)
      return ["r", Object.fromEntries(parts)]
    }
    const where = place === "" ? "" : `, at "${place}"`
    const reason = `no schema describes all of a state that it holds${where}. Add it to the workflow's \`state\``
    throw new Refusal(this.#path, reason)
  }

  #raised(error: unknown, { site, state }: Origin): Format.Raised {
    const { node } = site
    const at = this.#site(site)
    const by = (codec: Codec.Codec<unknown>): Format.Raised => [
      "e",
      at,
      this.#encoded(codec, error, "an error"),
      this.#value(state, site)
    ]
    switch (node._tag) {
      case "RunIO":
      case "SignalTo":
        return by(node.error)
      case "Child":
        return by(error instanceof ChildStopped ? node.stopped : node.workflow.error)
      default:
        return ["c", at, this.#value(state, site)]
    }
  }

  #encoded(codec: Codec.Codec<unknown>, value: unknown, what: string): Schema.Json {
    const encoded = codec.encode(value)
    if (Result.isSuccess(encoded)) return encoded.success
    throw new Refusal(this.#path, `${what} does not fit its schema: ${encoded.failure.message}`)
  }
}

const attempts = ({ attempt, lastError, notBefore, openedAt }: Attempts): Format.Attempts => [
  attempt,
  notBefore === Infinity ? null : notBefore,
  lastError ?? null,
  openedAt
]
