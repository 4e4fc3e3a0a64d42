/** A connection to Postgres that can be cut in the nastiest moment: when the server has answered and nobody has heard. */
import { afterAll } from "vitest"
import { open } from "../../../../examples/chaos/src/proxy.ts"

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
  const proxy = await open(target)
  afterAll(() => proxy.close())
  return { url: proxy.url, loseNextAnswer: () => proxy.arm("answer-lost"), lost: proxy.cut }
}
