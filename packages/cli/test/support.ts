/** The command as it is built. */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll } from "vitest"

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url))

/** Runs `waymark`. */
export const waymark = (...args: ReadonlyArray<string>) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [main, ...args], { encoding: "utf8" })
  return { status, stderr, stdout }
}

/** A directory for the files of a test file, until that is over; answers how to put files into it, by what they hold. */
export const scratch = () => {
  const directory = fs.mkdtempSync(path.join(tmpdir(), "waymark-cli-"))
  afterAll(() => fs.rmSync(directory, { recursive: true }))
  return {
    directory,
    put: (name: string, content: unknown): string => {
      const file = path.join(directory, name)
      fs.writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content))
      return file
    }
  }
}
