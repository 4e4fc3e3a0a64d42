/** What pictures say of retry policies. */
import { type RetryPolicy, WIO } from "@waymark/core"
import { Picture } from "@waymark/render"
import { Effect, Schema } from "effect"
import { expect, it } from "vitest"
import { workflow } from "./support/workflows.ts"

const labelOf = (retry: RetryPolicy.RetryPolicy<never>): string | undefined => {
  const body = WIO.runIO("pay", {
    event: Schema.Number,
    run: (n: number) => Effect.succeed(n),
    apply: (_, n) => n,
    retry
  })
  return Picture.make(workflow(body)).nodes.find(({ kind }) => kind === "step")?.label
}

it.each<[policy: RetryPolicy.RetryPolicy<never>, words: string]>([
  [{}, "retry"],
  [{ attempts: 1 }, "retry: 1 attempt"],
  [{ attempts: 3, initial: "1 second", factor: 1 }, "retry: 3 attempts, 1s apart"],
  [{ initial: "1 second", factor: 1, max: 1000 }, "retry: 1s apart"],
  [{ initial: "1 second", factor: 1, max: "2 seconds" }, "retry: first after 1s, ×1, at most 2s"],
  [{ initial: "1 second", factor: 2 }, "retry: first after 1s, ×2"],
  [{ factor: 1 }, "retry: ×1"],
  [{ initial: "1 second" }, "retry: first after 1s"],
  [{ factor: 1, max: "1 minute" }, "retry: ×1, at most 1m"],
  [{ attempts: 2, jitter: 0.5 }, "retry: 2 attempts, jitter 0.5"]
])("a retry policy of %j is said as %s", (policy, words) => {
  expect(labelOf(policy)).toBe(`pay\n${words}`)
})
