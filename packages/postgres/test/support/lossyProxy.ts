/** A connection to Postgres that can be cut in the nastiest moment: when the server has answered and nobody has heard. */
import { once } from "node:events"
import type { AddressInfo, Socket } from "node:net"
import { connect, createServer } from "node:net"
import { afterAll } from "vitest"

/** A way to a database that loses answers. */
export interface LossyProxy {
  readonly url: string
  /** Lets the next answer of the server, whatever it is, get lost together with its connection. */
  readonly loseNextAnswer: () => void
  /** How many answers got lost. */
  readonly lost: () => number
}

/** Puts a proxy before a database, until the tests of the file are over. */
export const lossyProxy = async (target: string): Promise<LossyProxy> => {
  const url = new URL(target)
  const port = Number(url.port)
  const host = url.hostname
  const sockets = new Set<Socket>()
  let armed = false
  let lost = 0
  const proxy = createServer((client) => {
    const server = connect(port, host)
    const cut = () => (client.destroy(), server.destroy())
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on("error", cut).on("close", () => {
        sockets.delete(socket)
        cut()
      })
    }
    client.pipe(server)
    server.on("data", (data) => {
      if (!armed) client.write(data)
      else {
        armed = false
        lost++
        cut()
      }
    })
  })
  proxy.listen(0, "127.0.0.1")
  await once(proxy, "listening")
  afterAll(() => {
    for (const socket of sockets) socket.destroy()
    proxy.close()
  })
  url.hostname = "127.0.0.1"
  url.port = String((proxy.address() as AddressInfo).port)
  return { url: url.href, loseNextAnswer: () => (armed = true), lost: () => lost }
}
