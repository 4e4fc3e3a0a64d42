/** The same workflow for each item of a list that is known at run time. */
import type * as Result from "effect/Result"
import * as Given from "../internal/given.ts"
import { make } from "../internal/node.ts"
import type { Stated } from "../internal/types.ts"
import type { Node } from "../Node.ts"
import type { Product } from "../Product.ts"
import type { WIO } from "../WIO.ts"

/** One body for many items. */
export interface ForEach {
  readonly _tag: "ForEach"
  readonly name: string
  readonly items: (state: unknown) => ReadonlyArray<unknown>
  readonly key: (item: unknown, index: number) => string
  readonly body: Node
  /** How many items run at once; `Infinity` for all of them. */
  readonly concurrency: number
  readonly mode: "fail-fast" | "settle"
  readonly join: ((outs: ReadonlyArray<unknown>, state: unknown) => unknown) | undefined
}

/** Where the items rest, by their keys. */
export type Items<State> = Product<{ readonly [key: string]: State }>

interface Options<In, Item, Body> {
  readonly items: (state: In) => ReadonlyArray<Item>
  /** Tells the items apart: in journals, in pictures, and to signals (`{ to: key }`). */
  readonly key: (item: NoInfer<Item>, index: number) => string
  readonly body: Body
  /** How many items run at once. Default: all of them. */
  readonly concurrency?: number
}

/** How an item ends: where none interrupts the others, that is a `Result`. */
type Ended<Mode, Out, E> = Mode extends "settle" ? Result.Result<Out, E> : Out

/**
 * Runs the body for each item, side by side. The state in between is the record of the items' states by their keys; the
 * results come in the order of the items.
 *
 * With `concurrency`, the others wait for a place and start in order. The first typed failure interrupts the other
 * items; with `mode: "settle"` none does, and there is a `Result` for each. `join` makes one state of the results; left out,
 * that is their array: with `mode: "settle"` an array of `Result`s, which the workflow's `state` schema then has to cover
 * (`Schema.Array(Schema.Result(success, failure))`).
 *
 * Two items with one key throw `DuplicateKey`: nothing is written, and the instance is stuck with that error. Where a workflow begins so it
 * is not started, and the `cause` of the `CommandRejected` is the `DuplicateKey`.
 *
 * @throws RangeError where `concurrency` is no whole number from 1.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { WIO } from "@waymark/core"
 *
 * const ship = WIO.runIO("ship", {
 *   event: Schema.String,
 *   run: (parcel: string) => Effect.succeed(`label of ${parcel}`),
 *   apply: (_, label) => label
 * })
 *
 * export const shipAll = WIO.forEach("ship all", {
 *   items: (order: { readonly parcels: ReadonlyArray<string> }) => order.parcels,
 *   key: (parcel) => parcel,
 *   body: ship,
 *   concurrency: 10,
 *   join: (labels, order) => ({ ...order, labels })
 * })
 * ```
 */
export const forEach: <
  In,
  BodyIn,
  Out,
  E,
  R,
  State,
  Item = Unseen,
  Mode extends ForEach["mode"] = "fail-fast",
  Joined = ReadonlyArray<Ended<Mode, Out, E>>
>(
  name: string,
  options: Options<In, Item, WIO<BodyIn, Out, E, R, State> & Accepts<Item, BodyIn>> & {
    readonly mode?: Mode
    readonly join?: (outs: ReadonlyArray<Ended<Mode, Out, E>>, state: NoInfer<In>) => Joined
  }
) => WIO<In, Stated<Joined>, Mode extends "settle" ? never : E, R, Items<Stated<Item> | State | Out> | Stated<Joined>> =
  ((name: string, options: Options<never, unknown, unknown> & Partial<Pick<ForEach, "join" | "mode">>) => {
    const where = `WIO.forEach(${Given.name("WIO.forEach", name)})`
    const { body, concurrency = Infinity, items, join, key, mode = "fail-fast" } = options
    if (!(concurrency >= 1 && (Number.isInteger(concurrency) || concurrency === Infinity))) {
      throw new RangeError(`${where}: concurrency is ${concurrency}: give a whole number from 1`)
    }
    return make<ForEach>({
      _tag: "ForEach",
      name,
      items: items as never,
      key,
      body: body as never,
      concurrency,
      mode,
      join
    })
  }) as never

/** What the compiler shows where the body does not start from the items. */
interface ItemNotAccepted<Item> {
  readonly "the body does not start from the item": Item
}
/** What an item is while the compiler has not looked at `items` yet: it would take `unknown`, which no body starts from. */
interface Unseen {
  readonly "~waymark/Unseen": never
}
type Accepts<Item, BodyIn> = [Item] extends [BodyIn | Unseen] ? unknown : ItemNotAccepted<Item>
