/** What the compiler says of a wrong diagram, or of one that is implemented wrongly: it must name what is wrong. */
import { readdirSync, readFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { beforeAll, describe, expect, it } from "vitest"
import { compile, type Complaint } from "../../../core/test/support/compiler.ts"

const fixtures = join(dirname(fileURLToPath(import.meta.url)), "fixtures")

/** For each fixture: the line of the first complaint, and what the message has to say. */
const cases: Readonly<Record<string, { readonly at: string; readonly says: ReadonlyArray<string> }>> = {
  deadEnd: {
    at: "Diagram.make(",
    says: ["'\"`ship` goes nowhere: draw an arrow from it, to `[*]` where it is the last.\"'"]
  },
  severalProblems: {
    at: "Diagram.make(",
    says: [
      "`ship` has several arrows, but is no choice",
      "attempts of `check` is `many`: give a whole number from 1",
      "the arrow from the choice `stock` to `ship` has no label"
    ]
  },
  circle: {
    at: "  `---",
    says: ["`countDown` goes in a circle, or leads into one: take one of the circle's arrows out"]
  },
  unknownLine: {
    at: "Diagram.make(",
    says: [
      "`[*] --> check-stock` is nothing that a diagram can say here: Mermaid ends the name `check-stock` at `-`: write `_`"
    ]
  },
  keywordAsName: {
    at: "Diagram.make(",
    says: [
      "`check --> default` is nothing that a diagram can say here: `default` is a word of Mermaid: give the state another name"
    ]
  },
  computedText: { at: "Diagram.make(", says: ["give the text itself: the compiler cannot read one"] },
  missingState: { at: "states:", says: ["`ship` is missing: the diagram has that state, so add it here"] },
  surplusState: { at: "refund:", says: ["`refund` is no state of the diagram: take it out, or draw it there"] },
  misspeltState: { at: "shipp:", says: ["`shipp` is no state of the diagram: did you mean `ship`, which is missing?"] },
  missingInside: { at: "states:", says: ["`send` is missing: the diagram has that state, so add it here"] },
  surplusInside: { at: "weigh:", says: ["`weigh` is no state of the diagram: take it out, or draw it there"] },
  misspeltTransition: { at: "check:", says: ["Property 'in stok' does not exist", "Did you mean 'in stock'?"] },
  unknownTransition: { at: "check:", says: ["Property 'refund' does not exist", '"in stock"', '"sold out"'] },
  wrongPayload: {
    at: "pack:",
    says: ["'lable' does not exist in type 'PayloadOf<\"send\", { readonly label: string; }>'"]
  },
  payloadOfAnotherType: {
    at: "pack:",
    says: ["to parameter of type 'PayloadOf<\"send\", { readonly label: string; }>'"]
  },
  // A composite state is entered with what the schema of its first state says.
  payloadBehindChoice: {
    at: "check:",
    says: ["'number' is not assignable to parameter of type 'PayloadOf<\"pack\", string>'"]
  },
  payloadLeftOut: { at: "pack:", says: ["Expected 1 arguments, but got 0"] },
  fieldLeftOut: {
    at: "pack:",
    says: ["'{}' is not assignable to parameter of type 'PayloadOf<\"send\", { readonly label: string; }>'"]
  },
  // It points at the field itself, and has no words for what that belongs to.
  fieldOfAnotherType: { at: "label:", says: ["'number' is not assignable to type 'string'"] },
  outputOfAnotherType: {
    at: "send:",
    says: ["'\"yes\"' is not assignable to parameter of type 'OutputOfWorkflow<boolean>'"]
  },
  outputOfBranch: {
    at: "left:",
    says: ["'number' is not assignable to parameter of type 'OutputOfBranch<\"left\", string>'"]
  },
  foreignTransition: {
    at: "check:",
    says: ["`check` ends with a transition of `send`, which does not leave it: answer with what its own `go` gives"]
  },
  noTransition: {
    at: "pack:",
    says: ["`pack` ends with something that is none of its transitions: answer with what its own `go` gives"]
  },
  missingPayload: {
    at: "payloads:",
    says: ["`send` is missing: the diagram has that state, so add it here"]
  },
  misspeltPayload: { at: "payloads:", says: ["`snd` is no state of the diagram: take it out, or draw it there"] },
  compositePayload: {
    at: "payloads:",
    says: [
      "`ship` is a composite state, which has no payload of its own: give those of the states in it, beginning with `pack`"
    ]
  },
  compositeForInner: {
    at: "ship:",
    says: [
      "`ship` is a composite state, which has no payload of its own: give those of the states in it, beginning with `pack`"
    ]
  },
  partTriedAgain: {
    at: "wait:",
    says: [
      "`wait` has an arrow to itself, which says how one step is tried again: give it a handler, or take the arrow"
    ]
  },
  surplusRetry: {
    at: "pack:",
    says: ["`retry` of `pack` says nothing here: take it out, there is `run` and `timeouts` alone"]
  },
  misspeltTimeouts: {
    at: "pack:",
    says: ["`timeout` of `pack` says nothing here: take it out, there is `run` and `timeouts` alone"]
  },
  surplusInPart: {
    at: "pack:",
    says: ["`timeouts` of `pack` says nothing here: take it out, there is `part` and `state` alone"]
  },
  misspeltInPart: {
    at: "pack:",
    says: ["`stat` of `pack` says nothing here: take it out, there is `part` and `state` alone"]
  },
  surplusInComposite: {
    at: "ship:",
    says: ["`timeouts` of `ship` says nothing here: take it out, there is `states` alone"]
  },
  undeclaredError: {
    at: "check:",
    says: ["`check` can fail with what `error` does not name: name it there, or handle it in the handler"]
  },
  choicePayload: {
    at: "payloads:",
    says: ["`stock` is a choice, which has no payload: take it out, the states that its arrows lead to have theirs"]
  },
  joinPayload: {
    at: "payloads:",
    says: ["`meet` is a join, which has no payload: take it out, `branches` says what comes to it"]
  },
  choiceHandler: {
    at: "stock:",
    says: ["`stock` is a choice, which has no handler: take it out, the states before it choose by its labels"]
  },
  handlerOutside: { at: "pack:", says: ["`pack` stands in `ship`: give its handler there, in `states` of `ship`"] },
  handlerInside: {
    at: "check:",
    says: ["`check` stands in no composite state: give its handler in the outermost `states`"]
  },
  noBranch: { at: "branches:", says: ["`split` begins no branch or region: take it out, or draw one that it begins"] },
  misspeltBranch: {
    at: "branches:",
    says: ["`rihgt` begins no branch or region: did you mean `right`, which is missing?"]
  },
  missingBranches: { at: "branches:", says: ["`right` is missing: the diagram has that state, so add it here"] }
}

/** Where a compiler takes `undefined` for an optional key: that is no handler and no schema. */
const loose: typeof cases = {
  // Nothing is both `undefined` and words, so the compiler has none of ours to show.
  undefinedState: { at: "pack:", says: ["Type 'undefined' is not assignable to type 'never'"] },
  perhapsState: { at: "pack:", says: ["`pack` is missing: the diagram has that state, so add it here"] },
  undefinedPayload: { at: "send:", says: ["is not assignable to type 'never'"] }
}

/** Whether the first complaint about a fixture is the one that is wanted. */
const expectFirst = (
  complaints: ReadonlyArray<Complaint>,
  file: string,
  { at, says }: (typeof cases)[string]
): void => {
  const first = complaints.find((complaint) => complaint.file === file)
  expect(readFileSync(file, "utf8").split("\n")[(first?.line ?? 0) - 1]).toContain(at)
  // In the first line, which is all that many editors show.
  for (const words of says) expect(first?.message.split("\n")[0]).toContain(words)
}

describe("the compiler names what is wrong", () => {
  let complaints: ReadonlyArray<Complaint> = []
  beforeAll(async () => {
    complaints = await compile(join(fixtures, "tsconfig.json"))
  }, 300_000)

  it("complains about nothing but the fixtures", () => {
    expect(complaints.filter(({ file }) => dirname(file) !== fixtures)).toEqual([])
  })

  it("has a case for every fixture", () => {
    const files = readdirSync(fixtures).filter((file) => file.endsWith(".ts"))
    expect(files.map((file) => basename(file, ".ts")).toSorted()).toEqual(Object.keys(cases).toSorted())
  })

  for (const [name, wanted] of Object.entries(cases)) {
    it(`${name}: ${wanted.says.join(" … ")}`, () => {
      expectFirst(complaints, join(fixtures, `${name}.ts`), wanted)
    })
  }

  it("and that `undefined` is missing, without `exactOptionalPropertyTypes`", async () => {
    const found = await compile(join(fixtures, "loose", "tsconfig.json"))
    for (const [name, wanted] of Object.entries(loose))
      expectFirst(found, join(fixtures, "loose", `${name}.ts`), wanted)
  }, 300_000)
})
