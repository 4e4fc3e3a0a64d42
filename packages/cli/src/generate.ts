/** `waymark generate`: the modules that stand for `.mermaid` files. */
import { Diagram } from "@waymark/render"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { existsSync } from "node:fs"
import * as files from "./internal/files.ts"
import { refuse, type Refused } from "./internal/refusal.ts"

/** The files that patterns stand for, each once, none of an installed package. Each stands for one at least. */
const matching = Effect.fnUntraced(function* (patterns: ReadonlyArray<string>) {
  const fs = yield* FileSystem.FileSystem
  const found = yield* Effect.forEach(patterns, (pattern) =>
    Effect.flatMap(
      Effect.mapError(fs.glob(pattern), ({ message }) =>
        refuse(`${pattern} cannot be looked for: ${message}`, "Give paths, or patterns such as '**/*.mermaid'.")
      ),
      (files) => {
        const own = files.filter((file) => !file.split("/").includes("node_modules"))
        return own.length > 0 ? Effect.succeed(own) : Effect.fail(nothing(pattern))
      }
    )
  )
  return Array.from(new Set(found.flat())).toSorted()
})

const nothing = (pattern: string): Refused =>
  /[*?[\]{}!]/.test(pattern)
    ? refuse(`no file matches ${pattern}`, "Quote patterns, so that the shell leaves them alone.")
    : files.absent(pattern)

/** The name of a workflow as a constant: "order review" is OrderReview. */
const constant = (title: string): string => {
  const words = title.split(/[^\p{ID_Continue}]+/u).filter((word) => word !== "")
  const name = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("")
  // `Diagram` is what the module imports.
  return /^\p{ID_Start}/u.test(name) && name !== "Diagram" ? name : `_${name}`
}

/** What became of a file. */
type Outcome = "written" | "fresh" | "stale" | "missing" | Refused

const generated = Effect.fnUntraced(function* (
  file: string,
  check: boolean
): Effect.fn.Return<Outcome, Refused, FileSystem.FileSystem> {
  const text = yield* files.read(file)
  const graph = Diagram.read(text)
  if (Result.isFailure(graph)) return refuse(`${file}: ${graph.failure.message}`)
  const module = Diagram.moduleText(text, constant(graph.success.title))
  const target = `${file}.ts`
  const present = yield* Effect.option(files.read(target))
  if (Option.isSome(present) && present.value === module) return "fresh"
  if (check) return existsSync(target) ? "stale" : "missing"
  yield* files.write(target, module)
  return "written"
})

export const generate = Command.make(
  "generate",
  {
    patterns: Argument.String("pattern").pipe(
      Argument.withDescription("Diagrams, by path or by pattern: '**/*.mermaid'"),
      Argument.variadic({ min: 1 })
    ),
    check: Flag.Boolean("check").pipe(
      Flag.withDescription("Writes nothing, and fails where a module is missing, or not what its diagram says"),
      Flag.withDefault(false)
    )
  },
  Effect.fn(function* ({ check, patterns }) {
    const outcomes = yield* Effect.forEach(yield* matching(patterns), (file) =>
      Effect.map(Effect.catch(generated(file, check), Effect.succeed), (outcome) => ({ file, outcome }))
    )
    const of = (wanted: Outcome) => outcomes.filter(({ outcome }) => outcome === wanted).map(({ file }) => `${file}.ts`)
    const written = of("written")
    for (const target of written) yield* Console.log(`written  ${target}`)
    const wrong = outcomes.flatMap(({ outcome }) => (typeof outcome === "string" ? [] : [outcome.message]))
    const old = [
      ...of("missing").map((target) => `${target} is missing`),
      ...of("stale").map((target) => `${target} is not what its diagram says`)
    ]
    if (wrong.length === 0 && old.length === 0) {
      return yield* Console.log(`${written.length} written, ${of("fresh").length} up to date`)
    }
    return yield* refuse(
      [...wrong, ...old].join("\n"),
      old.length > 0
        ? "Run waymark generate without --check."
        : written.length > 0
          ? "The modules of the others are written."
          : undefined
    )
  })
).pipe(
  Command.withDescription("Writes the module that stands for each .mermaid file beside it"),
  Command.withExamples([
    {
      command: "waymark generate '**/*.mermaid'",
      description: "review.mermaid with the title Review gives: import { Review } from './review.mermaid.js'"
    },
    {
      command: "waymark generate --check '**/*.mermaid'",
      description: "In a build: fails where one is missing or stale"
    }
  ])
)
