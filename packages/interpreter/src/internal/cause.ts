/** What was thrown, in words. Anything may be thrown, and saying what it was must not throw again. */
import { Codec, DuplicateKey, Misplaced, NoSuchState, NotWritten } from "@waymark/core"

/** The longest text that a journal or a message keeps of a cause. */
const LONGEST = 2_000

/** A text for anything: an error's name and message, a tag, or what it prints as. */
export const describe = (cause: unknown): string => {
  try {
    if (cause instanceof Error) {
      const { message, name } = cause
      return (message === "" ? name : name === "Error" ? message : `${name}: ${message}`).slice(0, LONGEST)
    }
    return (typeof cause === "string" ? cause : (Codec.tagOf(cause) ?? String(cause))).slice(0, LONGEST)
  } catch {
    return "something that cannot be put into words"
  }
}

/** What a definition may ask for that cannot be. Such an error says itself where that is, and what to mend. */
export const isFlaw = (cause: unknown): cause is DuplicateKey | Misplaced | NoSuchState | NotWritten =>
  cause instanceof DuplicateKey ||
  cause instanceof Misplaced ||
  cause instanceof NoSuchState ||
  cause instanceof NotWritten
