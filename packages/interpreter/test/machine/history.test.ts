/** Patches: what events did to the state, in one and the same words as the whole states, and found without looking at those. */
import { Failure, Product, WIO, Workflow, type Codec } from "@waymark/core"
import { Command, Execution, type Event } from "@waymark/interpreter"
import { Generator, Laws } from "@waymark/interpreter/testing"
import { Effect, JsonPatch, Result, Schema, SchemaGetter } from "effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ok } from "../support/log.ts"

const { plan } = Generator

/** The oracle: a state as JSON, the whole of it. What no schema describes is shown as nothing. */
const encoded = (codec: Codec.Codec<unknown>, state: unknown): Schema.Json => {
  if (Product.is(state)) {
    return Object.fromEntries(Object.entries(state).map(([key, part]) => [key, encoded(codec, part)]))
  }
  if (Failure.is(state)) return encoded(codec, state.state)
  return Result.getOrElse(codec.encode(state), () => null)
}

const whole = (workflow: Workflow.Any, execution: Execution.Any): Schema.Json =>
  encoded(workflow.state, Execution.state(execution))

const applied = (patch: Schema.Json | undefined, to: Schema.Json): Schema.Json =>
  JsonPatch.apply(patch as unknown as JsonPatch.JsonPatch, to)

/** The executions that the events of a journal lead to, one by one. */
const executionsOf = (workflow: Workflow.Any, journal: ReadonlyArray<Event.Event>): ReadonlyArray<Execution.Any> => {
  const executions: Array<Execution.Any> = []
  let execution: Execution.Any | undefined
  for (const event of journal) {
    execution = ok(execution === undefined ? Execution.recover(workflow, [event]) : Execution.evolve(execution, event))
    executions.push(execution)
  }
  return executions
}

/** Patches applied one after the other show, after each event, the state as it is. */
const tell = (workflow: Workflow.Any, journal: ReadonlyArray<Event.Event>, trail: ReadonlyArray<Event.Event>): void => {
  let shown: Schema.Json = null
  expect(trail).toHaveLength(journal.length)
  for (const [position, execution] of executionsOf(workflow, journal).entries()) {
    shown = applied(trail[position]?.patch, shown)
    expect(shown, `after event ${position}, "${journal[position]?.kind}"`).toEqual(whole(workflow, execution))
  }
}

/** The same run, with what each event did kept beside it. */
const audited = (generated: Generator.Case): ReadonlyArray<Event.Event> => {
  const { machine } = Laws.pure
  const audit = { audit: true } as const
  return Laws.run(generated, {
    ...Laws.pure,
    machine: {
      ...machine,
      tryStart: (workflow, input, options) => machine.tryStart(workflow, input, { ...options, ...audit }),
      step: (execution, command, moment) => machine.step(execution, command, { ...moment, ...audit })
    }
  }).journal
}

const historyTells = (generated: Generator.Case): void => {
  const { journal, workflow } = Laws.run(generated)
  tell(workflow, journal, ok(Execution.history(workflow, journal)))
}

const auditTells = (generated: Generator.Case): void => {
  const { journal, workflow } = Laws.run(generated)
  tell(workflow, journal, audited(generated))
}

const patchLeads = (generated: Generator.Case): void => {
  const { journal, workflow } = Laws.run(generated)
  const executions = executionsOf(workflow, journal)
  // Of another process, so that it shares nothing with the others.
  const others = executionsOf(workflow, journal)
  const [first] = executions
  if (first === undefined) throw new Error("nothing was started")
  const nothing = Execution.patch(undefined, first)
  expect(applied(nothing, null)).toEqual(whole(workflow, first))
  for (const [from, before] of executions.entries()) {
    for (const [to, after] of [...executions, ...others].entries()) {
      const patch = Execution.patch(before, after)
      expect(applied(patch, whole(workflow, before)), `from ${from} to ${to}`).toEqual(whole(workflow, after))
    }
  }
}

const properties = [
  ["of a history show each state as it is", historyTells, 250],
  ["that an audit keeps show each state as it is", auditTells, 150],
  ["between any two executions of a run lead from one to the other", patchLeads, 100]
] as const

/** What a property failed for once, at its smallest. */
const examples: Readonly<Record<string, Generator.Plan>> = {
  "items within an embedded workflow": plan("Embed", 0, plan("ForEach", 0, plan("Child"))),
  "a race within an embedded workflow that hides it": plan("Embed", 4, plan("Race", 0, plan("RunIO"))),
  "one race after the other": plan(
    "AndThen",
    0,
    plan("Race", 0, plan("SignalTo")),
    plan("Race", 0, plan("Await"), plan("RunIO"))
  ),
  "branches after items": plan(
    "AndThen",
    0,
    plan("ForEach", 0, plan("RunIO")),
    plan("Parallel", 0, plan("RunIO"), plan("RunIO"))
  ),
  "branches whose keys a pointer escapes": plan(
    "Parallel",
    0,
    plan("Pure"),
    plan("Pure"),
    plan("HandleSignal"),
    plan("RunIO")
  ),
  "items that a handler goes on with": plan("Catch", 0, plan("Fail", 3), plan("ForEach", 0, plan("Await"))),
  "items that wait for a place": plan("AndThen", 0, plan("Pure"), plan("ForEach", 1, plan("RunIO"))),
  "items by two, in the rounds of a loop": plan("Loop", 0, plan("ForEach", 2, plan("RunIO")))
}

describe("applied one after the other, the patches", () => {
  it.each(properties)("%s", (_, property, numRuns) => {
    fc.assert(
      fc.property(Generator.cases({ size: 20 }), (generated) => property(generated)),
      { numRuns }
    )
  })

  for (const [name, example] of Object.entries(examples)) {
    it(`do so for ${name}`, () => {
      for (const [, property] of properties) {
        for (const n of [0, 7, 8]) property({ ...caseOf(example), input: { _tag: "S", n, fuel: 4 } })
      }
    })
  }
})

const caseOf = (given: Generator.Plan): Generator.Case => ({
  plan: given,
  names: "unique",
  input: { _tag: "S", n: 7, fuel: 4 },
  script: { moves: [], outcomes: [] },
  salt: 0
})

/** A number that counts how often it is written. */
const counting = () => {
  const counter = { written: 0 }
  const schema = Schema.Number.pipe(
    Schema.decodeTo(Schema.Number, {
      decode: SchemaGetter.passthrough(),
      encode: SchemaGetter.transform((n: number) => {
        counter.written++
        return n
      })
    })
  )
  return { counter, schema }
}

const add = WIO.runIO("add", {
  event: Schema.Number,
  run: (_: number) => Effect.succeed(1),
  apply: (n, one) => n + one
})

const started = (workflow: Workflow.Any, input: number, audit = false) =>
  Execution.start(workflow as Workflow.Workflow<string, number, unknown, never, never, unknown>, input, {
    id: "w",
    at: 0,
    audit
  })

const succeed = (execution: Execution.Any, path: string, audit = false) =>
  ok(Execution.step(execution, Command.succeed({ path, ordinal: 0, name: "add" }, 1), { at: 1, audit }))

/** Items that each take one step, so many at a time; the number of one is its key. */
const items = (schema: Schema.Codec<number, number>, keys: ReadonlyArray<string>, concurrency: number) =>
  Workflow.make("Items", {
    version: 1,
    input: Schema.Number,
    state: schema,
    body: WIO.forEach("all", {
      items: (_: number) => keys.map((_, index) => index),
      key: (index) => keys[index] ?? "",
      body: add,
      concurrency,
      join: (outs) => outs.reduce((all, n) => all + n, 0)
    })
  })

/** A whole run, item by item. */
const run = (workflow: Workflow.Any, keys: ReadonlyArray<string>, audit: boolean): ReadonlyArray<Event.Event> => {
  let { events, execution }: Execution.Step<Execution.Any> = started(workflow, 0, audit)
  const journal = [...events]
  for (const key of keys) {
    ;({ events, execution } = succeed(execution, `0:${key}`, audit))
    journal.push(...events)
  }
  expect(Execution.status(execution)).toBe("completed")
  return journal
}

describe("a patch", () => {
  const ITEMS = 2_000
  const keys = Array.from({ length: ITEMS }, (_, index) => `b${index}`)

  it.each([1, 100, Infinity])(
    `of one of ${ITEMS} items, %d at a time, writes what the item rests in`,
    (concurrency) => {
      const { counter, schema } = counting()
      const workflow = items(schema, keys, concurrency)
      const journal = run(workflow, keys, false)
      const counted = (of: () => unknown): number => {
        counter.written = 0
        of()
        return counter.written
      }
      // All of them at the start and at the end, and each item before and after its event.
      const most = 4 * ITEMS + 10
      const without = counted(() => run(workflow, keys, false))
      expect(counted(() => Execution.history(workflow, journal))).toBeLessThan(most)
      expect(counted(() => run(workflow, keys, true)) - without).toBeLessThan(most)
    }
  )

  it("names the place of an item whose key a pointer has to escape", () => {
    const odd = ["a/b", "~", "__proto__", ""]
    const workflow = items(Schema.Number, odd, Infinity)
    let { execution }: Execution.Step<Execution.Any> = started(workflow, 0)
    let shown = applied(Execution.patch(undefined, execution), null)
    for (const [index, path] of ["0:a~1b", "0:~0", "0:__proto__"].entries()) {
      const { execution: next } = succeed(execution, path)
      const patch = Execution.patch(execution, next)
      expect(patch).toEqual([{ op: "replace", path: ["/a~1b", "/~0", "/__proto__"][index], value: index + 1 }])
      shown = applied(patch, shown)
      expect(shown).toEqual(whole(workflow, next))
      execution = next
    }
  })

  it("of an item that is entered says nothing: it was seen before", () => {
    const workflow = items(Schema.Number, keys.slice(0, 3), 1)
    const { execution } = started(workflow, 0)
    const { execution: next } = succeed(execution, "0:b0")
    expect(Execution.patch(execution, next)).toEqual([{ op: "replace", path: "/b0", value: 1 }])
    expect(Execution.patch(next, execution)).toEqual([{ op: "replace", path: "/b0", value: 0 }])
  })

  it("shows of a failure that an item starts from the state it was reached in", () => {
    const Problem = Schema.Struct({ _tag: Schema.Literal("Oops") })
    const body = WIO.fail((_: number) => ({ _tag: "Oops" as const })).pipe(
      WIO.catch(
        WIO.forEach("all", {
          items: (failure: WIO.Failure<number, typeof Problem.Type>) => [failure, failure],
          key: (_, index) => `b${index}`,
          body: WIO.pure((failure: WIO.Failure<number, typeof Problem.Type>) => failure.state).pipe(WIO.andThen(add)),
          concurrency: 1,
          join: (outs) => outs.length
        })
      )
    )
    const workflow = Workflow.make("Failures", {
      version: 1,
      input: Schema.Number,
      state: Schema.Number,
      body
    } as never)
    const { execution } = started(workflow, 5)
    expect(Execution.patch(undefined, execution)).toEqual([{ op: "replace", path: "", value: { b0: 5, b1: 5 } }])
  })

  it("of forks within forks is found without recursion", () => {
    const DEEP = 20_000
    type Part = WIO.WIO<number, number>
    let body: Part = add
    for (let i = 0; i < DEEP; i++) {
      body = WIO.parallel({ a: body }, { fork: (n: number) => ({ a: n }), join: ({ a }) => a }) as never
    }
    const twice = WIO.parallel(
      { a: body, b: add },
      { fork: (n: number) => ({ a: n, b: n }), join: ({ a, b }) => a + b }
    )
    const workflow = Workflow.make("Deep", {
      version: 1,
      input: Schema.Number,
      state: Schema.Number,
      body: twice as Part
    })
    const { execution } = started(workflow, 0)
    const inmost = Array.from({ length: DEEP + 1 }, () => "0:a").join("/")
    const { execution: next } = succeed(execution, inmost)
    expect(Execution.patch(undefined, execution)).toHaveLength(1)
    // The forks around it are left, all at once.
    expect(Execution.patch(execution, next)).toEqual([{ op: "replace", path: "/a", value: 1 }])
    const { execution: other } = succeed(execution, "0:b")
    expect(Execution.patch(execution, other)).toEqual([{ op: "replace", path: "/b", value: 1 }])
  })
})

describe("the history of a journal with checkpoints", () => {
  const io = (name: string): WIO.WIO<number, number> =>
    WIO.runIO(name, { event: Schema.Number, run: (_: number) => Effect.succeed(1), apply: (n, one) => n + one })
  const here = (name: string) => WIO.checkpoint(name, { state: Schema.Number })
  const flow = (first: WIO.WIO<number, number>, third = io("c")) =>
    Workflow.make("Steps", {
      version: 1,
      input: Schema.Number,
      state: Schema.Number,
      body: [here("one"), io("b"), here("two"), third, here("three"), io("d")].reduce<WIO.WIO<number, number>>(
        (all, next) => WIO.andThen(all, next),
        first
      )
    })
  const journal = () => {
    const begun = Execution.start(flow(io("a")), 0, { id: "s", at: 0 })
    let { execution } = begun
    const events = [...begun.events]
    for (let ordinal = 1; Execution.pending(execution).length > 0; ordinal++) {
      const [pending] = Execution.pending(execution)
      if (pending === undefined) break
      const step = Result.getOrThrow(Execution.step(execution, Command.succeed(pending.step, ordinal), { at: ordinal }))
      execution = step.execution
      events.push(...step.events)
    }
    return events
  }
  const patches = (workflow: Workflow.Any, events: ReadonlyArray<Event.Event>) =>
    Result.getOrThrow(Execution.history(workflow, events)).map(({ kind, patch }) => [kind, patch])
  const set = (value: number) => [{ op: "replace", path: "", value }]

  it("is known from a checkpoint on where what came before does not fit any more", () => {
    expect(patches(flow(io("another")), journal())).toEqual([
      ["started", set(0)],
      ["completed", undefined],
      ["checkpoint", set(1)],
      ["completed", set(3)],
      ["checkpoint", []],
      ["completed", set(6)],
      ["checkpoint", []],
      ["completed", set(10)],
      ["ended", []]
    ])
  })

  it("is taken up as often as it has to be, and keeps what was stored", () => {
    const events = journal().map((event) => (event.seq === 1 ? { ...event, patch: set(1) } : event))
    const kinds = patches(flow(io("another"), io("other")), events)
    expect(kinds.map(([, patch]) => patch)).toEqual([
      set(0),
      set(1),
      set(1),
      set(3),
      [],
      undefined,
      set(6),
      set(10),
      []
    ])
  })

  it("is refused where the journal is: after the last checkpoint, or where it is damaged", () => {
    const changed = flow(io("a"))
    const last = journal().map((event) => (event.step === "d" ? { ...event, step: "e" } : event))
    expect(Result.isFailure(Execution.history(changed, last))).toBe(true)
    expect(Result.isFailure(Execution.recover(changed, last))).toBe(true)
    expect(Result.isFailure(Execution.history(changed, journal().toSpliced(1, 1)))).toBe(true)
  })
})
