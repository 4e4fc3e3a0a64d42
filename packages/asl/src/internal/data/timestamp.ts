/**
 * Timestamps of `Wait` states and of comparisons: RFC 3339 with an upper-case `T`, and `Z` or an offset. AWS reads them as Java's
 * ISO_OFFSET_DATE_TIME, which its messages name, so the seconds may be away, and up to nine digits of a second count in comparisons.
 */

interface Instant {
  /** Since the epoch. */
  readonly milliseconds: number
  /** Within the millisecond. */
  readonly nanoseconds: number
}

const pattern =
  /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{0,9}))?)?(?:Z|([+-])(0\d|1[0-8]):([0-5]\d))$/

const instant = (text: string): Instant | undefined => {
  const found = pattern.exec(text)
  if (found === null) {
    return undefined
  }
  const [, year, month, day, hour, minute, second = "0", fraction = "", sign = "+", hours = "0", minutes = "0"] = found
  const at = new Date(0)
  at.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  // A day that its month does not have leads into another month.
  if (at.getUTCMonth() !== Number(month) - 1) {
    return undefined
  }
  const digits = fraction.padEnd(9, "0")
  const offset = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  return {
    milliseconds:
      at.setUTCHours(Number(hour), Number(minute), Number(second), Number(digits.slice(0, 3))) - offset * 60_000,
    nanoseconds: Number(digits.slice(3))
  }
}

/** Milliseconds since the epoch, or `undefined` where the text is no timestamp. */
export const parse = (text: string): number | undefined => instant(text)?.milliseconds

/** Below 0 where `left` is earlier, 0 where both are the same moment; `undefined` where one is no timestamp. */
export const compare = (left: string, right: string): number | undefined => {
  const [one, other] = [instant(left), instant(right)]
  return one === undefined || other === undefined
    ? undefined
    : one.milliseconds - other.milliseconds || one.nanoseconds - other.nanoseconds
}

/** An instant as the context object has it. AWS, as Java, leaves a fraction that is zero away. */
export const written = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(".000Z", "Z")
