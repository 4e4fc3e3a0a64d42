/** A step that is not written yet. */
import * as Given from "../internal/given.ts"
import { make } from "../internal/node.ts"
import type { WIO } from "../WIO.ts"

/** A step that is not written yet. */
export interface Draft {
  readonly _tag: "Draft"
  readonly name: string
}

/** What a draft asks for in place of a service, and nobody can give: a workflow with one in it can be drawn, not run. */
export interface Unwritten<out Name extends string> {
  readonly "~waymark/this step is a draft": Name
}

/**
 * A step that is not written yet: it has a place, a name and types, and is drawn. An engine does not compile with it.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * interface Order { readonly amount: number }
 * interface Shipped { readonly label: string }
 *
 * export const ship = WIO.draft<Order, Shipped>("ship")
 * ```
 */
export const draft = <In, Out = In>(name: string): WIO<In, Out, never, Unwritten<string>, In | Out> =>
  make<Draft>({ _tag: "Draft", name: Given.name("WIO.draft", name) }) as never
