/** Worker processes as their parent has them: started, asked, and killed. Their scope leaves none behind. */
import { Data, Deferred, Effect, type Duration, type Scope } from "effect"
import { fork, type ChildProcess } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Answer, Call, Message, Plan, Request } from "./protocol.ts"

/** A worker did not do what was expected of it. */
export class WorkerFailed extends Data.TaggedError("WorkerFailed")<{ readonly message: string }> {}

/** A worker refused a request, with the tag and the words of its reason. */
export class Refused extends Data.TaggedError("Refused")<{ readonly reason: string; readonly message: string }> {}

/** How a process ended: the signal, the exit code, or why it never began. */
export type Ending = string | number

/** What a worker may be asked: about an instance, in most programs. */
export interface Asked {
  readonly _tag: string
  readonly id: string
}

/** What is run in a worker. */
export interface Launch<Extra> {
  /** The built module. */
  readonly program: URL
  /** What it is told in its first argument, as JSON. */
  readonly plan: object
  /** Told what else it says, beyond the messages that every worker has. */
  readonly hear?: (message: Extra) => void
}

/** Starts a worker of any program that keeps to this protocol. It is killed with its scope, at the latest. */
export const open = <Question extends Asked, Extra = never>(
  options: Launch<Extra>
): Effect.Effect<Worker<Question, Extra>, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => new Worker<Question, Extra>(options)),
    (worker) => worker.gone("SIGKILL")
  )

/** Starts a worker of the withdrawal. */
export const launch = (plan: Plan): Effect.Effect<Worker, never, Scope.Scope> =>
  open<Request>({ program: new URL("worker.js", import.meta.url), plan })

/** One worker process. */
export class Worker<Question extends Asked = Request, Extra = never> {
  readonly #child: ChildProcess
  readonly #ready = Deferred.makeUnsafe<void, WorkerFailed>()
  readonly #stopped = Deferred.makeUnsafe<void, WorkerFailed>()
  readonly #exited = Deferred.makeUnsafe<Ending>()
  readonly #calls = new Map<number, Deferred.Deferred<Answer, WorkerFailed>>()
  #asked = 0
  #output = ""

  readonly #tell: (message: Extra) => void

  constructor({ hear, plan, program }: Launch<Extra>) {
    this.#tell = hear ?? (() => undefined)
    // Not with this process's own arguments: a debugger's port, say, can only be had once.
    const options = { execArgv: [], stdio: ["ignore", "pipe", "pipe", "ipc"] as Array<"ignore" | "pipe" | "ipc"> }
    this.#child = fork(fileURLToPath(program), [JSON.stringify(plan)], options)
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.#output = (this.#output + text).slice(-4_000)))
    }
    this.#child.on("message", (message: Message | Extra) => this.#hear(message as Message))
    this.#child.on("exit", (code, signal) => this.#end(signal ?? code ?? 0))
    // Without a listener, an error would end this process. There is no exit where there was no start.
    this.#child.on("error", ({ message }) => (this.#child.pid === undefined ? this.#end(message) : undefined))
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** The last of what it has said on its output. */
  get output(): string {
    return this.#output
  }

  /** How it ends, once it has. */
  get exited(): Effect.Effect<Ending> {
    return Deferred.await(this.#exited)
  }

  /** It has its journal open and takes requests. */
  get ready(): Effect.Effect<void, WorkerFailed> {
    return within("10 seconds", `worker ${this.pid} to be ready`, Deferred.await(this.#ready))
  }

  /** It is where its plan says that it stops. */
  get stopped(): Effect.Effect<void, WorkerFailed> {
    return within("10 seconds", `worker ${this.pid} to get to where it stops`, Deferred.await(this.#stopped))
  }

  /** Asks it something and waits for the answer. */
  ask(request: Question): Effect.Effect<string, Refused | WorkerFailed> {
    return Effect.suspend(() => {
      const call: Call<Question> = { call: this.#asked++, request }
      const answer = Deferred.makeUnsafe<Answer, WorkerFailed>()
      this.#calls.set(call.call, answer)
      // Where the process is gone, its exit answers.
      this.#child.send(call, () => undefined)
      return within("20 seconds", `an answer to ${request._tag} for ${request.id}`, Deferred.await(answer))
    }).pipe(
      Effect.flatMap((answer) =>
        answer._tag === "Given"
          ? Effect.succeed(answer.value)
          : Effect.fail(new Refused({ reason: answer.tag, message: answer.reason }))
      )
    )
  }

  /** Kills it, as `kill -9` does; answers once the process is gone. */
  get kill(): Effect.Effect<void, WorkerFailed> {
    return Effect.flatMap(this.gone("SIGKILL"), (how) =>
      how === "SIGKILL" ? Effect.void : Effect.fail(new WorkerFailed({ message: `worker ${this.pid} ended by ${how}` }))
    )
  }

  /** Lets it close its journal and end by itself. */
  get end(): Effect.Effect<void, WorkerFailed> {
    return within("10 seconds", `worker ${this.pid} to end`, this.gone()).pipe(
      Effect.flatMap((how) =>
        how === 0 ? Effect.void : Effect.fail(new WorkerFailed({ message: `worker ${this.pid} ended by ${how}` }))
      )
    )
  }

  /** Sends a signal, or closes the channel where there is none; answers how the process ended. */
  gone(signal?: NodeJS.Signals): Effect.Effect<Ending> {
    return Effect.suspend(() => {
      if (signal !== undefined) this.#child.kill(signal)
      else if (this.#child.connected) this.#child.disconnect()
      return Deferred.await(this.#exited)
    })
  }

  #hear(message: Message): void {
    if (message._tag === "Ready") Deferred.doneUnsafe(this.#ready, Effect.void)
    else if (message._tag === "Stopped") Deferred.doneUnsafe(this.#stopped, Effect.void)
    else if (message._tag !== "Answer") this.#tell(message)
    else {
      const waiting = this.#calls.get(message.call)
      this.#calls.delete(message.call)
      if (waiting !== undefined) Deferred.doneUnsafe(waiting, Effect.succeed(message.answer))
    }
  }

  #end(how: Ending): void {
    Deferred.doneUnsafe(this.#exited, Effect.succeed(how))
    const said = this.#output === "" ? "" : `; it said:\n${this.#output}`
    const failed = Effect.fail(new WorkerFailed({ message: `worker ${this.pid} ended by ${how}${said}` }))
    Deferred.doneUnsafe(this.#ready, failed)
    Deferred.doneUnsafe(this.#stopped, failed)
    for (const waiting of this.#calls.values()) Deferred.doneUnsafe(waiting, failed)
    this.#calls.clear()
  }
}

/** Every wait has a deadline, and says what was waited for when it has passed. */
const within = <A, E>(duration: Duration.Input, what: string, effect: Effect.Effect<A, E>) =>
  Effect.timeoutOrElse(effect, {
    duration,
    orElse: () => Effect.fail(new WorkerFailed({ message: `waited in vain for ${what}` }))
  })
