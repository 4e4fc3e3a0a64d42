/**
 * Trace contexts on record: the `started` event of an instance says in which trace it was started, in the W3C's words. So what its
 * steps do is one trace, whichever process runs them.
 */
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"

const traceparent = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/

/** A span in the words that are kept. */
export const write = ({ sampled, spanId, traceId }: Tracer.AnySpan): string | undefined => {
  const text = `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`
  // A tracer may have ids of its own kind, which nobody could read.
  return traceparent.test(text) ? text : undefined
}

/** The span that was kept; none where there is none, or in words of another version. */
export const read = (text: string | undefined): Option.Option<Tracer.ExternalSpan> => {
  const [, traceId, spanId, flags] = traceparent.exec(text ?? "") ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return Option.none()
  return Option.some(Tracer.externalSpan({ traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }))
}
