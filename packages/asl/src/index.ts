/** Amazon States Language as workflows. */
export * from "./Errors.ts"
export type { Problem } from "./Problem.ts"
