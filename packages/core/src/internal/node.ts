/** How every node is made: a frozen object that can be piped. Each file under `nodes` calls this once. */
import { Prototype } from "effect/Pipeable"

/** The key under which a `WIO` keeps its type parameters. */
export const TypeId: unique symbol = Symbol.for("@waymark/core/WIO")
export type TypeId = typeof TypeId

const variance = Object.freeze({})

const Proto = Object.freeze({ ...Prototype, [TypeId]: variance })

export const make = <N extends { readonly _tag: string }>(fields: N): N =>
  Object.freeze(Object.assign(Object.create(Proto) as object, fields))

/** What a node is called where workflows are written. */
export const constructorOf = (tag: string): string => {
  if (tag === "AnswerQuery") return "query"
  if (tag === "Compensate") return "compensateWith"
  return `${tag.slice(0, 1).toLowerCase()}${tag.slice(1)}`
}

// What has a node as its prototype, like `{ __proto__: wio }`, has all of it and is none.
export const isWIO = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Proto
