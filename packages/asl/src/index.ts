/** Amazon States Language as workflows. */
export * as Activities from "./Activities.ts"
export * as Asl from "./Asl.ts"
export type * as Definition from "./Definition.ts"
export * from "./Errors.ts"
export * as AslItems from "./Items.ts"
export { placeOf, type Problem } from "./Problem.ts"
export * from "./Resources.ts"
export * as TaskToken from "./TaskToken.ts"
