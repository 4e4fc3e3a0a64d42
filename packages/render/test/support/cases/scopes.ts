/** What is put around a part. */
import { Withdrawal } from "../withdrawal.ts"
import * as workflows from "../workflows.ts"
import type { Case } from "./case.ts"

export const scopes: { readonly [sentence: string]: Case } = {
  "a query is a group around the part that answers it": {
    file: "query",
    workflow: workflows.query,
    nodes: ["start Example", "step one in [answers amount]", "step two", "completed completed"],
    edges: ["Example -> one", "one -> two", "two -> completed"],
    groups: ["query [answers amount]"]
  },
  "a signal cuts short the group it interrupts": {
    file: "interrupt-with-signal",
    workflow: workflows.interruptedBySignal,
    nodes: [
      "start Example",
      "step one in [interruptible]",
      "step two in [interruptible]",
      "signal cancel",
      "step clean up",
      "step report",
      "completed completed"
    ],
    edges: [
      "Example -> one",
      "one -> two",
      "[interruptible] ?> cancel : cancel",
      "cancel -> clean up",
      "two -> report",
      "clean up -> report",
      "report -> completed"
    ],
    groups: ["interruptible [interruptible]"]
  },
  "a timer cuts short the group it interrupts": {
    file: "interrupt-with-timer",
    workflow: workflows.interruptedByTimer,
    nodes: ["start Example", "signal approve in [interruptible]", "timer deadline | 1h 30m", "completed completed"],
    edges: [
      "Example -> approve",
      "[interruptible] ?> deadline | 1h 30m : deadline",
      "approve -> completed",
      "deadline | 1h 30m -> completed"
    ],
    groups: ["interruptible [interruptible]"]
  },
  "the withdrawal is drawn whole": {
    file: "withdrawal",
    workflow: Withdrawal,
    nodes: [
      "start Withdrawal",
      "step validate in [interruptible]",
      "step hold funds in [interruptible]",
      "timer cooling off | 1d in [interruptible]",
      "signal approve | by: string in [interruptible]",
      "step send in [interruptible]",
      "signal cancel | by: string in [answers status]",
      "pure pure in [answers status]",
      "completed completed"
    ],
    edges: [
      "Withdrawal -> validate",
      "validate -> hold funds",
      "hold funds -> cooling off | 1d",
      "cooling off | 1d -> approve | by: string",
      "approve | by: string -> send",
      "[interruptible] ?> cancel | by: string : cancel",
      "validate !> pure : TooLarge",
      "hold funds !> pure : NotEnoughFunds",
      "send -> completed",
      "cancel | by: string -> completed",
      "pure -> completed"
    ],
    groups: ["query [answers status]", "interruptible [interruptible] in [answers status]"]
  },
  "a saga is a group, and what undoes a part stands beside it": {
    file: "saga",
    workflow: workflows.saga,
    nodes: [
      "start Example",
      "step reserve in [saga]",
      "step release in [saga]",
      "step pack in [compensated]",
      "step label in [compensated]",
      "step remove label in [saga]",
      "step unpack in [saga]",
      "step charge in [saga]",
      "step report",
      "completed completed",
      "failed failed"
    ],
    edges: [
      "Example -> reserve",
      "reserve <- release : undo",
      "reserve -> pack",
      "pack -> label",
      "[compensated] <- remove label : undo",
      "remove label -> unpack",
      "label -> charge",
      "charge -> report",
      "report -> completed",
      "charge !> failed : TooMuch"
    ],
    groups: ["saga [saga]", "compensated [compensated] in [saga]"]
  },
  "what is done when a part is cancelled stands beside it": {
    file: "on-cancel",
    workflow: workflows.onCancel,
    nodes: [
      "start Example",
      "timer delivery | 1h 30m",
      "step turn back",
      "signal sign in [cancellable]",
      "step hand over in [cancellable]",
      "step keep it",
      "completed completed"
    ],
    edges: [
      "Example -> delivery | 1h 30m",
      "delivery | 1h 30m x> turn back : cancelled",
      "delivery | 1h 30m -> sign",
      "sign -> hand over",
      "[cancellable] x> keep it : cancelled",
      "hand over -> completed"
    ],
    groups: ["cancellable [cancellable]"]
  },
  "what goes on to its end is a group": {
    file: "uncancellable",
    workflow: workflows.uncancellable,
    nodes: ["start Example", "step debit in [uncancellable]", "step credit in [uncancellable]", "completed completed"],
    edges: ["Example -> debit", "debit -> credit", "credit -> completed"],
    groups: ["uncancellable [uncancellable]"]
  },
  "an embedded workflow is a group by its name": {
    file: "embed",
    workflow: workflows.embed,
    nodes: [
      "start Example",
      "timer on its way | 2d in [Parcel]",
      "step weigh in [embedded]",
      "completed completed",
      "failed failed"
    ],
    edges: [
      "Example -> on its way | 2d",
      "on its way | 2d -> weigh",
      "weigh -> completed",
      "weigh !> failed : NoStock"
    ],
    groups: ["embedded [Parcel]", "embedded [embedded]"]
  },
  "a timeout is a timer that cuts short, and a failure": {
    file: "timeout",
    workflow: workflows.timeout,
    nodes: [
      "start Example",
      "signal approve in [interruptible]",
      "timer too late | 2d",
      "fail timed out",
      "pure refuse",
      "completed completed"
    ],
    edges: [
      "Example -> approve",
      "[interruptible] ?> too late | 2d : too late",
      "too late | 2d -> timed out",
      "timed out !> refuse : TimedOut",
      "approve -> completed",
      "refuse -> completed"
    ],
    groups: ["interruptible [interruptible]"]
  }
}
