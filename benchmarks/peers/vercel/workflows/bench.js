import { createHook } from "workflow"

async function step(i) {
  "use step"
  return { ok: true, i }
}

async function count(what) {
  "use step"
  globalThis[what]++
  return { ok: true, i: 0 }
}

export async function ten(input) {
  "use workflow"
  for (let i = 0; i < 10; i++) await step(i)
  return input
}

export async function waiter(id) {
  "use workflow"
  await count("benchWaiting")
  const word = await createHook({ token: `go:${id}` })
  await count("benchEnded")
  return word
}
