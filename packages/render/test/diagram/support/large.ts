/** A large diagram, and a module that implements it. */

interface Large {
  readonly text: string
  readonly module: (text: string) => string
}

/** A chain of states, each tried again, each third followed by a choice that may end it or go back to the first. */
export const large = (count: number): Large => {
  const ids = Array.from({ length: count }, (_, index) => index)
  const next = (index: number): string => (index + 1 < count ? `s${index + 1}` : "[*]")
  const isChoice = (index: number): boolean => index % 3 === 0 && index + 1 < count
  const arrows = ids.flatMap((index) => [
    `  s${index} --> s${index}: attempts=3`,
    ...(isChoice(index)
      ? [
          `  state c${index} <<choice>>`,
          `  s${index} --> c${index}`,
          `  c${index} --> ${next(index)}: onward`,
          `  c${index} --> ${index % 2 === 0 ? "[*]" : "s0"}: enough`
        ]
      : [`  s${index} --> ${next(index)}`])
  ])
  const text = `---\ntitle: Large\n---\nstateDiagram-v2\n  [*] --> s0\n${arrows.join("\n")}\n`
  const goes = (index: number): string => {
    if (isChoice(index)) return `n > 3 ? go.enough(n) : go.onward(n + 1)`
    return index + 1 < count ? `go.${next(index)}(n)` : "go.end(n)"
  }
  const handlers = ids.map((index) => `    s${index}: (n, go) => Effect.succeed(${goes(index)})`)
  const payloads = ids.map((index) => `    s${index}: Schema.Number`)
  const module = (diagram: string): string => `import { Effect, Schema } from "effect"
import { Diagram } from "@waymark/render"

const Large = Diagram.make(\`${diagram}\`)

export const workflow = Large.implement({
  version: 1,
  payloads: {
${payloads.join(",\n")}
  },
  output: Schema.Number,
  states: {
${handlers.join(",\n")}
  }
})
`
  return { text, module }
}
