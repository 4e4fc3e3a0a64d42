/** Curves as an SVG: both axes logarithmic, since what is compared lies orders of magnitude apart. */

const width = 720
const height = 400
const area = { left: 70, right: 200, top: 40, bottom: 50 }
const colours = ["#0b62d6", "#d64a0b", "#2a8f3c", "#8a3ab9", "#6b6b6b", "#b8860b"]

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")

const short = (value) =>
  value >= 1e6
    ? `${+(value / 1e6).toFixed(1)}M`
    : value >= 1e3
      ? `${+(value / 1e3).toFixed(1)}k`
      : `${+value.toPrecision(3)}`

const scale = (values, from, to) => {
  const low = Math.log10(Math.min(...values))
  const span = Math.log10(Math.max(...values)) - low || 1
  return (value) => from + ((Math.log10(value) - low) / span) * (to - from)
}

/** The powers of ten from the one below the least to the one above the most. */
const decades = (values) => {
  const low = Math.floor(Math.log10(Math.min(...values)))
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))))
  return Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i))
}

/** `curves` by name, each a list of `[x, y]`. */
export const chart = ({ title, x, y, curves }) => {
  const points = Object.values(curves)
    .flat()
    .filter(([, value]) => value > 0)
  const xs = Array.from(new Set(points.map(([value]) => value))).toSorted((a, b) => a - b)
  const ys = decades(points.map(([, value]) => value))
  const across = scale(xs, area.left, width - area.right)
  const up = scale(ys, height - area.bottom, area.top)
  const text = (at, of, content, more = "") =>
    `<text x="${at.toFixed(1)}" y="${of.toFixed(1)}" ${more}>${escaped(content)}</text>`
  const line = (x1, y1, x2, y2) => `<path d="M${x1} ${y1}L${x2} ${y2}" stroke="#ddd"/>`
  const grid = ys.flatMap((value) => [
    line(area.left, up(value), width - area.right, up(value)),
    text(area.left - 8, up(value) + 4, short(value), 'text-anchor="end"')
  ])
  const marks = xs.map((value) => text(across(value), height - area.bottom + 18, short(value), 'text-anchor="middle"'))
  const drawn = Object.entries(curves).flatMap(([name, curve], index) => {
    const colour = colours[index % colours.length]
    const path = curve.map(([at, value]) => `${across(at).toFixed(1)},${up(value).toFixed(1)}`)
    return [
      `<polyline points="${path.join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      text(width - area.right + 12, area.top + 10 + index * 20, name, `fill="${colour}"`)
    ]
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
${[
  text(area.left, 22, title, 'font-size="15"'),
  ...grid,
  ...marks,
  text((area.left + width - area.right) / 2, height - 10, x, 'text-anchor="middle"'),
  text(8, area.top - 4, y),
  ...drawn
].join("\n")}
</svg>
`
}
