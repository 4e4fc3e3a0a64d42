/** R9: a snapshot is the position itself. Whatever goes on from one is what it would have been. */
import * as Execution from "../../Execution.ts"
import type { Machine, Running } from "../drive.ts"
import { namesOf, type Case } from "../generator/case.ts"
import type { Generated } from "../generator/site.ts"
import { observe } from "../observe.ts"
import { equivalent, pure, recovered, run, same, succeeded } from "./law.ts"

/** The text of a snapshot, and what is restored from it. */
const taken = (machine: Machine, flow: Generated, execution: Running): readonly [text: string, restored: Running] => {
  const place = `event ${Execution.length(execution)}:`
  const text = JSON.stringify(succeeded(`${place} snapshot`, machine.trySnapshot(execution)))
  return [text, succeeded(`${place} restoring ${text}`, machine.restore(flow, JSON.parse(text)))]
}

/** R9: at every position, what is restored from a snapshot is what was written down, and the rest of the journal leads on. */
export const snapshotAndTail = (generated: Case, { drive, machine } = pure): void => {
  const { journal, workflow: flow } = run(generated, { drive, machine })
  const { queries } = namesOf(generated)
  const chosen = generated.salt % journal.length
  let live = recovered(machine, flow, journal.slice(0, 1))
  /** Restored again after every event. */
  let chain = live
  /** Restored once. */
  let once: Running | undefined
  for (const [position, event] of journal.entries()) {
    const place = `after ${position + 1} events`
    if (position > 0) {
      live = succeeded("evolve", machine.evolve(live, event))
      chain = succeeded(`${place}, restored before each: evolve`, machine.evolve(chain, event))
      if (once !== undefined) once = succeeded(`${place}, restored at ${chosen}: evolve`, machine.evolve(once, event))
    }
    const expected = observe(live, queries)
    const [text, restored] = taken(machine, flow, live)
    same(`${place}, restored`, expected, observe(restored, queries))
    same(`${place}, restored before each`, expected, observe(chain, queries))
    if (once !== undefined) same(`${place}, restored at ${chosen}`, expected, observe(once, queries))
    const [again, next] = taken(machine, flow, chain)
    same(`${place}, the snapshot of what was restored`, text, again)
    chain = next
    if (position === chosen) once = restored
  }
}

/** R9: an engine that keeps nothing but snapshots, and restores one for each command, makes the same run. */
export const runOverSnapshots = (generated: Case, subject = pure): void => {
  const { machine } = subject
  const live = run(generated, subject)
  const step = ((execution, command, moment) =>
    machine.step(taken(machine, live.workflow, execution as Running)[1], command, moment)) as typeof machine.step
  equivalent(live, run(generated, { ...subject, machine: { ...machine, step } }, { workflow: live.workflow }))
}
