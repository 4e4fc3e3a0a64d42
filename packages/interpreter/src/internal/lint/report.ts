/** What the rules say: a finding before it has a workflow. */
import { words, type Place } from "./places.ts"

/** The rules of the linter. */
export const rules = [
  "ambiguous-signal",
  "draft",
  "duplicate-name",
  "endless-gen",
  "loop-without-step",
  "misplaced",
  "shadowed-query",
  "state-does-not-round-trip",
  "state-schema-accepts-anything",
  "unreachable"
] as const

/** What one rule has to say of one place. */
export interface Report {
  readonly rule: (typeof rules)[number]
  readonly severity: "error" | "warning"
  readonly place: Place
  /** The other places that it is about. */
  readonly others: ReadonlyArray<Place>
  readonly message: string
}

/** What a rule is given to say something with: the message follows the name of the place. */
export type Say = (
  rule: Report["rule"],
  severity: Report["severity"],
  place: Place,
  message: string,
  ...others: ReadonlyArray<Place>
) => void

/** Collects reports. */
export const collect = (): { readonly say: Say; readonly reports: Array<Report> } => {
  const reports: Array<Report> = []
  const say: Say = (rule, severity, place, message, ...others) => {
    reports.push({ rule, severity, place, others, message: `${words(place)}: ${message}` })
  }
  return { say, reports }
}
