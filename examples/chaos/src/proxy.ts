/**
 * A way to Postgres on which connections can be cut in the nastiest moments: when the server has committed and nobody has
 * heard of it, when nobody knows whether it has, when half a request is on its way. And nothing may come through any more, without a word to anybody.
 */
import { once } from "node:events"
import type { AddressInfo, Socket } from "node:net"
import { connect, createServer } from "node:net"

/**
 * Where the next exchange is cut: the server's answer gets lost; the request is on its way whole and nobody waits for what
 * becomes of it; the request is torn in the middle, so that it is never carried out.
 */
export type Cut = "answer-lost" | "outcome-unknown" | "request-torn"

/** The three of them. */
export const cuts: ReadonlyArray<Cut> = ["answer-lost", "outcome-unknown", "request-torn"]

/**
 * What comes through no more: answers on the connections that there are, as where a firewall has forgotten them; or nothing at all, on
 * connections to come either, as where a host is frozen.
 */
export type Held = "present-answers" | "everything"

/** A way to a database that can be cut. */
export interface Proxy {
  readonly url: string
  /** Cuts the next exchange, on whichever connection it is. */
  readonly arm: (cut: Cut) => void
  /** Holds back what is sent, until it is let go: then it arrives, where somebody is there. */
  readonly hold: (held: Held) => () => void
  /** How many connections were cut. */
  readonly cut: () => number
  readonly close: () => void
}

type Side = "client" | "server"

/** A connection through the proxy, and from which side nothing is taken any more. */
interface Way extends Record<Side, Socket> {
  held: Record<Side, boolean>
}

/** Puts a proxy before a database. */
export const open = async (target: string): Promise<Proxy> => {
  const url = new URL(target)
  const port = Number(url.port)
  const host = url.hostname
  const sockets = new Set<Socket>()
  const ways = new Set<Way>()
  let isHeld = false
  let armed: Cut | undefined
  let count = 0

  const proxy = createServer((client) => {
    const server = connect(port, host)
    const way: Way = { client, server, held: { client: isHeld, server: isHeld } }
    ways.add(way)
    client.setNoDelay(true)
    server.setNoDelay(true)
    const end = () => (client.destroy(), server.destroy(), ways.delete(way))
    const resume = (side: Side) => () => way.held[side] || way[side].resume()
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on("error", end).on("close", () => {
        sockets.delete(socket)
        end()
      })
    }
    const cut = () => {
      count++
      end()
    }
    client.on("data", (data) => {
      const how = armed
      if (how === "request-torn" || how === "outcome-unknown") {
        armed = undefined
        // Once the bytes are with the server; what it makes of them, nobody waits for.
        server.write(how === "request-torn" ? data.subarray(0, data.length >> 1) : data, cut)
      } else if (!server.write(data)) {
        client.pause()
        server.once("drain", resume("client"))
      }
    })
    server.on("data", (data) => {
      if (armed === "answer-lost") {
        armed = undefined
        cut()
      } else if (!client.write(data)) {
        server.pause()
        client.once("drain", resume("server"))
      }
    })
    if (isHeld) for (const socket of [client, server]) socket.pause()
  })
  proxy.listen(0, "127.0.0.1")
  await once(proxy, "listening")

  url.hostname = "127.0.0.1"
  url.port = String((proxy.address() as AddressInfo).port)
  return {
    url: url.href,
    arm: (cut) => {
      armed = cut
    },
    hold: (held) => {
      const sides: ReadonlyArray<Side> = held === "everything" ? ["client", "server"] : ["server"]
      isHeld = held === "everything"
      for (const way of ways) {
        for (const side of sides) {
          way.held[side] = true
          way[side].pause()
        }
      }
      return () => {
        isHeld = false
        for (const way of ways) {
          way.held = { client: false, server: false }
          for (const side of sides) way[side].resume()
        }
      }
    },
    cut: () => count,
    close: () => {
      for (const socket of sockets) socket.destroy()
      proxy.close()
    }
  }
}
