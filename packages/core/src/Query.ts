/** A typed question to a running workflow, answered from its present state. */
import type { AnySchema } from "./Codec.ts"
import * as Codec from "./Codec.ts"
import * as Given from "./internal/given.ts"

/**
 * The definition of a query. `WIO.query` gives the answer.
 *
 * @see {@link make}
 */
export interface Query<out Name extends string, out Reply> {
  readonly _tag: "Query"
  readonly name: Name
  readonly reply: Codec.Codec<unknown>
  readonly "~types"?: { readonly Reply: (_: never) => Reply }
}

/** Any query, for constraints. */
export type Any = Query<string, unknown>

/**
 * Defines a query with the schema of its reply.
 *
 * @throws TypeError where the name is empty.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Query } from "@waymark/core"
 *
 * export const Status = Query.make("status", { reply: Schema.String })
 * ```
 */
export const make = <const Name extends string, Reply extends AnySchema>(
  name: Name,
  options: { readonly reply: Reply }
): Query<Name, Reply["Type"]> =>
  Object.freeze({ _tag: "Query", name: Given.name("Query.make", name) as Name, reply: Codec.make(options.reply) })
