/** A connection to Postgres that can be cut in the nastiest moment, when the server has answered and nobody has heard; or that hangs. */
import { afterAll } from "vitest"
import { open, type Held } from "../../../../examples/chaos/src/proxy.ts"

/** A way to a database that loses answers. */
export interface LossyProxy {
  readonly url: string
  /** Lets the next answer of the server, whatever it is, get lost together with its connection. */
  readonly loseNextAnswer: () => void
  /** Lets nothing through any more, without a word to anybody, until it is told to. */
  readonly hold: (held: Held) => () => void
  /** How many answers got lost. */
  readonly lost: () => number
}

/** Puts a proxy before a database, until the tests of the file are over. */
export const lossyProxy = async (target: string): Promise<LossyProxy> => {
  const proxy = await open(target)
  afterAll(() => proxy.close())
  return { url: proxy.url, loseNextAnswer: () => proxy.arm("answer-lost"), hold: proxy.hold, lost: proxy.cut }
}
