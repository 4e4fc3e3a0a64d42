/** Colours as people see them: how far apart two are, how well one can be read on another, and what is left without a kind of cone. */

type Triple = readonly [number, number, number]

const times = (matrix: readonly [Triple, Triple, Triple], [x, y, z]: Triple): Triple => {
  const [a = 0, b = 0, c = 0] = matrix.map(([p, q, r]) => p * x + q * y + r * z)
  return [a, b, c]
}

/** `#rrggbb` as light, from 0 to 1 in each of red, green and blue. */
export const light = (colour: string): Triple => {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  return [r, g, b]
}

/** Who sees the light as it is, and who lacks one kind of cone: the matrices of Machado, Oliveira and Fernandes, 2009. */
export const eyes = {
  "with all cones": (seen: Triple): Triple => seen,
  protanopia: (seen: Triple): Triple =>
    times(
      [
        [0.152_286, 1.052_583, -0.204_868],
        [0.114_503, 0.786_281, 0.099_216],
        [-0.003_882, -0.048_116, 1.051_998]
      ],
      seen
    ),
  deuteranopia: (seen: Triple): Triple =>
    times(
      [
        [0.367_322, 0.860_646, -0.227_968],
        [0.280_085, 0.672_501, 0.047_413],
        [-0.011_82, 0.042_94, 0.968_881]
      ],
      seen
    ),
  tritanopia: (seen: Triple): Triple =>
    times(
      [
        [1.255_528, -0.076_749, -0.178_779],
        [-0.078_411, 0.930_809, 0.147_602],
        [0.004_733, 0.691_367, 0.3039]
      ],
      seen
    )
} as const

const luminance = ([r, g, b]: Triple): number => Math.max(0, 0.2126 * r + 0.7152 * g + 0.0722 * b)

/** From 1 to 21, as the accessibility guidelines of the web count it: text asks for 4.5, an outline for 3. */
export const contrast = (a: Triple, b: Triple): number => {
  const [dark = 0, bright = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y)
  return (bright + 0.05) / (dark + 0.05)
}

/** CIELAB under daylight. */
const lab = (seen: Triple): Triple => {
  const [x, y, z] = times(
    [
      [0.412_456_4, 0.357_576_1, 0.180_437_5],
      [0.212_672_9, 0.715_152_2, 0.072_175],
      [0.019_333_9, 0.119_192, 0.950_304_1]
    ],
    seen
  )
  const [fx = 0, fy = 0, fz = 0] = [x / 0.950_47, y, z / 1.088_83].map((value) =>
    value > 0.008_856 ? Math.cbrt(value) : 7.787 * value + 16 / 116
  )
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)]
}

/** How far apart two colours look: 2 or 3 is just to be seen side by side, 10 at a glance. */
export const distance = (a: Triple, b: Triple): number => {
  const [l, m] = [lab(a), lab(b)]
  return Math.hypot(l[0] - m[0], l[1] - m[1], l[2] - m[2])
}
