/**
 * An import of many pages in one step, which goes on from its last heartbeat.
 *
 * A heartbeat says that a long effect is alive and how far it is. An attempt that is silent for too long is
 * interrupted, and the next one, after a crash on another machine too, finds in `Step.info` what the last heartbeat
 * said. Unlike a step for each page this leaves no trail in the journal: only the last word is kept.
 */
import { Context, Effect, Layer, Ref, Schema } from "effect"
import { Step, WIO, Workflow } from "@waymark/core"
import { Engine } from "@waymark/interpreter"

export class Import extends Schema.TaggedClass<Import>()("Import", { pages: Schema.Int }) {}
export class Imported extends Schema.TaggedClass<Imported>()("Imported", { pages: Schema.Int, attempts: Schema.Int }) {}

export class Archive extends Context.Service<
  Archive,
  {
    readonly copy: (page: number) => Effect.Effect<void>
    /** Which pages it was asked for, in order. */
    readonly asked: Effect.Effect<ReadonlyArray<number>>
  }
>()("derecho-tour/Archive") {
  /** It hangs when it is asked for page 3 for the first time. */
  static readonly layer = Layer.effect(
    Archive,
    Effect.gen(function* () {
      const asked = yield* Ref.make<ReadonlyArray<number>>([])
      return {
        copy: Effect.fnUntraced(function* (page) {
          const before = yield* Ref.getAndUpdate(asked, (pages) => [...pages, page])
          if (page === 3 && !before.includes(3)) return yield* Effect.never
          yield* Effect.sleep("20 seconds")
        }),
        asked: Ref.get(asked)
      }
    })
  )
}

const copyAll = WIO.runIO("copy all pages", {
  event: Schema.Struct({ attempts: Schema.Int }),
  run: ({ pages }: Import) =>
    Effect.gen(function* () {
      const archive = yield* Archive
      const { attempt, details } = yield* Step.info
      const copied = typeof details === "number" ? details : 0
      for (let page = copied + 1; page <= pages; page++) {
        yield* archive.copy(page)
        yield* Step.heartbeat(page) // goes on once that is durable
      }
      return { attempts: attempt }
    }),
  apply: ({ pages }, { attempts }) => new Imported({ pages, attempts }),
  retry: { initial: "1 second" },
  timeouts: { heartbeat: "30 seconds" }
})

export const Importing = Workflow.make("Importing", {
  version: 1,
  input: Import,
  state: Schema.Union([Import, Imported]),
  body: copyAll
})

export const program = Effect.gen(function* () {
  const engine = yield* Engine
  const importing = yield* engine.start(Importing, { id: "import-1", input: new Import({ pages: 5 }) })
  const imported = yield* importing.result
  return { imported, asked: yield* Archive.use((archive) => archive.asked) }
})

export const layer = Engine.layer({ workflows: [Importing] }).pipe(Layer.provideMerge(Archive.layer))
