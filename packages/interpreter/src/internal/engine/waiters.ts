/**
 * Callers that wait for something about an instance to become known, each by a topic. Whoever knows tells them; where the news
 * may be lost somebody looks for all of them now and then (see `Lookout`), so no caller asks for itself.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Few } from "./few.ts"

/** The one topic of those who wait for an instance's end. */
export const END = "end"

/** Is told what was given, or nothing where whoever listens is to look again. */
type Hear<A> = (given: A | undefined) => void

/** Whoever waits for one topic of an instance: mostly there is one, who needs no set. */
type Heard<A> = Hear<A> | Set<Hear<A>>

type Next<A, B> =
  | { readonly _tag: "Found"; readonly value: B }
  | { readonly _tag: "Again"; readonly given: A | undefined }

export class Waiters<A> {
  readonly #waiting = new Map<string, Few<Heard<A>>>()

  /** Tells those who wait for a topic of an instance. */
  give(instance: string, topic: string, value: A): void {
    this.#tell(this.#waiting.get(instance)?.get(topic), value)
  }

  /** Makes those who wait for a topic of an instance look again, or for anything of it. */
  poke(instance: string, topic?: string): void {
    if (topic !== undefined) return this.#tell(this.#waiting.get(instance)?.get(topic), undefined)
    for (const waiting of this.#waiting.get(instance)?.values() ?? []) this.#tell(waiting, undefined)
  }

  /** Does anybody wait for something of an instance? */
  has(instance: string): boolean {
    return this.#waiting.has(instance)
  }

  /** What is waited for: instances with their topics. */
  *waiting(): Generator<readonly [instance: string, topic: string]> {
    for (const [instance, topics] of this.#waiting) for (const topic of topics.keys()) yield [instance, topic]
  }

  /**
   * Asks `look` until it answers: at once, then with what was given, or with nothing where it is to look again. It is on the
   * list before it looks, so nothing that happens meanwhile is missed.
   */
  until<B, E, R>(
    instance: string,
    topic: string,
    look: (given: A | undefined) => Effect.Effect<Option.Option<B>, E, R>
  ): Effect.Effect<B, E, R> {
    const attempt = (given: A | undefined): Effect.Effect<B, E, R> =>
      Effect.suspend(() => {
        let leave = (): void => {}
        const looking = Effect.suspend(() => {
          const news = Deferred.makeUnsafe<A | undefined>()
          leave = this.listen(instance, topic, (value) => Deferred.doneUnsafe(news, Effect.succeed(value)))
          return Effect.flatMap(look(given), (found) => this.#pause(found, news))
        })
        return Effect.onExit(looking, () => Effect.sync(() => leave()))
      }).pipe(Effect.flatMap((next) => (next._tag === "Found" ? Effect.succeed(next.value) : attempt(next.given))))
    return Effect.suspend(() => attempt(undefined))
  }

  /** Puts somebody on the list, who is told of everything until he leaves it. */
  listen(instance: string, topic: string, hear: Hear<A>): () => void {
    let topics = this.#waiting.get(instance)
    if (topics === undefined) this.#waiting.set(instance, (topics = new Few()))
    const waiting = topics.get(topic)
    if (waiting === undefined) topics.set(topic, hear)
    else if (typeof waiting === "function") topics.set(topic, new Set([waiting, hear]))
    else waiting.add(hear)
    return () => this.#remove(instance, topic, hear)
  }

  #pause<B>(found: Option.Option<B>, news: Deferred.Deferred<A | undefined>): Effect.Effect<Next<A, B>> {
    return Option.isSome(found)
      ? Effect.succeed({ _tag: "Found", value: found.value })
      : Effect.map(Deferred.await(news), (given) => ({ _tag: "Again", given }))
  }

  #tell(waiting: Heard<A> | undefined, value: A | undefined): void {
    if (typeof waiting === "function") return waiting(value)
    // A copy: whoever is told may be back on the list before this loop has ended.
    for (const hear of Array.from(waiting ?? [])) hear(value)
  }

  #remove(instance: string, topic: string, hear: Hear<A>): void {
    const topics = this.#waiting.get(instance)
    const waiting = topics?.get(topic)
    if (topics === undefined || waiting === undefined) return
    if (typeof waiting === "object") waiting.delete(hear)
    if (waiting === hear || (typeof waiting === "object" && waiting.size === 0)) topics.delete(topic)
    if (topics.size === 0) this.#waiting.delete(instance)
  }
}
