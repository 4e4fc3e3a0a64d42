/** Definitions run with mocked tasks, and what they come to. */
import { Effect, Result } from "effect"
import { Asl } from "@waymark/asl"
import { Mock } from "@waymark/asl/mock"
import type { Schema } from "effect"

export type Json = Schema.Json

export const machineOf = (definition: unknown, options: Partial<Asl.Options> = {}): Asl.StateMachine =>
  Result.getOrThrow(Asl.parse(definition, { name: "machine", ...options }))

export const NOW = Date.UTC(2030, 0, 1)

export const run = (definition: unknown, input: Json = {}, mocks: Mock.Mocks = {}): Promise<Mock.Report> =>
  Effect.runPromise(Mock.run(machineOf(definition), input, mocks, { now: NOW }))

/** The output of a run that succeeds. */
export const outputOf = async (
  definition: unknown,
  input: Json = {},
  mocks: Mock.Mocks = {}
): Promise<Json | undefined> => {
  const report = await run(definition, input, mocks)
  if (report.status !== "SUCCEEDED") throw new Error(`${report.status} ${report.error} ${report.cause}`)
  return report.output
}

/** How a run fails. */
export const failureOf = async (definition: unknown, input: Json = {}, mocks: Mock.Mocks = {}) => {
  const { cause, error, status } = await run(definition, input, mocks)
  return { status, error, cause }
}

/** A machine of one state. */
export const only = (state: Readonly<Record<string, unknown>>, name = "It") => ({
  StartAt: name,
  States: { [name]: { ...(state["Type"] === "Fail" || state["Type"] === "Succeed" ? {} : { End: true }), ...state } }
})

/** States one after the other. */
export const chain = (states: Readonly<Record<string, Readonly<Record<string, unknown>>>>, more: object = {}) => {
  const names = Object.keys(states)
  return {
    ...more,
    StartAt: names[0],
    States: Object.fromEntries(
      Object.entries(states).map(([name, state], index) => {
        const free = "Next" in state || "Choices" in state || state["Type"] === "Fail" || state["Type"] === "Succeed"
        return [
          name,
          { ...(free ? {} : index + 1 < names.length ? { Next: names[index + 1] } : { End: true }), ...state }
        ]
      })
    )
  }
}

export const TASK = { Type: "Task", Resource: "arn:aws:lambda:us-east-1:123456789012:function:f" } as const
export const JSONATA = { QueryLanguage: "JSONata" } as const
