/** What the demo prints: plain words, in colour only where somebody looks at it. */

const coloured = process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === ""

const paint =
  (code: number) =>
  (text: string): string =>
    coloured ? `\u001b[${code}m${text}\u001b[0m` : text

export const bold = paint(1)
export const dim = paint(2)
export const red = paint(31)
export const green = paint(32)
export const yellow = paint(33)

export const print = (line = ""): void => {
  process.stdout.write(`${line}\n`)
}

/** Prints rows in columns as wide as they need to be; the first row is the heading. */
export const table = (rows: ReadonlyArray<ReadonlyArray<string>>): void => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  for (const [index, row] of rows.entries()) {
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")
    print(`  ${(index === 0 ? bold : String)(line.trimEnd())}`)
  }
}
