/**
 * PgBouncer in transaction mode before a Postgres: each transaction may run in another session, so nothing that belongs to
 * a session can be relied on. It comes from the system's packages; this starts the one that is there, with a
 * configuration of its own in a temporary directory.
 */
import { Data, Effect, type Scope } from "effect"
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import { connect } from "node:net"
import * as path from "node:path"
import { setTimeout } from "node:timers/promises"
import { temporary } from "@waymark/examples/withdrawal/snapshot"
import { freePort } from "./server.ts"

/** There is no PgBouncer, or it does not start. */
export class NoPooler extends Data.TaggedError("NoPooler")<{ readonly message: string }> {}

/** A running pooler. */
export interface Pooler {
  readonly port: number
  readonly version: string
}

const commands = ["pgbouncer", "/usr/sbin/pgbouncer"]

/** The command and what it says of itself. */
const find = Effect.suspend(() => {
  for (const command of commands) {
    try {
      const [version = ""] = execFileSync(command, ["--version"], { encoding: "utf8" }).split("\n")
      return Effect.succeed({ command, version })
    } catch {
      // It is not there: the next one may be.
    }
  }
  const message = "there is no pgbouncer: on Debian, apt-get update && apt-get install -y pgbouncer"
  return Effect.fail(new NoPooler({ message }))
})

/** Starts a pooler before a server, for as long as the scope lasts. */
export const start = (server: string): Effect.Effect<Pooler, NoPooler, Scope.Scope> =>
  Effect.gen(function* () {
    const { command, version } = yield* find
    const directory = yield* temporary("waymark-pooler-")
    const port = yield* Effect.promise(freePort)
    const user = userOf()
    configure(directory, server, port)
    if (user !== undefined) {
      // It refuses to be root.
      for (const file of [directory, ...fs.readdirSync(directory).map((name) => path.join(directory, name))]) {
        fs.chownSync(file, user.uid, user.gid)
      }
    }
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(command, [path.join(directory, "pgbouncer.ini")], { stdio: ["ignore", "ignore", "pipe"], ...user })
      ),
      (child) => Effect.promise(() => end(child))
    )
    let said = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-4_000)))
    child.on("error", ({ message }) => (said += message))
    yield* Effect.tryPromise({
      try: () => untilOpen(port),
      catch: () => new NoPooler({ message: `${command} does not answer on port ${port}; it said:\n${said}` })
    })
    return { port, version }
  })

const configure = (directory: string, server: string, port: number): void => {
  const { hostname, password, port: target, username } = new URL(server)
  const lines = [
    "[databases]",
    `* = host=${hostname} port=${target}`,
    "[pgbouncer]",
    "listen_addr = 127.0.0.1",
    `listen_port = ${port}`,
    "unix_socket_dir =",
    "pool_mode = transaction",
    // Few, so that sessions do get mixed up.
    "default_pool_size = 4",
    "max_client_conn = 500",
    "auth_type = plain",
    `auth_file = ${path.join(directory, "users.txt")}`,
    "ignore_startup_parameters = extra_float_digits"
  ]
  fs.writeFileSync(path.join(directory, "pgbouncer.ini"), `${lines.join("\n")}\n`)
  const quote = (text: string) => `"${decodeURIComponent(text).replaceAll('"', '""')}"`
  fs.writeFileSync(path.join(directory, "users.txt"), `${quote(username)} ${quote(password)}\n`, { mode: 0o600 })
}

/** As whom it runs where this is root; nothing where it is somebody already. */
const userOf = (): { readonly uid: number; readonly gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ["postgres", "nobody"]) {
    try {
      const id = (flag: string) => Number(execFileSync("id", [flag, name], { encoding: "utf8" }))
      return { uid: id("-u"), gid: id("-g") }
    } catch {
      // There is no such user.
    }
  }
  return undefined
}

const untilOpen = async (port: number): Promise<void> => {
  for (let tries = 1; ; tries++) {
    const socket = connect(port, "127.0.0.1")
    try {
      await once(socket, "connect")
      return
    } catch (error) {
      if (tries === 100) throw error
      await setTimeout(50)
    } finally {
      socket.destroy()
    }
  }
}

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  child.kill("SIGKILL")
  await once(child, "exit")
}
