/** Tables on the terminal: the first column to the left, numbers to the right. */

export const table = (head, rows) => {
  const lines = [head, ...rows].map((row) => row.map((cell) => `${cell ?? "–"}`))
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  return lines
    .map((line) =>
      line
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}
