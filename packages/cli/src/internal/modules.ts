/** Workflows out of modules: what `file.js#Export` stands for. */
import type { Workflow } from "@waymark/core"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { realpathSync, statSync } from "node:fs"
import * as path from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { misuse, refuse, type Refused } from "./refusal.ts"

const isWorkflow = (value: unknown): value is Workflow.Any =>
  Predicate.isTagged(value, "Workflow") && Predicate.hasProperty(value, "body")

type Module = Readonly<Record<string, unknown>>

/** The workflow that a module exports under a name. Without a # there has to be one workflow only. */
export const workflowAt = Effect.fnUntraced(function* (place: string): Effect.fn.Return<Workflow.Any, Refused> {
  const at = place.lastIndexOf("#")
  const [file, name] = at < 0 ? [place, ""] : [place.slice(0, at), place.slice(at + 1)]
  if (file === "") return yield* misuse("no module is named", `Name one before the #, as in dist/orders.js#Order.`)
  const module = yield* imported(file)
  const names = Object.keys(module).filter((one) => isWorkflow(module[one]))
  const [only, ...others] = names
  if (at < 0 && only !== undefined && others.length === 0) return module[only] as Workflow.Any
  const found = Object.hasOwn(module, name) ? module[name] : undefined
  if (name !== "" && isWorkflow(found)) return found
  const exported = only === undefined ? "exports no workflow" : `exports the workflows ${names.join(", ")}`
  const what =
    name === ""
      ? only === undefined
        ? `${file} ${exported}`
        : `which workflow of ${file}? It ${exported}`
      : `${name in module ? `"${name}" of ${file} is no workflow` : `${file} has no export "${name}"`}: it ${exported}`
  return yield* refuse(
    what,
    only === undefined
      ? `Let it export one: export const ${name === "" ? "Order" : name} = Workflow.make(…).`
      : `Say which, as in ${file}#${only}.`
  )
})

const imported = Effect.fnUntraced(function* (file: string): Effect.fn.Return<Module, Refused> {
  const absolute = path.resolve(file)
  const stat = statSync(absolute, { throwIfNoEntry: false })
  if (stat === undefined || stat.isDirectory()) {
    const why = stat === undefined ? "there is no such file" : "it is a directory"
    return yield* refuse(`${file} cannot be imported: ${why}`, isTypeScript(file) ? builtTo : aModule)
  }
  return yield* Effect.tryPromise({
    try: () => import(pathToFileURL(absolute).href) as Promise<Module>,
    catch: (cause) => refuse(`${file} cannot be imported: ${saidBy(cause, absolute)}`, hintFor(file, cause))
  })
})

/** A frame of a stack, but for those of Node itself. */
const FRAME = /(?:\(|at |^)((?:file:\/\/)?\/[^\s()]+?|[A-Z]:\\[^\s()]+?):(\d+(?::\d+)?)\)?$/gm

/** What was thrown, and where: in the module, or else in what that imports, short of installed packages. */
const saidBy = (cause: unknown, absolute: string): string => {
  if (!(cause instanceof Error)) return String(cause)
  // Node names both files by itself.
  if (cause.message.includes("imported from")) return cause.message
  const frames = [...(cause.stack ?? "").matchAll(FRAME)].map(([, url = "", line = ""]) => {
    const file = url.startsWith("file:") ? fileURLToPath(url) : url
    return { file, line }
  })
  const real = realpathSync(absolute)
  const frame =
    frames.find(({ file }) => file === real) ?? frames.find(({ file }) => !/[\\/]node_modules[\\/]/.test(file))
  return frame === undefined ? cause.message : `${cause.message} (at ${shortest(frame.file)}:${frame.line})`
}

const shortest = (file: string): string => {
  const relative = path.relative(process.cwd(), file)
  return relative.startsWith("..") ? file : relative
}

const isTypeScript = (file: string): boolean => /\.[cm]?tsx?$/.test(file)
/** What Node calls files that are no modules, or none without more being said: JSON has two names, by its version. */
const unknown: ReadonlySet<unknown> = new Set([
  "ERR_UNKNOWN_FILE_EXTENSION",
  "ERR_IMPORT_ASSERTION_TYPE_MISSING",
  "ERR_IMPORT_ATTRIBUTE_MISSING"
])
const isUnknown = (cause: unknown): boolean => Predicate.hasProperty(cause, "code") && unknown.has(cause.code)

const aModule = "Give the path of an ES module, relative to where this command is run."
const builtTo = "Name the JavaScript that it is built to, or run this command with a loader for TypeScript."

const hintFor = (file: string, cause: unknown): string => {
  if (isUnknown(cause)) return isTypeScript(file) ? `This Node runs no TypeScript by itself. ${builtTo}` : aModule
  // Without a place at its head, Node keeps to itself where it does not understand the text.
  if (cause instanceof SyntaxError && !(cause.stack ?? "").startsWith("file:"))
    return `See where with: node --check ${file}`
  return "The file is there: mend what it imports or does when it is imported."
}
