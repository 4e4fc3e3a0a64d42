/**
 * A way to Postgres on which connections can be cut in the nastiest moments: when the server has committed and nobody has
 * heard of it, when nobody knows whether it has, when half a request is on its way.
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

/** A way to a database that can be cut. */
export interface Proxy {
  readonly url: string
  /** Cuts the next exchange, on whichever connection it is. */
  readonly arm: (cut: Cut) => void
  /** How many connections were cut. */
  readonly cut: () => number
  readonly close: () => void
}

/** Puts a proxy before a database. */
export const open = async (target: string): Promise<Proxy> => {
  const url = new URL(target)
  const port = Number(url.port)
  const host = url.hostname
  const sockets = new Set<Socket>()
  let armed: Cut | undefined
  let count = 0

  const proxy = createServer((client) => {
    const server = connect(port, host)
    client.setNoDelay(true)
    server.setNoDelay(true)
    const end = () => (client.destroy(), server.destroy())
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
        server.once("drain", () => client.resume())
      }
    })
    server.on("data", (data) => {
      if (armed === "answer-lost") {
        armed = undefined
        cut()
      } else if (!client.write(data)) {
        server.pause()
        client.once("drain", () => server.resume())
      }
    })
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
    cut: () => count,
    close: () => {
      for (const socket of sockets) socket.destroy()
      proxy.close()
    }
  }
}
