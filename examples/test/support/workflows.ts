/** The workflows of all examples: written in the algebra, as diagrams or as state machines. */
import type { Workflow } from "@waymark/core"
import { readdir, readFile } from "node:fs/promises"

const examples = new URL("../../", import.meta.url)

const exported = /^export const (\w+) = (?:Workflow\.make|\w+\.implement|Result\.getOrThrow\(Asl\.parse)\(/gm

/** The modules that export a workflow, with the names of those. A main module is a program, which would run. */
const found = async (): Promise<ReadonlyArray<readonly [file: string, name: string]>> => {
  const files = (await readdir(examples, { recursive: true })).filter(
    (file) => /(?<!\.d|main)\.ts$/.test(file) && !/(^|\/)(dist|test|node_modules)\//.test(file)
  )
  const all = await Promise.all(
    files.toSorted().map(async (file) => {
      const text = await readFile(new URL(file, examples), "utf8")
      return [...text.matchAll(exported)].map(([, name = ""]) => [file, name] as const)
    })
  )
  return all.flat()
}

/** Where each of them is. */
export const workflows = await found()

/** One of them, and the name that its golden files begin with. */
export const load = async (file: string, name: string): Promise<{ workflow: Workflow.Any; golden: string }> => {
  const module = (await import(new URL(file, examples).href)) as Readonly<Record<string, Workflow.Any>>
  const workflow = module[name]
  if (workflow === undefined) throw new Error(`${file} exports no ${name}`)
  return { workflow, golden: `golden/${file.replace(/\.ts$/, "").replaceAll("/", "-")}-${name}` }
}
