/** Where the time of a step goes in this process, by part of the program, from a sampling profile. */
import { mkdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { written } from "../support/numbers.mjs"
import { ours, withTeam } from "../support/team.mjs"

export const about = "where the time of a step goes in the process; keeps profiles for flame graphs in results/"

/** The first that matches says which part a function is of. */
const parts = [
  ["waits (database, network)", /^\(idle\)/],
  ["garbage collector", /^\(garbage collector\)/],
  ["interpreter: the machine", /packages\/interpreter\/dist\/(internal\/machine|Execution|Command|Event)/],
  ["interpreter: the engine", /packages\/interpreter\//],
  ["algebra", /packages\/core\//],
  ["store", /packages\/(postgres|sqlite)\//],
  ["Schema codecs", /effect\/dist\/(internal\/schema|Schema|Struct|Issue|Getter|AST)/i],
  ["SQL client", /(@effect\/sql-pg|effect\/dist\/sql|libsql)\//],
  ["Effect's runtime", /node_modules\/effect\//],
  ["Node", /node:/],
  ["the benchmark", /benchmarks\//],
  ["native code: sockets, compiler", /^/]
]

const partOf = ({ where }) => parts.find(([, pattern]) => pattern.test(where))[0]

const shortened = (where) => where.replace(/ file:.*\/(node_modules|packages)\//, " ").slice(0, 90)

const byPart = (functions) => {
  const micros = new Map(parts.map(([part]) => [part, 0]))
  for (const one of functions) micros.set(partOf(one), micros.get(partOf(one)) + one.micros)
  return Array.from(micros).toSorted(([, a], [, b]) => b - a)
}

export const run = async (context) => {
  const { seconds, stores } = context
  const results = new URL("../results/", import.meta.url)
  mkdirSync(results, { recursive: true })
  const tables = []
  for (const store of stores) {
    for (const concurrency of [64, 1024]) {
      const file = fileURLToPath(new URL(`${store}-${concurrency}.cpuprofile`, results))
      const { functions, result } = await withTeam(context, store, [ours], ({ [ours]: member }) =>
        member.ask("profile", { file, concurrency, seconds: 3 * seconds })
      )
      const whole = functions.reduce((sum, { micros }) => sum + micros, 0)
      const cells = (micros) => [written(micros / result.total), `${((100 * micros) / whole).toFixed(1)}%`]
      tables.push(
        {
          title: `Where the time of a step goes, ${store}, ${concurrency} at a time`,
          head: ["part", "µs a step", "share"],
          rows: byPart(functions).map(([part, micros]) => [part, ...cells(micros)])
        },
        {
          title: "Functions, by the time they take themselves",
          head: ["function", "µs a step", "share"],
          rows: functions.slice(0, 25).map(({ where, micros }) => [shortened(where), ...cells(micros)])
        }
      )
    }
  }
  return { tables }
}
