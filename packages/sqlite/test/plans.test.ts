/** SQLite's plans for the statements of the journal: none looks at more rows than it is about. */
import type { Listing } from "@waymark/interpreter"
import Database from "libsql"
import { describe, expect, it } from "vitest"
import type { Narrow } from "../src/internal/listing.ts"
import { statementOf } from "../src/internal/listing.ts"
import * as schema from "../src/internal/schema.ts"
import { takeAll, texts } from "../src/internal/statements.ts"

const db = new Database(":memory:")
schema.migrate(db)

/** The steps of a plan, as SQLite words them. */
const planOf = (text: string): ReadonlyArray<string> =>
  (db.prepare(`explain query plan ${text}`).all() as ReadonlyArray<{ readonly detail: string }>).map(
    ({ detail }) => detail
  )

/** Engines are few, and of what a statement itself brings along there is little. */
const isScan = (step: string): boolean =>
  step.startsWith("SCAN ") && !/^SCAN (waymark_engines|json_each|w)\b/.test(step)

const isSort = (step: string): boolean => step.includes("TEMP B-TREE FOR ORDER BY")

describe("a statement of the journal", () => {
  it.each(Object.entries(texts))("finds its rows by an index: %s", (_, text) => {
    expect(planOf(text).filter(isScan)).toEqual([])
  })

  it("claims along the index of what may be claimed, the oldest without sorting", () => {
    for (const order of ["oldest", "newest", "random"] as const) {
      const found = "SEARCH waymark_instances USING INDEX waymark_instances_available (workflow=? AND available_at<?)"
      expect(planOf(texts[order])).toContain(found)
      expect(planOf(texts[order]).some(isSort)).toBe(order !== "oldest")
    }
  })

  it("purges along the index of what has ended, without sorting", () => {
    const plan = planOf(texts.purgeable)
    expect(plan).toContain("SEARCH waymark_instances USING INDEX waymark_instances_ended (updated_at<?)")
    expect(plan.some(isSort)).toBe(false)
  })

  it("finds the pending signals of an instance by their index", () => {
    const pending = "waymark_signals_pending"
    for (const text of [texts.release, texts.giveBack, texts.takeOver, texts.offer, texts.inbox, texts.attention]) {
      expect(planOf(text).filter((step) => step.includes(pending))).toHaveLength(1)
    }
  })

  it("finds what an owner has by its index", () => {
    const held = /^SEARCH \w+ USING (COVERING )?INDEX waymark_instances_held/
    for (const text of [texts.held, texts.giveBack, texts.takeOver, texts.attention]) {
      expect(planOf(text).filter((step) => held.test(step))).toHaveLength(1)
    }
    expect(planOf(takeAll).filter((step) => step.includes("waymark_instances_held"))).toHaveLength(1)
  })
})

const listing: Listing = { order: "created", descending: false, limit: 10 }

/** The indexes that a list goes along, and which of them it sorts afterwards: all but the few that make a page. */
const roads = (options: Partial<Listing>, narrow?: Narrow) => {
  const plan = planOf(statementOf({ ...listing, ...options }, narrow).text)
  const indexes = plan.flatMap((step) => /INDEX waymark_instances_(\w+)/.exec(step)?.[1] ?? [])
  const sorts = plan.filter((step, index) => isSort(step) && !plan[index - 1]?.startsWith("SCAN (subquery"))
  return { indexes, sorts: sorts.length }
}

describe("a list", () => {
  it("by creation goes along an index that has its order", () => {
    expect(roads({})).toEqual({ indexes: ["created"], sorts: 0 })
    expect(roads({ descending: true })).toEqual({ indexes: ["created"], sorts: 0 })
    expect(roads({ workflow: "w" })).toEqual({ indexes: ["workflow"], sorts: 0 })
    expect(roads({ attributes: { common: true } })).toEqual({ indexes: ["created"], sorts: 0 })
    expect(roads({ statuses: ["completed"] })).toEqual({ indexes: ["status"], sorts: 0 })
    expect(roads({ statuses: ["stuck", "failed"] })).toEqual({ indexes: ["status", "status"], sorts: 0 })
    expect(roads({ statuses: ["running"] })).toEqual({ indexes: ["open"], sorts: 0 })
    expect(roads({ statuses: ["waiting", "stuck"], workflow: "w" })).toEqual({ indexes: ["status", "open"], sorts: 0 })
  })

  it("by the last change sorts no more than the open instances", () => {
    expect(roads({ order: "updated" })).toEqual({ indexes: ["ended", "open"], sorts: 1 })
    expect(roads({ order: "updated", statuses: ["failed"] })).toEqual({ indexes: ["ended"], sorts: 0 })
    expect(roads({ order: "updated", statuses: ["stuck"] })).toEqual({ indexes: ["open"], sorts: 1 })
  })

  it("of few instances looks them up, by attribute or workflow, and sorts them", () => {
    expect(roads({ attributes: { rare: 1, common: 2 } }, { attribute: "rare" })).toEqual({ indexes: [], sorts: 1 })
    expect(planOf(statementOf({ ...listing, attributes: { rare: 1 } }, { attribute: "rare" }).text)).toEqual(
      expect.arrayContaining([
        "SEARCH a USING PRIMARY KEY (name=? AND value=?)",
        "SEARCH waymark_instances USING PRIMARY KEY (id=?)"
      ])
    )
    const ofWorkflow = { order: "updated", workflow: "w", statuses: ["running"] } as const
    expect(roads(ofWorkflow, { workflow: "w" })).toEqual({ indexes: ["workflow"], sorts: 1 })
  })

  it("goes on where the page before has ended, by the index", () => {
    for (const descending of [false, true]) {
      const { text } = statementOf({ ...listing, workflow: "w", descending, after: { at: 1, id: "a" } }, undefined)
      const bound = descending ? "<" : ">"
      expect(planOf(text)).toContain(
        `SEARCH waymark_instances USING INDEX waymark_instances_workflow (workflow=? AND created_at${bound}?)`
      )
    }
  })
})
