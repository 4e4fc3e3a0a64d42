/**
 * What can be seen to be wrong with the picture on the page: measured, since text that Mermaid reads may still be drawn badly.
 *
 * It runs in the browser, so it is one function that needs nothing around it.
 */
export const measure = () => {
  const svg = document.querySelector("#picture svg")
  const faults = []
  if (svg.getAttribute("aria-roledescription") === "error" || svg.textContent.includes("Syntax error"))
    return ["is the picture of an error"]
  if (svg.textContent.includes("Maximum text size")) return ["is too large a text for Mermaid"]

  const drawn = "rect, circle, ellipse, polygon, path, line"
  const boxOf = (elements) => {
    const boxes = elements
      .map((element) => element.getBoundingClientRect())
      .filter(({ height, width }) => height + width > 0)
    if (boxes.length === 0) return undefined
    return {
      left: Math.min(...boxes.map(({ left }) => left)),
      right: Math.max(...boxes.map(({ right }) => right)),
      top: Math.min(...boxes.map(({ top }) => top)),
      bottom: Math.max(...boxes.map(({ bottom }) => bottom))
    }
  }
  /** The boxes of the letters themselves, not of what holds them. */
  const lettersOf = (element) => {
    const ranges = []
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
    for (let text = walker.nextNode(); text !== null; text = walker.nextNode()) {
      if (text.data.trim() === "" || text.parentElement.closest("style") !== null) continue
      const range = document.createRange()
      range.selectNodeContents(text)
      ranges.push(range)
    }
    return boxOf(ranges)
  }
  const isWithin = (inner, outer, slack) =>
    inner.left >= outer.left - slack &&
    inner.right <= outer.right + slack &&
    inner.top >= outer.top - slack &&
    inner.bottom <= outer.bottom + slack
  const overlap = (a, b, slack) =>
    a.left < b.right - slack && b.left < a.right - slack && a.top < b.bottom - slack && b.top < a.bottom - slack
  /** Whether the shape itself, and not only the box around it, is behind the middles of the text's sides. */
  const covers = (shape, { bottom, left, right, top }) => {
    const toShape = shape.getScreenCTM().inverse()
    const [x, y] = [(left + right) / 2, (top + bottom) / 2]
    return [
      [left, y],
      [right, y],
      [x, top],
      [x, bottom]
    ].every(([x, y]) => shape.isPointInFill(new DOMPoint(x, y).matrixTransform(toShape)))
  }
  const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number)
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((value) =>
      value <= 10.31475 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4
    )
    return 0.2126 * x + 0.7152 * y + 0.0722 * z
  }
  const contrast = (a, b) => {
    const [dark, light] = [luminance(a), luminance(b)].toSorted((x, y) => x - y)
    return (light + 0.05) / (dark + 0.05)
  }

  const nodes = Array.from(svg.querySelectorAll("g.node"), (node) => {
    const label = node.querySelector(".label")
    const shapes = Array.from(node.querySelectorAll(drawn)).filter((shape) => shape.closest(".label") === null)
    return {
      name: node.textContent.trim() || node.id,
      box: boxOf(shapes),
      letters: label && lettersOf(label),
      label,
      shapes
    }
  })
  for (const { box, label, letters, name, shapes } of nodes) {
    if (box === undefined) faults.push(`"${name}" has no shape`)
    else if (letters) {
      if (!isWithin(letters, box, 1)) faults.push(`"${name}" is larger than its node`)
      else if (!shapes.some((shape) => covers(shape, letters))) faults.push(`"${name}" leaves the outline of its node`)
      const filled = shapes.find(
        (shape) => covers(shape, letters) && channels(getComputedStyle(shape).fill).length >= 3
      )
      const text = label.querySelector("p, span, tspan, text") ?? label
      const seen = filled && contrast(channels(getComputedStyle(text).color), channels(getComputedStyle(filled).fill))
      if (seen < 4.5) faults.push(`"${name}" has a contrast of ${seen.toFixed(1)} only`)
    }
  }
  for (const [i, a] of nodes.entries())
    for (const b of nodes.slice(i + 1))
      if (a.box && b.box && overlap(a.box, b.box, 1)) faults.push(`"${a.name}" and "${b.name}" overlap`)

  const groups = Array.from(svg.querySelectorAll("g.cluster, g.statediagram-cluster"), (group) => ({
    name: group.textContent.trim(),
    box: boxOf(Array.from(group.querySelectorAll(":scope > rect, :scope > g > rect"))),
    letters: lettersOf(group)
  }))
  for (const { box, letters, name } of groups)
    if (letters && (box === undefined || !isWithin(letters, box, 1)))
      faults.push(`the title "${name}" is larger than its frame`)

  const labels = Array.from(svg.querySelectorAll("g.edgeLabel"), (label) => ({
    name: label.textContent.trim(),
    box: lettersOf(label)
  })).filter(({ box }) => box !== undefined)
  const names = groups.flatMap(({ letters, name }) => (letters ? [{ name, box: letters }] : []))
  for (const [i, label] of labels.entries()) {
    for (const other of [...labels.slice(i + 1), ...nodes, ...names])
      if (other.box && overlap(label.box, other.box, 2))
        faults.push(`the arrow's label "${label.name}" lies over "${other.name}"`)
  }
  return faults
}
