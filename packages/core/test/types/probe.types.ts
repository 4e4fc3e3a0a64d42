import { Effect, Schema } from "effect"
import { Failure, Query, Signal, WIO, Workflow } from "@waymark/core"
type Show<T> = { show: T }
declare const show: <T>() => Show<T>
class A extends Schema.TaggedClass<A>()("A", { a: Schema.Number }) {}
class B extends Schema.TaggedClass<B>()("B", { b: Schema.Number }) {}
class E1 extends Schema.TaggedError<E1>()("E1", {}) {}
class E2 extends Schema.TaggedError<E2>()("E2", {}) {}

// 1 refusing undeclared
const Sig = Signal.make("s", { payload: Schema.Struct({ by: Schema.String }) })
export const h1 = WIO.handleSignal(Sig, { event: Schema.String, handle: (_: A) => Effect.fail(new E1()), apply: (s) => s })
// 2 wrong reply
const SigR = Signal.make("s", { payload: Schema.Struct({ by: Schema.String }), reply: Schema.String })
export const h2 = WIO.handleSignal(SigR, { event: Schema.String, handle: (_: A) => Effect.succeed(""), apply: (s) => s, reply: () => 5 })
// 3 wrong payload
export const h3 = WIO.handleSignal(SigR, { event: Schema.String, handle: (_: A, p: { by: number }) => Effect.succeed(String(p)), apply: (s) => s, reply: () => "" })
// 4 catch handler resting in Failure
const risky = WIO.fail((_: A) => new E1())
const handler = WIO.runIO("undo", { event: Schema.Number, run: (_: WIO.Failure<A, E1>) => Effect.succeed(1), apply: (f) => f.state })
export const c4: Show<1> = show<typeof w4>()
const w4 = risky.pipe(WIO.catch(handler))
// 5 flatMap unions
const fa = WIO.pure((s: A) => s)
const fb = WIO.pure((s: B) => s)
declare const ab: WIO.WIO<A, A | B>
export const f5 = ab.pipe(WIO.flatMap((s) => (s._tag === "A" ? fa : fb)))
// 6 parallel without fork
const wn = WIO.await<number>("w", { for: 1 })
export const p6 = WIO.parallel({ l: wn }, { join: (_, s: string) => s })
// 7 parallel contextual
export const p7: WIO.WIO<number, string, never, never, unknown> = WIO.parallel({ l: wn }, { fork: (n: number) => ({ l: n }) })
// 8 Workflow.make union
declare const un: WIO.WIO<A, A> | WIO.WIO<B, B>
export const m8 = Workflow.make("x", { version: 1, input: Schema.Union([A, B]), state: Schema.Union([A, B]), body: un })
// 9 Product spread
const both = WIO.parallel({ l: wn, r: wn })
const spread = both.pipe(WIO.map((s) => ({ ...s, extra: 1 })))
export const m9 = Workflow.make("x", { version: 1, input: Schema.Struct({ l: Schema.Number, r: Schema.Number }), state: Schema.Number, body: spread })
// 10 catchTag with union tag
declare const r10: WIO.WIO<A, A, { _tag: "X" | "Y"; x: number }>
export const c10 = r10.pipe(WIO.catchTag("X", WIO.pure((f: WIO.Failure<A, { reason: string }>) => f.error.reason)))
// 11 catch identity
export const c11 = risky.pipe(WIO.catch(WIO.pure((f: WIO.Failure<A, E1>) => f)))
export const s11: Show<1> = show<WIO.State<typeof c11>>()
// 12 branch then union
export const b12 = WIO.branch("b", { x: { when: (_: A | B) => true, then: un } }, WIO.pure((_: A | B) => 1))
export const s12: Show<1> = show<typeof b12>()
// 13 match structural
export const m13 = WIO.match("m", { A: WIO.pure((_: { a: number }) => 1) })
// 14 loop
export const l14 = WIO.loop("l", WIO.pure((s: A): A | B => s), { while: (s) => s._tag === "A" })
export const s14: Show<1> = show<typeof l14>()
export const l14b = WIO.loop("l", WIO.pure((n: number) => n), { while: (n) => n > 0 })
export const s14b: Show<1> = show<typeof l14b>()
// 15 runIO retry
export const r15 = WIO.runIO("r", { event: Schema.Number, error: Schema.Union([E1, E2]), run: (_: A) => Effect.succeed(1), apply: (s) => s, retry: { while: ["E3"] } })
export const r15b = WIO.runIO("r", { event: Schema.Number, error: Schema.Union([E1, E2]), run: (_: A) => Effect.fail(new E2()), apply: (s) => s, retry: { while: ["E2"] } })
export const s15: Show<1> = show<typeof r15b>()
// 16 run vs apply incompatible
export const r16 = WIO.runIO("r", { event: Schema.Number, run: (_: A) => Effect.succeed(1), apply: (s: B) => s })
export const r17 = WIO.runIO("r", { event: Schema.Number, run: (_: A | B) => Effect.succeed(1), apply: (s: A) => s })
// 18 unknown failure
export const r18 = WIO.runIO("r", { event: Schema.Number, run: (_: A) => Effect.fail(new E1()), apply: (s) => s })
const St = Query.make("s", { reply: Schema.String })
export const q1 = ab.pipe(WIO.query(St, (s) => s._tag), WIO.query(St, (s) => s._tag))
export const q2 = ab.pipe(WIO.query(St, (s: A) => s._tag))
export const q3 = ab.pipe(WIO.query(St, () => 5))
export const q4 = WIO.query(St, (s: A | B | 1) => String(s))(ab)
export const s18: Show<1> = show<typeof q4>()
export const i1 = ab.pipe(WIO.interruptWith(WIO.await<A>("t", { for: 1 })))
export const anyFailure: Failure.Failure<unknown, unknown> = Failure.make(1, 2)
// generic step
export const stamp = <S extends { amount: number }>() => WIO.runIO("r", { event: Schema.Number, run: (_: S) => Effect.succeed(1), apply: (s) => s })
// data-first
export const d1 = WIO.andThen(ab, WIO.pure((_: A) => 1))
export const d2 = WIO.andThen(ab, WIO.pure((_: A | B) => 1))
export const d3 = WIO.andThen(ab, WIO.await("x", { for: 1 }))
export const d4: WIO.WIO<A, A> = WIO.await("x", { for: 1 })
export const s19: Show<1> = show<typeof d2>()
