/** Workflows out of modules: what `file.js#Export` stands for. */
import type { Workflow } from "@waymark/core"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { existsSync } from "node:fs"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { refuse, type Refused } from "./refusal.ts"

const isWorkflow = (value: unknown): value is Workflow.Any =>
  Predicate.isTagged(value, "Workflow") && Predicate.hasProperty(value, "body")

/** The names under which a module exports workflows. */
const workflowsIn = (module: Readonly<Record<string, unknown>>): ReadonlyArray<string> =>
  Object.keys(module).filter((name) => isWorkflow(module[name]))

const listed = (names: ReadonlyArray<string>): string =>
  names.length === 0 ? "it exports no workflow" : `it exports the workflows ${names.join(", ")}`

/**
 * The workflow that a module exports under a name. Where no name is given there has to be one workflow only.
 */
export const workflowAt = Effect.fnUntraced(function* (place: string): Effect.fn.Return<Workflow.Any, Refused> {
  const at = place.lastIndexOf("#")
  const [file, name] = at < 0 ? [place, undefined] : [place.slice(0, at), place.slice(at + 1)]
  const absolute = path.resolve(file)
  const module = yield* Effect.tryPromise({
    try: () => import(pathToFileURL(absolute).href) as Promise<Readonly<Record<string, unknown>>>,
    catch: (cause) =>
      refuse(
        `${file} cannot be imported: ${cause instanceof Error ? cause.message : String(cause)}`,
        hintFor(file, absolute, cause)
      )
  })
  const names = workflowsIn(module)
  if (name !== undefined) {
    const found = module[name]
    if (isWorkflow(found)) return found
    const what = name in module ? `"${name}" of ${file} is no workflow` : `${file} has no export "${name}"`
    return yield* refuse(`${what}: ${listed(names)}`, "Name one of those after the #.")
  }
  const [only, ...others] = names
  if (only === undefined || others.length > 0) {
    return yield* refuse(`which workflow of ${file}? ${listed(names)}`, `Say which, as in ${file}#${only ?? "Order"}.`)
  }
  return module[only] as Workflow.Any
})

/** The file itself is there: what is missing, or throws, is in what it imports or does. */
const isThere = (absolute: string, cause: unknown): boolean =>
  existsSync(absolute) && !(Predicate.hasProperty(cause, "code") && cause.code === "ERR_UNKNOWN_FILE_EXTENSION")

const hintFor = (file: string, absolute: string, cause: unknown): string =>
  /\.[cm]?tsx?$/.test(file)
    ? "Node runs no TypeScript by itself: name the JavaScript that it is built to, or run this command with a loader for TypeScript."
    : isThere(absolute, cause)
      ? "The file is there: mend what it imports or does when it is imported."
      : "Give the path of an ES module, relative to where this command is run."
