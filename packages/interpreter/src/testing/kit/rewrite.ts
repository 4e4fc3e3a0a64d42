/**
 * A workflow with something else in the place of its steps: the same value, rebuilt node by node.
 *
 * Names, schemas and functions of state stay as they are, so the machine goes the same way and writes the same journal.
 * Parts that are computed during the run are rewritten as they are made. The stage uses it to put stubs in and to look on.
 */
import { Node, type Workflow } from "@waymark/core"
import * as Predicate from "effect/Predicate"

/** What stands in the place of the nodes that have to do with the outside. */
export interface Edit {
  readonly runIO: (node: Node.RunIO) => Node.RunIO
  readonly handleSignal: (node: Node.HandleSignal) => Node.HandleSignal
  /** The workflow to start instead, as it is; `undefined` where the child's own is to be rewritten. */
  readonly child: (node: Node.Child) => Workflow.Any | undefined
}

/** A copy of a node with other fields: it has what makes it a node from the one that it is like. */
export const like = <N extends Node.Node>(node: N, fields: Partial<N>): N =>
  Object.freeze(Object.assign(Object.create(Object.getPrototypeOf(node) as object) as N, node, fields))

type Parts = ReadonlyArray<Node.Folded<Node.Node>>

/** The part at a position. */
const at = (parts: Parts, position: number): Node.Node => {
  const part = parts[position]
  if (part === undefined) throw new RangeError(`there is no part ${position}`)
  return part.value
}

/** What a function of the definition has given: anything, where it is not written in TypeScript. */
const checked = (node: Node.Node): Node.Node => Node.of(node as never)

const keep = (node: Node.Node): Node.Node => node

const ofBody = (node: Node.Node & { readonly body: Node.Node }, parts: Parts): Node.Node =>
  like<typeof node>(node, { body: at(parts, 0) })

/** Rewrites workflows, each of them and each function in them once. */
export class Rewriter {
  readonly #algebra: Node.Algebra<Node.Node>
  readonly #nodes = new WeakMap<Node.Node, Node.Node>()
  // The machine knows a recursion by its function, so the same function has to become the same one.
  readonly #functions = new WeakMap<Node.FlatMap["f"], Node.FlatMap["f"]>()
  readonly #workflows = new Map<Workflow.Any, Workflow.Any>()
  readonly #instead = new Set<Workflow.Any>()

  constructor(edit: Edit) {
    this.#algebra = {
      AndThen: (node, parts) =>
        parts.map(({ value }) => value).reduceRight((second, first) => like(node, { first, second })),
      AnswerQuery: ofBody,
      Await: keep,
      Branch: (node, parts) =>
        like(node, {
          cases: node.cases.map((one, index) => ({ ...one, then: at(parts, index) })),
          otherwise: at(parts, node.cases.length)
        }),
      Catch: (node, parts) => like(node, { body: at(parts, 0), handler: at(parts, 1) }),
      Checkpoint: keep,
      Child: (node) => like(node, { workflow: this.#child(node, edit) }),
      Compensate: (node, parts) => like(node, { body: at(parts, 0), undo: at(parts, 1) }),
      ContinueAsNew: keep,
      Draft: keep,
      Embed: ofBody,
      Fail: keep,
      FlatMap: (node) => like(node, { f: this.#function(node.f) }),
      ForEach: ofBody,
      Gen: (node) => like(node, { body: (state) => this.#iterator(node.body(state)) }),
      HandleSignal: (node) => edit.handleSignal(node),
      InterruptWith: (node, parts) => like(node, { body: at(parts, 0), interruption: at(parts, 1) }),
      Loop: ofBody,
      Machine: (node, parts) =>
        like(node, {
          states: Object.fromEntries(Object.keys(node.states).map((name, index) => [name, at(parts, index)]))
        }),
      Match: (node, parts) =>
        like(node, { cases: Object.fromEntries(Object.keys(node.cases).map((tag, index) => [tag, at(parts, index)])) }),
      OnCancel: (node, parts) => like(node, { body: at(parts, 0), handler: at(parts, 1) }),
      Parallel: (node, parts) =>
        like(node, { branches: node.branches.map(({ key }, index) => ({ key, body: at(parts, index) })) }),
      Pure: keep,
      Race: (node, parts) =>
        like(node, { branches: node.branches.map(({ key }, index) => ({ key, body: at(parts, index) })) }),
      RunIO: (node) => edit.runIO(node),
      Saga: ofBody,
      SignalTo: keep,
      Uncancellable: ofBody,
      Version: (node, parts) => like(node, { before: at(parts, 0), after: at(parts, 1) })
    }
  }

  /** All workflows that were rewritten so far, as they are now: those that an engine has to host. */
  get workflows(): ReadonlyArray<Workflow.Any> {
    return [...this.#workflows.values(), ...this.#instead]
  }

  workflow(workflow: Workflow.Any): Workflow.Any {
    const known = this.#workflows.get(workflow)
    if (known !== undefined) return known
    const rewritten = Object.freeze({ ...workflow, body: this.#node(workflow.body) })
    this.#workflows.set(workflow, rewritten)
    return rewritten
  }

  #child(node: Node.Child, edit: Edit): Workflow.Any {
    const instead = edit.child(node)
    if (instead === undefined) return this.workflow(node.workflow)
    this.#instead.add(instead)
    return instead
  }

  #node(node: Node.Node): Node.Node {
    const known = this.#nodes.get(node)
    if (known !== undefined) return known
    const rewritten = Node.fold(node, this.#algebra)
    this.#nodes.set(node, rewritten)
    return rewritten
  }

  #function(f: Node.FlatMap["f"]): Node.FlatMap["f"] {
    const known = this.#functions.get(f)
    if (known !== undefined) return known
    const rewritten: Node.FlatMap["f"] = (state) => this.#node(checked(f(state)))
    this.#functions.set(f, rewritten)
    return rewritten
  }

  #iterator(iterator: ReturnType<Node.Gen["body"]>): ReturnType<Node.Gen["body"]> {
    // What is no generator, or yields no part, is for the machine to complain about.
    if (!Predicate.hasProperty(iterator, "next")) return iterator
    return {
      next: (given: unknown) => {
        const yielded = iterator.next(given)
        if (yielded.done === true || !Predicate.hasProperty(yielded.value, "node")) return yielded
        const { node, state } = yielded.value
        return { done: false, value: { node: this.#node(checked(node)), state } }
      }
    }
  }
}
