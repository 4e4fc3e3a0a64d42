/** Absurd: its engine is SQL functions in Postgres; the library claims tasks from there. */
import { Absurd } from "absurd-sdk"
import { Pool } from "pg"

const queue = "bench"
const schema =
  "https://raw.githubusercontent.com/earendil-works/absurd/c4abe246b2820be91dcfe4a7b5a97565a6d4fee4/sql/absurd.sql"

/** Its npm package is without the schema. */
const sqlOf = async () => {
  try {
    const response = await fetch(schema)
    if (!response.ok) throw new Error(`status ${response.status}`)
    return await response.text()
  } catch (error) {
    throw new Error(`its schema could not be had from ${schema}: ${error.cause?.message ?? error.message}`, {
      cause: error
    })
  }
}

let waiting = 0
let ended = 0

export const open = async ({ url, concurrency }) => {
  const db = new Pool({ connectionString: url, max: 16 })
  const { rows } = await db.query("select from pg_namespace where nspname = 'absurd'")
  const isNew = rows.length === 0
  if (isNew) await db.query(await sqlOf())
  const app = new Absurd({ db, queueName: queue })
  if (isNew) await app.createQueue(queue)
  const returned = new Map()
  app.registerTask({ name: "ten" }, async ({ id }, task) => {
    for (let i = 0; i < 10; i++) await task.step(`s${i}`, async () => ({ ok: true, i }))
    returned.get(id)?.()
    return id
  })
  app.registerTask({ name: "waiter" }, async ({ id }, task) => {
    await task.step("before", async () => ({ ok: true, i: waiting++ }))
    const word = await task.awaitEvent(`go:${id}`)
    await task.step("after", async () => ({ ok: true, i: ended++ }))
    return word
  })
  await app.startWorker({ concurrency, batchSize: concurrency, claimTimeout: 30, pollInterval: 0.01 })
  return {
    run: async (id) => {
      const end = new Promise((resolve) => returned.set(id, resolve))
      await app.spawn("ten", { id })
      await end
      returned.delete(id)
    },
    wait: async (id) => void (await app.spawn("waiter", { id })),
    waiting: () => waiting,
    signal: (id) => app.emitEvent(`go:${id}`, "go"),
    ended: () => ended
  }
}
