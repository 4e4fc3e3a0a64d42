/**
 * A state machine's definition as types: what `Asl.parse` has found to be without problems, and compiles.
 *
 * A field that only one query language has is optional in both; which fields a state may have is decided by the check.
 */
import type { Json } from "./internal/data/json.ts"

/** How paths and expressions of a state are written. */
export type QueryLanguage = "JSONPath" | "JSONata"

/** States and which of them is the first: a whole machine, a branch, or what a `Map` does with each item. */
export interface Machine {
  readonly Comment?: string
  readonly StartAt: string
  readonly States: { readonly [name: string]: State }
}

/** The outermost machine. */
export interface Definition extends Machine {
  readonly QueryLanguage?: QueryLanguage
  readonly Version?: string
  readonly TimeoutSeconds?: number
}

interface Common {
  readonly Comment?: string
  readonly QueryLanguage?: QueryLanguage
  readonly InputPath?: string | null
  readonly OutputPath?: string | null
  readonly Output?: Json
  readonly Assign?: Json
}

interface Following {
  readonly Next?: string
  readonly End?: boolean
}

interface Producing {
  readonly Parameters?: Json
  readonly Arguments?: Json
  readonly ResultSelector?: Json
  readonly ResultPath?: string | null
}

/** When a state that has failed is tried again. */
export interface Retrier {
  readonly ErrorEquals: ReadonlyArray<string>
  readonly IntervalSeconds?: number
  readonly MaxAttempts?: number
  readonly BackoffRate?: number
  readonly MaxDelaySeconds?: number
  readonly JitterStrategy?: "FULL" | "NONE"
}

/** Where a machine goes on when a state has failed. */
export interface Catcher {
  readonly ErrorEquals: ReadonlyArray<string>
  readonly Next: string
  readonly ResultPath?: string | null
  readonly Output?: Json
  readonly Assign?: Json
}

/** What may be tried again or caught. */
export interface Fallible {
  readonly Retry?: ReadonlyArray<Retrier>
  readonly Catch?: ReadonlyArray<Catcher>
}

export interface Pass extends Common, Following, Producing {
  readonly Type: "Pass"
  readonly Result?: Json
}

export interface Task extends Common, Following, Producing, Fallible {
  readonly Type: "Task"
  /** An ARN, or a name of another scheme. A function of CloudFormation in its place is read as the text that it stands for. */
  readonly Resource: string
  readonly Credentials?: Json
  readonly TimeoutSeconds?: number | string
  readonly TimeoutSecondsPath?: string
  readonly HeartbeatSeconds?: number | string
  readonly HeartbeatSecondsPath?: string
}

/** A road out of a `Choice`: a comparison, or a JSONata `Condition`. */
export interface ChoiceRule {
  readonly Next: string
  readonly Condition?: Json
  readonly Output?: Json
  readonly Assign?: Json
  readonly [operator: string]: Json | undefined
}

export interface Choice extends Common {
  readonly Type: "Choice"
  readonly Choices: ReadonlyArray<ChoiceRule>
  readonly Default?: string
}

export interface Wait extends Common, Following {
  readonly Type: "Wait"
  readonly Seconds?: number | string
  readonly SecondsPath?: string
  readonly Timestamp?: string
  readonly TimestampPath?: string
}

export interface Succeed extends Common {
  readonly Type: "Succeed"
}

export interface Fail extends Common {
  readonly Type: "Fail"
  readonly Error?: string
  readonly ErrorPath?: string
  readonly Cause?: string
  readonly CausePath?: string
}

export interface Parallel extends Common, Following, Producing, Fallible {
  readonly Type: "Parallel"
  readonly Branches: ReadonlyArray<Machine>
}

/** What a `Map` does with each item. */
export interface Processor extends Machine {
  readonly ProcessorConfig?: {
    readonly Mode?: "INLINE" | "DISTRIBUTED"
    readonly ExecutionType?: "STANDARD" | "EXPRESS"
  }
}

/** Where the items of a distributed `Map` are read from. */
export interface ItemReader {
  readonly Resource: string
  readonly Parameters?: Json
  readonly Arguments?: Json
  readonly ReaderConfig?: {
    readonly InputType?: string
    readonly ManifestType?: string
    readonly Transformation?: string
    readonly CSVDelimiter?: string
    readonly CSVHeaderLocation?: string
    readonly CSVHeaders?: ReadonlyArray<string>
    readonly MaxItems?: number | string
    readonly MaxItemsPath?: string
    readonly ItemsPointer?: string
  }
}

/** Where the results of a distributed `Map` are written. */
export interface ResultWriter {
  readonly Resource?: string
  readonly Parameters?: Json
  readonly Arguments?: Json
  readonly WriterConfig?: { readonly Transformation?: string; readonly OutputType?: string }
}

/** How items of a distributed `Map` are put together. */
export interface ItemBatcher {
  readonly BatchInput?: Json
  readonly MaxItemsPerBatch?: number | string
  readonly MaxItemsPerBatchPath?: string
  readonly MaxInputBytesPerBatch?: number | string
  readonly MaxInputBytesPerBatchPath?: string
}

export interface Map extends Common, Following, Producing, Fallible {
  readonly Type: "Map"
  readonly ItemProcessor?: Processor
  readonly Iterator?: Processor
  readonly Items?: Json
  readonly ItemsPath?: string
  readonly ItemSelector?: Json
  readonly ItemReader?: ItemReader
  readonly ItemBatcher?: ItemBatcher
  readonly ResultWriter?: ResultWriter
  readonly Label?: string
  readonly MaxConcurrency?: number | string
  readonly MaxConcurrencyPath?: string
  readonly ToleratedFailureCount?: number | string
  readonly ToleratedFailureCountPath?: string
  readonly ToleratedFailurePercentage?: number | string
  readonly ToleratedFailurePercentagePath?: string
}

/** Any state. */
export type State = Pass | Task | Choice | Wait | Succeed | Fail | Parallel | Map
