/**
 * Callers that wait for something about an instance to become known, each by a topic. Whoever knows tells them; where the news
 * may be lost somebody looks for all of them now and then (see `Lookout`), so no caller asks for itself.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** The one topic of those who wait for an instance's end. */
export const END = "end"

type News<A> = Deferred.Deferred<A | undefined>

type Next<A, B> =
  | { readonly _tag: "Found"; readonly value: B }
  | { readonly _tag: "Again"; readonly given: A | undefined }

export class Waiters<A> {
  readonly #waiting = new Map<string, Map<string, Set<News<A>>>>()

  /** Tells those who wait for a topic of an instance. */
  give(instance: string, topic: string, value: A): void {
    this.#tell(this.#waiting.get(instance)?.get(topic), value)
  }

  /** Makes those who wait for a topic of an instance look again, or for anything of it. */
  poke(instance: string, topic?: string): void {
    if (topic !== undefined) return this.#tell(this.#waiting.get(instance)?.get(topic), undefined)
    for (const news of Array.from(this.#waiting.get(instance)?.values() ?? [])) this.#tell(news, undefined)
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
      Effect.acquireUseRelease(
        Effect.sync(() => this.#add(instance, topic)),
        (news) => Effect.flatMap(look(given), (found) => this.#pause(found, news)),
        (news) => Effect.sync(() => this.#remove(instance, topic, news))
      ).pipe(Effect.flatMap((next) => (next._tag === "Found" ? Effect.succeed(next.value) : attempt(next.given))))
    return Effect.suspend(() => attempt(undefined))
  }

  #pause<B>(found: Option.Option<B>, news: News<A>): Effect.Effect<Next<A, B>> {
    return Option.isSome(found)
      ? Effect.succeed({ _tag: "Found", value: found.value })
      : Effect.map(Deferred.await(news), (given) => ({ _tag: "Again", given }))
  }

  #tell(waiting: ReadonlySet<News<A>> | undefined, value: A | undefined): void {
    // A copy: whoever is told may be back on the list before this loop has ended.
    for (const news of Array.from(waiting ?? [])) Deferred.doneUnsafe(news, Effect.succeed(value))
  }

  #add(instance: string, topic: string): News<A> {
    const news = Deferred.makeUnsafe<A | undefined>()
    let topics = this.#waiting.get(instance)
    if (topics === undefined) this.#waiting.set(instance, (topics = new Map()))
    const waiting = topics.get(topic)
    if (waiting === undefined) topics.set(topic, new Set([news]))
    else waiting.add(news)
    return news
  }

  #remove(instance: string, topic: string, news: News<A>): void {
    const topics = this.#waiting.get(instance)
    const waiting = topics?.get(topic)
    if (topics === undefined || waiting === undefined) return
    waiting.delete(news)
    if (waiting.size === 0) topics.delete(topic)
    if (topics.size === 0) this.#waiting.delete(instance)
  }
}
