/**
 * Gives the tests a Postgres: the one that `WAYMARK_POSTGRES_URL` names, or one of their own. That takes a second to
 * start, so it is started by the first test file that asks for it, over HTTP, since test files run in other processes.
 */
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { TestProject } from "vitest/node"
import type { Server } from "../../../../examples/chaos/src/server.ts"
import { start } from "../../../../examples/chaos/src/server.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** Where to ask for the address of the database server. */
    readonly postgres: string
  }
}

/** Called by vitest once, before the tests; what it returns, after them. */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  const existing = process.env["WAYMARK_POSTGRES_URL"]
  let own: Promise<Server> | undefined
  const url = async () => existing ?? (await (own ??= start())).url
  const desk = createServer((_, response) => {
    url().then(
      (url) => response.end(url),
      (error: unknown) => response.writeHead(500).end(String(error))
    )
  })
  desk.listen(0, "127.0.0.1")
  await once(desk, "listening")
  project.provide("postgres", `http://127.0.0.1:${(desk.address() as AddressInfo).port}`)
  return async () => {
    desk.close()
    await own?.then((server) => server.stop())
  }
}
