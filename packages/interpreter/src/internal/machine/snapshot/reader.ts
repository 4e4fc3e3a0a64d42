/** Reads a position that was written down, in the definition it was written for. */
import { Codec, Failure, Node, Product, type Workflow } from "@waymark/core"
import * as Result from "effect/Result"
import { rememberOrigin } from "../compose.ts"
import { codecAt, inputCodecAt } from "./context.ts"
import * as Done from "../done.ts"
import { partOf } from "../enter.ts"
import * as Generated from "../generated.ts"
import * as Keys from "../keys.ts"
import type { Machine } from "../machine.ts"
import * as Site from "../site.ts"
import type * as Format from "./format.ts"
import { shapeOfTree } from "./shape.ts"
import { isJson, isList, isRecord } from "./whole.ts"
import {
  armed as makeArmed,
  frame as makeFrame,
  hasEnded,
  thread as makeThread,
  type Armed,
  type Attempts,
  type Cut,
  type ForkLeaf,
  type Frame,
  type Job,
  type Leaf,
  type Memory,
  type Origin,
  type Then,
  type Thread,
  type Undo
} from "../thread.ts"
import * as Trie from "../trie.ts"
import type { Remark } from "../turn.ts"

/** Why a snapshot does not fit. */
export class Mismatch extends Error {}

const fail = (reason: string): never => {
  throw new Mismatch(reason)
}

const UNREADABLE = "a state in it was not written like that"

/** The node of a site, which has to be of a kind. */
const as = <Tag extends Node.Node["_tag"]>(
  site: Site.Site,
  ...tags: ReadonlyArray<Tag>
): Extract<Node.Node, { readonly _tag: Tag }> => {
  const { node } = site
  return (tags as ReadonlyArray<string>).includes(node._tag)
    ? (node as Extract<Node.Node, { readonly _tag: Tag }>)
    : fail(`it has a ${tags.join(" or ")} where the definition has a ${node._tag}`)
}

const attempts = ([attempt, notBefore, lastError, openedAt]: Format.Attempts): Attempts => ({
  attempt,
  notBefore: notBefore ?? Infinity,
  lastError: lastError ?? undefined,
  openedAt
})

export class Reader {
  readonly #workflow: Workflow.Any
  readonly #snapshot: Format.Snapshot
  readonly #top: Site.Site
  readonly #input: unknown
  readonly #trees = new Map<number, Site.Site>()
  readonly #activations = new Map<number, Generated.Activation>()
  readonly #places = new Map<string, ReturnType<typeof Generated.restore>>()

  constructor(workflow: Workflow.Any, snapshot: Format.Snapshot) {
    this.#workflow = workflow
    this.#snapshot = snapshot
    this.#top = Site.root(workflow)
    this.#input = this.#decoded(workflow.input, snapshot.input, "the input")
  }

  machine(): Machine {
    const {
      children = [],
      closed,
      instance,
      length,
      orders = 0,
      parent,
      remarks: remembered = [],
      run,
      startedAt,
      stopping,
      trail
    } = this.#snapshot
    let counters = Trie.empty<number>()
    for (let index = 0; index < trail.length; index += 2) {
      const site =
        Site.numbered(this.#top, trail[index] as number) ?? fail("it counts a step that the definition lacks")
      counters = Trie.set(counters, site.counter, trail[index + 1] as number, undefined)
    }
    let remarks = Trie.empty<Remark>()
    for (const [number, remark] of remembered) {
      const site = Site.numbered(this.#top, number) ?? fail("it speaks of a step that the definition lacks")
      remarks = Trie.set(remarks, site.counter, remark, undefined)
    }
    return {
      workflow: this.#workflow,
      id: instance,
      run,
      length,
      info: Object.freeze({ instance, run, startedAt }),
      parent,
      input: this.#input,
      root: this.#threads(),
      trail: counters,
      remarks,
      children,
      orders,
      stopping,
      closed
    }
  }

  /** The threads from the last to the first: a fork comes before its branches. */
  #threads(): Thread {
    const { threads } = this.#snapshot
    const around: Array<Site.Site | undefined> = []
    for (const [index, { leaf }] of threads.entries()) {
      if (leaf[0] !== "fork") continue
      const site = this.#site(leaf[1])
      for (const branch of leaf[2].threads) if (branch > index) around[branch] = site
    }
    const made: Array<Thread> = []
    for (let index = threads.length - 1; index >= 0; index--) {
      made[index] = this.#thread(threads[index] as Format.Thread, around[index], made)
    }
    return made[0] ?? fail("it has no threads")
  }

  #thread(thread: Format.Thread, around: Site.Site | undefined, made: ReadonlyArray<Thread>): Thread {
    const { nested = false, ordinal, path } = thread
    let stack: Frame | undefined
    const frames: Array<Frame> = []
    for (const frame of (thread.stack ?? []).toReversed()) {
      stack = this.#frame(frame, stack)
      frames.unshift(stack)
    }
    let armed: Armed | undefined
    for (const entry of (thread.armed ?? []).toReversed()) armed = this.#armed(entry, frames, armed)
    let undos: Undo | undefined
    for (const [at, state, order] of (thread.undos ?? []).toReversed()) {
      const site = this.#site(at)
      undos = { site, state: this.#value(state, site), order, next: undos }
    }
    let cut: Cut | undefined
    for (const one of (thread.cuts ?? []).toReversed()) cut = this.#cut(one, frames, around, cut)
    const leaf = this.#leaf(thread.leaf, around, made)
    return makeThread(path, ordinal, leaf, { stack, armed, undos, cut, nested })
  }

  #frame([at, position, memory]: Format.Frame, next: Frame | undefined): Frame {
    const site = this.#site(at)
    return makeFrame(site, position, next, memory === undefined ? undefined : this.#memory(memory, site))
  }

  #memory(memory: Format.Memory, site: Site.Site): Memory {
    switch (memory[0]) {
      case "scope":
        return { _tag: "Scope", order: memory[1], nested: memory[2] }
      case "outer":
        return { _tag: "Outer", state: this.#value(memory[1], site) }
      case "gen":
        return this.#place(memory[1], memory[2]).at
      case "jobs": {
        let jobs: Job | undefined
        for (const job of memory[1].toReversed()) jobs = this.#job(job, site, jobs)
        return { _tag: "Unwinding", jobs, then: this.#then(memory[2], site) }
      }
    }
  }

  #job(job: Format.Job, around: Site.Site, next: Job | undefined): Job {
    if (job[0] === "close") return { _tag: "Close", child: job[1], state: this.#value(job[2], around), next }
    const site = this.#site(job[1])
    return { _tag: "Run", site, state: this.#value(job[2], site), next }
  }

  #then(then: Format.Then, site: Site.Site | undefined): Then {
    const state = this.#value(then[1], site)
    switch (then[0]) {
      case "give":
        return { _tag: "Done", state }
      case "raise":
        return { _tag: "Failed", state, ...this.#raised(then[2]) }
      case "cut":
        return { _tag: "Cut", state }
      case "continue":
        return { _tag: "Continue", state, input: this.#nextInput(then[2]) }
    }
  }

  #nextInput(json: unknown): unknown {
    return this.#decoded(this.#workflow.input, json, "the input of the next run")
  }

  #armed(entry: Format.Armed, frames: ReadonlyArray<Frame>, next: Armed | undefined): Armed {
    const [at, ordinal, index, value, due, recorded] = entry
    const frame = frames[at] ?? fail("it has an interruption without its body")
    as(frame.site, "InterruptWith")
    const site = Site.trigger(frame.site)
    const state = this.#value(value, site)
    const leaf: Armed["leaf"] =
      due === undefined
        ? { _tag: "Signal", site, node: as(site, "HandleSignal"), state }
        : { _tag: "Timer", site, node: as(site, "Await"), state, due, recorded: recorded === true }
    return makeArmed(leaf, frame, ordinal, index, next)
  }

  #cut(
    [at, continues, undoes, then]: Format.Cut,
    frames: ReadonlyArray<Frame>,
    around: Site.Site | undefined,
    outer: Cut | undefined
  ): Cut {
    const target = at === -1 ? undefined : (frames[at] ?? fail("it is cut down to a frame that is not there"))
    const rest = target?.next
    const trigger = target === undefined ? undefined : Site.trigger(target.site)
    const stack = continues && trigger?.parent !== undefined ? makeFrame(trigger.parent, 1, rest) : rest
    return {
      target,
      stack,
      undoes,
      outer,
      then: then[0] === "cut" ? { _tag: "Cut", state: undefined } : this.#then(then, target?.site ?? around)
    }
  }

  #leaf(leaf: Format.Leaf, around: Site.Site | undefined, made: ReadonlyArray<Thread>): Leaf {
    switch (leaf[0]) {
      case "continue":
        return { _tag: "Continue", state: this.#value(leaf[1], around), input: this.#nextInput(leaf[2]) }
      case "done":
        return { _tag: "Done", state: this.#value(leaf[1], around) }
      case "failed":
        return { _tag: "Failed", state: this.#value(leaf[1], around), ...this.#raised(leaf[2]) }
      case "cut":
        return { _tag: "Cut", state: this.#value(leaf[1], around) }
      case "fork":
        return this.#fork(this.#site(leaf[1]), leaf[2], made)
      default:
        return this.#step(leaf)
    }
  }

  #step(leaf: Exclude<Format.Leaf, readonly ["continue" | "done" | "failed" | "cut" | "fork", ...unknown[]]>): Leaf {
    const site = this.#site(leaf[1])
    const state = this.#value(leaf[2], site)
    switch (leaf[0]) {
      case "run":
        return { _tag: "RunIO", site, node: as(site, "RunIO"), state, ...attempts(leaf[3]) }
      case "signal":
        return { _tag: "Signal", site, node: as(site, "HandleSignal"), state }
      case "timer":
        return { _tag: "Timer", site, node: as(site, "Await"), state, due: leaf[3], recorded: leaf[4] }
      case "child":
        return {
          _tag: "Child",
          site,
          node: as(site, "Child"),
          state,
          ...attempts(leaf[3]),
          id: leaf[4],
          started: leaf[5]
        }
      case "send":
        return { _tag: "Send", site, node: as(site, "SignalTo"), state, ...attempts(leaf[3]), to: leaf[4] }
      case "close": {
        const child = leaf[4]
        return {
          _tag: "Close",
          site,
          node: { _tag: "Close", name: child.workflow },
          state,
          ...attempts(leaf[3]),
          child
        }
      }
      case "version":
        return { _tag: "Version", site, node: as(site, "Version"), state }
      case "checkpoint":
        return { _tag: "Checkpoint", site, node: as(site, "Checkpoint"), state }
    }
  }

  #fork(site: Site.Site, fork: Format.Fork, made: ReadonlyArray<Thread>): ForkLeaf {
    const { closing, input, ordinal, waiting = [] } = fork
    const threads = fork.threads.map((index) => Done.shrunk(made[index] ?? fail("a branch of a fork is missing")))
    // What was entered is not started from again.
    const starts = [...threads.map(() => undefined), ...waiting.map((state) => this.#value(state, site))]
    const keys = fork.keys === undefined ? site.keys : Keys.of(fork.keys)
    return {
      _tag: "Fork",
      site,
      node: as(site, "Parallel", "Race", "ForEach"),
      input: input === undefined ? undefined : this.#value(input, site),
      ordinal,
      keys,
      starts: fork.keys === undefined ? undefined : starts,
      threads: Trie.from(threads, undefined),
      // A decided fork has given up those that waited.
      live: threads.filter(({ leaf }) => !hasEnded(leaf)).length + (closing === undefined ? waiting.length : 0),
      record: undefined,
      closing:
        closing === undefined
          ? undefined
          : closing[0] === "cut"
            ? { _tag: "Cut", state: undefined }
            : this.#then(closing, site)
    }
  }

  #site(at: Format.SiteRef): Site.Site {
    const [top, number] = typeof at === "number" ? [this.#top, at] : [this.#tree(at[0]), at[1]]
    return Site.numbered(top, number) ?? fail("it stands at a node that the definition lacks")
  }

  /** The root of a computed workflow: its function is run again with what it was given. */
  #tree(index: number): Site.Site {
    const known = this.#trees.get(index)
    if (known !== undefined) return known
    const source = this.#snapshot.sources?.[index] ?? fail("what has computed a part of it is missing")
    const tree = source[0] === "computed" ? this.#computed(source[1], source[2]) : this.#yielded(source[1], source[2])
    if (shapeOfTree(tree) !== source[3]) fail("a function of the definition computes another part by now")
    this.#trees.set(index, tree)
    return tree
  }

  #computed(at: Format.SiteRef, value: Format.Value): Site.Site {
    const site = this.#site(at)
    const state = this.#value(value, site)
    return Site.computed(site, Node.of(as(site, "FlatMap").f(state) as never), state)
  }

  #yielded(activation: number, position: number): Site.Site {
    const { at, yielded } = this.#place(activation, position)
    if (yielded.done === true) return fail("a generator ends earlier than it did")
    return Site.yielded(at.activation.site, partOf(yielded.value).node, at)
  }

  /** A generator after so many of the results that it was given. */
  #place(index: number, position: number): ReturnType<typeof Generated.restore> {
    const key = `${index}.${position}`
    const known = this.#places.get(key)
    if (known !== undefined) return known
    const [at, , results] = this.#snapshot.activations?.[index] ?? fail("a generator that it is in is missing")
    const activation = this.#activation(index)
    const states = results.slice(0, position).map((result) => this.#value(result, this.#site(at)))
    const place = Generated.restore(activation, states)
    this.#places.set(key, place)
    return place
  }

  #activation(index: number): Generated.Activation {
    const known = this.#activations.get(index)
    if (known !== undefined) return known
    const [at, input, results, digest] =
      this.#snapshot.activations?.[index] ?? fail("a generator that it is in is missing")
    const site = this.#site(at)
    const activation = { site, node: as(site, "Gen"), input: this.#value(input, site) }
    const whole = Generated.restore(
      activation,
      results.map((result) => this.#value(result, site))
    )
    if (whole.at.digest !== digest) fail("a generator of the definition yields other parts by now")
    this.#activations.set(index, activation)
    return activation
  }

  #value(value: Format.Value, site: Site.Site | undefined): unknown {
    switch (value[0]) {
      case "s":
        return this.#decoded(codecAt(this.#workflow, site), value[1], "a state")
      case "n":
        return this.#decoded(inputCodecAt(this.#workflow, site), value[1], "an input")
      case "i":
        return this.#input
      case "j":
        return isJson(value[1]) ? value[1] : fail(UNREADABLE)
      case "l":
        return isList(value[1]) ? value[1].map((part) => this.#value(part, site)) : fail(UNREADABLE)
      case "r":
        return this.#parts(value[1], site)
      case "p":
        return Product.make(this.#parts(value[1], site))
      case "f": {
        const { error, origin } = this.#raised(value[2])
        const failure = Failure.make(this.#value(value[1], site), error)
        rememberOrigin(failure, origin)
        return failure
      }
      default:
        return fail(UNREADABLE)
    }
  }

  #parts(
    parts: { readonly [key: string]: Format.Value },
    site: Site.Site | undefined
  ): Readonly<Record<string, unknown>> {
    if (!isRecord(parts)) return fail(UNREADABLE)
    return Object.fromEntries(Object.entries(parts).map(([key, part]) => [key, this.#value(part, site)]))
  }

  #raised(raised: Format.Raised): { readonly error: unknown; readonly origin: Origin } {
    const site = this.#site(raised[1])
    if (raised[0] === "c") {
      const state = this.#value(raised[2], site)
      return { error: as(site, "Fail").f(state), origin: { site, state } }
    }
    const node = as(site, "RunIO", "SignalTo", "Child")
    const isStopped = Codec.tagOf(raised[2]) === "ChildStopped"
    const codec = node._tag !== "Child" ? node.error : isStopped ? node.stopped : node.workflow.error
    const error = this.#decoded(codec, raised[2], "an error")
    return { error, origin: { site, state: this.#value(raised[3], site) } }
  }

  #decoded(codec: Codec.Codec<unknown>, json: unknown, what: string): unknown {
    const decoded = codec.decode(json)
    return Result.isSuccess(decoded)
      ? decoded.success
      : fail(`${what} does not fit its schema: ${decoded.failure.message}`)
  }
}
