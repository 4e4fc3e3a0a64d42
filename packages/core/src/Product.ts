/** The state of several branches at once: a record of their states, branded so that its schema can be derived. */

const ProductTypeId: unique symbol = Symbol.for("@waymark/core/Product")

// An accessor of a class: a spread drops it, in the types as in the value, so that `{ ...product, more }` is no product.
declare class Brand {
  get [ProductTypeId](): typeof ProductTypeId
}

/** A record of branch states. To a query it is a plain record; the brand tells it from a state that is a record itself. */
export type Product<Fields> = Fields & Brand

/** The states a `state` schema must cover: products are taken apart into the states of their branches. */
export type Leaves<State> =
  State extends Product<unknown>
    ? { [K in Exclude<keyof State, typeof ProductTypeId>]: Leaves<State[K]> }[Exclude<
        keyof State,
        typeof ProductTypeId
      >]
    : State

const Proto = Object.freeze(Object.create(null, { [ProductTypeId]: { value: ProductTypeId } }) as object)

/**
 * Brands a record of branch states: the interpreter does, tests of a `join` may. A spread of it is no product.
 *
 * @example
 * ```ts
 * import { Product } from "@waymark/core"
 *
 * export const outs = Product.make({ left: "done", right: 3 })
 * ```
 */
export const make = <Fields extends Readonly<Record<string, unknown>>>(fields: Fields): Product<Fields> =>
  Object.freeze(Object.assign(Object.create(Proto) as Product<Fields>, fields))

/**
 * Whether a value is a `Product`, and not a record that looks like it.
 *
 * @example
 * ```ts
 * import { Product } from "@waymark/core"
 *
 * export const yes = Product.is(Product.make({ left: 1 }))
 * export const no = Product.is({ left: 1 })
 * ```
 */
export const is = (value: unknown): value is Product<Readonly<Record<string, unknown>>> =>
  typeof value === "object" && value !== null && ProductTypeId in value

/**
 * The states of a record of branches, for conditions over all of them. (`Object.values` does not see their type through the brand.)
 *
 * @example
 * ```ts
 * import { Product } from "@waymark/core"
 *
 * export const votes = Product.values(Product.make({ ann: true, bob: false })).filter((vote) => vote).length // 1
 * ```
 */
export const values = <Fields extends object>(
  product: Product<Fields>
): ReadonlyArray<Fields[Exclude<keyof Fields, typeof ProductTypeId>]> => Object.values(product)
