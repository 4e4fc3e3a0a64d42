/** Files that commands read and write, and what is said where that is not possible. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import { refuse, type Refused } from "./refusal.ts"

/** The text of a file. */
export const read = (file: string): Effect.Effect<string, Refused, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (files) =>
    Effect.mapError(files.readFileString(file), ({ message }) =>
      refuse(`${file} cannot be read: ${message}`, "Give the path of a file, relative to where this command is run.")
    )
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
    Effect.mapError(files.writeFileString(file, text), ({ message }) =>
      refuse(`${file} cannot be written: ${message}`, "Its directory has to be there.")
    )
  )

/** Puts a text into a file where one is named, and on the standard output where none is. */
export const give = (file: Option.Option<string>, text: string): Effect.Effect<void, Refused, FileSystem.FileSystem> =>
  Option.isSome(file) ? write(file.value, text) : Console.log(text.replace(/\n$/, ""))
