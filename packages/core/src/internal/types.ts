/** What the signatures of constructors share. */

/**
 * `S`, which is never inferred from the place where the value is put. `NoInfer<S>` would do, but stays in the types of
 * everything that is built on it; this is `S` itself once `S` is known.
 */
export type Stated<S> = [S][S extends unknown ? 0 : never]
