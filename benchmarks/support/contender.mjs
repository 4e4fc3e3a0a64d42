/** The parent's side of a contender: starts its process, asks it, and ends it. */
import { fork } from "node:child_process"
import { once } from "node:events"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"

const host = fileURLToPath(new URL("host.mjs", import.meta.url))
const alive = new Set()

/** Starts one, from the file of its module; `millis` is how long that took. */
export const enter = async (module, settings, { patience = 300_000 } = {}) => {
  // A group of its own: what it starts ends with it.
  const child = fork(host, [module, JSON.stringify(settings)], {
    cwd: dirname(module),
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    detached: true
  })
  alive.add(child)
  let said = ""
  const hear = (text) => {
    said = (said + text).slice(-4_000)
  }
  child.stdout.on("data", hear)
  child.stderr.on("data", hear)
  const ended = once(child, "exit").then(([code, signal]) => {
    alive.delete(child)
    throw new Error(`it ended with ${signal ?? code}: ${said.trim()}`)
  })
  ended.catch(() => {})

  const answer = async () => {
    const late = withResolvers()
    const timer = setTimeout(
      () => late.reject(new Error(`no answer in ${patience / 1000} s: ${said.trim()}`)),
      patience
    )
    try {
      const [message] = await Promise.race([once(child, "message"), ended, late.promise])
      if ("error" in message) throw new Error(message.error)
      return message.answer
    } finally {
      clearTimeout(timer)
    }
  }
  const kill = async () => {
    killGroup(child)
    await ended.catch(() => {})
  }
  try {
    return {
      millis: await answer(),
      ask: (ask, given = {}) => {
        child.send({ ask, given })
        return answer()
      },
      kill
    }
  } catch (error) {
    await kill()
    throw error
  }
}

const withResolvers = () => {
  let reject
  const promise = new Promise((_, no) => {
    reject = no
  })
  return { promise, reject }
}

const killGroup = (child) => {
  try {
    process.kill(-child.pid, "SIGKILL")
  } catch {
    // It has ended already.
  }
}

// Whatever ends the run, no contender outlives it.
process.on("exit", () => alive.forEach(killGroup))
