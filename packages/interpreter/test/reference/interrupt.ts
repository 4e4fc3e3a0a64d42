/** A part that a signal or a timer may cut short. */
import { Node } from "@waymark/core"
import type { Event } from "@waymark/interpreter"
import { giveUp } from "./cut.ts"
import { Cut } from "./ends.ts"
import { sequence } from "./plain.ts"
import { seenAt } from "./seen.ts"
import { trigger } from "./steps.ts"
import type { Armed, Meaning, Resting, Thread, Walk } from "./thread.ts"
import { collected, perform } from "./work.ts"

export const interruptWith: Meaning<Node.InterruptWith> = function* ({ body, interruption }, state, here): Walk {
  const { thread } = here
  const [first, ...rest] = Node.items(interruption)
  const inside = here.in("InterruptWith")
  const before = thread.undos.length
  const leaf = trigger(first, state, here.now)
  const armed: Armed = { leaf, here: inside, ordinal: thread.ordinal, number: undefined }
  thread.armed.unshift(armed)
  try {
    return yield* inside.run(body, state)
  } catch (end) {
    if (!(end instanceof Cut) || end.depth !== inside.around.length) throw end
    yield* perform(collected(end, thread.undos.splice(before)), here)
    return yield* sequence(rest, end.then, here)
  } finally {
    thread.armed = thread.armed.filter((other) => other !== armed)
  }
}

/** An event for a trigger: its due time, or that it fires. Then the part is given up, and what comes after goes on from its state. */
export const deliverToTrigger = (thread: Thread, { here, leaf }: Armed, event: Event.Event): void => {
  const depth = here.around.length
  const taken = leaf.take(event, seenAt(thread.resting as Resting, depth))
  if (taken !== "waits" && "gives" in taken) giveUp(thread, new Cut(depth, true, taken.gives))
}
