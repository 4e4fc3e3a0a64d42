/** Named states that go to one another. */
import type * as GotoModule from "../Goto.ts"
import * as Given from "../internal/given.ts"
import { make } from "../internal/node.ts"
import type { Node } from "../Node.ts"
import type * as WIO from "../WIO.ts"

/** A way out of a state, said without running it: to another state or, without `to`, to the end of the machine. */
export interface Way {
  readonly to?: string
  /** When it is taken, for pictures. */
  readonly label?: string
}

/** Named states that go to one another. */
export interface Machine {
  readonly _tag: "Machine"
  readonly name: string
  readonly initial: string
  readonly states: Readonly<Record<string, Node>>
  /** Where each state may go; `undefined` where only running it tells. */
  readonly ways: Readonly<Record<string, ReadonlyArray<Way>>> | undefined
}

type AnyGoto = GotoModule.Any

/** What the compiler shows where a state goes to one that the machine does not have. */
interface GoesNowhere<To> {
  readonly "the machine has no state": To
}
/** What the compiler shows where a state goes to one that does not start from what it is given. */
interface GoesWith<To, State> {
  readonly "the state that a goto names does not start from what it gives": [to: To, gives: State]
}

type Check<Jump, States> =
  Jump extends GotoModule.Goto<infer To, infer State>
    ? string extends To
      ? never
      : To extends keyof States
        ? [State] extends [WIO.In<States[To]>]
          ? never
          : GoesWith<To, State>
        : GoesNowhere<To>
    : never

type Checked<W, States> = [Check<WIO.Out<W>, States>] extends [never] ? unknown : Check<WIO.Out<W>, States>

/**
 * States by name, each a workflow: where one ends in a `WIO.goto`, the machine goes on there; where it ends in anything
 * else, so does the machine. Cycles are fine: a jump leaves nothing behind, however many there are.
 *
 * Use it where the graph is no sequence with choices and loops. A jump to a state that does not exist does not
 * compile; one whose name is only known at run time throws `NoSuchState`, which leaves the instance stuck with that
 * error.
 *
 * A jump is a value, so where a state goes is seen only when it runs. `ways` says it beforehand, and pictures show that; a jump to a state that
 * it leaves out is carried out all the same.
 *
 * @throws TypeError where `initial`, or a state that `ways` names, is none of the states.
 *
 * @example
 * ```ts
 * import { WIO } from "@waymark/core"
 *
 * export const review = WIO.machine("review", {
 *   initial: "check",
 *   states: {
 *     check: WIO.pure((n: number) => (n > 10 ? WIO.goto("shrink", n) : "small enough" as const)),
 *     shrink: WIO.pure((n: number) => WIO.goto("check", n / 2))
 *   },
 *   ways: { check: [{ to: "shrink", label: "too large" }, {}], shrink: [{ to: "check" }] }
 * })
 * ```
 */
export const machine = <
  const States extends Readonly<Record<string, WIO.Any>>,
  const Initial extends keyof States & string
>(
  name: string,
  options: {
    readonly initial: Initial
    readonly states: States & { readonly [Key in keyof States]: Checked<States[Key], NoInfer<States>> }
    readonly ways?: { readonly [Key in keyof NoInfer<States>]?: ReadonlyArray<Way> }
  }
): WIO.WIO<
  WIO.In<States[Initial]>,
  Exclude<WIO.Out<States[keyof States]>, AnyGoto>,
  WIO.Error<States[keyof States]>,
  WIO.Services<States[keyof States]>,
  Exclude<WIO.State<States[keyof States]>, AnyGoto>
> => {
  const where = `WIO.machine(${Given.name("WIO.machine", name)})`
  const states = Object.fromEntries(Given.entries(where, options.states))
  if (!Object.hasOwn(states, options.initial)) {
    throw new TypeError(`${where}: initial is "${options.initial}": give one of ${Object.keys(states).join(", ")}`)
  }
  const ways = options.ways as Machine["ways"]
  for (const [state, to] of namedBy(ways)) {
    if (!Object.hasOwn(states, state) || (to !== undefined && !Object.hasOwn(states, to))) {
      throw new TypeError(
        `${where}: ways lead from "${state}" to ${to === undefined ? "the end" : `"${to}"`}: name states that there are, ${Object.keys(states).join(", ")}`
      )
    }
  }
  return make<Machine>({
    _tag: "Machine",
    name,
    initial: options.initial,
    // Without a prototype, so that a jump to "constructor" finds no state that nobody gave.
    states: Object.freeze(Object.assign(Object.create(null), states)) as never,
    ways: ways && (Object.freeze(Object.assign(Object.create(null), ways)) as never)
  }) as never
}

/** The states that ways lead from and to. */
const namedBy = (ways: Machine["ways"]): ReadonlyArray<readonly [from: string, to: string | undefined]> =>
  Object.entries(ways ?? {}).flatMap(([from, list]) => list.map(({ to }) => [from, to] as const))
