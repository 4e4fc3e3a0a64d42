/** One thing after the other, or instead of it. */
import * as workflows from "../workflows.ts"
import type { Case } from "./case.ts"

export const roads: { readonly [sentence: string]: Case } = {
  "a sequence is a chain": {
    file: "and-then",
    workflow: workflows.andThen,
    nodes: ["start Example", "step one", "step two", "step three", "completed completed"],
    edges: ["Example -> one", "one -> two", "two -> three", "three -> completed"]
  },
  "a match has a road for each tag, and they come together": {
    file: "match",
    workflow: workflows.match,
    nodes: [
      "start Example",
      "pure measure",
      "choice how large?",
      "pure let it pass",
      "pure look closer",
      "step ship",
      "completed completed"
    ],
    edges: [
      "Example -> measure",
      "measure -> how large?",
      "how large? -> let it pass : Small",
      "how large? -> look closer : Large",
      "let it pass -> ship",
      "look closer -> ship",
      "ship -> completed"
    ]
  },
  "a branch has a road for each case and one for the rest": {
    file: "branch",
    workflow: workflows.branch,
    nodes: [
      "start Example",
      "choice how much?",
      "signal approve",
      "fail nothing",
      "step ship",
      "completed completed",
      "failed failed"
    ],
    edges: [
      "Example -> how much?",
      "how much? -> approve : over 100",
      "how much? -> nothing : none at all",
      "how much? -> ship : otherwise",
      "approve -> completed",
      "ship -> completed",
      "nothing !> failed : NoStock"
    ]
  },
  "a loop goes round again from the end of its body": {
    file: "loop",
    workflow: workflows.loop,
    nodes: [
      "start Example",
      "step remind in [until paid]",
      "timer a while | 1h 30m in [until paid]",
      "again again? in [until paid]",
      "step thank",
      "completed completed"
    ],
    edges: [
      "Example -> remind",
      "remind -> a while | 1h 30m",
      "a while | 1h 30m -> again?",
      "again? ~> remind : again",
      "again? -> thank",
      "thank -> completed"
    ],
    groups: ["loop [until paid]"]
  },
  "a catch is reached from each step that can fail, and from no other": {
    file: "catch",
    workflow: workflows.catches,
    nodes: [
      "start Example",
      "step look up",
      "step reserve",
      "step charge",
      "dynamic decided at run time",
      "pure apologize",
      "step report",
      "completed completed"
    ],
    edges: [
      "Example -> look up",
      "look up -> reserve",
      "reserve -> charge",
      "charge -> decided at run time",
      "reserve !> apologize : NoStock",
      "charge !> apologize : TooMuch",
      "decided at run time !> apologize : failure",
      "decided at run time -> report",
      "apologize -> report",
      "report -> completed"
    ]
  },
  "a catch of one tag lets the others pass": {
    file: "catch-tag",
    workflow: workflows.catchTag,
    nodes: ["start Example", "step reserve", "step charge", "pure order more", "completed completed", "failed failed"],
    edges: [
      "Example -> reserve",
      "reserve -> charge",
      "reserve !> order more : NoStock",
      "charge -> completed",
      "order more -> completed",
      "charge !> failed : TooMuch"
    ]
  },
  "a version has a road for those that came before the change, and one for all others": {
    file: "version",
    workflow: workflows.version,
    nodes: [
      "start Example",
      "choice longer wait",
      "timer an hour and a half | 1h 30m",
      "step ask",
      "step ship",
      "completed completed"
    ],
    edges: [
      "Example -> longer wait",
      "longer wait -> an hour and a half | 1h 30m : before the change",
      "longer wait -> ask : after the change",
      "an hour and a half | 1h 30m -> ship",
      "ask -> ship",
      "ship -> completed"
    ]
  },
  "a machine is entered in its first state; where a state ends, it goes to any of them or leaves": {
    file: "machine",
    workflow: workflows.machine,
    nodes: [
      "start Example",
      "signal verdict in [reading]",
      "pure pure in [reading]",
      "step write in [writing]",
      "step check in [writing]",
      "pure pure in [writing]",
      "fail lost in [lost]",
      "goto where to? in [review]",
      "step publish",
      "completed completed",
      "failed failed"
    ],
    edges: [
      "Example -> write",
      "verdict -> pure",
      "write -> check",
      "check -> pure",
      "pure -> where to?",
      "pure -> where to?",
      "where to? => verdict : reading",
      "where to? => write : writing",
      "where to? => lost : lost",
      "where to? -> publish",
      "publish -> completed",
      "lost !> failed : NoStock"
    ],
    groups: [
      "machine [review]",
      "state [reading] in [review]",
      "state [writing] in [review]",
      "state [lost] in [review]"
    ]
  },
  "a machine that says its ways has them between the frames of its states": {
    file: "machineWithWays",
    workflow: workflows.machineWithWays,
    nodes: [
      "start Example",
      "signal verdict in [reading]",
      "pure pure in [reading]",
      "step write in [writing]",
      "pure pure in [writing]",
      "fail lost in [review]",
      "step publish",
      "completed completed",
      "failed failed"
    ],
    edges: [
      "Example -> write",
      "verdict -> pure",
      "write -> pure",
      "pure -> write : refused",
      "pure -> verdict",
      "pure -> write : once more",
      "pure -> publish : accepted",
      "publish -> completed",
      "lost !> failed : NoStock"
    ],
    groups: ["machine [review]", "state [reading] in [review]", "state [writing] in [review]"]
  }
}
