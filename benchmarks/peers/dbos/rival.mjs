/** DBOS Transact: a library over Postgres; steps and workflow status are rows of its system database. */
import { DBOS } from "@dbos-inc/dbos-sdk"

let waiting = 0
let ended = 0

const step = (name, run) => DBOS.runStep(run, { name })
const ten = DBOS.registerWorkflow(
  async (input) => {
    for (let i = 0; i < 10; i++) await step(`s${i}`, async () => ({ ok: true, i }))
    return input
  },
  { name: "ten" }
)
const waiter = DBOS.registerWorkflow(
  async () => {
    await step("before", async () => ({ ok: true, i: waiting++ }))
    const word = await DBOS.recv("go", 3_600)
    await step("after", async () => ({ ok: true, i: ended++ }))
    return word
  },
  { name: "waiter" }
)

export const open = async ({ url }) => {
  DBOS.setConfig({ name: "bench", systemDatabaseUrl: url, logLevel: "error", applicationVersion: "1" })
  await DBOS.launch()
  return {
    run: async (id) => {
      const handle = await DBOS.startWorkflow(ten, { workflowID: id })(id)
      await handle.getResult()
    },
    wait: async (id) => void (await DBOS.startWorkflow(waiter, { workflowID: id })()),
    waiting: () => waiting,
    signal: (id) => DBOS.send(id, "go", "go"),
    ended: () => ended
  }
}
