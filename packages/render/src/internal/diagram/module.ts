/** The module that stands for a `.mermaid` file, so that the compiler can read it. */

const escaped = (text: string): string => text.replaceAll(/[\\`]|\$(?=\{)/gu, (sign) => `\\${sign}`)

/** Words of the language, and what the module imports. */
const taken = new Set(
  (
    "Diagram arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for " +
    "function if implements import in instanceof interface let new null package private protected public return static super switch this throw " +
    "true try typeof var void while with yield"
  ).split(" ")
)

/** The text of the module. */
export const moduleText = (text: string, name: string): string => {
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) || taken.has(name)) {
    throw new TypeError(
      `Diagram.moduleText: "${name}" is no name of a constant: give one of letters, digits, "_" and "$" that is no word of the language`
    )
  }
  return [
    "// Generated from a diagram. Change the diagram and generate it again.",
    'import { Diagram } from "@waymark/render"',
    "",
    `export const ${name} = Diagram.make(\`${escaped(text.replaceAll(/\r\n?/gu, "\n"))}\`)`,
    ""
  ].join("\n")
}
