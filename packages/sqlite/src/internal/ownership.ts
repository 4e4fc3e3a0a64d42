/** Who runs which instances: claiming them, saying that one lives, and giving them back. */
import type { Claim, Instance, Release } from "@waymark/interpreter"
import { isTerminal } from "@waymark/interpreter"
import type { Connection } from "./connection.ts"
import { instantOf } from "./instances.ts"
import type { InstanceRow } from "./rows.ts"
import { instanceOf } from "./rows.ts"
import type { Prepared } from "./statements.ts"

/** How long an owner is remembered that does not say that it lives, in milliseconds. */
const DAY = 86_400_000

/** Takes instances over. */
export const claim = (connection: Connection, claim: Claim, now: number): ReadonlyArray<Instance> =>
  connection.transaction(() => {
    const { ids, owner } = claim
    const versions = new Map<string, number>()
    for (const { name, version } of claim.workflows) versions.set(name, Math.max(version, versions.get(name) ?? 0))
    const rows = ids === undefined ? due(connection, claim, versions, now) : these(connection, ids, versions)
    if (rows.length > 0) connection.sql.meet.run(owner, now)
    return rows.map((row) => {
      connection.sql.claim.run(owner, row.id)
      return instanceOf(row, row.epoch + 1)
    })
  })

/** When the next instance may be claimed that may not be yet. */
export const upcoming = ({ sql }: Connection, now: number): number | null =>
  (sql.upcoming.all(now) as ReadonlyArray<{ readonly at: number | null }>)[0]?.at ?? null

const these = (
  connection: Connection,
  ids: ReadonlyArray<string>,
  versions: ReadonlyMap<string, number>
): ReadonlyArray<InstanceRow> =>
  Array.from(new Set(ids)).flatMap((id) => {
    const row = connection.row(id)
    if (row === undefined || row.owner !== null || isTerminal(row.status)) return []
    return row.version <= (versions.get(row.workflow) ?? -1) ? [row] : []
  })

// One look into the index for each workflow: those of workflows that nobody here hosts are never walked through.
const due = (
  { sql }: Connection,
  { limit, order }: Claim,
  versions: ReadonlyMap<string, number>,
  now: number
): ReadonlyArray<InstanceRow> => {
  const found = Array.from(
    versions,
    ([name, version]) => sql[order].all(name, version, now, limit) as ReadonlyArray<InstanceRow>
  ).flat()
  return merge(found, order).slice(0, limit)
}

const merge = (rows: ReadonlyArray<InstanceRow>, order: Claim["order"]): ReadonlyArray<InstanceRow> => {
  switch (order) {
    case "oldest":
      return rows.toSorted((a, b) => (a.available_at ?? 0) - (b.available_at ?? 0))
    case "newest":
      return rows.toSorted((a, b) => b.created_at - a.created_at)
    case "random":
      return rows
        .map((row) => ({ row, at: Math.random() }))
        .sort((a, b) => a.at - b.at)
        .map(({ row }) => row)
  }
}

/** Says that an owner lives until an instant; answers `false` where its instances were taken from it meanwhile. */
export const renew = (connection: Connection, owner: string, until: number): boolean =>
  connection.transaction(() => {
    const { sql } = connection
    const isReaped = sql.isReaped.all(owner).length > 0
    sql.renew.run(owner, until)
    return !isReaped
  })

/** Gives back what owners had who have not said in time that they live. */
export const reap = (connection: Connection, now: number): number =>
  connection.transaction(() => {
    const { sql } = connection
    let count = 0
    for (const { owner } of sql.lapsed.all(now) as ReadonlyArray<{ readonly owner: string }>) {
      const lost = letGo(connection, connection.sql.takeOver, owner, now)
      if (lost > 0) sql.reaped.run(owner)
      count += lost
    }
    // Owners are kept until they have heard of it, should they wake up again.
    sql.forgetEngines.run(now - DAY)
    return count
  })

/** Gives back all that an owner has, which ends. */
export const retire = (connection: Connection, owner: string, now: number): void =>
  connection.transaction(() => {
    letGo(connection, connection.sql.giveBack, owner, now)
    connection.sql.forgetEngine.run(owner)
  })

const letGo = (connection: Connection, statement: Prepared, owner: string, now: number): number => {
  const rows = statement.all(now, now, owner) as ReadonlyArray<InstanceRow>
  connection.offer(rows, now)
  return rows.length
}

/** Gives back what its writer is done with for now. */
export const release = (connection: Connection, owner: string, released: ReadonlyArray<Release>, now: number): void =>
  connection.transaction(() => {
    for (const { at, epoch, id, known } of released) {
      const rows = connection.sql.release.all(JSON.stringify(known), now, instantOf(at, now), id, owner, epoch)
      connection.offer(rows as ReadonlyArray<InstanceRow>, now)
    }
  })

/** What an owner has. */
export const held = ({ sql }: Connection, owner: string): ReadonlyArray<Pick<Instance, "id" | "epoch">> =>
  (sql.held.all(owner) as ReadonlyArray<InstanceRow>).map(({ epoch, id }) => ({ id, epoch }))
