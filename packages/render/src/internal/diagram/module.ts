/** The module that stands for a `.mermaid` file, so that the compiler can read it. */

const escaped = (text: string): string => text.replaceAll(/[\\`]|\$(?=\{)/gu, (sign) => `\\${sign}`)

/** The text of the module. */
export const moduleText = (text: string, name: string): string => {
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) {
    throw new TypeError(
      `Diagram.moduleText: "${name}" is no name of a constant: give one of letters, digits, "_" and "$"`
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
