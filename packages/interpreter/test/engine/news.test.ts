/** What is heard of instances that are not live yet, by all of those who may make them so. */
import { describe, expect, it } from "vitest"
import { News } from "../../src/internal/engine/news.ts"

const send = { instance: "x", id: "s-1", name: "add", payload: 1 }

describe("what is heard of an instance on its way", () => {
  it("is heard by nobody where nothing is on its way", () => {
    const news = new News()
    expect(news.tell("x", send)).toBe(false)
    expect(news.isRead("x")).toBe(false)
    expect(news.woken("x")).toBe(false)
    const adoption = news.adopt("x")
    expect([news.adopted("x", adoption), adoption.isBehind]).toEqual([true, false])
  })

  it("is kept by who reads it: what is sent from here, and that others have sent something", () => {
    const news = new News()
    const adoption = news.adopt("x")
    expect(news.tell("x", send)).toBe(true)
    expect(adoption).toEqual({ sends: [send], isBehind: false })
    expect(news.tell("x")).toBe(true)
    expect([news.adopted("x", adoption), adoption.isBehind]).toEqual([true, true])
    expect(news.isRead("x")).toBe(false)
  })

  it("is nothing of a claim before: each that reads begins anew", () => {
    const news = new News()
    const before = news.adopt("x")
    news.tell("x", send)
    const after = news.adopt("x")
    expect(after.sends).toEqual([])
    expect(news.adopted("x", before)).toBe(false)
    expect(news.isRead("x")).toBe(true)
    news.tell("x", send)
    expect([before.sends.length, after.sends.length]).toEqual([1, 1])
  })

  it("is told to each statement that may take it over as it ends, and no payload is kept meanwhile", () => {
    const news = new News()
    news.wake("x")
    news.wake("x")
    expect(news.tell("x", send)).toBe(true)
    expect(news.woken("x")).toBe(true)
    // The other one may be the one that has taken it over, and read it before.
    expect(news.woken("x")).toBe(true)
    expect(news.tell("x", send)).toBe(false)
  })

  it("goes to who reads it by then, where a statement ends that was on its way", () => {
    const news = new News()
    news.wake("x")
    news.tell("x", send)
    const adoption = news.adopt("x")
    expect(news.woken("x")).toBe(false)
    expect(adoption).toEqual({ sends: [], isBehind: true })
  })
})
