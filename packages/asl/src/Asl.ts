/**
 * State machines in the Amazon States Language as ordinary workflows: journaled, recovered, snapshotted, drawn and queried like any other.
 *
 * `parse` is the way in. What it gives is hosted by an engine or driven by hand, with `AslResources` to do what tasks ask for.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { TimedOut, WIO, Workflow } from "@waymark/core"
import type { Definition } from "./Definition.ts"
import { AslFailure, AslInvalid } from "./Errors.ts"
import { check } from "./internal/check/check.ts"
import type { Flow } from "./internal/compile/flow.ts"
import { compileMachine, type Machines } from "./internal/compile/machine.ts"
import type { Json } from "./internal/data/json.ts"
import { namesIn, type Substitutions, type Unfilled } from "./internal/data/placeholder.ts"
import * as Timestamp from "./internal/data/timestamp.ts"
import { placeOf } from "./Problem.ts"
import type { AslResources } from "./Resources.ts"

export type { Substitutions } from "./internal/data/placeholder.ts"

/** A state machine as a workflow: from its input to its output, both JSON. */
export type StateMachine = Workflow.Workflow<string, Json, Json, AslFailure | TimedOut, AslResources, Json>

/** How a definition becomes a workflow. */
export interface Options {
  /** The workflow's name. */
  readonly name: string
  /** The workflow's version. Default: 1. */
  readonly version?: number
  /** Other machines, by the ARNs that tasks with `arn:aws:states:::states:startExecution` name: they become child workflows. */
  readonly machines?: Machines
  /** What the context object says of where it runs; `arn` comes before the names in its ARNs. */
  readonly region?: string
  readonly account?: string
  readonly role?: string
  /** Values for placeholders such as `${Name}`, by their names: what CloudFormation has as `DefinitionSubstitutions`. Default: none. */
  readonly substitutions?: Substitutions
}

/** What a machine starts with: the context object is made from the instance's own identity. */
const begun =
  ({ account = "123456789012", name, region = "us-east-1", role }: Options, unfilled: ReadonlyArray<Unfilled>) =>
  (input: Json, { instance, startedAt }: WIO.Info): Flow => {
    if (unfilled.length > 0) throw new Error(missing(unfilled))
    return {
      input,
      variables: {},
      context: {
        Execution: {
          Id: `arn:aws:states:${region}:${account}:execution:${name}:${instance}`,
          Input: input,
          Name: instance,
          RoleArn: role ?? `arn:aws:iam::${account}:role/${name}`,
          StartTime: Timestamp.written(startedAt),
          RedriveCount: 0
        },
        StateMachine: { Id: `arn:aws:states:${region}:${account}:stateMachine:${name}`, Name: name }
      }
    }
  }

const missing = (unfilled: ReadonlyArray<Unfilled>): string => {
  const places = unfilled.map(({ name, path }) => `${placeOf(path)} is \${${name}}`)
  const names = [...new Set(unfilled.map(({ name }) => name))]
  return `${places.join(", ")}: nothing runs before these have values. Parse the definition with substitutions for ${names.join(", ")}.`
}

/** The workflow of a definition that was found to be without problems. */
const compile = (definition: Definition, options: Options, unfilled: ReadonlyArray<Unfilled>): StateMachine => {
  const { machines = {}, name, version = 1 } = options
  const states = compileMachine(name, definition, definition.QueryLanguage ?? "JSONPath", machines)
  const body = WIO.andThen(WIO.info(begun(options, unfilled)) as never, states as never)
  const { TimeoutSeconds } = definition
  const limited =
    typeof TimeoutSeconds !== "number"
      ? body
      : WIO.timeout(body as never, "TimeoutSeconds", { for: TimeoutSeconds * 1000 } as never)
  return Workflow.make(name, {
    version,
    input: Schema.Json,
    state: Schema.Json,
    error: Schema.Union([AslFailure, TimedOut]),
    body: limited as never
  }) as never
}

/**
 * Reads a definition: the workflow that it is, or every problem that it has, each with its place and the mend. The definition is JSON, as a
 * value or as text.
 *
 * Placeholders of deployment tools, such as `${TableArn}`, get their values from `substitutions`; a value in quotes is text or a number as
 * its field wants it. Those without a value are taken as they are: in a string they stay, and a task's resource goes by what is written;
 * with one in place of a number, or without quotes, the machine can be drawn, and not be started.
 *
 * A machine's failure is an `AslFailure`; where its own `TimeoutSeconds` are over, it is a `TimedOut`.
 *
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { Asl } from "@waymark/asl"
 *
 * const hello = { StartAt: "Hello", States: { Hello: { Type: "Pass", Result: "hello", End: true } } }
 * export const workflow = Result.getOrThrow(Asl.parse(hello, { name: "hello" }))
 * ```
 */
export const parse = (definition: unknown, options: Options): Result.Result<StateMachine, AslInvalid> => {
  const { problems, unfilled, value } = check(definition, options.substitutions)
  return problems.length > 0
    ? Result.fail(new AslInvalid({ name: options.name, problems }))
    : Result.succeed(compile(value as Definition, options, unfilled))
}

/** A placeholder of a definition. */
export interface Placeholder {
  readonly name: string
  /** Where it stands in place of a value and has none, as keys and indices: the machine cannot be started before it has one. */
  readonly missingAt: ReadonlyArray<ReadonlyArray<string | number>>
}

/**
 * The placeholders of a definition, each once: for tools that ask for their values, or look whether the values that they have are for this
 * definition, which `parse` does not mind. There are none where the definition is not JSON.
 *
 * @example
 * ```ts
 * import { Asl } from "@waymark/asl"
 *
 * const wait = { StartAt: "Wait", States: { Wait: { Type: "Wait", Seconds: "${Delay}", Comment: "${Stage}", End: true } } }
 * export const placeholders = Asl.placeholders(wait)
 * // [{ name: "Delay", missingAt: [["States", "Wait", "Seconds"]] }, { name: "Stage", missingAt: [] }]
 * ```
 */
export const placeholders = (definition: unknown, substitutions: Substitutions = {}): ReadonlyArray<Placeholder> => {
  // The check writes CloudFormation's functions as placeholders, and what holds itself has an end.
  const names = namesIn(JSON.stringify(check(definition).value) ?? "")
  const { unfilled } = check(definition, substitutions)
  return Array.from(names, (name) => ({
    name,
    missingAt: unfilled.flatMap((hole) => (hole.name === name ? [hole.path] : []))
  }))
}
