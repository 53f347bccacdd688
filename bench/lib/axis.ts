/**
 * The vertical axis of a chart: where a value stands between bottom and top, and round numbers to mark on the way.
 */
export interface Axis {
  /** 0 at the bottom, 1 at the top. */
  share(value: number): number
  readonly ticks: readonly { readonly at: number; readonly label: string }[]
}

const steps = [1, 2, 2.5, 5, 10]

/** The smallest of 1, 2, 2.5, 5 times a power of ten that is not below `value`. */
export function roundStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return power * (steps.find((step) => step * power >= value) ?? 10)
}

function label(value: number): string {
  return Number(value.toPrecision(6)).toLocaleString('en-US', { maximumFractionDigits: 3 })
}

/** From 0 to a round number at or above the largest value, in at most five steps. */
export function linearAxis(values: readonly number[]): Axis {
  const largest = Math.max(0, ...values)
  const step = roundStep((largest > 0 ? largest : 1) / 5)
  const count = Math.max(1, Math.ceil(largest / step))
  const ticks = Array.from({ length: count + 1 }, (_, i) => ({ at: i / count, label: label(i * step) }))
  return { share: (value) => value / (step * count), ticks }
}

/** From a power of ten below the smallest value above 0 to one at or above the largest. */
export function logarithmicAxis(values: readonly number[]): Axis {
  const logs = values.filter((value) => value > 0).map(Math.log10)
  const bottom = Math.floor(Math.min(0, ...logs) - 0.01)
  const top = Math.max(bottom + 1, Math.ceil(Math.max(0, ...logs)))
  const ticks = Array.from({ length: top - bottom + 1 }, (_, i) => ({ at: i / (top - bottom), label: label(10 ** (bottom + i)) }))
  return { share: (value) => (value <= 0 ? 0 : Math.max(0, (Math.log10(value) - bottom) / (top - bottom))), ticks }
}
