/**
 * The documentation as data: the examples in doc comments and in the README, and the doc comment of every export.
 *
 * Read from the text of the sources: what is looked at is what a reader sees.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { root } from "./compiler.ts"

/** A block marked `ts`: where it stands, and the module that it is. */
export interface Example {
  /** The file, from the root of the repository. */
  readonly file: string
  /** The line of its first line of code, from 1. */
  readonly line: number
  readonly code: string
}

/** An export, by the name under which users reach it (`WIO.runIO`). */
export interface Documented {
  readonly name: string
  readonly file: string
  readonly line: number
  /** What its doc comment says before the first tag; empty where there is none. */
  readonly text: string
  readonly hasExample: boolean
}

const lineOf = (text: string, index: number): number => text.slice(0, index).split("\n").length

/** The blocks of a text, indented or not; `margin` is what its lines begin with. */
const blocks = (file: string, text: string, from: number, margin: string): ReadonlyArray<Example> => {
  const lines = text.split("\n").map((line) => line.replace(new RegExp(`^${margin}`, "u"), ""))
  const found: Array<Example> = []
  for (let i = 0; i < lines.length; i++) {
    if (!/^```ts\b/u.test(lines[i] ?? "")) continue
    const end = lines.indexOf("```", i)
    if (end === -1) throw new Error(`${file}:${from + i}: this example is not closed`)
    found.push({ file, line: from + i + 1, code: `${lines.slice(i + 1, end).join("\n")}\n` })
    i = end
  }
  return found
}

const comments = /\/\*\*[\s\S]*?\*\//gu

/** The packages of the repository, by the names of their folders. */
export const packages: ReadonlyArray<string> = readdirSync(join(root, "packages"))
  .filter((name) => existsSync(join(root, "packages", name, "src/index.ts")))
  .sort()

const sourcesOf = (name: string): ReadonlyArray<string> => {
  const src = join(root, "packages", name, "src")
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"))
  return files.sort((a, b) => (a < b ? -1 : 1)).map((path) => join(src, path))
}

/** Every example of the sources and of the README. */
export const examples = (): ReadonlyArray<Example> => {
  const found = packages.flatMap(sourcesOf).flatMap((path) => {
    const text = readFileSync(path, "utf8")
    return [...text.matchAll(comments)].flatMap((match) =>
      blocks(relative(root, path), match[0], lineOf(text, match.index), "\\s*\\* ?")
    )
  })
  const readme = join(root, "README.md")
  return existsSync(readme) ? found.concat(blocks("README.md", readFileSync(readme, "utf8"), 1, "")) : found
}

const declaration =
  /^(?<exported>export )?(?:declare )?(?:abstract )?(?:const|let|function\*?|async function|class|enum|interface|type|namespace) (?<name>[\w$]+)/gmu
const reexport =
  /^export (?:type )?(?:\* as (?<space>[\w$]+)|\{(?<names>[^}]*)\}|(?<star>\*)) from "(?<from>\.[^"]*)"/gmu
const imported = /^import (?:type )?\{(?<names>[^}]*)\} from "(?<from>\.[^"]*)"/gmu
const localExport = /^export (?:type )?\{(?<names>[^}]*)\}(?! from)/gmu

/** The doc comment right before a place, past the remarks between the two. */
const commentBefore = (text: string, index: number): string => {
  const before = text.slice(0, index).replace(/(?:\n[ \t]*\/\/[^\n]*)+\n$/u, "\n")
  if (!before.trimEnd().endsWith("*/")) return ""
  const start = before.lastIndexOf("/**")
  return before.slice(start)
}

const describe = (comment: string): Pick<Documented, "hasExample" | "text"> => {
  const lines = comment
    .replace(/^\/\*\*|\*\/\s*$/gu, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/u, ""))
  const tag = lines.findIndex((line) => line.startsWith("@"))
  return {
    text: (tag === -1 ? lines : lines.slice(0, tag)).join("\n").trim(),
    hasExample: /```ts\b/u.test(comment)
  }
}

interface Found extends Documented {
  readonly exported: boolean
}

const declarationsOf = (path: string): ReadonlyArray<Found> => {
  const text = readFileSync(path, "utf8")
  const found = new Map<string, Found>()
  for (const match of text.matchAll(declaration)) {
    const { exported, name = "" } = match.groups ?? {}
    const known = found.get(name)
    const next: Found = {
      name,
      file: relative(root, path),
      line: lineOf(text, match.index),
      exported: exported !== undefined,
      ...describe(commentBefore(text, match.index))
    }
    // A type beside a value of the same name, or one more overload: one comment is enough.
    if (known === undefined || known.text === "") found.set(name, next)
  }
  return [...found.values()]
}

const specifiers = (names: string): ReadonlyArray<{ readonly from: string; readonly as: string }> =>
  [...names.matchAll(/(?:type )?(?<from>[\w$]+)(?: as (?<as>[\w$]+))?/gu)].map(({ groups = {} }) => {
    const from = groups["from"] ?? ""
    return { from, as: groups["as"] ?? from }
  })

const called = (one: Documented, name: string): Documented => ({ ...one, name })

const exportsOf = (path: string, prefix: string): ReadonlyArray<Documented> => {
  const text = readFileSync(path, "utf8")
  const own = declarationsOf(path)
  const all = own.filter(({ exported }) => exported).map((one) => called(one, prefix + one.name))
  const pick = (from: ReadonlyArray<Documented>, names: string) => {
    for (const { as, from: name } of specifiers(names)) {
      const one = from.find((known) => known.name === name)
      if (one !== undefined) all.push(called(one, prefix + as))
    }
  }
  // What is exported by name only may have been imported first.
  const near: Array<Documented> = [...own]
  for (const { groups = {} } of text.matchAll(imported)) {
    const known = declarationsOf(join(dirname(path), groups["from"] ?? ""))
    for (const { as, from } of specifiers(groups["names"] ?? "")) {
      near.push(...known.filter((one) => one.name === from).map((one) => called(one, as)))
    }
  }
  for (const { groups = {} } of text.matchAll(localExport)) {
    pick(near, groups["names"] ?? "")
  }
  for (const { groups = {} } of text.matchAll(reexport)) {
    const target = join(dirname(path), groups["from"] ?? "")
    const { names, space } = groups
    if (space !== undefined) {
      const opening = /^\s*\/\*\*[\s\S]*?\*\//u.exec(readFileSync(target, "utf8"))?.[0] ?? ""
      all.push({ name: prefix + space, file: relative(root, target), line: 1, ...describe(opening) })
      all.push(...exportsOf(target, `${prefix}${space}.`))
    } else if (names === undefined) all.push(...exportsOf(target, prefix))
    else pick(exportsOf(target, ""), names)
  }
  return all
}

/** Everything that a package exports, with what is said about it. */
export const exported = (name: string): ReadonlyArray<Documented> =>
  exportsOf(join(root, "packages", name, "src/index.ts"), "")
