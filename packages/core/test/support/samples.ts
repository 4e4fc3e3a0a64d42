/** One of each node, every function of it given by the test. */
import { Schema } from "effect"
import { Node, Query, Signal, WIO, Workflow } from "@waymark/core"

/** The functions that a workflow author writes; a test that builds only expects none of them to be called. */
export interface Written {
  readonly state: () => never
  readonly effect: () => never
  readonly predicate: () => never
  readonly length: () => never
}

type Tag = Node.Node["_tag"]

/** A workflow value of each kind, built anew. */
export const build = ({ effect, length, predicate, state }: Written): { readonly [T in Tag]: WIO.Any } => {
  const pure = WIO.pure<unknown, unknown>(state, { name: "a pure" })
  const timer = WIO.await<unknown>("a timer", { for: length })
  const signal = Signal.make("a signal", { payload: Schema.String, reply: Schema.String, error: Schema.String })
  const workflow = Workflow.make("a workflow", {
    version: 1,
    input: Schema.Unknown,
    state: Schema.Unknown,
    body: pure
  })
  const handler = WIO.pure<WIO.Failure<unknown, unknown>, unknown>(state)
  return {
    AndThen: WIO.andThen(pure, pure),
    AnswerQuery: pure.pipe(WIO.query(Query.make("a query", { reply: Schema.String }), state)),
    Await: timer,
    Branch: WIO.branch(
      "a branch",
      { one: { when: predicate, then: pure }, two: { when: predicate, then: pure } },
      pure
    ),
    Catch: pure.pipe(WIO.catch(handler)),
    Checkpoint: WIO.checkpoint("a checkpoint", { state: Schema.Unknown }),
    Child: WIO.child(workflow, { name: "a child", id: state, input: state, apply: state }),
    Compensate: pure.pipe(WIO.compensateWith(pure)),
    ContinueAsNew: WIO.continueAsNew(state),
    Draft: WIO.draft("a draft"),
    Embed: WIO.embed(workflow, { in: state, state, out: state }),
    Fail: WIO.fail(state, { name: "a failure" }),
    FlatMap: pure.pipe(WIO.flatMap(state)),
    ForEach: WIO.forEach("a forEach", {
      items: state,
      key: state,
      body: pure,
      concurrency: 2,
      mode: "settle",
      join: state
    }),
    Gen: WIO.gen("a gen", state),
    HandleSignal: WIO.handleSignal(signal, { event: Schema.String, handle: effect, apply: state, reply: state }),
    InterruptWith: pure.pipe(WIO.interruptWith(timer)),
    Loop: WIO.loop("a loop", pure, { while: predicate }),
    Machine: WIO.machine("a machine", { initial: "one", states: { one: pure, two: pure } }),
    Match: WIO.match("a match", { One: pure, Two: pure }),
    OnCancel: pure.pipe(WIO.onCancel(pure)),
    Parallel: WIO.parallel({ left: pure, right: pure }, { fork: state, join: state, until: predicate }),
    Pure: pure,
    Race: WIO.race({ left: pure, right: pure }, { fork: state }),
    RunIO: WIO.runIO("a step", {
      event: Schema.String,
      error: Schema.TaggedStruct("Late", {}),
      run: effect,
      apply: state,
      retry: { initial: { seconds: 1 }, max: [60, 0], attempts: 3, while: ["Late"] },
      timeouts: { scheduleToStart: { days: 1 }, startToClose: "1 minute", scheduleToClose: [60, 0], heartbeat: 1000 }
    }),
    Saga: pure.pipe(WIO.saga),
    SignalTo: WIO.signalTo(workflow, state, signal, state),
    Uncancellable: pure.pipe(WIO.uncancellable),
    Version: WIO.version("a change", { before: pure, after: pure })
  }
}

/** Nodes that only need to exist: their functions are never called. */
export const step = (name: string): WIO.WIO<unknown, unknown> => WIO.await<unknown>(name, { for: 1 })
export const nameless: WIO.WIO<unknown, unknown> = WIO.pure((state: unknown) => state)

/** A sequence of at least one, nested to the left. */
export const sequence = (parts: ReadonlyArray<WIO.WIO<unknown, unknown>>): Node.Node =>
  Node.of(parts.reduce((before, next) => WIO.andThen(before, next)))

/** An algebra that treats all nodes alike. */
export const uniform = <A>(
  handler: (node: Node.Node, parts: ReadonlyArray<Node.Folded<A>>, at: string) => A
): Node.Algebra<A> => ({
  AndThen: handler,
  AnswerQuery: handler,
  Await: handler,
  Branch: handler,
  Catch: handler,
  Checkpoint: handler,
  Child: handler,
  Compensate: handler,
  ContinueAsNew: handler,
  Draft: handler,
  Embed: handler,
  Fail: handler,
  FlatMap: handler,
  ForEach: handler,
  Gen: handler,
  HandleSignal: handler,
  InterruptWith: handler,
  Loop: handler,
  Machine: handler,
  Match: handler,
  OnCancel: handler,
  Parallel: handler,
  Pure: handler,
  Race: handler,
  RunIO: handler,
  Saga: handler,
  SignalTo: handler,
  Uncancellable: handler,
  Version: handler
})
