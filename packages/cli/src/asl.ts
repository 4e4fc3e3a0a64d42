/** `waymark asl`: state machines in the Amazon States Language, checked, tried out and drawn. */
import { Asl, type AslInvalid, placeOf } from "@waymark/asl"
import type { Mock } from "@waymark/asl/mock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as path from "node:path"
import * as files from "./internal/files.ts"
import * as pictures from "./internal/pictures.ts"
import { misuse, refuse } from "./internal/refusal.ts"

const definition = Argument.String("definition").pipe(
  Argument.withDescription("A file with a definition: order.asl.json")
)

const substitute = Flag.KeyValuePair("substitute").pipe(
  Flag.withDescription("A value for a placeholder, ${Name}, of the definition: Name=value; may be given several times"),
  Flag.withDefault({})
)

/** What each command is given: the definition. */
const given = { definition, substitute }

const invalid = (file: string) => (error: AslInvalid) => refuse(`${file}: ${error.message}`)

type Values = Readonly<Record<string, string>>

/** A value is for a placeholder that there is: one for another is a slip that nothing else shows. */
const fitting = (file: string, text: string, placeholders: ReadonlyArray<Asl.Placeholder>, values: Values) => {
  const names = placeholders.map(({ name }) => name)
  const unknown = Object.keys(values).find((name) => !names.includes(name))
  // What is not JSON is told as such.
  if (unknown === undefined || (names.length === 0 && Result.isFailure(Asl.parse(text, { name: file }))))
    return Effect.void
  const meant = names.length === 0 ? "It has none: take --substitute away." : `Did you mean ${names.join(" or ")}?`
  return misuse(`--substitute ${unknown}=${values[unknown]}: ${file} has no placeholder \${${unknown}}`, meant)
}

/** The state machine in a file, and what it cannot be started without, in words. */
const machineIn = Effect.fnUntraced(function* (file: string, values: Values) {
  const text = yield* files.read(file)
  const placeholders = Asl.placeholders(text, values)
  yield* fitting(file, text, placeholders, values)
  const name = path.basename(file).replace(/(\.asl)?\.json$/, "")
  const parsed = Asl.parse(text, { name, substitutions: values })
  const machine = yield* Effect.mapError(Effect.fromResult(parsed), invalid(file))
  return { machine, missing: missingIn(placeholders) }
})

/** Where values are missing that nothing runs without, and the options that give them. */
const missingIn = (placeholders: ReadonlyArray<Asl.Placeholder>): string | undefined => {
  const missing = placeholders.filter(({ missingAt }) => missingAt.length > 0)
  if (missing.length === 0) return undefined
  const places = missing.flatMap(({ missingAt, name }) => missingAt.map((place) => `${placeOf(place)} is \${${name}}`))
  const flags = missing.map(({ name }) => `--substitute ${name}=…`)
  return `${places.join(", ")}: nothing runs without a value there. Give ${flags.join(" ")}.`
}

/** Only a run loads what it needs. */
const mocking = Effect.promise(() => import("@waymark/asl/mock"))

/** What tasks answer, in a file. */
const mocksIn = Effect.fnUntraced(function* (file: string) {
  const json = yield* files.readJson(file, "what each task answers")
  const odd = (place: string) =>
    refuse(
      `${file}: ${place}`,
      'Give answers by state or resource: { "Ask": { "return": 42 } }, { "Ask": { "throw": { "error": "Busy" } } }, or a list of such.'
    )
  const { Mock } = yield* mocking
  const isAnswer = (value: unknown): boolean =>
    Array.isArray(value) ? value.length > 0 && value.every(Mock.isOutcome) : Mock.isOutcome(value)
  if (!Predicate.isObject(json)) return yield* odd("the mocks are no object")
  const wrong = Object.keys(json).find((name) => !isAnswer(json[name]))
  if (wrong !== undefined) return yield* odd(`what is given for "${wrong}" is no answer`)
  return json as Mock.Mocks
})

/** An input, which is given itself, and not as the file that it is in. */
const inputIn = Effect.fnUntraced(function* (text: string) {
  const parsed = Result.try(() => JSON.parse(text) as Schema.Json)
  if (Result.isSuccess(parsed)) return parsed.success
  const isFile = text.endsWith(".json") || (yield* files.isThere(text))
  const next = isFile
    ? `It takes the JSON itself: --input "$(cat ${text})".`
    : `Quote it for the shell: --input '{ "amount": 5 }'.`
  return yield* misuse(`--input is no JSON: ${String(parsed.failure)}`, next)
})

const check = Command.make(
  "check",
  given,
  Effect.fn(function* ({ definition: file, substitute }) {
    const { missing } = yield* machineIn(file, substitute)
    yield* Console.log(`${file} is in order${missing === undefined ? "" : `\n${missing}`}`)
  })
).pipe(Command.withDescription("Says everything that is wrong with a definition"))

const run = Command.make(
  "run",
  {
    ...given,
    input: Flag.String("input").pipe(Flag.withDescription("The input, as JSON"), Flag.withDefault("{}")),
    mocks: Flag.String("mocks").pipe(
      Flag.withDescription('A JSON file with what tasks answer, by state or resource: { "Ask": { "return": 42 } }'),
      Flag.optional
    )
  },
  Effect.fn(function* ({ definition: file, input: text, mocks, substitute }) {
    const input = yield* inputIn(text)
    const { machine, missing } = yield* machineIn(file, substitute)
    const answers = Option.isSome(mocks) ? yield* mocksIn(mocks.value) : {}
    const { Mock } = yield* mocking
    const { events: _, ...ran } = yield* Mock.run(machine, input, answers)
    // A run without a value says so as to a program, and here it is the command line that gives one.
    const report = missing === undefined ? ran : { ...ran, cause: missing }
    yield* Console.log(JSON.stringify(report, null, 2))
    if (report.status !== "SUCCEEDED") {
      return yield* refuse(`${file} ended ${report.status}`, report.cause ?? "See the report above.")
    }
  })
).pipe(Command.withDescription("Runs a state machine, its tasks answered from a file; waits are over at once"))

const render = Command.make(
  "render",
  { ...given, ...pictures.flags },
  Effect.fn(function* ({ definition: file, output, substitute, ...style }) {
    const { machine } = yield* machineIn(file, substitute)
    yield* files.give(output, yield* pictures.text({ workflow: machine }, style))
  })
).pipe(Command.withDescription("Draws a state machine as a picture"))

export const asl = Command.make("asl").pipe(
  Command.withDescription("State machines in the Amazon States Language"),
  Command.withSubcommands([check, run, render]),
  Command.withExamples([
    { command: "waymark asl check order.asl.json", description: "Everything that is wrong with a definition" },
    { command: "waymark asl run order.asl.json --input '{ \"amount\": 5 }' --mocks mocks.json", description: "A try" },
    { command: "waymark asl render order.asl.json -o order.mmd", description: "A picture, in Mermaid" }
  ])
)
