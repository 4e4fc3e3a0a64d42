/** A directory that lives as long as the test that asks for it. */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { onTestFinished } from "vitest"

/** Makes one. */
export const temporaryDirectory = (): string => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "waymark-sqlite-"))
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }))
  return directory
}
