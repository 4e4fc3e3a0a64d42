/**
 * What any journal has to do, without an engine: twelve appends a workflow (its start, ten steps, its end), each awaited
 * until it is committed. `commit: "each"` inserts them one by one; `"group"` puts what has come meanwhile into one
 * statement (on SQLite one transaction).
 */
import { Pool } from "pg"
import Database from "libsql"

const schema = `create table if not exists floor_events (
  workflow text not null, seq integer not null, at double precision not null, body text not null, primary key (workflow, seq))`
const columns = "floor_events (workflow, seq, at, body)"
const connections = 16
const flushes = 2

/** Gathers what is appended while so many writes are under way. */
const grouped = (write, most) => {
  let queue = []
  let writing = 0
  const flush = async () => {
    if (writing === most || queue.length === 0) return
    const batch = queue
    queue = []
    writing++
    try {
      await write(batch.map(({ row }) => row))
      for (const { resolve } of batch) resolve()
    } catch (error) {
      for (const { reject } of batch) reject(error)
    } finally {
      writing--
      void flush()
    }
  }
  return (row) =>
    new Promise((resolve, reject) => {
      queue.push({ row, resolve, reject })
      if (queue.length === 1) setImmediate(flush)
    })
}

const postgres = async ({ url, commit }) => {
  const pool = new Pool({ connectionString: url, max: commit === "each" ? connections : flushes })
  await pool.query(schema)
  if (commit === "each")
    return (row) => pool.query({ name: "one", text: `insert into ${columns} values ($1, $2, $3, $4)`, values: row })
  const unnested = "select * from unnest($1::text[], $2::int[], $3::float8[], $4::text[])"
  const write = (rows) =>
    pool.query({
      name: "many",
      text: `insert into ${columns} ${unnested}`,
      values: [0, 1, 2, 3].map((column) => rows.map((row) => row[column]))
    })
  return grouped(write, flushes)
}

const sqlite = async ({ filename, commit }) => {
  const db = new Database(filename)
  db.exec("pragma journal_mode = wal")
  db.exec("pragma synchronous = full")
  db.exec(schema)
  const insert = db.prepare(`insert into ${columns} values (?, ?, ?, ?)`)
  if (commit === "each") return async (row) => void insert.run(row)
  const write = async (rows) => {
    db.exec("begin immediate")
    for (const row of rows) insert.run(row)
    db.exec("commit")
  }
  return grouped(write, 1)
}

export const open = async ({ store, ...settings }) => {
  const append = await { postgres, sqlite }[store](settings)
  return {
    run: async (id, { steps = 10, bytes = 100 } = {}) => {
      for (let seq = 0; seq < steps + 2; seq++) {
        const size = seq === 0 || seq === steps + 1 ? 100 : bytes
        await append([id, seq, Date.now(), body(size)])
      }
    }
  }
}

const bodies = new Map()
const body = (bytes) =>
  bodies.get(bytes) ?? bodies.set(bytes, JSON.stringify({ ok: true, text: "x".repeat(bytes) })).get(bytes)
