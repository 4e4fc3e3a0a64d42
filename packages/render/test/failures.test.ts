/** Which failures are drawn, and by what name. */
import { Effect, Schema } from "effect"
import { WIO, Workflow } from "@waymark/core"
import { Picture } from "@waymark/render"
import { describe, expect, it } from "vitest"
import { outline } from "./support/outline.ts"
import { NoStock, TooMuch } from "./support/workflows.ts"

class Tree extends Schema.TaggedClass<Tree>()("Tree", {
  parts: Schema.Array(Schema.suspend((): Schema.Codec<unknown> => Tree))
}) {}

const failing = <S extends Schema.Codec<unknown, unknown>>(error: S) =>
  WIO.runIO("step", { event: Schema.Number, error, run: (n: number) => Effect.succeed(n), apply: (_, n) => n })

/** The edges of failures in a workflow that may end with whatever `error` describes. */
const failuresOf = (body: WIO.WIO<number, unknown, unknown, unknown, unknown>, error: Schema.Codec<unknown, unknown>) =>
  outline(
    Picture.make(
      Workflow.make("Example", { version: 1, input: Schema.Number, state: Schema.Unknown, error, body: body as never })
    )
  ).edges.filter((edge) => edge.includes("!>"))

const tagged = (...tags: ReadonlyArray<string>) => Schema.Struct({ _tag: Schema.Literals(tags) })

describe("The failures of a step", () => {
  it.each<readonly [sentence: string, error: Schema.Codec<unknown, unknown>, label: string | undefined]>([
    ["are named by the tag of a class", TooMuch, "TooMuch"],
    ["are named by the tags of a struct", tagged("A", "B"), "A, B"],
    [
      "are named by the tags of a union, nested or not",
      Schema.Union([TooMuch, Schema.Union([NoStock, tagged("A")])]),
      "TooMuch, NoStock, A"
    ],
    ["are named where the schema is recursive", Schema.suspend((): Schema.Codec<unknown, unknown> => Tree), "Tree"],
    ["have no name where they have no tag", Schema.String, "failure"],
    ["have no name where the tag is any string", Schema.Struct({ _tag: Schema.String }), "failure"],
    [
      "have no name where the tag may be missing",
      Schema.Struct({ _tag: Schema.optionalKey(Schema.Literal("A")) }),
      "failure"
    ],
    ["are not taken for what a container holds", Schema.Option(tagged("A")), "failure"],
    ["are named as far as they are known", Schema.Union([tagged("A"), Schema.String]), "A, others"],
    ["are none where there is no error schema", Schema.Never, undefined]
  ])("%s", (_, error, label) => {
    expect(failuresOf(failing(error), Schema.Unknown)).toEqual(label === undefined ? [] : [`step !> failed : ${label}`])
  })
})

describe("The failures of a workflow", () => {
  const unknown = WIO.fail((n: number): unknown => n, { name: "fail" })
  const handler = WIO.pure((_failure: WIO.Failure<unknown, unknown>) => 0, { name: "handler" })

  it("are those that its schema names, where a step leaves them open", () => {
    expect(failuresOf(unknown, Schema.Union([TooMuch, NoStock]))).toEqual(["fail !> failed : TooMuch, NoStock"])
    expect(failuresOf(unknown, Schema.Unknown)).toEqual(["fail !> failed : failure"])
    expect(failuresOf(unknown, Schema.Never)).toEqual([])
  })

  it("that a handler of some tags may get lead to it, and beyond it where others are possible", () => {
    const some = (body: WIO.Any) => WIO.catchTag("TooMuch" as never, handler)(body as never)
    expect(failuresOf(some(unknown), NoStock)).toEqual(["fail !> handler : TooMuch", "fail !> failed : NoStock"])
    expect(failuresOf(some(unknown), Schema.Never)).toEqual(["fail !> handler : TooMuch"])
    expect(failuresOf(some(failing(Schema.Union([TooMuch, NoStock]))), Schema.Unknown)).toEqual([
      "step !> handler : TooMuch",
      "step !> failed : NoStock"
    ])
    expect(failuresOf(some(failing(NoStock)), Schema.Unknown)).toEqual(["step !> failed : NoStock"])
  })

  it("in a handler pass by the handler itself", () => {
    const failsAgain = WIO.fail((_failure: WIO.Failure<unknown, unknown>) => new NoStock(), { name: "fail again" })
    expect(failuresOf(failing(TooMuch).pipe(WIO.catch(failsAgain)), NoStock)).toEqual([
      "step !> fail again : TooMuch",
      "fail again !> failed : NoStock"
    ])
  })

  it("in branches, loops and interruptions reach the handler around them", () => {
    const step = failing(TooMuch)
    const deep = WIO.parallel(
      { a: WIO.loop("loop", step, { while: (n) => n > 0 }), b: WIO.await<number>("timer", { for: "1 day" }) },
      {
        fork: (n: number) => ({ a: n, b: n }),
        join: ({ a }) => a
      }
    ).pipe(
      WIO.interruptWith(WIO.await<unknown>("deadline", { for: "1 day" }).pipe(WIO.andThen(unknown as never))),
      WIO.catch(handler)
    )
    expect(failuresOf(deep as never, Schema.Never)).toEqual(["step !> handler : TooMuch", "fail !> handler : failure"])
  })

  it("of a child are those of its workflow, and that it was stopped; of one that is not awaited there are none", () => {
    const child = (error: Schema.Codec<unknown, unknown>, awaited: boolean) => {
      const options = { version: 1, input: Schema.Number, state: Schema.Unknown, error } as const
      const body = failing(Schema.Never)
      return WIO.child(Workflow.make("Child", { ...options, body }), {
        input: (n: number) => n,
        await: awaited as true
      })
    }
    expect(failuresOf(child(Schema.Union([TooMuch, NoStock]), true), Schema.Unknown)).toEqual([
      "Child !> failed : TooMuch, NoStock, ChildStopped"
    ])
    expect(failuresOf(child(Schema.String, true), Schema.Unknown)).toEqual(["Child !> failed : ChildStopped, others"])
    expect(failuresOf(child(TooMuch, false), Schema.Unknown)).toEqual([])
  })

  it("of what is undone or done on cancellation are none", () => {
    const cannotFail = failing(TooMuch) as never
    const body = failing(Schema.Never).pipe(WIO.compensateWith(cannotFail), WIO.onCancel(cannotFail))
    expect(failuresOf(body, Schema.Unknown)).toEqual([])
  })

  it("leave sagas, machines, embedded workflows, versions and what is not cut short as they are", () => {
    const around: ReadonlyArray<(body: WIO.WIO<number, number, unknown>) => WIO.Any> = [
      WIO.saga,
      WIO.uncancellable,
      (body) => WIO.machine("machine", { initial: "only", states: { only: body } }),
      (body) => WIO.embed(body, { in: (n: number) => n, out: (_, n) => n }),
      (body) => WIO.version("version", { before: body, after: WIO.draft<number>("draft") })
    ]
    for (const put of around) {
      expect(failuresOf(put(failing(TooMuch)) as never, Schema.Unknown)).toEqual(["step !> failed : TooMuch"])
    }
  })

  it("of all branches may be the first to settle; a race for success fails as its first branch, if all can", () => {
    const cannot = WIO.await<number>("timer", { for: "1 day" })
    const [a, b] = [failing(TooMuch), failing(NoStock)]
    const beyond = (race: WIO.Any) =>
      failuresOf(race as never, Schema.Unknown).filter((edge) => edge.includes("!> failed"))
    expect(beyond(WIO.race({ a, b }))).toEqual(["first success !> failed : TooMuch"])
    expect(beyond(WIO.race({ b, a }))).toEqual(["first success !> failed : NoStock"])
    expect(beyond(WIO.race({ a, cannot }))).toEqual([])
    expect(beyond(WIO.raceFirst({ a, b }))).toEqual(["first to settle !> failed : TooMuch, NoStock"])
    expect(beyond(WIO.raceFirst({ cannot, b }))).toEqual(["first to settle !> failed : NoStock"])
    expect(beyond(WIO.raceFirst({ cannot }))).toEqual([])
  })

  it("end where branches or items settle", () => {
    const settle = { mode: "settle" } as const
    const parallel = WIO.parallel({ a: failing(TooMuch), b: failing(NoStock) }, settle)
    const forEach = WIO.forEach("items", { items: (n: number) => [n], key: String, body: failing(TooMuch), ...settle })
    expect(failuresOf(parallel as never, Schema.Unknown)).toEqual([
      "step !> all settled : TooMuch",
      "step !> all settled : NoStock"
    ])
    expect(failuresOf(forEach as never, Schema.Unknown)).toEqual(["step !> all settled : TooMuch"])
  })
})

describe("Where branches come together", () => {
  const never = WIO.fail((_n: number) => new TooMuch(), { name: "never" })
  const endless = WIO.continueAsNew((n: number) => n)
  const step = failing(Schema.Never)
  const nodesOf = (body: WIO.Any) =>
    outline(
      Picture.make(
        Workflow.make("Example", {
          version: 1,
          input: Schema.Number,
          state: Schema.Unknown,
          error: TooMuch,
          body: body as never
        })
      )
    )
      .nodes.map((node) => node.replace(/ in .*/, ""))
      .filter((node) => !node.startsWith("start") && !node.startsWith("fork"))

  it("is drawn if they can", () => {
    expect(nodesOf(WIO.parallel({ never, step } as never))).toEqual(["fail never", "step step", "failed failed"])
    expect(nodesOf(WIO.parallel({ never, step } as never, { mode: "settle" }))).toEqual([
      "fail never",
      "step step",
      "join all settled",
      "completed completed"
    ])
    expect(nodesOf(WIO.parallel({ endless, step } as never, { mode: "settle" }))).toEqual([
      "continued continue as new",
      "step step"
    ])
    expect(nodesOf(WIO.race({ never, step }))).toEqual([
      "fail never",
      "step step",
      "winner first success",
      "completed completed"
    ])
    expect(nodesOf(WIO.race({ never }))).toEqual(["fail never", "winner first success", "failed failed"])
    expect(nodesOf(WIO.race({ never, endless }))).toEqual(["fail never", "continued continue as new"])
  })

  it("is no place that a body goes to which never ends, nor is what undoes it", () => {
    const body = never.pipe(WIO.compensateWith(failing(Schema.Never)))
    expect(nodesOf(body)).toEqual(["fail never", "step step", "failed failed"])
    expect(nodesOf(WIO.machine("machine", { initial: "only", states: { only: never } }))).toEqual([
      "fail never",
      "failed failed"
    ])
  })
})
