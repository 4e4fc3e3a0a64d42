/** Waymark's test kit: what journals, combinators and workflows are tested with. */
export { conformance, ConformanceFailure } from "./conformance.ts"
export { drive } from "./drive.ts"
export type { Append, Crash, Drive, Machine, Run, Running } from "./drive.ts"
export * as Generator from "./generator/index.ts"
export * as Laws from "./laws/index.ts"
export { observe } from "./observe.ts"
export { statistics } from "./statistics.ts"
export type { Statistics } from "./statistics.ts"
