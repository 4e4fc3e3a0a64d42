/** OpenWorkflow: a library over Postgres whose workers poll for runs. */
import { OpenWorkflow } from "openworkflow"
import { BackendPostgres } from "openworkflow/postgres"

let waiting = 0
let ended = 0

export const open = async ({ url, concurrency }) => {
  const app = new OpenWorkflow({ backend: await BackendPostgres.connect(url) })
  const returned = new Map()
  const ten = app.defineWorkflow({ name: "ten" }, async ({ input: { id }, step }) => {
    for (let i = 0; i < 10; i++) await step.run({ name: `s${i}` }, async () => ({ ok: true, i }))
    returned.get(id)?.()
    return id
  })
  const waiter = app.defineWorkflow({ name: "waiter" }, async ({ input: { id }, step }) => {
    await step.run({ name: "before" }, async () => ({ ok: true, i: waiting++ }))
    const word = await step.waitForSignal({ signal: `go:${id}`, timeout: "1h" })
    await step.run({ name: "after" }, async () => ({ ok: true, i: ended++ }))
    return word
  })
  const worker = app.newWorker({ concurrency })
  await worker.start()
  return {
    run: async (id) => {
      // Its own way to wait for a result asks once a second. So this returns when the body does, before the end is on record.
      const end = new Promise((resolve) => returned.set(id, resolve))
      await ten.run({ id })
      await end
      returned.delete(id)
    },
    wait: async (id) => void (await waiter.run({ id })),
    waiting: () => waiting,
    signal: (id) => app.sendSignal({ signal: `go:${id}`, data: "go" }),
    ended: () => ended
  }
}
