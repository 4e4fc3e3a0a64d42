/** Files that commands read and write, and what is said where that is not possible. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as PlatformError from "effect/PlatformError"
import * as Predicate from "effect/Predicate"
import { refuse, type Refused } from "./refusal.ts"

/** Why something cannot be done with a file, and what to do about it. */
interface Reason {
  readonly why: string
  readonly next: string
}

/** The reasons by the codes of the system, but for those that nobody can foresee. */
type Reasons = Readonly<Record<"ENOENT" | "EISDIR" | "ENOTDIR" | "EACCES", Reason>>

const reading: Reasons = {
  ENOENT: { why: "there is no such file", next: "Give the path of a file, relative to where this command is run." },
  EISDIR: { why: "it is a directory", next: "Give the path of a file in it." },
  ENOTDIR: { why: "its directory is a file", next: "Give the path of a file, relative to where this command is run." },
  EACCES: { why: "this user may not read it", next: "Let this user read it, or run this command as one that may." }
}

const writing: Reasons = {
  ENOENT: { why: "its directory is not there", next: "Make the directory, or name another file." },
  EISDIR: { why: "it is a directory", next: "Name a file in it." },
  ENOTDIR: { why: "its directory is a file", next: "Name another file." },
  EACCES: { why: "this user may not write it", next: "Name another file, or run this command as a user that may." }
}

const codeOf = ({ reason: { cause } }: PlatformError.PlatformError): string | undefined => {
  const code = Predicate.hasProperty(cause, "code") ? String(cause.code) : undefined
  return code === "EPERM" ? "EACCES" : code
}

const reasonIn = (reasons: Reasons, error: PlatformError.PlatformError): Reason => {
  const code = codeOf(error)
  const known = Object.entries(reasons).find(([name]) => name === code)
  return known?.[1] ?? { why: code ?? error.message, next: "See that the file and its disk are in order." }
}

const unread = (file: string, { next, why }: Reason): Refused => refuse(`${file} cannot be read: ${why}`, next)

/** Says that a file to be read is not there. */
export const absent = (file: string): Refused => unread(file, reading.ENOENT)

/** Whether there is such a file, as far as this user can see. */
export const isThere = (file: string): Effect.Effect<boolean, never, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (files) => Effect.orElseSucceed(files.exists(file), () => false))

/** The text of a file. */
export const read = (file: string): Effect.Effect<string, Refused, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (files) =>
    Effect.mapError(files.readFileString(file), (error) => unread(file, reasonIn(reading, error)))
  )

/** The JSON in a file. */
export const readJson = (file: string, expected: string): Effect.Effect<unknown, Refused, FileSystem.FileSystem> =>
  Effect.flatMap(read(file), (text) =>
    Effect.try({
      try: () => JSON.parse(text) as unknown,
      catch: (cause) => refuse(`${file} is no JSON: ${String(cause)}`, `Give ${expected}.`)
    })
  )

/** Puts a text into a file. */
export const write = (file: string, text: string): Effect.Effect<void, Refused, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (files) =>
    Effect.mapError(files.writeFileString(file, text), (error) => {
      const { next, why } = reasonIn(writing, error)
      return refuse(`${file} cannot be written: ${why}`, next)
    })
  )

/** Puts a text into a file where one is named, and on the standard output where none is. */
export const give = (file: Option.Option<string>, text: string): Effect.Effect<void, Refused, FileSystem.FileSystem> =>
  Option.isSome(file) ? write(file.value, text) : Console.log(text.replace(/\n$/, ""))
