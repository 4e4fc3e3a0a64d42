/** What the demo and its worker process say to each other. */

/** Where a worker is to stop and wait for its end: at an attempt of a step, before its effect or right after it. */
export interface Stop {
  readonly instance: string
  readonly step: string
  readonly attempt: number
  readonly moment: "before" | "after"
}

/** What a worker is started with, as JSON in its first argument. */
export interface Plan {
  /** Where the journal and the ledgers are. */
  readonly directory: string
  readonly stop?: Stop
  /** How long each service takes before and after it does something, at the most: milliseconds, drawn at random. */
  readonly latency?: number
}

/** What a worker is asked. */
export type Request =
  | {
      readonly _tag: "Start"
      readonly id: string
      readonly account: string
      readonly amount: number
      readonly requestedBy: string
    }
  | { readonly _tag: "Approve" | "Cancel"; readonly id: string; readonly by: string; readonly signalId: string }
  | { readonly _tag: "Status" | "Result"; readonly id: string }
  /** Answered as soon as it waits for that step. */
  | { readonly _tag: "Reach"; readonly id: string; readonly step: string }

/** What a worker says. */
export type Message =
  /** It has the journal open and takes requests. */
  | { readonly _tag: "Ready" }
  /** It is where it was told to stop. */
  | { readonly _tag: "Stopped" }
  | { readonly _tag: "Answer"; readonly call: number; readonly answer: Answer }

/** The answer to a request. */
export type Answer =
  | { readonly _tag: "Given"; readonly value: string }
  /** Why not: the error's tag and what it says. */
  | { readonly _tag: "Refused"; readonly tag: string; readonly reason: string }

/** A request on its way, numbered so that its answer can be told from others. */
export interface Call<Question = Request> {
  readonly call: number
  readonly request: Question
}
