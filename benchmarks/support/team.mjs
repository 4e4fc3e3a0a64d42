/** Contenders that are measured beside each other, each in a process and on a store of its own. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { enter } from "./contender.mjs"

const file = (name) => fileURLToPath(new URL(`../contenders/${name}.mjs`, import.meta.url))

export const ours = "Waymark"
export const each = "floor: one insert a step"
export const group = "floor: group commit"

/** An empty store of its own, and how it is removed. */
export const place = async (database, store) => {
  if (store === "postgres") {
    const url = await database.create()
    return { at: { store, url }, remove: () => database.drop(url) }
  }
  if (store === "memory") return { at: { store }, remove: async () => {} }
  const directory = mkdtempSync(join(tmpdir(), "waymark-bench-"))
  return {
    at: { store, filename: join(directory, "bench.db") },
    remove: async () => rmSync(directory, { recursive: true, force: true })
  }
}

/** Starts Waymark with these options of its engine. */
export const enterOurs = (at, engine = {}, options = {}) => enter(file("waymark"), { ...at, engine }, options)

/** Starts the floor that commits like this. */
const enterFloor = (at, commit) => enter(file("floor"), { ...at, commit })

const entries = {
  [ours]: (at) => enterOurs(at),
  [each]: (at) => enterFloor(at, "each"),
  [group]: (at) => enterFloor(at, "group")
}

/** Those that a store is measured with; memory has no floor. */
export const namesOn = (store) => (store === "memory" ? [ours] : [ours, each, group])

/**
 * Gives `use` the contenders of these names, after so many seconds of work at which nobody looks: until then compilers are
 * what is measured.
 */
export const withTeam = async ({ database, warmUp }, store, names, use) => {
  const places = []
  const members = {}
  try {
    for (const name of names) {
      const { at, remove } = await place(database, store)
      places.push(remove)
      const member = await entries[name](at)
      members[name] = Object.assign(member, { at })
      await member.ask("warm", { seconds: warmUp })
    }
    return await use(members)
  } finally {
    for (const member of Object.values(members)) await member.kill()
    for (const remove of places) await remove()
  }
}
