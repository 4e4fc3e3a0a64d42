/** Handles a typed failure of the part it wraps. */
import { dual } from "effect/Function"
import { make } from "../internal/node.ts"
import type { Node } from "../Node.ts"
import type { Failure } from "../Failure.ts"
import type { WIO } from "../WIO.ts"

/** A node with the handler of its failures. */
export interface Catch {
  readonly _tag: "Catch"
  readonly body: Node
  readonly handler: Node
  /** The `_tag`s of the failures it handles; all of them where it is left out. */
  readonly tags: ReadonlyArray<string> | undefined
}

/** What a handler rests in, without the `Failure` it starts from. */
type HandlerState<S> = Exclude<S, Failure<unknown, unknown>>

/**
 * Handles every typed failure. The handler starts from a `Failure`: the state that was reached and the error.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * const risky = WIO.fail((n: number) => ({ _tag: "TooLarge", n }) as const)
 *
 * export const safe = risky.pipe(WIO.catch(WIO.pure((failure: WIO.Failure<number, { readonly _tag: string }>) => failure.error._tag)))
 * ```
 */
export const catch_: {
  <SH, EH, Out2, E2, R2, S2>(
    handler: WIO<Failure<SH, EH>, Out2, E2, R2, S2>
  ): <In, Out, E extends EH, R, S extends SH>(
    self: WIO<In, Out, E, R, S>
  ) => WIO<In, Out | Out2, E2, R | R2, S | HandlerState<S2> | Out2>
  <In, Out, E extends EH, R, S extends SH, SH, EH, Out2, E2, R2, S2>(
    self: WIO<In, Out, E, R, S>,
    handler: WIO<Failure<SH, EH>, Out2, E2, R2, S2>
  ): WIO<In, Out | Out2, E2, R | R2, S | HandlerState<S2> | Out2>
} = dual(2, (body: never, handler: never) => make<Catch>({ _tag: "Catch", body, handler, tags: undefined })) as never

/**
 * Handles the failures with the given `_tag`; the others go on.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * interface TooLarge { readonly _tag: "TooLarge" }
 * const risky = WIO.fail((_: number): TooLarge => ({ _tag: "TooLarge" }))
 *
 * export const safe = risky.pipe(WIO.catchTag("TooLarge", WIO.pure((_: WIO.Failure<number, TooLarge>) => "too large")))
 * ```
 */
export const catchTag: {
  <const Tag extends string, SH, EH, Out2, E2, R2, S2>(
    tag: Tag | ReadonlyArray<Tag>,
    handler: WIO<Failure<SH, EH>, Out2, E2, R2, S2>
  ): <In, Out, E, R, S extends SH>(
    self: Catching<In, Out, E, R, S, Tag, EH>
  ) => WIO<In, Out | Out2, Exclude<E, { readonly _tag: Tag }> | E2, R | R2, S | HandlerState<S2> | Out2>
  <In, Out, E, R, S extends SH, const Tag extends string, SH, EH, Out2, E2, R2, S2>(
    self: Catching<In, Out, E, R, S, Tag, EH>,
    tag: Tag | ReadonlyArray<Tag>,
    handler: WIO<Failure<SH, EH>, Out2, E2, R2, S2>
  ): WIO<In, Out | Out2, Exclude<E, { readonly _tag: Tag }> | E2, R | R2, S | HandlerState<S2> | Out2>
} = dual(3, (body: never, tag: string | ReadonlyArray<string>, handler: never) =>
  make<Catch>({
    _tag: "Catch",
    body,
    handler,
    tags: Object.freeze(typeof tag === "string" ? [tag] : [...tag])
  })
) as never

/** A part whose failures the handler takes: those with the tags exist, and the handler accepts them. */
type Catching<In, Out, E, R, S, Tag extends string, EH> = WIO<In, Out, E, R, S> &
  ([Tag] extends [TagOf<E>] ? unknown : UnknownTag<Exclude<Tag, TagOf<E>>>) &
  ([Caught<E, Tag>] extends [EH] ? unknown : WIO<In, Out, EH, R, S>)

type TagOf<E> = E extends { readonly _tag: infer Tag } ? Tag : never

/** The failures that reach the handler: those whose `_tag` may be one of the given, also where it may be another. */
type Caught<E, Tag> = E extends { readonly _tag: infer T } ? ([T & Tag] extends [never] ? never : E) : never

/** What the compiler shows where `catchTag` names a failure that cannot happen. */
interface UnknownTag<Tag> {
  readonly "this workflow never fails with": Tag
}
