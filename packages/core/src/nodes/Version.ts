/** Two roads: one for instances that had passed here before a change, one for all others. */
import * as Given from "../internal/given.ts"
import { make } from "../internal/node.ts"
import type { Node } from "../Node.ts"
import type * as WIO from "../WIO.ts"

/** Two roads, before a change and after it. */
export interface Version {
  readonly _tag: "Version"
  /** The name of the change. */
  readonly name: string
  readonly before: Node
  readonly after: Node
}

/**
 * Changes a workflow under running instances: those that had passed this place before the change keep `before`; those
 * that come to it now take `after`, which is put on record.
 *
 * Once no instance needs `before` any more, `after` alone may stand here again, under a higher version of the workflow: what is on
 * record of the change is passed over. The version tells it from code that does not have the change yet, which refuses such an
 * instance while processes with the old and the new code run together. It is the version of the workflow that runs, also where this
 * is part of one that is embedded. A change keeps its name as long as it stands, and where the next change is made at the very same
 * place, the first one stays until the instances that have passed it have ended: a record of another name there is refused.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * const hour = WIO.await<number>("an hour", { for: "1 hour" })
 * const day = WIO.await<number>("a day", { for: "1 day" })
 *
 * export const longer = WIO.version("longer wait", { before: hour, after: day })
 * ```
 */
export const version = <Before extends WIO.Any, After extends WIO.Any>(
  change: string,
  roads: { readonly before: Before; readonly after: After }
): WIO.WIO<
  WIO.In<Before> & WIO.In<After>,
  WIO.Out<Before | After>,
  WIO.Error<Before | After>,
  WIO.Services<Before | After>,
  WIO.State<Before | After> | (WIO.In<Before> & WIO.In<After>)
> =>
  make<Version>({
    _tag: "Version",
    name: Given.name("WIO.version", change),
    before: roads.before as never,
    after: roads.after as never
  }) as never
