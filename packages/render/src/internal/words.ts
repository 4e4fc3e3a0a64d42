/** What a node of the algebra says in a picture. */
import type { Node, RetryPolicy } from "@waymark/core"
import * as Duration from "effect/Duration"

/** A length of time for people. It was checked where the step was written, so this does not throw. */
const length = (input: Duration.Input): string => Duration.format(Duration.fromInputUnsafe(input))

/** A retry policy in words. Only what the step itself says: an engine may have defaults of its own for the rest. */
export const retry = (policy: RetryPolicy.RetryPolicy): string => {
  const parts = [
    policy.attempts !== undefined && `${policy.attempts} ${policy.attempts === 1 ? "attempt" : "attempts"}`,
    policy.initial !== undefined && `first after ${length(policy.initial)}`,
    policy.factor !== undefined && `×${policy.factor}`,
    policy.max !== undefined && `at most ${length(policy.max)}`,
    policy.jitter !== undefined && `jitter ${policy.jitter}`,
    policy.while !== undefined && policy.while.length > 0 && `on ${policy.while.join(", ")} too`
  ].filter((part) => part !== false)
  return parts.length === 0 ? "retry" : `retry: ${parts.join(", ")}`
}

const lines = (...parts: ReadonlyArray<string | undefined>): string =>
  parts.filter((part) => part !== undefined).join("\n")

export const step = ({ name, retry: policy }: Node.RunIO): string => lines(name, policy && retry(policy))

export const timer = ({ label, name }: Node.Await): string => lines(name, label)

/**
 * Text that any document can hold. NUL and halves of surrogate pairs cannot be written down in most, so they are shown
 * by the characters that stand for them.
 */
export const printable = (text: string): string =>
  text.replaceAll("\0", "\u2400").replaceAll(/\p{Surrogate}/gu, "\uFFFD")
