/** What the compiler says is part of the library: a mistake must be named, not only found. */
import { readdirSync, readFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { beforeAll, describe, expect, it } from "vitest"
import { compile, type Complaint } from "./support/compiler.ts"

const fixtures = join(dirname(fileURLToPath(import.meta.url)), "fixtures")

/** For each fixture: the line it is found in, and what the message has to name. */
const cases: Readonly<Record<string, { readonly at: string; readonly says: ReadonlyArray<string> }>> = {
  wrongOrder: { at: "WIO.andThen(send)", says: ["Property 'hold' is missing in type 'Validated'", "'Held'"] },
  wrongOrderDataFirst: { at: "WIO.andThen(validate, send)", says: ["missing in type 'Validated'", "'Held'"] },
  missingCase: { at: "WIO.match(", says: ["'Held | Validated' is not assignable to type 'Validated'", "'Held'"] },
  misspeltTag: { at: "Hold: send", says: ["this workflow does not start from a state with _tag", `"Hold"`] },
  stateNotCovered: { at: "body:", says: ["the state schema does not cover", "StateNotCovered<Held>"] },
  stateUnknown: { at: "body:", says: ["a state of the body is unknown", "StateUnknown"] },
  inputNotAccepted: { at: "body:", says: ["the body does not start from the input", "InputNotAccepted<Cancelled>"] },
  errorNotCovered: { at: "body:", says: ["the error schema does not cover", "ErrorNotCovered<NotEnoughFunds>"] },
  unknownTag: { at: "WIO.catchTag", says: ["this workflow never fails with", `UnknownTag<"TooSmall">`] },
  handlerTooNarrow: { at: "WIO.catch(", says: ["'NotEnoughFunds'", "required in type 'TooLarge'"] },
  timerWithoutState: { at: "WIO.await(", says: ["Type 'Validated' is not assignable to type 'never'"] },
  queryNotTotal: { at: "s.fee", says: ["Property 'fee' does not exist on type 'Requested'"] },
  undeclaredError: { at: "run:", says: ["Type 'TooLarge' is not assignable to type 'never'"] },
  undeclaredRefusal: { at: "handle:", says: ["Type 'TooLarge' is not assignable to type 'never'"] },
  unknownRetryTag: { at: "retry:", says: [`Type '"TooSmall"' is not assignable to type '"TooLarge"'`] },
  missingReply: { at: "WIO.handleSignal(", says: ["Property 'reply' is missing"] },
  missingFork: { at: "fork:", says: ["Property 'right' is missing"] },
  gotoNowhere: { at: "check:", says: ["the machine has no state", 'GoesNowhere<"shirnk">'] },
  gotoWrongState: {
    at: "validating:",
    says: ["the state that a goto names does not start from what it gives", 'GoesWith<"holding", number>']
  },
  gotoOutside: { at: "body:", says: ["the state schema does not cover", 'StateNotCovered<Goto<"review", Requested>>'] },
  noInitialState: { at: "initial:", says: [`Type '"start"' is not assignable to type '"holding"'`] },
  itemNotAccepted: { at: "body:", says: ["the body does not start from the item", "ItemNotAccepted<Requested>"] },
  racingApart: { at: "WIO.race(", says: ["the branches start from different states", "StartApart"] },
  racingApartPiped: { at: "WIO.race(", says: ["the branches start from different states", "StartApart"] },
  settledJoin: { at: "hold.amount", says: ["Property 'amount' does not exist on type 'Result<Held, NotEnoughFunds>'"] },
  untilTooEarly: { at: "validate.fee", says: ["Property 'fee' does not exist on type 'Requested'"] },
  undoFails: { at: "WIO.compensateWith(", says: ["Type 'NotEnoughFunds' is not assignable to type 'never'"] },
  undoFromElsewhere: { at: "WIO.compensateWith(", says: ["Property 'receipt' is missing in type 'Held'"] },
  cancelHandlerFails: { at: "WIO.onCancel(", says: ["Type 'NotEnoughFunds' is not assignable to type 'never'"] },
  timedOutUnhandled: { at: "body:", says: ["the error schema does not cover", "ErrorNotCovered<TimedOut>"] },
  limitNotTotal: {
    at: "WIO.timeout(",
    says: ["the limit is not computed from the state", "NotComputed<Validated>"]
  },
  leafNotCovered: { at: "body:", says: ["the state schema does not cover", "StateNotCovered<Held>"] },
  continuesWithAnother: {
    at: "body:",
    says: ["continueAsNew does not give the input, but", "ContinuesWith<Validated>"]
  },
  childInput: {
    at: "input:",
    says: ["Property 'fee' is missing in type 'Requested' but required in type 'Validated'"]
  },
  embedInput: { at: "in:", says: ["Property 'fee' is missing in type 'Requested' but required in type 'Validated'"] },
  wrongPayload: { at: "items:", says: ["Type 'string' is not assignable to type 'number'"] },
  nowWithoutState: { at: "WIO.andThen(time)", says: ["Type 'Held' is not assignable to type 'never'"] },
  stepFromElsewhere: { at: "WIO.step(hold,", says: ["'fee' is missing in type 'Requested'", "'Validated'"] },
  yieldsNoStep: { at: "WIO.gen(", says: ["YieldsNoStep<WIO<Requested, Validated, TooLarge, Fees,"] },
  draftRun: { at: "main:", says: ["Type 'Unwritten<string>' is not assignable to type 'never'"] },
  noWayBack: { at: "WIO.loop(", says: ["'Held'", "'Validated'"] }
}

describe("the compiler names what is wrong", () => {
  let complaints: ReadonlyArray<Complaint> = []
  beforeAll(async () => {
    complaints = await compile(join(fixtures, "tsconfig.json"))
  })

  it("complains about nothing but the fixtures", () => {
    expect(complaints.filter(({ file }) => dirname(file) !== fixtures)).toEqual([])
  })

  it("has a case for every fixture", () => {
    const files = readdirSync(fixtures).filter((file) => file.endsWith(".ts"))
    expect(files.map((file) => basename(file, ".ts")).sort()).toEqual(Object.keys(cases).sort())
  })

  for (const [name, { at, says }] of Object.entries(cases)) {
    it(`${name}: ${says.join(" … ")}`, () => {
      const file = join(fixtures, `${name}.ts`)
      const found = complaints.filter((complaint) => complaint.file === file)
      expect(found.map(({ line }) => readFileSync(file, "utf8").split("\n")[line - 1])).toEqual([
        expect.stringContaining(at)
      ])
      for (const words of says) expect(found[0]?.message).toContain(words)
    })
  }
})
