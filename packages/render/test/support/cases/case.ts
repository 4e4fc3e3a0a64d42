/** What is expected of a picture: its golden file, and its outline written by hand. */
import type { Workflow } from "@waymark/core"

export interface Case {
  readonly file: string
  readonly workflow: Workflow.Any
  readonly nodes: ReadonlyArray<string>
  readonly edges: ReadonlyArray<string>
  readonly groups?: ReadonlyArray<string>
}
