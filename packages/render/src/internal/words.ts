/** What a node of the algebra says in a picture. */
import type { Node, RetryPolicy } from "@waymark/core"
import * as Duration from "effect/Duration"
import * as types from "./types.ts"

/** A length of time for people. It was checked where the step was written, so this does not throw. */
const length = (input: Duration.Input): string => Duration.format(Duration.fromInputUnsafe(input))

/** How long is waited between attempts: a length that stays the same is said once. */
const waits = ({ factor, initial, max }: RetryPolicy.RetryPolicy): ReadonlyArray<string | false> => {
  const isFixed = factor === 1 && initial !== undefined && (max === undefined || length(max) === length(initial))
  if (isFixed) return [`${length(initial)} apart`]
  return [
    initial !== undefined && `first after ${length(initial)}`,
    factor !== undefined && `×${factor}`,
    max !== undefined && `at most ${length(max)}`
  ]
}

/** A retry policy in words. Only what the step itself says: an engine may have defaults of its own for the rest. */
export const retry = (policy: RetryPolicy.RetryPolicy): string => {
  const parts = [
    policy.attempts !== undefined && `${policy.attempts} ${policy.attempts === 1 ? "attempt" : "attempts"}`,
    ...waits(policy),
    policy.jitter !== undefined && `jitter ${policy.jitter}`,
    policy.while !== undefined && policy.while.length > 0 && `on ${policy.while.join(", ")} too`
  ].filter((part) => part !== false)
  return parts.length === 0 ? "retry" : `retry: ${parts.join(", ")}`
}

const lines = (...parts: ReadonlyArray<string | undefined>): string =>
  parts.filter((part) => part !== undefined).join("\n")

const limits = ({
  heartbeat,
  scheduleToClose,
  scheduleToStart,
  startToClose
}: Node.RunIO["timeouts"]): string | undefined => {
  const parts = [
    scheduleToStart !== undefined && `${length(scheduleToStart)} to start`,
    startToClose !== undefined && `${length(startToClose)} an attempt`,
    scheduleToClose !== undefined && `${length(scheduleToClose)} in all`,
    heartbeat !== undefined && `${length(heartbeat)} between heartbeats`
  ].filter((part) => part !== false)
  return parts.length === 0 ? undefined : `timeouts: ${parts.join(", ")}`
}

export const step = ({ name, retry: policy, timeouts }: Node.RunIO): string =>
  lines(name, policy && retry(policy), limits(timeouts))

export const signal = ({ name, signal: { payload } }: Node.HandleSignal): string =>
  lines(name, types.payload(payload.schema))

/** A child by its name as a step, which is the workflow's unless it says otherwise. */
export const child = ({ awaited, name, workflow }: Node.Child): string =>
  lines(name, name === workflow.name ? undefined : `workflow ${workflow.name}`, awaited ? undefined : "not awaited")

export const send = ({ name, workflow }: Node.SignalTo): string => lines(name, `to ${workflow.name}`)

const places = (concurrency: number): string => (concurrency === 1 ? "one at a time" : `${concurrency} at once`)

export const forEach = ({ concurrency, name }: Node.ForEach): string =>
  [`for each: ${name}`, ...(concurrency === Infinity ? [] : [places(concurrency)])].join(", ")

export const timer = ({ label, name }: Node.Await): string => lines(name, label)

/**
 * Text that any document can hold. NUL and halves of surrogate pairs cannot be written down in most, so they are shown
 * by the characters that stand for them.
 */
export const printable = (text: string): string =>
  text.replaceAll("\0", "\u2400").replaceAll(/\p{Surrogate}/gu, "\uFFFD")
