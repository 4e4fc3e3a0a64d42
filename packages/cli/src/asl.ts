/** `waymark asl`: state machines in the Amazon States Language, checked, tried out and drawn. */
import { Asl, type AslInvalid } from "@waymark/asl"
import type { Mock } from "@waymark/asl/mock"
import { Picture } from "@waymark/render"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
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

/** The state machine in a file. */
const machineIn = Effect.fnUntraced(function* (file: string, substitute: Readonly<Record<string, string>>) {
  const text = yield* files.read(file)
  const name = path.basename(file).replace(/(\.asl)?\.json$/, "")
  return yield* Effect.mapError(Effect.fromResult(Asl.parse(text, { name, substitutions: substitute })), invalid(file))
})

const isOutcome = (value: unknown): boolean =>
  Predicate.isObject(value) && ("return" in value || Predicate.isObject(value["throw"]))

const isAnswer = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 && value.every(isOutcome) : isOutcome(value)

/** What tasks answer, in a file. */
const mocksIn = Effect.fnUntraced(function* (file: string) {
  const json = yield* files.readJson(file, "what each task answers")
  const odd = (place: string) =>
    refuse(
      `${file}: ${place}`,
      'Give answers by state or resource: { "Ask": { "return": 42 } }, { "Ask": { "throw": { "error": "Busy" } } }, or a list of such.'
    )
  if (!Predicate.isObject(json)) return yield* odd("the mocks are no object")
  const wrong = Object.keys(json).find((name) => !isAnswer(json[name]))
  if (wrong !== undefined) return yield* odd(`what is given for "${wrong}" is no answer`)
  return json as Mock.Mocks
})

const check = Command.make(
  "check",
  given,
  Effect.fn(function* ({ definition: file, substitute }) {
    yield* machineIn(file, substitute)
    yield* Console.log(`${file} is in order`)
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
    const input = yield* Effect.try({
      try: () => JSON.parse(text) as Schema.Json,
      catch: (cause) =>
        misuse(`--input is no JSON: ${String(cause)}`, `Quote it for the shell: --input '{ "amount": 5 }'.`)
    })
    const machine = yield* machineIn(file, substitute)
    const answers = Option.isSome(mocks) ? yield* mocksIn(mocks.value) : {}
    const { Mock } = yield* Effect.promise(() => import("@waymark/asl/mock"))
    const { events: _, ...report } = yield* Mock.run(machine, input, answers)
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
    yield* files.give(output, yield* pictures.text(Picture.make(yield* machineIn(file, substitute)), style))
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
