/** What is made of measured values, and how it is written. */

export const percentile = (values, part) => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]
}

export const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** The values of all rounds in brief. */
export const summary = (values) => ({
  median: median(values),
  least: Math.min(...values),
  most: Math.max(...values),
  values
})

/** The ratios round by round: a minute in which the machine is busy with something else is the same minute for both. */
export const ratio = (ours, theirs) => summary(ours.values.map((value, round) => value / theirs.values[round]))

/** Three significant digits, thousands apart. */
export const written = (value) =>
  value >= 1000
    ? Math.round(value).toLocaleString("en")
    : value >= 100
      ? value.toFixed(0)
      : value >= 10
        ? value.toFixed(1)
        : value.toFixed(2)

export const spread = ({ least, most }) => `${written(least)}–${written(most)}`

export const times = ({ median }) => `${written(median)}×`

export const megabytes = (bytes) => `${Math.round(bytes / 2 ** 20)} MB`
