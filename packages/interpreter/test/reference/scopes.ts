/** What happens to completed steps when something fails or is given up: sagas, compensations, what masks and what handles a cut. */
import type { Node } from "@waymark/core"
import { Cut, Raised } from "./ends.ts"
import { visible } from "./seen.ts"
import type { Meaning, Walk } from "./thread.ts"
import { perform, undoing } from "./work.ts"

export const compensate: Meaning<Node.Compensate> = function* ({ body, undo }, state, here): Walk {
  const given = yield* here.in("Compensate").run(body, state)
  const { run, undos } = here.thread
  undos.push({ node: undo, state: given, order: run.completions++ })
  return given
}

export const saga: Meaning<Node.Saga> = function* ({ body }, state, here): Walk {
  const { undos } = here.thread
  const before = undos.length
  try {
    const given = yield* here.in("Saga").run(body, state)
    // Where no other saga is around it, its steps are done for good.
    if (!here.isInSaga) undos.length = before
    return given
  } catch (end) {
    if (end instanceof Raised) yield* perform(undoing(undos.splice(before)), here)
    if (end instanceof Cut) end.work.push(...undoing(undos.splice(before)))
    throw end
  }
}

export const onCancel: Meaning<Node.OnCancel> = function* ({ body, handler }, state, here): Walk {
  try {
    return yield* here.in("OnCancel").run(body, state)
  } catch (end) {
    if (end instanceof Cut) end.work.push({ _tag: "Run", node: handler, state: visible(end.state) })
    throw end
  }
}

export const uncancellable: Meaning<Node.Uncancellable> = ({ body }, state, here) =>
  here.in("Uncancellable").run(body, state)
