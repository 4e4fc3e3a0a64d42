/** `Retry` and `Catch`: what they hold, and that `States.ALL` stands last and alone. */
import { assign, integer, number, one, resultPath, template, text, texts, type Kind } from "./kinds.ts"
import { at, isFields, shown, wrong, type Look } from "./look.ts"
import { field, record, required, type Table } from "./record.ts"

const retrier: Table = {
  ErrorEquals: required(texts),
  IntervalSeconds: field(integer(1)),
  MaxAttempts: field(integer(0)),
  BackoffRate: field(number(1)),
  MaxDelaySeconds: field(integer(1, 31_622_400)),
  JitterStrategy: field(one("FULL", "NONE")),
  Comment: field(text)
}

const catcher: Table = {
  ErrorEquals: required(texts),
  Next: required(text),
  ResultPath: field(resultPath, "JSONPath"),
  Output: field(template, "JSONata"),
  Assign: field(assign),
  Comment: field(text)
}

const lastAndAlone = (entries: ReadonlyArray<unknown>, look: Look): void => {
  entries.forEach((entry, index) => {
    const names = isFields(entry) ? entry["ErrorEquals"] : undefined
    if (!Array.isArray(names) || !names.includes("States.ALL")) return
    const place = at(look, index, "ErrorEquals")
    if (names.length > 1) wrong(place, "States.ALL stands for every error, beside others", "Let it stand alone.")
    if (index < entries.length - 1) {
      wrong(place, "States.ALL comes before others, which are never asked", "Put it last.")
    }
  })
}

const list =
  (table: Table, what: string, more: (entry: Readonly<Record<string, unknown>>, look: Look) => void): Kind =>
  (value, look) => {
    if (!Array.isArray(value)) return wrong(look, `it is ${shown(value)}`, "Give an array of objects.")
    value.forEach((entry, index) => {
      const place = { ...at(look, index), caught: table === catcher }
      const fields = record(entry, table, place, what)
      if (fields !== undefined) more(fields, place)
    })
    lastAndAlone(value, look)
  }

export const retry: Kind = list(retrier, "a retrier", ({ IntervalSeconds = 1, MaxDelaySeconds }, look) => {
  if (
    typeof MaxDelaySeconds === "number" &&
    typeof IntervalSeconds === "number" &&
    MaxDelaySeconds <= IntervalSeconds
  ) {
    wrong(
      at(look, "MaxDelaySeconds"),
      `it is ${MaxDelaySeconds}, and the first wait is ${IntervalSeconds} seconds already`,
      "Give more than IntervalSeconds."
    )
  }
})

export const catch_: Kind = list(catcher, "a catcher", () => undefined)
