/** Vercel's Workflow SDK in its Postgres world: a queue there, whose jobs call this process back over HTTP. */
import { execFileSync } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:http"
import { fileURLToPath, pathToFileURL } from "node:url"

const here = fileURLToPath(new URL(".", import.meta.url))
Object.assign(globalThis, { benchWaiting: 0, benchEnded: 0 })

const built = async (name) => (await import(pathToFileURL(`${here}.workflow-vitest/${name}.mjs`).href)).POST

/** Its tables, and the bundles of workflows and steps: another process each, since both leave something running. */
const prepare = (url) => {
  const build = `(await import("@workflow/vitest")).buildWorkflowTests({ cwd: process.cwd() }).then(() => process.exit(0))`
  execFileSync(process.execPath, ["--input-type=module", "-e", build], { cwd: here, stdio: "pipe" })
  const env = { ...process.env, WORKFLOW_POSTGRES_URL: url }
  execFileSync("npx", ["--no-install", "bootstrap"], { cwd: here, env, stdio: "pipe" })
}

const serve = async (port, { flow, step }) => {
  const server = createServer(async (request, response) => {
    try {
      const chunks = await request.toArray()
      const body = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}
      const { method, headers, url } = request
      const handle = url.includes("/step") ? step : flow
      const answer = await handle(new Request(`http://127.0.0.1:${port}${url}`, { method, headers, ...body }))
      response.writeHead(answer.status, Object.fromEntries(answer.headers))
      response.end(Buffer.from(await answer.arrayBuffer()))
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
  })
  server.listen(port, "127.0.0.1")
  await once(server, "listening")
}

export const open = async ({ url, ports: [port], concurrency, isNew }) => {
  process.env.PORT = String(port)
  process.env.WORKFLOW_LOCAL_BASE_URL = `http://127.0.0.1:${port}`
  if (isNew) prepare(url)
  const { createWorld } = await import("@workflow/world-postgres")
  const { setWorld } = await import("workflow/runtime")
  const { start, resumeHook } = await import("workflow/api")
  await serve(port, { flow: await built("workflows"), step: await built("steps") })
  const world = createWorld({ connectionString: url, queueConcurrency: concurrency })
  setWorld(world)
  await world.start?.()
  const reference = (name) => ({ workflowId: `workflow//./workflows/bench//${name}` })
  return {
    run: async (id) => {
      const { returnValue } = await start(reference("ten"), [id])
      await returnValue
    },
    wait: (id) => start(reference("waiter"), [id]),
    waiting: () => globalThis.benchWaiting,
    signal: (id) => resumeHook(`go:${id}`, "go"),
    ended: () => globalThis.benchEnded
  }
}
