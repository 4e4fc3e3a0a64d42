import { Schema } from "effect"
import { WIO, Workflow } from "@waymark/core"
import type { Goto } from "@waymark/core"
import { hold, Requested, send, validate, Validated } from "./domain.ts"
import type { Bank, Completed, Fees, Held, NotEnoughFunds, TooLarge } from "./domain.ts"
import { same } from "./equals.ts"

// ---- goto: which state, and what it is given ----------------------------------------------------------------------
const jump = WIO.goto("review", 1)
same<typeof jump, Goto.Goto<"review", number>>()
same<typeof jump, WIO.Goto<"review", number>>()

// ---- machine: starts where its initial state does, ends in whatever is no jump -----------------------------------
const again = new Requested({ amount: 1 })
const machine = WIO.machine("withdrawal", {
  initial: "validating",
  states: {
    validating: validate.pipe(WIO.map((s) => WIO.goto("holding", s))),
    holding: hold.pipe(WIO.map((s) => (s.amount > 0 ? WIO.goto("sending", s) : WIO.goto("validating", again)))),
    sending: send
  }
})
same<
  typeof machine,
  WIO.WIO<Requested, Completed, TooLarge | NotEnoughFunds, Fees | Bank, Requested | Validated | Held | Completed>
>()

// Several ends; a state nobody goes to counts as well, since a jump may be added any time.
const ends = WIO.machine("ends", {
  initial: "a",
  states: {
    a: WIO.pure((n: number) => (n > 1 ? WIO.goto("b", n) : ("small" as const))),
    b: WIO.pure((n: number) => (n > 2 ? WIO.goto("a", n - 1) : n)),
    lost: WIO.pure((s: string) => s === "")
  }
})
same<typeof ends, WIO.WIO<number, "small" | number | boolean>>()

// A state may start from more than it is given, and a jump may go to one of several.
const wide = WIO.machine("wide", {
  initial: "start",
  states: {
    start: WIO.pure((n: number) => WIO.goto(n > 1 ? "left" : "right", n)),
    left: WIO.pure((n: number | string) => n),
    right: WIO.pure((_: unknown) => true as const)
  }
})
same<typeof wide, WIO.WIO<number, string | number | true>>()

// A machine that is a state of another: each knows its own states.
const nested = WIO.machine("outer", {
  initial: "inner",
  states: {
    inner: machine.pipe(WIO.map((s) => WIO.goto("end", s))),
    end: WIO.pure((s: Completed) => s.txId)
  }
})
same<WIO.Out<typeof nested>, string>()
same<WIO.State<typeof nested>, Requested | Validated | Held | Completed | string>()

// A jump inside a choice or a handler is found as well.
const reject = WIO.pure((failure: WIO.Failure<unknown, TooLarge>) => WIO.goto("rejected", failure.error.limit))
const caught = WIO.machine("caught", {
  initial: "validating",
  states: { validating: validate.pipe(WIO.catch(reject)), rejected: WIO.pure((limit: number) => limit) }
})
same<typeof caught, WIO.WIO<Requested, Validated | number, never, Fees, Requested | Validated | number>>()

// A name that is known at run time only may be any of them: nothing is checked, and it ends nowhere.
declare const to: string
const anywhere = WIO.machine("any", { initial: "a", states: { a: WIO.pure((n: number) => WIO.goto(to, n)) } })
same<typeof anywhere, WIO.WIO<number, never>>()

const numbers = WIO.pure((n: number) => n)
const toC = WIO.pure((n: number) => WIO.goto("c", n))
const toB = WIO.pure((n: number) => WIO.goto("b", n))
const texts = WIO.pure((s: string) => s)
// @ts-expect-error there is no state c
WIO.machine("m", { initial: "a", states: { a: toC, b: numbers } })
// @ts-expect-error b starts from a string
WIO.machine("m", { initial: "a", states: { a: toB, b: texts } })
// @ts-expect-error z is no state
WIO.machine("m", { initial: "z", states: { a: toB, b: numbers } })
const some = WIO.pure((n: number) => (n > 1 ? WIO.goto("b", n) : WIO.goto("c", n)))
// @ts-expect-error one of the two goes nowhere
WIO.machine("m", { initial: "a", states: { a: some, b: numbers } })
const oneOf = WIO.pure((n: number) => WIO.goto(n > 1 ? "b" : "c", n))
// @ts-expect-error one of the two goes nowhere
WIO.machine("m", { initial: "a", states: { a: oneOf, b: numbers } })
const mixed = WIO.pure((n: number): Goto.Goto<"b", number | string> => WIO.goto("b", n))
// @ts-expect-error b may be given a string, from which it does not start
WIO.machine("m", { initial: "a", states: { a: mixed, b: numbers } })
// @ts-expect-error an inner machine cannot go to a state of the one around it
WIO.machine("m", { initial: "a", states: { a: WIO.machine("i", { initial: "x", states: { x: toB } }), b: numbers } })
// @ts-expect-error a state is a workflow
WIO.machine("m", { initial: "a", states: { a: (n: number) => n } })
// @ts-expect-error it starts where its initial state does
validate.pipe(WIO.andThen(machine))

const state = Schema.Union([Requested, Validated])
const lost = validate.pipe(WIO.map((s) => WIO.goto("b", s)))
// @ts-expect-error outside a machine, a jump is a state that no schema covers
Workflow.make("Lost", { version: 1, input: Requested, state, body: lost.pipe(WIO.catch(WIO.pure(() => again))) })
