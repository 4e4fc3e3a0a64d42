/** Equality of types, without assignability in either direction: `any`, `never` and optional parts are told apart. */
// oxlint-disable typescript/no-unnecessary-type-parameters -- comparing two functions that ask the same of any T is the trick
export type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles only where both types are the same. */
export const same = <A, B>(..._: Equals<A, B> extends true ? [] : [never]): void => {}
