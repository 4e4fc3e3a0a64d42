/** The rivals: where they keep their data, and what they do that Waymark does not, or the other way round. */
import { execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { freePort } from "../../examples/chaos/dist/server.js"
import { enter } from "./contender.mjs"
import { enterOurs } from "./team.mjs"

/** What each does differently. `suspended` where a thousand would take too long. */
export const rivals = {
  dbos: {
    label: "DBOS",
    note: "Postgres; steps are rows that are inserted one by one; no leases, a run belongs to the executor that began it"
  },
  openworkflow: {
    label: "OpenWorkflow",
    note: "Postgres; workers poll; timed until the body returns, before its end is on record"
  },
  absurd: {
    label: "Absurd",
    note: "Postgres, SQL functions; workers poll; timed until the body returns, before its end is on record"
  },
  effect: {
    label: "Effect, cluster",
    note: "Postgres; one runner; a message and its reply are stored for each activity"
  },
  restate: {
    label: "Restate",
    note: "no Postgres: a server with a log of its own, fsynced; the peak is that of the Node process alone"
  },
  vercel: {
    label: "Vercel Workflow",
    note: "Postgres and a queue there; every step is a job that calls back over HTTP",
    suspended: 200
  }
}

const folder = (name) => fileURLToPath(new URL(`../peers/${name}/`, import.meta.url))

/** Installs one into its own folder, at the versions that its package.json names; the normal installation has none of it. */
export const install = (name) => {
  if (existsSync(join(folder(name), "node_modules"))) return
  try {
    execFileSync("npm", ["install", "--no-package-lock", "--no-audit", "--no-fund"], {
      cwd: folder(name),
      stdio: "pipe",
      timeout: 600_000
    })
  } catch (error) {
    rmSync(join(folder(name), "node_modules"), { recursive: true, force: true })
    throw new Error(
      `npm install failed: ${String(error.stderr ?? error)
        .trim()
        .slice(-500)}`,
      { cause: error }
    )
  }
}

/** A place for one run of it: a database, a directory and ports, which a process that comes after a killed one finds again. */
export const settle = async (database, concurrency) => {
  const url = await database.create()
  const directory = mkdtempSync(join(tmpdir(), "waymark-peers-"))
  const ports = []
  while (ports.length < 4) {
    const port = await freePort()
    if (!ports.includes(port)) ports.push(port)
  }
  return {
    at: { url, directory, ports, concurrency },
    remove: async () => {
      await database.drop(url)
      rmSync(directory, { recursive: true, force: true })
    }
  }
}

/** Starts a rival, or Waymark, at its place. */
export const begin = (name, at, isNew) =>
  name === "waymark"
    ? enterOurs({ store: "postgres", url: at.url })
    : enter(join(folder(name), "rival.mjs"), { ...at, isNew })
