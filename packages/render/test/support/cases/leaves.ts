/** The nodes without parts. */
import * as workflows from "../workflows.ts"
import type { Case } from "./case.ts"

export const leaves: { readonly [sentence: string]: Case } = {
  "a pure change is a node, by its name or as a dot": {
    file: "pure",
    workflow: workflows.pure,
    nodes: ["start Example", "pure add one", "pure pure", "completed completed"],
    edges: ["Example -> add one", "add one -> pure", "pure -> completed"]
  },
  "a failure that nothing handles leads to the failed end, and nothing goes on from it": {
    file: "fail",
    workflow: workflows.fail,
    nodes: ["start Example", "fail too much", "failed failed"],
    edges: ["Example -> too much", "too much !> failed : TooMuch"]
  },
  "a step says how it is tried again and what it can fail with": {
    file: "run-io",
    workflow: workflows.runIO,
    nodes: [
      "start Example",
      "step charge | retry: 5 attempts, first after 1s, ×3, at most 1m, jitter 0.5, on TooMuch too",
      "completed completed",
      "failed failed"
    ],
    edges: [
      "Example -> charge | retry: 5 attempts, first after 1s, ×3, at most 1m, jitter 0.5, on TooMuch too",
      "charge | retry: 5 attempts, first after 1s, ×3, at most 1m, jitter 0.5, on TooMuch too -> completed",
      "charge | retry: 5 attempts, first after 1s, ×3, at most 1m, jitter 0.5, on TooMuch too !> failed : TooMuch"
    ]
  },
  "a signal has its name": {
    file: "handle-signal",
    workflow: workflows.handleSignal,
    nodes: ["start Example", "signal approve", "completed completed"],
    edges: ["Example -> approve", "approve -> completed"]
  },
  "a timer has its length, its instant, or neither where they are computed": {
    file: "await",
    workflow: workflows.awaits,
    nodes: [
      "start Example",
      "timer cooling off | 1h 30m",
      "timer new year | until 2030-01-01T00:00:00.000Z",
      "timer as long as it takes",
      "completed completed"
    ],
    edges: [
      "Example -> cooling off | 1h 30m",
      "cooling off | 1h 30m -> new year | until 2030-01-01T00:00:00.000Z",
      "new year | until 2030-01-01T00:00:00.000Z -> as long as it takes",
      "as long as it takes -> completed"
    ]
  },
  "what is computed at run time is one node": {
    file: "flat-map",
    workflow: workflows.flatMap,
    nodes: ["start Example", "step one", "dynamic decided at run time", "completed completed"],
    edges: ["Example -> one", "one -> decided at run time", "decided at run time -> completed"]
  },
  "a step says how long it may take": {
    file: "run-io-timeouts",
    workflow: workflows.limits,
    nodes: [
      "start Example",
      "step charge | timeouts: 10s to start, 1m an attempt, 1h in all, 5s between heartbeats",
      "completed completed"
    ],
    edges: [
      "Example -> charge | timeouts: 10s to start, 1m an attempt, 1h in all, 5s between heartbeats",
      "charge | timeouts: 10s to start, 1m an attempt, 1h in all, 5s between heartbeats -> completed"
    ]
  },
  "a recorded value is a step": {
    file: "side-effect",
    workflow: workflows.recorded,
    nodes: ["start Example", "step draw", "step received at", "step order number", "completed completed"],
    edges: ["Example -> draw", "draw -> received at", "received at -> order number", "order number -> completed"]
  },
  "a generator is one node, by its name if it has one": {
    file: "gen",
    workflow: workflows.gen,
    nodes: ["start Example", "dynamic total", "dynamic decided at run time", "completed completed"],
    edges: ["Example -> total", "total -> decided at run time", "decided at run time -> completed"]
  },
  "a child is drawn with its workflow, and fails as that does or when it is stopped; if it is not awaited, not at all":
    {
      file: "child",
      workflow: workflows.child,
      nodes: [
        "start Example",
        "child Parcel",
        "timer on its way | 2d in [workflow Parcel]",
        "child send back | workflow Parcel | not awaited",
        "pure look for it",
        "completed completed",
        "failed failed"
      ],
      edges: [
        "Example -> Parcel",
        "Parcel *> on its way | 2d : starts",
        "Parcel -> send back | workflow Parcel | not awaited",
        "Parcel !> look for it : ChildStopped",
        "send back | workflow Parcel | not awaited -> completed",
        "look for it -> completed",
        "Parcel !> failed : NoStock"
      ],
      groups: ["child [workflow Parcel]"]
    },
  "a signal that is sent names who gets it, and may not be delivered": {
    file: "signal-to",
    workflow: workflows.signalTo,
    nodes: ["start Example", "send arrived | to Parcel", "pure call", "completed completed"],
    edges: [
      "Example -> arrived | to Parcel",
      "arrived | to Parcel !> call : NotDelivered",
      "arrived | to Parcel -> completed",
      "call -> completed"
    ]
  },
  "a checkpoint is a mark on the way": {
    file: "checkpoint",
    workflow: workflows.checkpoint,
    nodes: ["start Example", "step prepare", "checkpoint checkpoint: prepared", "step ship", "completed completed"],
    edges: [
      "Example -> prepare",
      "prepare -> checkpoint: prepared",
      "checkpoint: prepared -> ship",
      "ship -> completed"
    ]
  },
  "continuing as new is an end of its own": {
    file: "continue-as-new",
    workflow: workflows.continueAsNew,
    nodes: [
      "start Example",
      "timer a while | 1h 30m",
      "choice enough?",
      "continued continue as new",
      "step report",
      "completed completed"
    ],
    edges: [
      "Example -> a while | 1h 30m",
      "a while | 1h 30m -> enough?",
      "enough? -> continue as new : not yet",
      "enough? -> report : otherwise",
      "report -> completed"
    ]
  },
  "a draft has a place and a name": {
    file: "draft",
    workflow: workflows.draft,
    nodes: ["start Example", "step pack", "draft ship", "step report", "completed completed"],
    edges: ["Example -> pack", "pack -> ship", "ship -> report", "report -> completed"]
  }
}
