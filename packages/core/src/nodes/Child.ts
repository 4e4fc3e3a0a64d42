/** A workflow of its own, started by this one. */
import * as Codec from "../Codec.ts"
import { ChildStopped } from "../Errors.ts"
import * as Given from "../internal/given.ts"
import { make } from "../internal/node.ts"
import type { Stated } from "../internal/types.ts"
import type { WIO } from "../WIO.ts"
import type * as Workflow from "../Workflow.ts"

/** What becomes of a child that is still running when its parent ends. */
export type OnParentClose = "terminate" | "request-cancel" | "abandon"

/** A workflow of its own. */
export interface Child {
  readonly _tag: "Child"
  readonly name: string
  readonly workflow: Workflow.Any
  /** The instance's id; made from the parent's identity where it is left out. */
  readonly id: ((state: unknown) => string) | undefined
  readonly input: (state: unknown) => unknown
  readonly onParentClose: OnParentClose
  /** Whether the parent waits for its end. */
  readonly awaited: boolean
  /** From the output of an awaited child; from the id of one that is not waited for. */
  readonly apply: (state: unknown, given: unknown) => unknown
  readonly stopped: Codec.Codec<unknown>
}

interface Start<In, W> {
  /** The child's name as a step. Default: the workflow's. */
  readonly name?: string
  /** Default: made from the parent's identity, so that it is the same after a restart. */
  readonly id?: string | ((state: In) => string)
  readonly input: (state: In) => Workflow.Input<W>
  /** Default: `terminate`. */
  readonly onParentClose?: OnParentClose
}

/**
 * Starts a workflow with a journal of its own, and waits for its end unless `await` is false. The state after it is
 * the child's output, or what `apply` makes of it; of one that is not waited for, the state before, or what `apply`
 * makes of its id.
 *
 * Use it for work that is to be looked at, signalled or cancelled by itself, or that is too much for one journal; else
 * `WIO.embed` is cheaper. A typed failure of the child is one here. One that was cancelled or terminated fails with
 * `ChildStopped`, which the workflow around it handles or names in its `error` schema. When the parent ends first, or
 * gives the child up, `onParentClose` decides.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { WIO, Workflow } from "@waymark/core"
 *
 * const Parcel = Workflow.make("Parcel", {
 *   version: 1,
 *   input: Schema.String,
 *   state: Schema.String,
 *   body: WIO.await<string>("on its way", { for: "2 days" })
 * })
 *
 * export const deliver = WIO.child(Parcel, {
 *   id: (order: { readonly id: string }) => `parcel-${order.id}`,
 *   input: (order) => order.id,
 *   onParentClose: "request-cancel"
 * })
 * ```
 */
export const child: {
  <In, W extends Workflow.Any, Out = In>(
    workflow: W,
    options: Start<In, W> & { readonly await: false; readonly apply?: (state: In, id: string) => Out }
  ): WIO<In, Stated<Out>, never, never, In | Stated<Out>>
  <In, W extends Workflow.Any, Out = Workflow.Output<W>>(
    workflow: W,
    options: Start<In, W> & { readonly await?: true; readonly apply?: (state: In, output: Workflow.Output<W>) => Out }
  ): WIO<In, Stated<Out>, Workflow.Error<W> | ChildStopped, never, In | Stated<Out>>
} = (
  workflow: Workflow.Any,
  options: Start<never, Workflow.Any> & {
    readonly await?: boolean
    readonly apply?: (state: never, given: never) => unknown
  }
) => {
  const { apply, await: awaited = true, id, input, name = workflow.name, onParentClose = "terminate" } = options
  return make<Child>({
    _tag: "Child",
    name: Given.name("WIO.child", name),
    workflow,
    id: typeof id === "string" ? () => id : (id as never),
    input: input as never,
    onParentClose,
    awaited,
    apply: (apply ?? (awaited ? (_: unknown, output: unknown) => output : (state: unknown) => state)) as never,
    stopped: Codec.make(ChildStopped)
  }) as never
}
