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
