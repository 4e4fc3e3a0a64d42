/** Where each state of a machine may go, for pictures: jumps are values, and seen only when they are made. */
import type { Node } from "@waymark/core"
import type * as Definition from "../../Definition.ts"
import type { Json } from "../data/json.ts"

type Way = NonNullable<Node.Machine["ways"]>[string][number]

const LONGEST = 48

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text)

const text = (value: Json | undefined): string => (typeof value === "string" ? value : JSON.stringify(value))

const NOT_OPERATORS = new Set(["Assign", "Comment", "Next", "Output", "Variable"])

/** A rule in words: `$.amount NumericGreaterThan 100`. */
const said = (rule: Json): string => {
  const { And, Condition, Not, Or, Variable, ...rest } = rule as Readonly<Record<string, Json | undefined>>
  if (Condition !== undefined)
    return text(Condition)
      .replace(/^\{%\s*/, "")
      .replace(/\s*%\}$/, "")
  if (And !== undefined) return (And as ReadonlyArray<Json>).map(said).join(" and ")
  if (Or !== undefined) return (Or as ReadonlyArray<Json>).map(said).join(" or ")
  if (Not !== undefined) return `not ${said(Not)}`
  const [operator, value] = Object.entries(rest).find(([name]) => !NOT_OPERATORS.has(name)) ?? []
  return `${text(Variable)} ${operator} ${text(value)}`
}

const waysOf = (state: Definition.State): ReadonlyArray<Way> => {
  const caught = ("Catch" in state ? (state.Catch ?? []) : []).map(({ ErrorEquals, Next }) => ({
    to: Next,
    label: cut(`catch ${ErrorEquals.join(", ")}`)
  }))
  switch (state.Type) {
    case "Succeed":
      return [{}]
    case "Fail":
      return []
    case "Choice":
      return [
        ...state.Choices.map((rule) => ({ to: rule.Next, label: cut(said(rule as Json)) })),
        ...(state.Default === undefined ? [] : [{ to: state.Default, label: "otherwise" }])
      ]
    default:
      return [state.Next === undefined ? {} : { to: state.Next }, ...caught]
  }
}

export const ways = ({ States }: Definition.Machine): NonNullable<Node.Machine["ways"]> =>
  Object.fromEntries(Object.entries(States).map(([name, state]) => [name, waysOf(state)]))
