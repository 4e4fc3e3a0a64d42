/** Runs the repository's own TypeScript compiler, so that tests can say what it accepts and what it answers. */
import { execFile } from "node:child_process"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

/** The root of the repository. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../../..")

const tsc = join(root, "node_modules/typescript/bin/tsc")

/** One complaint: the file, the line it points to, and all that is said about it. */
export interface Complaint {
  readonly file: string
  readonly line: number
  readonly message: string
}

const heading = /^(?<file>[^\s(][^(]*)\((?<line>\d+),\d+\): error (?<message>TS\d+: .*)$/u

/** Compiles a project without writing anything, and gives what the compiler complains about; paths are absolute. */
export const compile = (project: string): Promise<ReadonlyArray<Complaint>> =>
  new Promise((done, fail) => {
    const args = [tsc, "-p", project, "--noEmit", "--pretty", "false"]
    execFile(process.execPath, args, { cwd: root, maxBuffer: 64 * 1024 * 1024 }, (_, stdout, stderr) => {
      const complaints: Array<{ file: string; line: number; message: string }> = []
      for (const text of stdout.split("\n")) {
        const { file = "", line = "", message = "" } = heading.exec(text)?.groups ?? {}
        const last = complaints.at(-1)
        if (message !== "") complaints.push({ file: resolve(root, file), line: Number(line), message })
        else if (last !== undefined && text.startsWith(" ")) last.message += `\n${text}`
        else if (text.trim() !== "") return fail(new Error(`tsc -p ${project}: ${stdout}${stderr}`))
      }
      done(complaints)
    })
  })

/** A project that a test writes: inside the repository, so that packages are found; `.waymark` is git-ignored. */
export const project = (name: string) => {
  const folder = join(root, ".waymark", `${name}-${process.pid}`)
  const path = (file: string): string => join(folder, file)
  const tsconfig = path("tsconfig.json")
  return {
    path,
    write: (files: Readonly<Record<string, string>>): void => {
      mkdirSync(folder, { recursive: true })
      const compilerOptions = {
        composite: false,
        declaration: false,
        declarationMap: false,
        sourceMap: false,
        noEmit: true,
        customConditions: ["waymark-source"]
      }
      writeFileSync(tsconfig, JSON.stringify({ extends: "../../tsconfig.base.json", compilerOptions, include: ["."] }))
      for (const [file, code] of Object.entries(files)) writeFileSync(path(file), code)
    },
    compile: (): Promise<ReadonlyArray<Complaint>> => compile(tsconfig),
    remove: (): void => rmSync(folder, { recursive: true, force: true })
  }
}
