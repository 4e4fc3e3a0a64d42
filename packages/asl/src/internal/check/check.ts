import type { Problem } from "../../Problem.ts"
export const check = (definition: unknown): { readonly problems: ReadonlyArray<Problem>; readonly value: unknown } => ({
  problems: [],
  value: definition
})
