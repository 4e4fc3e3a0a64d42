/** The Postgres that is measured: from npm, at its defaults, or the one that `WAYMARK_POSTGRES_URL` names. */
import { Client } from "pg"
import { start } from "../../examples/chaos/dist/server.js"

/** Starts it. Every contender has a database of its own. */
export const startDatabase = async () => {
  const existing = process.env.WAYMARK_POSTGRES_URL
  const server = existing === undefined ? await start() : { url: existing, stop: async () => {} }
  const databases = []
  let made = 0

  /** One statement, in a session of its own. */
  const query = async (text, url = server.url) => {
    const client = new Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query(text)).rows
    } finally {
      await client.end()
    }
  }
  const create = async () => {
    const name = `waymark_bench_${process.pid}_${made++}`
    await query(`create database ${name}`)
    databases.push(name)
    return Object.assign(new URL(server.url), { pathname: `/${name}` }).href
  }
  const drop = async (url) => {
    const name = new URL(url).pathname.slice(1)
    await query(`drop database if exists ${name} with (force)`)
    databases.splice(databases.indexOf(name), 1)
  }
  const stop = async () => {
    if (existing !== undefined)
      for (const name of databases) await query(`drop database if exists ${name} with (force)`)
    await server.stop()
  }
  return { url: server.url, query, create, drop, stop, countStatements: () => countStatements(server, query) }
}

/** Makes the server count statements; it is off at its defaults, and stays so for what else is measured. */
const countStatements = async (server, query) => {
  const has = async () => (await query("show shared_preload_libraries"))[0].shared_preload_libraries.includes("pg_stat")
  if (!(await has())) {
    if (server.restart === undefined) throw new Error("this server does not preload pg_stat_statements")
    await query("alter system set shared_preload_libraries = 'pg_stat_statements'")
    await server.restart("fast")
  }
  await query("create extension if not exists pg_stat_statements")
  return {
    reset: () => query("select pg_stat_statements_reset()"),
    /** What a database has run since: each statement with its calls, and its milliseconds on the server. */
    read: (url) =>
      query(`select s.calls::float8 as calls, s.mean_exec_time as millis, s.rows::float8 as rows, s.query
        from pg_stat_statements s join pg_database d on d.oid = s.dbid
        where d.datname = '${new URL(url).pathname.slice(1)}' order by s.calls desc`),
    stop: async () => {
      if (server.restart === undefined) return
      await query("alter system reset shared_preload_libraries")
      await server.restart("fast")
    }
  }
}
