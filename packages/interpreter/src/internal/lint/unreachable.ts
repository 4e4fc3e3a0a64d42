/** Rule `unreachable`: what stands where nothing ever comes. */
import type { Facts } from "./facts.ts"
import { part, words, type Place } from "./places.ts"
import type { Say } from "./report.ts"

const kindOf: Partial<Record<Place["node"]["_tag"], string>> = {
  ContinueAsNew: "continueAsNew begins the next run",
  Fail: "that always fails"
}

export const unreachable = (places: ReadonlyArray<Place>, facts: ReadonlyArray<Facts>, say: Say): void => {
  const of = (place: Place): Facts => facts[place.index] as Facts
  const named = (place: Place, slot: string): Place => part(place, slot) as Place
  for (const place of places) {
    const { node, parts } = place
    switch (node._tag) {
      case "AndThen": {
        const stop = parts.findIndex((part) => !of(part).gives)
        const [last, lost] = [parts[stop], parts[stop + 1]]
        if (last === undefined || lost === undefined) break
        const why = kindOf[last.node._tag] ?? "that never ends in a state"
        const message = `it is never reached, because of ${words(last)} before it: ${why}. Take it out, or put it on a road that gets there.`
        say("unreachable", "error", lost, message, last)
        break
      }
      case "Catch": {
        if (of(place).caught) break
        const [body, handler] = [named(place, "body"), named(place, "handler")]
        const failure = node.tags === undefined ? "" : ` with ${node.tags.map((tag) => `"${tag}"`).join(" or ")}`
        const message = `this handler is never reached: ${words(body)} cannot fail${failure}. Take it out, or declare the failure in the \`error\` of the step it is meant for.`
        say("unreachable", "warning", handler, message, body)
        break
      }
      case "InterruptWith":
      case "OnCancel": {
        const body = named(place, "body")
        if (of(body).steps) break
        const slot = node._tag === "OnCancel" ? "handler" : "interruption"
        const message = `this ${slot} is never reached: ${words(body)} waits for nothing, so nothing comes between. Take it out, or put it around the steps it is meant for.`
        say("unreachable", "warning", named(place, slot), message, body)
        break
      }
      case "Compensate": {
        const body = named(place, "body")
        if (of(body).gives) break
        const message = `there is never anything to undo: ${words(body)} never ends in a state. Put it around the step that it undoes.`
        say("unreachable", "warning", named(place, "undo"), message, body)
        break
      }
      case "Machine": {
        const initial = named(place, `state ${node.initial}`)
        if (of(initial).gives) break
        for (const state of parts) {
          if (state === initial) continue
          const message = `no jump leads here: the machine begins in ${words(initial)}, which never ends in a state. Let that end in a WIO.goto.`
          say("unreachable", "warning", state, message, initial)
        }
        break
      }
      default:
    }
  }
}
