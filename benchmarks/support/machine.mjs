/** What was measured on: machine, versions and the database's settings. */
import { cpus, totalmem, loadavg } from "node:os"
import { createRequire } from "node:module"
import { megabytes } from "./numbers.mjs"

const settings = [
  "server_version",
  "fsync",
  "synchronous_commit",
  "shared_buffers",
  "max_wal_size",
  "max_connections",
  "wal_sync_method"
]

export const describe = async (database) => {
  const require = createRequire(import.meta.url)
  const rows = await database.query(
    `select name, current_setting(name) as value from unnest(array['${settings.join("','")}']) as name`
  )
  return {
    at: new Date().toISOString(),
    cpu: `${cpus().length} × ${cpus()[0]?.model}`,
    memory: megabytes(totalmem()),
    load: loadavg()[0],
    node: process.version,
    effect: require("effect/package.json").version,
    postgres: Object.fromEntries(rows.map(({ name, value }) => [name, value]))
  }
}

export const printed = ({ cpu, memory, load, node, effect, postgres: { server_version, ...others } }) =>
  `${cpu}, ${memory}, load ${load.toFixed(1)} before; Node ${node}, effect ${effect}
Postgres ${server_version}: ${Object.entries(others)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ")}`
