/**
 * A batch: the same steps for each picture of an album, two at a time, and one broken picture does not stop the
 * others.
 *
 * For work whose items are known when it starts. Each item has a key, so its events are told apart in the journal, and
 * after a restart only what was not finished goes on. With many thousands of items, or where each should be looked at
 * by itself, start children instead.
 */
import { Array, Context, Effect, Layer, Schema } from "effect"
import { WIO, Workflow } from "@waymark/core"
import { Engine } from "@waymark/interpreter"

export class Album extends Schema.TaggedClass<Album>()("Album", { pictures: Schema.Array(Schema.String) }) {}
export class Picture extends Schema.TaggedClass<Picture>()("Picture", { file: Schema.String }) {}
export class Thumbnail extends Schema.TaggedClass<Thumbnail>()("Thumbnail", { file: Schema.String }) {}
export class Gallery extends Schema.TaggedClass<Gallery>()("Gallery", {
  thumbnails: Schema.Array(Schema.String),
  broken: Schema.Array(Schema.String)
}) {}

export class Unreadable extends Schema.TaggedError<Unreadable>()("Unreadable", { file: Schema.String }) {}

export class Scaler extends Context.Service<
  Scaler,
  { readonly scale: (file: string) => Effect.Effect<string, Unreadable> }
>()("derecho-tour/Scaler") {
  /** It takes a second for a picture. */
  static readonly layer = Layer.succeed(Scaler, {
    scale: (file) =>
      file === "blurred"
        ? Effect.fail(new Unreadable({ file }))
        : Effect.delay(Effect.succeed(`small ${file}`), "1 second")
  })
}

const scale = WIO.runIO("scale", {
  event: Schema.String,
  error: Unreadable,
  run: ({ file }: Picture) => Scaler.use((scaler) => scaler.scale(file)),
  apply: (_, file) => new Thumbnail({ file })
})

const scaleAll = WIO.forEach("scale all", {
  items: ({ pictures }: Album) => pictures.map((file) => new Picture({ file })),
  key: ({ file }) => file,
  body: scale,
  concurrency: 2,
  mode: "settle", // a Result for each; left out, the first failure would interrupt the others
  join: (results) => {
    const thumbnails = Array.getSuccesses(results).map(({ file }) => file)
    return new Gallery({ thumbnails, broken: Array.getFailures(results).map(({ file }) => file) })
  }
})

export const Batch = Workflow.make("Batch", {
  version: 1,
  input: Album,
  state: Schema.Union([Album, Picture, Thumbnail, Gallery]),
  body: scaleAll
})

export const program = Effect.gen(function* () {
  const engine = yield* Engine
  const album = new Album({ pictures: ["sea", "hill", "blurred", "wood", "town"] })
  const batch = yield* engine.start(Batch, { id: "album-1", input: album })
  return yield* batch.result
})

export const layer = Engine.layer({ workflows: [Batch] }).pipe(Layer.provide(Scaler.layer))
