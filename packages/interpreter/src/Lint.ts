/**
 * A linter of workflow definitions: what the compiler cannot see, and a reviewer would.
 *
 * It looks at the value and runs none of its steps. An engine refuses to start with a workflow that has findings of severity
 * `error`, and logs the warnings; a test of your own may ask for none at all.
 */
import type { Workflow } from "@waymark/core"
import * as Schema from "effect/Schema"
import { lint } from "./internal/lint/lint.ts"
import { rules } from "./internal/lint/report.ts"

/**
 * The rules.
 *
 * - `ambiguous-signal`: parts wait for one signal at the same time, and no key tells them apart;
 * - `draft`: a step is only drafted;
 * - `duplicate-name`: two steps of one thread have one name; as an error: two checkpoints have, wherever they stand;
 * - `endless-gen`: a generator function repeats itself without end, and keeps all it was given;
 * - `loop-without-step`: a loop or machine goes round without waiting for anything;
 * - `misplaced`: a checkpoint or `continueAsNew` stands where it cannot;
 * - `shadowed-query`: a query is answered by a part around it, always;
 * - `state-does-not-round-trip`: a state, input or checkpoint is not the same when it was written and read again;
 * - `state-schema-accepts-anything`: its schema takes also what cannot be written;
 * - `unreachable`: nothing ever comes there; as an error: in a sequence, behind something that never ends in a state.
 */
export const Rule = Schema.Literals(rules)
/** The name of a rule. */
export type Rule = typeof Rule.Type

/** What the linter has found: plain data, for messages, editors and pictures. */
export const Finding = Schema.Struct({
  rule: Rule,
  severity: Schema.Literals(["error", "warning"]),
  /** The name of the workflow. */
  workflow: Schema.String,
  /** The place in the workflow, as `Node.address` makes them: the one that pictures have. */
  address: Schema.String,
  /** The other places that it is about. */
  other: Schema.optionalKey(Schema.Array(Schema.String)),
  /** What is wrong at which place, and what to do about it. */
  message: Schema.String
})
/** What the linter has found. */
export type Finding = typeof Finding.Type

/** How many findings an error lists. */
const LISTED = 20

/** A workflow has findings of severity `error`: it would get stuck, or not survive a restart. Mend it and start again. */
export class LintFailed extends Schema.TaggedError<LintFailed>()("LintFailed", {
  findings: Schema.Array(Finding)
}) {
  override get message(): string {
    const { length } = this.findings
    const shown = this.findings.slice(0, LISTED).map(({ message, rule }) => `- ${message} (${rule})`)
    const more = length > LISTED ? [`- and ${length - LISTED} more`] : []
    return [`${length} ${length === 1 ? "finding" : "findings"} of the linter:`, ...shown, ...more].join("\n")
  }
}

/**
 * Checks a definition. The findings come in the order of the workflow, and equal workflows give equal findings.
 *
 * Use it in a test of your workflows; the engine does the same when it starts.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 * import { Lint } from "@waymark/interpreter"
 *
 * const wait = WIO.await<string>("a day", { for: "1 day" })
 * const Reminder = Workflow.make("Reminder", {
 *   version: 1,
 *   input: Schema.String,
 *   state: Schema.String,
 *   body: wait.pipe(WIO.andThen(wait))
 * })
 *
 * export const rules = Lint.check(Reminder).map(({ rule }) => rule) // ["duplicate-name"]
 * ```
 */
export const check = (workflow: Workflow.Any): ReadonlyArray<Finding> =>
  lint(workflow).map(({ message, others, place, rule, severity }) => ({
    rule,
    severity,
    workflow: workflow.name,
    address: place.address,
    ...(others.length > 0 && { other: others.map(({ address }) => address) }),
    message: `${workflow.name}, ${message}`
  }))
