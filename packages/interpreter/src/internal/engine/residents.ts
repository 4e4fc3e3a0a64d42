/**
 * Which instances are live in this process: how they come to be, by a start or by a claim, and how they go: by their end,
 * because they only wait and leave memory, or because somebody else owns them now.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import type * as Scope from "effect/Scope"
import { AppendRefused, EngineStopped, PayloadUnreadable } from "../../Errors.ts"
import * as Execution from "../../Execution.ts"
import type { Appended, Create, Created, Hint, Instance as Row, Outcome, Release, Send } from "../../Journal.ts"
import { JournalError } from "../../JournalError.ts"
import { isTerminal } from "../../Status.ts"
import { describe } from "../cause.ts"
import * as Alarm from "./alarm.ts"
import { Aside, type Misfit } from "./aside.ts"
import { attributesOf } from "./attributes.ts"
import { Backoff } from "./backoff.ts"
import * as Batch from "./batch.ts"
import { Claims } from "./claims.ts"
import { Departures } from "./departures.ts"
import { Hearing } from "./hearing.ts"
import type { Host } from "./host.ts"
import { dutyOf, Instance } from "./instance.ts"
import { Lease, type Tenure } from "./lease.ts"
import * as Lines from "./lines.ts"
import { keyOf, Lookout } from "./lookout.ts"
import { Neighbours } from "./neighbours.ts"
import { type Adoption, News } from "./news.ts"
import * as Notes from "./notes.ts"
import * as Permits from "./permits.ts"
import { briefly, whileRetryable } from "./patience.ts"
import { legible } from "./payloads.ts"
import { Presence } from "./presence.ts"
import * as Reader from "./reader.ts"
import { atHand, rebuild, type Rebuilt } from "./rebuild.ts"
import { Rounds } from "./rounds.ts"
import type { Options, Residents } from "./residence.ts"
import * as Shutdown from "./shutdown.ts"
import { Strays } from "./strays.ts"
import * as Stuck from "./stuck.ts"
import { Tally } from "./tally.ts"
import { Trials } from "./trials.ts"
import { END, Waiters } from "./waiters.ts"

/** How many pages of long journals are read at a time: a page is in memory as a whole. */
const PAGES = 8

/** How many instances that have something to do are claimed at a time. */
const CLAIM = 64

/** How long a shutdown waits for effects that were interrupted, in milliseconds. */
const INTERRUPTED = 5_000

/** How long an instance that could not be read, or not be run yet, is left alone at the most, in milliseconds. */
const LONGEST_PUT_OFF = 60_000

/** How long others may go first where something is due that was set aside here, in milliseconds. */
const COURTESY = 100

/** How soon others are looked for where there was no room for all that were to be taken over, in milliseconds. */
const CROWDED = 10

/** What is expected back is looked for at multiples of so many milliseconds. */
const EXPECTED = 50

/** How long an instance that was set aside is left alone at the most, in milliseconds. */
const LONGEST_ASIDE = 3_600_000

export const make = Effect.fnUntraced(function* (
  journal: Lines.Direct,
  context: Context.Context<never>,
  options: Options
): Effect.fn.Return<Residents, never, Scope.Scope> {
  const { audit, observer, poll, retry, snapshots } = options
  const owner = crypto.randomUUID()
  const hosted = new Map(options.workflows.map((workflow) => [workflow.name, workflow]))
  const live = new Map<string, Instance>()
  const presence = new Presence()
  /** Instances that are being started or taken over here. */
  const coming = new Set<string>()
  const news = new News()
  /** Signals that are posted, and on their way to the journal. */
  const sending = new Set<string>()
  const hearing = new Hearing()
  const results = new Waiters<Result.Result<unknown, unknown>>()
  const replies = new Waiters<Outcome>()
  const lookout = new Lookout({ journal: options.stored, live, sending, results, replies })
  const workflows = options.workflows.map(({ name, version }) => ({ name, version }))
  /** Set once no instance comes any more. */
  let isClosing = false
  /** Set once nothing is begun any more. */
  let hasLeft = false
  /** Looks whether nothing is under way any more, for a shutdown that waits for it. */
  let calm = (): void => {}

  const fibers = new Set<Fiber.Fiber<unknown, unknown>>()
  const given = Context.merge(yield* Effect.context(), context)
  const clock = Context.get(given, Clock.Clock)
  const aside = new Aside(new Backoff(clock, poll, LONGEST_ASIDE))
  /** What could not be read, or not be run yet, as often as that was so in a row. */
  const putOff = new Backoff(clock, poll, LONGEST_PUT_OFF)
  const run = Effect.runForkWith(given)
  const fork: Host["fork"] = (effect, services) => {
    const runs = services === undefined ? run : Effect.runForkWith(Context.merge(given, services))
    // What ends may want to begin something else.
    const fiber = runs(hasLeft ? Effect.interrupt : (effect as Effect.Effect<unknown, unknown>))
    fibers.add(fiber)
    fiber.addObserver(() => fibers.delete(fiber))
    return fiber
  }
  /** Says what went wrong, a store's own fault too, and goes on: whoever looks now and then looks again. */
  const patiently = (effect: Effect.Effect<unknown, JournalError>): Effect.Effect<void> =>
    orElse(Effect.asVoid(effect), Effect.logWarning)

  const log: Host["log"] = (level, instance, message, about) => {
    const said = level === "Error" ? Effect.logError(message) : Effect.logWarning(message)
    fork(Effect.annotateLogs(said, { instance, ...about }))
  }

  const pages = Semaphore.makeUnsafe(PAGES)
  const lines = Lines.make({
    journal: options.stored,
    owner,
    readers: options.readers,
    encoders: options.encoders,
    wakeCall: (batch) => wakeCall(batch),
    unheard: ({ instance: id }) => {
      if (live.has(id)) fork(patiently(hearInbox(id)))
      else if (!news.tell(id)) takeOver(id)
    },
    fork,
    outliving: (effect) => void run(effect)
  })
  /** Who makes an instance live holds a place for it, and others wait: so it is not read for ever. */
  const sources: Reader.Sources = {
    journal,
    find: lines.find,
    patience: briefly,
    orderly: Semaphore.withPermits(pages, 1)
  }

  // ---- going ----------------------------------------------------------------------------------------------------

  /** Those that are live no more and of which a group is on its way still. */
  const writing = new Map<string, Instance>()
  /** Ends once no group of what was live is on its way: before that nobody else is to have it. */
  const written = (id: string): Effect.Effect<void> => Effect.suspend(() => writing.get(id)?.written ?? Effect.void)

  /** It is live here no more, unless it was claimed anew meanwhile: then another one stands in its place. */
  const forget = (instance: Instance): void => {
    if (live.get(instance.id) !== instance) return
    live.delete(instance.id)
    if (instance.isWriting) {
      writing.set(instance.id, instance)
      fork(
        Effect.map(instance.written, () => {
          if (writing.get(instance.id) === instance) writing.delete(instance.id)
        })
      )
    }
    trials.left(instance.id)
    departures.forget(instance.id)
    resting.get(instance.id)?.()
    if (isClosing) calm()
    // Whoever waits for it is told by nobody here any more: they ask to be told by whoever runs it next.
    results.poke(instance.id)
    replies.poke(instance.id)
    // Not for each that leaves: a claim of one costs as much as a claim of many. What stays behind is found at the next look.
    if (mayHaveMore && free() >= Math.min(CLAIM, Math.ceil(options.resident / 16))) look()
  }

  /** Those that are being given back. */
  const leaving = new Tally()

  /** They leave memory: their journal knows when they have something to do. */
  const evict = (instances: ReadonlyArray<Instance>): void => {
    const released = instances.map((instance) => instance.released)
    for (const instance of instances) {
      instance.close()
      forget(instance)
    }
    for (const one of released) fork(Effect.map(leaving.during(one.id, lines.release(one)), () => expect(one)))
  }

  /** When `tend` looks for the next time, by the journal's clock. It may not see what is given back while it looks. */
  let looksAt = Infinity
  const returns = Alarm.make(
    journal.now,
    (effect) => fork(effect),
    () => look()
  )
  /** Looks before that where something is due before that has left. */
  const expect = ({ at }: Release): void => {
    if (at === null || at >= looksAt) return
    const soon = Alarm.rounded(at, EXPECTED)
    returns.set(`${soon}`, soon)
  }

  /** How many places there are for what statements on their way may take over. */
  let promised = 0
  /** For how many more there is a place. */
  const free = (): number => options.resident - live.size - coming.size - promised

  /** Makes room for others where instances only wait; answers how many may come. */
  const room = (wanted: number): number => {
    // Some more than are needed now: whoever needs one place soon needs the next.
    if (free() < wanted) evict(departures.first(Math.ceil(Math.max(wanted, options.resident / 16)) - free()))
    return Math.max(0, Math.min(wanted, free()))
  }

  const departures = new Departures({
    now: journal.now,
    fork: (effect) => fork(effect),
    stay: options.idle,
    wakes: options.stored.wake !== undefined,
    live,
    isAwaited: (id) => results.has(id) || replies.has(id),
    isTold: (id) => hearing.has(id),
    evict
  })

  /**
   * Nothing of the instance runs here, and its row stays as it is. It is looked at again ever more seldom; that is not forgotten before
   * events of it are on record, since one whose append the journal refuses repeats its effects at every look.
   */
  const setAside = (id: string, epoch: number, error: Misfit): void => {
    const { isNews, wait } = aside.add(id, epoch, error)
    if (isNews) log("Error", id, error.message)
    results.poke(id)
    replies.poke(id)
    fork(patiently(Effect.map(leaveAlone(id, epoch, wait), (at) => aside.given(id, epoch, at))))
  }
  /** Gives an instance back for so long, unless a signal arrives that is not there yet; answers until when. */
  const leaveAlone = (id: string, epoch: number, wait: number) =>
    leaving.during(
      id,
      Effect.gen(function* () {
        yield* written(id)
        const found = yield* lines.find({ id, inbox: true })
        const known = Option.isSome(found) ? found.value.pending : []
        const at = (yield* journal.now) + wait
        yield* lines.release({ id, epoch, at, known })
        return at
      })
    )

  const trials = new Trials({ clock, limit: options.takeovers, length: options.lease })

  const misfitOf: Residents["misfitOf"] = ({ epoch, id }) => {
    const found = aside.get(id)
    // A later epoch may be this process' own, that looks at it once more.
    return found !== undefined && (found.epoch === epoch || coming.has(id)) ? found.misfit : undefined
  }

  /** What cannot be read is no reason to hold up others: only its instance is set aside, were it live here. */
  const orAside = <A>(
    id: string,
    epoch: number,
    effect: Effect.Effect<A, JournalError>
  ): Effect.Effect<A | void, JournalError> =>
    Effect.catchIf(
      legible(effect),
      (error) => error instanceof PayloadUnreadable,
      (error) =>
        Effect.sync(() => {
          const here = live.get(id)
          here?.close()
          if (here !== undefined) forget(here)
          setAside(id, epoch, error)
        })
    )

  /** Gives an instance back, and takes it over as it is on record then. */
  const claimAnew = ({ epoch, id }: Pick<Row, "id" | "epoch">): void =>
    void fork(Effect.map(leaving.during(id, lines.release({ id, epoch, at: 0, known: [] })), () => takeOver(id)))

  const ended = (instance: Instance): void => {
    const result = Execution.result(instance.execution)
    if (Option.isSome(result)) results.give(instance.id, END, result.value)
    forget(instance)
  }

  const lost = (instance: Instance, why: Appended): void => {
    const { epoch, id } = instance
    // What the journal cannot keep will not fit the next time either. In any other case it is read anew.
    if (why._tag === "Rejected") setAside(id, epoch, new AppendRefused({ instance: id, reason: why.reason }))
    if (why._tag === "Conflict") claimAnew(instance)
    forget(instance)
    log("Warn", id, `given up here: ${reasonOf(why)}`, { workflow: Execution.workflow(instance.execution).name })
  }

  /** Everything was taken away from this process, which seemed dead. */
  const lostAll = Effect.suspend(() => {
    const gone = Array.from(live.values())
    for (const instance of gone) {
      instance.close()
      forget(instance)
    }
    observer.leaseLost(gone.length)
    if (gone.length === 0) return Effect.void
    const what = `${gone.length} instances were taken over by others`
    return Effect.logWarning(`${what}: this process was not heard of for too long`)
  })
  const lease = new Lease({
    clock,
    journal,
    owner,
    length: options.lease,
    lost: lostAll
  })

  // ---- coming ---------------------------------------------------------------------------------------------------

  const whileComing = <A, E>(id: string, effect: Effect.Effect<A, E>): Effect.Effect<A, E> => {
    const comes = Effect.suspend(() => {
      coming.add(id)
      return effect
    })
    return Effect.onExit(comes, () => Effect.sync(() => coming.delete(id)))
  }

  const settleIn = (instance: Instance, inbox: ReadonlyArray<Send>, now: number, isNew = false): void => {
    // It may be this process itself that lost the instance: what it runs under the old epoch can write nothing any more.
    live.get(instance.id)?.close()
    aside.settled(instance.id)
    putOff.forget(instance.id)
    live.set(instance.id, instance)
    trials.began(instance.id)
    instance.begin(inbox, now, isNew)
  }

  const hearInbox = (id: string): Effect.Effect<unknown, JournalError> =>
    Effect.suspend(() => {
      const here = live.get(id)
      news.tell(id)
      if (here === undefined) return Effect.void
      const inbox = Effect.flatMap(lines.find({ id, inbox: true }), (found) =>
        Option.isSome(found) ? found.value.inbox : Effect.succeed([])
      )
      return orAside(
        id,
        here.epoch,
        hearing.hear(id, inbox, (sends) => {
          for (const send of sends) live.get(id)?.receive(send)
        })
      )
    })

  /** What cannot be read for now, as where a key is not to be had, is left to others, and looked at again ever more seldom. */
  const giveBack = ({ epoch, id, workflow }: Row, reason: string): void => {
    log("Warn", id, `given back, since it cannot be read for now: ${reason}`, { workflow })
    fork(patiently(whileRetryable(leaveAlone(id, epoch, putOff.next(id)))))
  }

  /** A claimed instance lives here from now on, unless it was taken away again meanwhile. */
  const goOn = (
    row: Row,
    tenure: Tenure,
    { beginning, now }: Rebuilt,
    pending: ReadonlyArray<Send>,
    adoption: Adoption
  ): void => {
    // Another claim may have it by now.
    if ((live.get(row.id)?.epoch ?? 0) >= row.epoch) return
    if (isClosing || !lease.isIntact(tenure)) return orphaned(row)
    const inbox = [...pending, ...adoption.sends]
    const { execution, failure } = beginning
    const instance = new Instance(host, { ...beginning, leaseToken: tenure.leaseToken })
    const killing =
      failure === undefined ? Stuck.killing(row, { execution, inbox, now, limit: options.takeovers }) : undefined
    if (killing !== undefined) instance.stick(killing)
    settleIn(instance, inbox, now)
  }

  const recover = Effect.fnUntraced(function* (
    row: Row,
    tenure: Tenure,
    answer: Exit.Exit<Option.Option<Lines.Opened>, JournalError>,
    adoption: Adoption
  ) {
    const found = yield* answer
    const workflow = hosted.get(row.workflow)
    if (workflow === undefined) return
    if (isClosing || !lease.isIntact(tenure)) return orphaned(row)
    // Somebody else may have it by now.
    if (Option.isNone(found) || found.value.instance.epoch !== row.epoch) return
    const rebuilt = yield* rebuild({ journal, observer, sources }, workflow, found.value)
    if (Result.isFailure(rebuilt)) return setAside(row.id, row.epoch, rebuilt.failure)
    const { success } = rebuilt
    const settled = Effect.map(briefly(found.value.inbox), (pending) => goOn(row, tenure, success, pending, adoption))
    yield* orAside(row.id, row.epoch, settled)
  })

  /** It cannot be made live. */
  const unsettled = (row: Row, reason: string): void => {
    const here = live.get(row.id)
    if (here?.epoch === row.epoch) {
      here.close()
      forget(here)
    }
    giveBack(row, reason)
  }

  /** Makes one live where everything is at hand; answers whether that was so. */
  const adoptAtOnce = (row: Row, tenure: Tenure, found: Lines.Opened, adoption: Adoption): boolean => {
    const workflow = hosted.get(row.workflow)
    const rebuilt = workflow && found.instance.epoch === row.epoch ? atHand(observer, workflow, found) : undefined
    if (rebuilt === undefined) return false
    goOn(row, tenure, rebuilt, rebuilt.inbox, adoption)
    return true
  }

  /**
   * Makes claimed instances live, unless they were taken away again meanwhile or cannot be read. They are read first where they were not yet.
   * Most need nothing that is not at hand then, and begin without a fiber of their own.
   */
  const adopt = (
    rows: ReadonlyArray<Row>,
    tenure: Tenure,
    read: ReadonlyMap<string, Lines.Opened> = new Map()
  ): Effect.Effect<void> => {
    const adoptions = rows.map((row) => ({ row, adoption: news.adopt(row.id) }))
    return Effect.callback((resume) => {
      let left = rows.length
      if (left === 0) return resume(Effect.void)
      const abandons = adoptions.map(({ adoption, row }) => {
        const over = (): void => {
          if (news.adopted(row.id, adoption)) {
            coming.delete(row.id)
            if (!live.has(row.id)) trials.left(row.id)
            if (adoption.isBehind) fork(patiently(hearInbox(row.id)))
          }
          if (--left === 0) resume(Effect.void)
        }
        const failed = (reason: string): void => unsettled(row, reason)
        const hear = (answer: Exit.Exit<Option.Option<Lines.Opened>, JournalError>): void => {
          const found = Exit.isSuccess(answer) ? Option.getOrUndefined(answer.value) : undefined
          try {
            if (found !== undefined && adoptAtOnce(row, tenure, found, adoption)) return over()
          } catch (cause) {
            failed(describe(cause))
            return over()
          }
          const recovered = recover(row, tenure, answer, adoption)
          fork(
            Effect.ensuring(
              orElse(recovered, (reason) => Effect.sync(() => failed(reason))),
              Effect.sync(over)
            )
          )
        }
        const opened = read.get(row.id)
        if (opened === undefined) return lines.seek(Reader.wanted(row.id), hear)
        hear(Exit.succeed(Option.some(opened)))
        return undefined
      })
      return Effect.sync(() => {
        for (const abandon of abandons) abandon?.()
      })
    })
  }

  const isActive = workflows.length > 0 && !options.isManual

  const take = (claimed: ReadonlyArray<Row>, tenure: Tenure, read?: ReadonlyMap<string, Lines.Opened>) => {
    // An answer that comes late is none: what it says may have been given back since, and claimed anew.
    if (isClosing || !lease.isIntact(tenure)) {
      for (const row of claimed) orphaned(row)
      return Effect.void
    }
    trials.sweep()
    const [rows, refused]: [Array<Row>, Array<Row>] = [[], []]
    for (const row of claimed) (trials.admits(row) ? rows : refused).push(row)
    // All of them are on their way from here on, though not all are read at once.
    for (const { id } of rows) coming.add(id)
    // Before anything is begun: were this process to die of it, that is not theirs.
    return Effect.andThen(postponed(refused), adopt(rows, tenure, read))
  }

  /** Gives instances back that cannot be run here yet, each time for longer: however many there are, the look that finds them comes to its end. */
  const postponed = (rows: ReadonlyArray<Row>): Effect.Effect<void> =>
    Effect.forEach(rows, ({ epoch, id }) => patiently(whileRetryable(leaveAlone(id, epoch, putOff.next(id)))), {
      concurrency: "unbounded",
      discard: true
    })

  /** Whether a claim stopped for want of room: the next instance that leaves makes some. */
  let mayHaveMore = false

  /** Claims what has something to do, as much as there is room for. */
  const claim = Effect.gen(function* () {
    while (isActive && !isClosing) {
      const limit = room(CLAIM)
      mayHaveMore = limit === 0
      if (limit === 0) return
      // Of before it is asked: an answer that comes after everything was lost is none.
      const { tenure } = lease
      const rows = yield* journal.claim({ owner, workflows, limit, order: "oldest" })
      yield* take(rows, tenure)
      if (rows.length < limit) return
    }
  })

  /** For how many there is room that are asked for by their ids. They may live elsewhere: nobody leaves for more than one of them. */
  const roomForSome = (): number => Math.max(room(1), free())
  const claims = new Claims({
    journal: options.stored,
    owner,
    workflows,
    room: roomForSome,
    // Nobody else tells of those here. A moment later, since what was claimed has to have its place first.
    crowded: () => void fork(Effect.delay(Effect.sync(look), CROWDED)),
    tenure: () => (isClosing ? undefined : lease.tenure),
    // Beside the next claim: one of them may take long to be read.
    take: (rows, tenure) => void fork(take(rows, tenure)),
    failed: (why) => patiently(Effect.failCause(why)),
    fork
  })
  const takeOver = (id: string): void => {
    if (isActive && !isClosing) claims.want(id)
  }
  /**
   * What signals wake is taken over by the statement that stores them. Whatever others send from then on is heard, though the answer to that
   * statement comes later.
   */
  const wakeCall = (batch: ReadonlyArray<Send>): Lines.WakeCall | undefined => {
    if (!isActive || isClosing || batch.every(({ instance }) => live.has(instance))) return undefined
    // First of all: one of the batch may leave memory for others.
    const most = Math.min(batch.length, roomForSome())
    const away = new Set(batch.flatMap(({ instance: id }) => (live.has(id) || coming.has(id) ? [] : [id])))
    const limit = Math.min(most, away.size)
    if (limit === 0) return undefined
    const { tenure } = lease
    promised += limit
    for (const id of away) news.wake(id)
    return {
      waking: { owner, workflows, limit, ...Reader.WANTED },
      take: (claimed) => {
        // What was not expected to be claimed was not listened for: it is read once more.
        const read = new Map(claimed.flatMap((one) => (away.has(one.instance.id) ? [[one.instance.id, one]] : [])))
        const rows = claimed.map(({ instance }) => instance)
        fork(take(rows, tenure, read))
      },
      over: () => {
        promised -= limit
        if (mayHaveMore && free() > 0) look()
        for (const id of away) {
          if (!news.woken(id)) continue
          if (live.has(id)) fork(patiently(hearInbox(id)))
          else takeOver(id)
        }
      }
    }
  }

  /** Looks for what may be claimed; told so while it looks, it looks once more. */
  let looking: "no" | "yes" | "again" = "no"
  const look = (): void => {
    if (looking !== "no") {
      looking = "again"
      return
    }
    looking = "yes"
    const once = Effect.suspend(() => {
      looking = "yes"
      return patiently(claim)
    })
    const after = Effect.sync(() => {
      looking = "no"
    })
    fork(Effect.ensuring(Effect.repeat(once, { until: () => looking === "yes" }), after))
  }

  /** It was made or claimed for this process, and nobody here makes it live: another claim does, or that of another process. */
  const orphaned = ({ epoch, id, status }: Row): void => {
    if (!isTerminal(status)) claimAnew({ epoch, id })
  }

  const createAll = Batch.make<Create, Created>(
    {
      prepare: options.encoders?.create,
      write: journal.create,
      refused: (why) => Exit.succeed(Batch.rejected(why)),
      unheard: (_, created) => {
        if (created._tag === "Created" && created.instance.epoch === 1) orphaned(created.instance)
      }
    },
    fork
  )

  const creation = ({ events, execution }: Execution.Step<Execution.Any>, owner: string | null): Create => {
    const { name, version } = Execution.workflow(execution)
    const status = Execution.status(execution)
    const attributes = host.attributes(execution) ?? {}
    return {
      // Of a journal that does not answer the same is asked again, and it may have been done.
      mark: crypto.randomUUID(),
      id: Execution.id(execution),
      workflow: name,
      version,
      events,
      status,
      wakeAt: dutyOf(execution),
      attributes,
      owner
    }
  }

  /** It has this epoch where nobody has claimed it since, as may be where an answer came late. */
  const born = <E>(
    begun: Execution.Step<Execution.Any>,
    epoch: number,
    mayLiveHere: boolean,
    write: (create: Create) => Effect.Effect<Created, E>
  ): Effect.Effect<Created, E> =>
    Effect.suspend(() => {
      const { execution } = begun
      // One that only waits need not come into memory where that is full: others would have to leave for it.
      const hasPlace = free() > 0 || (dutyOf(execution) === 0 && room(1) > 0)
      const livesHere = mayLiveHere && isActive && !isClosing && hasPlace
      const id = Execution.id(execution)
      const { tenure } = lease
      const created = Effect.map(write(creation(begun, livesHere ? owner : null)), (created) => {
        if (created._tag !== "Created" || created.instance.epoch !== epoch) return created
        const instance = new Instance(host, {
          execution,
          attributes: created.instance.attributes,
          epoch,
          status: created.instance.status,
          leaseToken: tenure.leaseToken,
          trace: begun.events[0]?.trace
        })
        // An answer may come late: it was taken away or given back since, or another life of it is here already.
        const mayLive = livesHere && !isClosing && lease.isIntact(tenure)
        if (isTerminal(created.instance.status)) ended(instance)
        else if (mayLive && (live.get(id)?.epoch ?? 0) < epoch) settleIn(instance, [], begun.events[0]?.at ?? 0, true)
        else if (livesHere) orphaned(created.instance)
        return created
      })
      return livesHere ? whileComing(id, created) : created
    })

  const create: Residents["create"] = (begun, mayLiveHere) => born(begun, 1, mayLiveHere, createAll)
  const reopen: Residents["reopen"] = (begun, epoch, mayLiveHere) =>
    born(begun, epoch + 1, mayLiveHere, (create) => whileRetryable(journal.reopen(create, epoch)))

  /** A signal is stored: its instance is told. */
  const delivered = (send: Send): void => {
    const here = live.get(send.instance)
    // Where others hear of it too, the one that is live was lost, and does not know it yet.
    here?.receive(send)
    const isHeard = news.tell(send.instance, send)
    if (here === undefined && !isHeard) takeOver(send.instance)
  }
  const deliver: Residents["deliver"] = (send) =>
    hearing.hear(send.instance, lines.send(send), ({ _tag }) => {
      if (_tag === "Pending") delivered(send)
    })
  const { post: posting } = lines
  const post: Residents["post"] =
    posting &&
    ((send, hear) => {
      const key = keyOf(send)
      const begun = hearing.begin(send.instance)
      sending.add(key)
      const end = (): void => {
        begun()
        sending.delete(key)
      }
      const abandon = posting(send, (answer) => {
        try {
          if (Exit.isSuccess(answer) && answer.value._tag === "Pending") delivered(send)
        } catch (cause) {
          end()
          return hear(Exit.die(cause))
        }
        end()
        hear(answer)
      })
      return () => {
        abandon()
        end()
      }
    })

  /** Whoever waits for an instance to rest, by its id. */
  const resting = new Map<string, () => void>()

  const runOne: Residents["runOne"] = Effect.fnUntraced(function* (claim, limit) {
    if (isClosing) return yield* new EngineStopped({ asked: "runOne" })
    const { tenure } = lease
    const [row] = yield* journal.claim({ ...claim, owner, limit: 1 })
    if (row === undefined) return Option.none()
    if (isClosing) {
      orphaned(row)
      return yield* new EngineStopped({ asked: "runOne" })
    }
    const { id } = row
    const rests = Effect.callback<void>((resume) => {
      resting.set(id, () => resume(Effect.void))
      fork(
        whileComing(id, adopt([row], tenure)).pipe(
          Effect.ensuring(
            Effect.sync(() => {
              // It may have been set aside, or have come to rest at once.
              if (live.get(id)?.isBusy !== true) resting.get(id)?.()
            })
          )
        )
      )
    })
    yield* Effect.timeoutOption(rests, limit).pipe(
      Effect.ensuring(
        Effect.suspend(() => {
          resting.delete(id)
          const instance = live.get(id)
          if (instance === undefined) return Effect.void
          const { released } = instance
          instance.close()
          forget(instance)
          const leaves = leaving.during(id, Effect.andThen(written(id), patiently(journal.release(owner, [released]))))
          if (!writing.has(id)) return leaves
          // That may take long, and whoever asked has given a limit.
          fork(leaves)
          return Effect.void
        })
      )
    )
    return Option.some(id)
  })

  // ---- what instances are given ---------------------------------------------------------------------------------

  const rounds = new Rounds({ prepare: options.encoders?.append, journal, fork })
  const chance = Context.get(given, Random.Random)
  const notes = Notes.make(journal, fork, options.encoders?.note)
  const alarm = Alarm.make(journal.now, fork, (id) => live.get(id)?.wake())
  const host: Host = {
    now: journal.now,
    retry,
    audit,
    snapshots,
    limits: options.limits,
    observer,
    assured: lease.assured,
    isAssured: () => lease.holds,
    leaseToken: () => lease.tenure.leaseToken,
    permits: Permits.make(options, lease),
    random: () => chance.nextDoubleUnsafe(),
    turn: (instance) => rounds.add(instance),
    progressed: (instance) => {
      aside.progressed(instance)
      trials.passed(instance)
    },
    attributes: attributesOf((instance, message) => log("Warn", instance, message)),
    neighbours: new Neighbours({
      journal,
      lines,
      hosted,
      live,
      audit,
      limits: options.limits,
      observer,
      create,
      takeOver,
      deliver
    }),
    fork,
    note: notes.write,
    log,
    alarm: alarm.set,
    hears: (instance) => hearing.has(instance),
    settled: (instance, signal, outcome) => replies.give(instance, signal, outcome),
    sent: (send) => live.get(send.instance)?.receive(send),
    rested: (instance, now) => {
      resting.get(instance.id)?.()
      // Where this process ends others may go on with it, also with what was not begun here any more.
      if (isClosing) return evict([instance])
      if (!instance.isIdle) return
      // Whatever kills this process next is not its doing: it leaves as soon as it may.
      const isSuspect = trials.left(instance.id)
      if (isSuspect && departures.may(instance)) return evict([instance])
      departures.rested(instance, isSuspect ? -Infinity : now)
    },
    ended,
    lost
  }

  // ---- staying --------------------------------------------------------------------------------------------------

  /** Does anybody here know of an instance? It is live, comes or goes. */
  const isKnown = (id: string): boolean =>
    live.has(id) || coming.has(id) || leaving.has(id) || writing.has(id) || news.isRead(id)
  const straysOf = (apart: number): Strays =>
    new Strays({
      journal,
      owner,
      clock,
      apart,
      isKnown,
      release: (strays) => {
        lease.disown()
        return journal.release(
          owner,
          strays.map(({ epoch, id }) => ({ id, epoch, at: 0, known: [] }))
        )
      }
    })
  /** Those that somebody waits for: they have a signal, and nobody else takes them over. */
  const wanted = straysOf(poll / 2)
  const strays = straysOf(options.lease / 2)

  /** The net below lost hints and lost processes; answers how long nothing is sure to happen. */
  const tend = Effect.gen(function* () {
    looksAt = Infinity
    aside.sweep()
    putOff.sweep()
    yield* journal.reap
    // On its own: however much there is to claim, what follows is looked at. Where something is due that was set aside here, others may know
    // its definition, and go first.
    if (aside.isDue(yield* journal.now, poll)) fork(Effect.delay(Effect.sync(look), COURTESY))
    else look()
    const unheard = yield* journal.attention(owner)
    if (unheard.every(isKnown)) wanted.forget()
    else yield* wanted.look
    yield* Effect.forEach(unheard, (id) => patiently(hearInbox(id)), { concurrency: CLAIM, discard: true })
    yield* lookout.look
    const [next, now] = [yield* journal.upcoming, yield* journal.now]
    looksAt = Math.min(next ?? Infinity, now + poll)
    return Math.max(0, looksAt - now)
  })

  const tending = orElse(tend, (reason) => Effect.as(Effect.logWarning(reason), poll))

  const heard = (hint: Hint): void => {
    if (hint._tag === "Claimable") look()
    else if (hint._tag === "Signal") fork(patiently(hearInbox(hint.instance)))
    else lookout.hear(hint)
  }

  // ---- leaving --------------------------------------------------------------------------------------------------

  /** Lets what is under way come to its end, starting nothing new. */
  const drain = Effect.gen(function* () {
    isClosing = true
    // What rests has nothing to come to its end, and others may go on with it.
    evict(Array.from(live.values()).filter(({ isBusy }) => !isBusy))
    for (const instance of live.values()) instance.drain()
    yield* Effect.callback<void>((resume) => {
      // By the process' own timers: whoever ends the process counts by these, whatever clock a test has put in place.
      const timer = setTimeout(() => resume(Effect.void), options.grace)
      calm = () => {
        if (Array.from(live.values()).some((instance) => instance.isBusy)) return
        clearTimeout(timer)
        resume(Effect.void)
      }
      calm()
      return Effect.sync(() => clearTimeout(timer))
    })
  })

  /** Instances are given back once their effects have ended, so that nobody runs one of them a second time meanwhile. */
  const leave = Effect.gen(function* () {
    isClosing = true
    for (const instance of live.values()) instance.close()
    live.clear()
    presence.end()
    hasLeft = true
    const left = Array.from(fibers)
    for (const fiber of left) fiber.interruptUnsafe()
    const ended = yield* Effect.timeoutOption(Fiber.awaitAll(left), INTERRUPTED)
    if (Option.isNone(ended))
      yield* Effect.logWarning(`${fibers.size} effects do not let themselves be interrupted: left behind`)
    yield* Effect.ignore(journal.retire(owner))
  })
  const shutdown = yield* Shutdown.make(drain, leave)
  yield* Effect.addFinalizer(() => shutdown)

  yield* patiently(lease.renew)
  fork(Effect.forever(Effect.andThen(Effect.sleep(options.lease / 3), patiently(lease.renew))))
  fork(Effect.forever(Effect.andThen(Effect.sleep(options.lease), patiently(strays.look))))
  // First of all: what is told while it looks for the first time must not be missed.
  fork(Effect.forever(Effect.andThen(patiently(journal.listen(owner, heard)), Effect.sleep(poll))))
  fork(Effect.forever(Effect.flatMap(tending, (pause) => Effect.sleep(pause))))

  return {
    hosted,
    owner,
    presence,
    live,
    wasSetAside: (id) => aside.has(id),
    misfitOf,
    results,
    replies,
    lines,
    create,
    reopen,
    takeOver,
    deliver,
    post,
    runOne,
    shutdown
  }
})

/** Goes on otherwise, told what went wrong, unless whoever runs it is to end. */
const orElse = <A>(
  effect: Effect.Effect<A, JournalError>,
  otherwise: (reason: string) => Effect.Effect<A>
): Effect.Effect<A> =>
  Effect.catchCause(effect, (cause) => {
    if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause as Cause.Cause<never>)
    const wrong = Cause.squash(cause)
    return otherwise(wrong instanceof JournalError ? wrong.message : describe(wrong))
  })

const reasonOf = (why: Appended): string => {
  switch (why._tag) {
    case "Appended":
      return "it was appended"
    case "Fenced":
      return `another process owns it now (epoch ${why.epoch})`
    case "Conflict":
      return `its journal holds ${why.length} events, which are not the ones written here`
    case "Rejected":
      return why.reason
  }
}
