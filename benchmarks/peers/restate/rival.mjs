/** Restate: a server with a log of its own, no Postgres; it calls the steps of this process over HTTP. */
import { spawn } from "node:child_process"
import { setTimeout } from "node:timers/promises"
import { fileURLToPath } from "node:url"

process.env.RESTATE_LOGGING ??= "ERROR"
// Node 20 is without it.
Promise.withResolvers ??= () => {
  const made = {}
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }))
  return made
}
const restate = await import("@restatedev/restate-sdk")

let waiting = 0
let ended = 0

const ten = restate.workflow({
  name: "ten",
  handlers: {
    run: async (context, input) => {
      for (let i = 0; i < 10; i++) await context.run(`s${i}`, () => ({ ok: true, i }))
      return input
    }
  }
})
const waiter = restate.workflow({
  name: "waiter",
  handlers: {
    run: async (context) => {
      await context.run("before", () => ({ ok: true, i: waiting++ }))
      const word = await context.promise("go")
      await context.run("after", () => ({ ok: true, i: ended++ }))
      return word
    },
    go: (context, word) => context.promise("go").resolve(word)
  }
})

const binary = () => {
  const packaged = `@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`
  return fileURLToPath(new URL(`node_modules/${packaged}`, import.meta.url))
}

const startServer = ({ directory, ports: [admin, ingress, node] }) => {
  const local = (port) => `127.0.0.1:${port}`
  return spawn(binary(), ["--base-dir", directory, "--node-name", "bench"], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      DO_NOT_TRACK: "1",
      RESTATE_LOG_FILTER: "error",
      RESTATE_ADMIN__BIND_ADDRESS: local(admin),
      RESTATE_INGRESS__BIND_ADDRESS: local(ingress),
      RESTATE_BIND_ADDRESS: local(node),
      RESTATE_ADVERTISED_ADDRESS: `http://${local(node)}/`
    }
  })
}

const post = async (url, body) => {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body)
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`)
}

const healthy = async (url) => {
  for (;;) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok) return
    await setTimeout(20)
  }
}

export const open = async ({ directory, ports, isNew }) => {
  const [admin, ingress, , endpoint] = ports
  await restate.serve({ services: [ten, waiter], port: endpoint })
  startServer({ directory, ports })
  const at = `http://127.0.0.1:${ingress}`
  await healthy(`http://127.0.0.1:${admin}/health`)
  if (isNew) await post(`http://127.0.0.1:${admin}/deployments`, { uri: `http://127.0.0.1:${endpoint}` })
  await healthy(`${at}/restate/health`)
  return {
    run: (id) => post(`${at}/ten/${id}/run`, id),
    wait: (id) => post(`${at}/waiter/${id}/run/send`, id),
    waiting: () => waiting,
    signal: (id) => post(`${at}/waiter/${id}/go`, "go"),
    ended: () => ended
  }
}
