/** Several things side by side. */
import * as workflows from "../workflows.ts"
import type { Case } from "./case.ts"

export const forks: { readonly [sentence: string]: Case } = {
  "a parallel forks into a group for each branch and joins them": {
    file: "parallel",
    workflow: workflows.parallel,
    nodes: [
      "start Example",
      "fork fork",
      "step pack in [goods]",
      "step label in [goods]",
      "step charge in [money]",
      "join join",
      "step ship",
      "completed completed"
    ],
    edges: [
      "Example -> fork",
      "fork -> pack",
      "pack -> label",
      "label -> join",
      "fork -> charge",
      "charge -> join",
      "join -> ship",
      "ship -> completed"
    ],
    groups: ["branch [goods]", "branch [money]"]
  },
  "where branches settle, their failures come together with all the rest": {
    file: "parallel-settle",
    workflow: workflows.parallelSettle,
    nodes: [
      "start Example",
      "fork fork",
      "step pack in [goods]",
      "step charge in [money]",
      "join all settled",
      "step count",
      "completed completed"
    ],
    edges: [
      "Example -> fork",
      "fork -> pack",
      "pack -> all settled",
      "pack !> all settled : NoStock",
      "fork -> charge",
      "charge -> all settled",
      "charge !> all settled : TooMuch",
      "all settled -> count",
      "count -> completed"
    ],
    groups: ["branch [goods]", "branch [money]"]
  },
  "a condition gives up the branches that would go on": {
    file: "parallel-until",
    workflow: workflows.parallelUntil,
    nodes: [
      "start Example",
      "fork fork",
      "signal vote in [votes]",
      "fail no quorum in [votes]",
      "timer limit | 1h 30m in [limit]",
      "join until a condition holds",
      "step count",
      "completed completed",
      "failed failed"
    ],
    edges: [
      "Example -> fork",
      "fork -> vote",
      "vote -> no quorum",
      "[votes] ?> until a condition holds : given up",
      "fork -> limit | 1h 30m",
      "limit | 1h 30m -> until a condition holds",
      "until a condition holds -> count",
      "count -> completed",
      "no quorum !> failed : NoStock"
    ],
    groups: ["branch [votes]", "branch [limit]"]
  },
  "a body for each item is a group that says how many run at once": {
    file: "for-each",
    workflow: workflows.forEach,
    nodes: [
      "start Example",
      "fork fork",
      "step pack in [for each: parcels]",
      "step label in [for each: parcels]",
      "join join",
      "fork fork",
      "step stamp in [for each: letters, 10 at once]",
      "join all settled",
      "fork fork",
      "fail fail in [for each: refusals, one at a time]",
      "join join",
      "completed completed",
      "failed failed"
    ],
    edges: [
      "Example -> fork",
      "fork -> pack",
      "pack -> label",
      "label -> join",
      "join -> fork",
      "fork -> stamp",
      "stamp -> all settled",
      "stamp !> all settled : TooMuch",
      "all settled -> fork",
      "fork -> fail",
      "fork -> join : no items",
      "join -> completed",
      "pack !> failed : NoStock",
      "fail !> failed : NoStock"
    ],
    groups: [
      "forEach [for each: parcels]",
      "forEach [for each: letters, 10 at once]",
      "forEach [for each: refusals, one at a time]"
    ]
  },
  "a race goes on from the first success; where all fail, it fails as the first branch": {
    file: "race",
    workflow: workflows.race,
    nodes: [
      "start Example",
      "fork fork",
      "step pack in [goods]",
      "step charge in [money]",
      "winner first success",
      "pure recover",
      "step ship",
      "completed completed"
    ],
    edges: [
      "Example -> fork",
      "fork -> pack",
      "pack -> first success",
      "pack !> first success : NoStock",
      "fork -> charge",
      "charge -> first success",
      "charge !> first success : TooMuch",
      "first success !> recover : NoStock",
      "first success -> ship",
      "recover -> ship",
      "ship -> completed"
    ],
    groups: ["branch [goods]", "branch [money]"]
  },
  "a race of which one branch cannot fail does not": {
    file: "race-cannot-fail",
    workflow: workflows.raceThatCannotFail,
    nodes: [
      "start Example",
      "fork fork",
      "step pack in [goods]",
      "step charge in [money]",
      "winner first success",
      "step ship",
      "completed completed"
    ],
    edges: [
      "Example -> fork",
      "fork -> pack",
      "pack -> first success",
      "pack !> first success : NoStock",
      "fork -> charge",
      "charge -> first success",
      "first success -> ship",
      "ship -> completed"
    ],
    groups: ["branch [goods]", "branch [money]"]
  },
  "a race of the first to settle fails as the first failure": {
    file: "race-first",
    workflow: workflows.raceFirst,
    nodes: [
      "start Example",
      "fork fork",
      "step pack in [goods]",
      "step charge in [money]",
      "winner first to settle",
      "pure recover",
      "step ship",
      "completed completed"
    ],
    edges: [
      "Example -> fork",
      "fork -> pack",
      "pack -> first to settle",
      "pack !> first to settle : NoStock",
      "fork -> charge",
      "charge -> first to settle",
      "charge !> first to settle : TooMuch",
      "first to settle !> recover : NoStock, TooMuch",
      "first to settle -> ship",
      "recover -> ship",
      "ship -> completed"
    ],
    groups: ["branch [goods]", "branch [money]"]
  }
}
